/**
 * Keeps the records of a logger in the ring and brings them out, in time or at the end.
 *
 * @module
 */
import { type Clock, within } from "../core/clock.ts";
import { heedSignals, isEnding } from "../core/exit.ts";
import type { Faults } from "../core/faults.ts";
import type { FlightRecorder } from "./gate/flight.ts";
import type { LoggerOptions } from "./options.ts";
import type { LazyLine } from "./record/lazy_line.ts";
import type { LevelTable } from "./record/level.ts";
import type { LogRecord } from "./record/record.ts";
import { Lanes, RecordRing } from "./record/ring.ts";
import { Delivery } from "./sink/delivery.ts";
import { FunctionSink } from "./sink/function.ts";
import type { OutputCounts } from "./sink/line_queue.ts";
import { CLOSE_MS, type LogSink } from "./sink/sink.ts";
import { StdoutSink } from "./sink/stdout.ts";
import { ExitFlush, type Flushed, Unsent } from "./sink/unsent.ts";

/** What makes the records, and what it does for them. */
export interface Source {
  readonly levels: LevelTable;
  readonly clock: Clock;
  readonly faults: Faults;
  /** Severity from which a record has the lines of its request written. */
  readonly trigger: number;
  /** Logs that a sink fails. */
  readonly complain: (sink: LogSink, error: unknown) => void;
  /** Makes the records that are due before all others are brought out. */
  readonly settle: () => void;
}

/** Takes records that passed all gates. */
export class Outlet implements Flushed {
  readonly ring: RecordRing;
  readonly #lanes: Lanes;
  readonly #delivery: Delivery;
  readonly #exit: ExitFlush;
  readonly #flight: FlightRecorder | undefined;
  readonly #trigger: number;
  readonly #clock: Clock;
  readonly #settle: () => void;
  #closing: Promise<void> | undefined;

  /**
   * @throws {RangeError} when a number or a level is out of range
   * @throws {TypeError} when an option of a sink is unknown or of the wrong kind
   */
  constructor(
    { maxRecords, maxBytes, flight, signals, sinks: given }: LoggerOptions,
    { levels, clock, faults, trigger, complain, settle }: Source,
  ) {
    this.#clock = clock;
    this.#flight = flight;
    this.#trigger = trigger;
    this.#settle = settle;
    const lanes = this.#lanes = new Lanes(maxRecords, maxBytes);
    this.ring = new (RecordRing as unknown as new (lanes: Lanes) => RecordRing)(lanes);
    const sinks = (given ?? [new StdoutSink({ clock })]).map((sink) =>
      typeof sink === "function" ? new FunctionSink(sink) : sink
    );
    const bounds = { maxRecords: lanes.capacity, maxBytes: lanes.maxBytes };
    this.#delivery = new Delivery({ ...bounds, sinks, levels, clock, faults, complain });
    this.#exit = new ExitFlush(this, new Unsent(sinks, this.ring, levels), faults);
    if (sinks.length > 0) this.#exit.watch(signals !== false);
  }

  /** Keeps and delivers a record. */
  accept(record: LogRecord): void {
    if (record.severity >= this.#trigger) this.#dumpOf(record.requestId);
    this.deliver(record);
    this.#heedEnd();
  }

  /** Keeps and delivers a line of which no record is made. */
  acceptLine(line: LazyLine): void {
    if (line.severity >= this.#trigger) this.#dumpOf(line.requestId);
    this.#lanes.pushLine(line);
    this.#delivery.accept(line);
    this.#heedEnd();
  }

  /** {@linkcode Outlet.accept} of a record that the flight recorder kept. */
  deliver(record: LogRecord): void {
    this.#lanes.push(record);
    this.#delivery.accept(record);
  }

  #dumpOf(requestId: string): void {
    if (requestId !== "") this.#flight!.dump(requestId);
  }

  #heedEnd(): void {
    heedSignals();
    // What the application's own handlers of the end log comes after the last words.
    if (isEnding()) this.#exit.sayLast();
  }

  /** Records that were dropped before the sinks had them. */
  get missed(): number {
    return this.#delivery.missed;
  }

  /** The counts of all sinks that count, added up. */
  get output(): OutputCounts {
    return this.#delivery.counts();
  }

  /** Whether records wait for the sinks. */
  get isBehind(): boolean {
    return this.#delivery.isBehind;
  }

  /** Logs what the flight recorder holds. */
  dump(): void {
    this.#flight?.dumpAll();
  }

  /** Delivers what waits and resolves when every sink has it out. */
  flush(): Promise<void> {
    this.#settle();
    return this.#delivery.flush();
  }

  /** Delivers what waits and brings it out before it returns. */
  flushSync(): void {
    this.#settle();
    this.#delivery.flushSync();
  }

  /** Brings out what waits, and closes the sinks. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    this.flushSync();
    const isOut = !this.#exit.isLate || await within(this.#clock, CLOSE_MS, this.flush());
    this.#exit.say("the log was closed");
    this.#exit.unwatch();
    const closed = this.#delivery.close();
    // A sink that had its time would take it again.
    if (isOut) await closed;
  }
}
