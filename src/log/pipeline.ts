/**
 * What a logger and all its children share: threshold, ring and the way to the sinks.
 *
 * @module
 */
import { type Clock, systemClock } from "../core/clock.ts";
import { beforeExit } from "../core/exit.ts";
import { Faults } from "../core/faults.ts";
import { environment } from "../core/platform.ts";
import { Redactor } from "../core/redact.ts";
import { RecordRing } from "./buffer.ts";
import { FieldCopier } from "./fields.ts";
import { checkedSeverity, INFO, parseLevel, severityOf, type Threshold } from "./level.ts";
import type { LogRecord } from "./record.ts";
import { type LogSink, type Sink, StdoutSink } from "./sink.ts";

/** How long a record may wait in the ring for others. */
const DELIVERY_DELAY_MS = 10;
/** Records that wait at most: a loop that never yields delivers in between and loses none. */
const MAX_WAITING = 128;

/** Settings of a {@linkcode Logger}. */
export interface LoggerOptions {
  /** The lowest level that is recorded; else the environment's `LOG_LEVEL`, else `info`. */
  readonly level?: Threshold | undefined;
  /** The `service` of each line; without it the lines have none. */
  readonly service?: string | undefined;
  /** Where records go; one {@linkcode StdoutSink} unless given. */
  readonly sinks?: readonly Sink[] | undefined;
  /** Records that the ring keeps; 2048 by default. */
  readonly capacity?: number | undefined;
  /** About what they may occupy together; 4 MiB by default. */
  readonly maxBytes?: number | undefined;
  /** All keys whose values are hidden; a list of the usual secrets unless given. */
  readonly redact?: { readonly keys?: readonly string[] | undefined } | undefined;
  /** Time and timers; the machine's unless given. */
  readonly clock?: Clock | undefined;
  /** Told of what goes wrong in sinks and settings. */
  readonly faults?: Faults | undefined;
}

/** Keeps records in the ring and delivers them to the sinks, which follow the ring by number. */
export class Pipeline {
  /** Severity below which nothing is recorded; the one comparison of a disabled call. */
  threshold: number;
  readonly ring: RecordRing;
  readonly clock: Clock;
  readonly service: string;
  readonly copier: FieldCopier;
  readonly faults: Faults;
  /** Calls that could not be made a record of. */
  failed = 0;
  /** Records that left the ring before the sinks had them. */
  missed = 0;
  readonly #sinks: readonly LogSink[];
  /** Records that may wait before they are delivered at once. */
  readonly #patience: number;
  /** The number of the next record to deliver. */
  #next = 0;
  #waitingBytes = 0;
  readonly #patienceBytes: number;
  #timer: (() => void) | undefined;
  #delivering = false;
  readonly #takeBack: (() => void) | undefined;

  /** @throws {RangeError} or {TypeError} when a setting can't work */
  constructor(options: LoggerOptions) {
    this.faults = options.faults ?? new Faults();
    this.clock = options.clock ?? systemClock;
    this.service = options.service ?? "";
    this.threshold = options.level === undefined
      ? thresholdFromEnvironment(this.faults)
      : checkedSeverity(options.level);
    this.ring = new RecordRing(options.capacity, options.maxBytes);
    this.copier = new FieldCopier(new Redactor(options.redact?.keys));
    const onError = (error: unknown) => this.faults.record("log output", error);
    const sinks = options.sinks ?? [new StdoutSink({ clock: this.clock, onError })];
    this.#sinks = sinks.map((sink) => typeof sink === "function" ? { write: sink } : sink);
    this.#patience = Math.min(MAX_WAITING, this.ring.capacity);
    this.#patienceBytes = this.ring.maxBytes / 2;
    if (this.#sinks.some((sink) => sink.flushSync !== undefined)) {
      this.#takeBack = beforeExit(() => this.flushSync());
    }
  }

  /** Keeps a record and sees to its delivery. */
  accept(record: LogRecord): void {
    const number = this.ring.push(record);
    if (this.#sinks.length === 0) return;
    this.#waitingBytes += record.sizeBytes;
    if (number - this.#next >= this.#patience - 1 || this.#waitingBytes > this.#patienceBytes) {
      this.#deliver();
    } else this.#timer ??= this.clock.after(DELIVERY_DELAY_MS, () => this.#deliver());
  }

  /** Delivers what waits and resolves when every sink has it out. */
  async flush(): Promise<void> {
    this.#deliver();
    await Promise.all(this.#sinks.map(async (sink) => {
      try {
        await sink.flush?.();
      } catch (error) {
        this.faults.record("log sink", error);
      }
    }));
  }

  /** Delivers what waits and brings it out before it returns. */
  flushSync(): void {
    this.#deliver();
    for (const sink of this.#sinks) {
      if (sink.flushSync !== undefined) this.faults.guard("log sink", () => sink.flushSync!());
    }
  }

  /** Brings out what waits and lets go of the process's end. */
  close(): void {
    this.flushSync();
    this.#takeBack?.();
  }

  #deliver(): void {
    this.#timer?.();
    this.#timer = undefined;
    // A sink that logs would deliver inside the delivery; its records wait for the next one.
    if (this.#delivering) return;
    this.#delivering = true;
    const end = this.ring.next;
    this.#waitingBytes = 0;
    if (this.#next < this.ring.first) {
      this.missed += this.ring.first - this.#next;
      this.#next = this.ring.first;
    }
    while (this.#next < end) {
      const record = this.ring.at(this.#next++);
      if (record === undefined) this.missed++;
      else this.#tell(record);
    }
    this.#delivering = false;
    if (this.#next < this.ring.next) {
      this.#timer = this.clock.after(DELIVERY_DELAY_MS, () => this.#deliver());
    }
  }

  #tell(record: LogRecord): void {
    for (const sink of this.#sinks) {
      try {
        sink.write(record);
      } catch (error) {
        this.faults.record("log sink", error);
      }
    }
  }
}

function thresholdFromEnvironment(faults: Faults): number {
  const text = environment("LOG_LEVEL");
  if (text === undefined) return INFO;
  const level = parseLevel(text);
  if (level !== undefined) return severityOf(level);
  faults.record("LOG_LEVEL", new RangeError(`Cannot log at level "${text}": info is used`));
  return INFO;
}
