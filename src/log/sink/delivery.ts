/**
 * Delivers records to the sinks.
 *
 * @module
 */
import { type Clock, within } from "../../core/clock.ts";
import { run } from "../../core/context.ts";
import type { Faults } from "../../core/faults.ts";
import { emptyCounts, type OutputCounts } from "./line_queue.ts";
import { LazyLine, type Line } from "../record/lazy_line.ts";
import type { LevelTable } from "../record/level.ts";
import type { LogRecord } from "../record/record.ts";
import { LineSink } from "./line.ts";
import { CLOSE_MS, type LogSink, sinkTurn } from "./sink.ts";

/** How long a record may wait for others before it is delivered. */
const DELIVERY_DELAY_MS = 10;
/** How many records wait at most: a loop that never yields delivers in between and loses none. */
const MAX_WAITING = 128;
/** How many records wait at most while others are delivered, which a sink logged. */
const MAX_HELD = 2048;
/** How often a failing sink is reported. */
const REPORT_EVERY_MS = 60_000;

/** A sink and how it is called. */
interface Receiver {
  readonly sink: LogSink;
  /** The sink again, if it takes lines of which no record is made, and is told when to write. */
  readonly lines: LineSink | undefined;
  /** The severity from which it takes records. */
  readonly from: number;
  readonly report: (error: unknown) => void;
}

/** Settings of a {@linkcode Delivery}. */
export interface DeliveryOptions {
  /** How many records may wait, and about how many bytes. */
  readonly maxRecords: number;
  readonly maxBytes: number;
  readonly sinks: readonly LogSink[];
  readonly levels: LevelTable;
  readonly clock: Clock;
  readonly faults: Faults;
  /** Logs that a sink fails. */
  readonly complain: (sink: LogSink, error: unknown) => void;
}

/** Gives the sinks all records and lines, in order. */
export class Delivery {
  /** Records that were dropped before the sinks had them. */
  missed = 0;
  readonly #receivers: readonly Receiver[];
  readonly #clock: Clock;
  readonly #faults: Faults;
  /** Records that may wait before they are delivered at once. */
  readonly #patience: number;
  readonly #maxBytes: number;
  #waiting: Line[] = [];
  #waitingBytes = 0;
  #timer: (() => void) | undefined;
  #delivering = false;

  /** @throws {RangeError} when the level of a sink is unknown */
  constructor(options: DeliveryOptions) {
    const { maxRecords, maxBytes, sinks, levels, clock, faults, complain } = options;
    this.#clock = clock;
    this.#faults = faults;
    this.#patience = Math.min(MAX_WAITING, maxRecords);
    this.#maxBytes = maxBytes;
    this.#receivers = sinks.map((sink) => ({
      sink,
      lines: takesLines(sink) ? sink : undefined,
      from: sink.level === undefined ? 0 : levels.threshold(sink.level),
      report: this.#reporter((error) => complain(sink, error)),
    }));
    for (const { sink, report } of this.#receivers) sink.start?.({ clock, report });
  }

  /** Whether records wait. */
  get isBehind(): boolean {
    return this.#waiting.length > 0;
  }

  /** Takes a record or a line and delivers it soon. */
  accept(line: Line): void {
    if (this.#receivers.length === 0) return;
    const waiting = this.#waiting.push(line);
    this.#waitingBytes += line.sizeBytes;
    if (waiting >= this.#patience || this.#waitingBytes > this.#maxBytes / 2) this.#deliverNow();
    else if (this.#timer === undefined) this.#schedule();
  }

  #deliverNow(): void {
    if (!this.#delivering) return run(undefined, () => this.#deliverBurst());
    // A sink logs without end.
    while (this.#waiting.length > MAX_HELD || this.#waitingBytes > this.#maxBytes) {
      this.#waitingBytes -= this.#waiting.shift()!.sizeBytes;
      this.missed++;
    }
  }

  /** The counts of all sinks that count, added up. */
  counts(): OutputCounts {
    const sum = emptyCounts();
    for (const { sink } of this.#receivers) {
      const counts = this.#faults.guard("log sink", () => sink.counts);
      if (counts === undefined) continue;
      for (const name of Object.keys(sum) as (keyof OutputCounts)[]) sum[name] += counts[name];
    }
    return sum;
  }

  /** Delivers what waits and resolves when every sink has it out. */
  async flush(): Promise<void> {
    this.deliver();
    await Promise.all(this.#receivers.map(async ({ sink }) => {
      try {
        await sinkTurn(() => sink.flush?.());
      } catch (error) {
        this.#faults.record("log sink", error);
      }
    }));
  }

  /** Delivers what waits and brings it out before it returns. */
  flushSync(): void {
    this.deliver();
    this.#each((sink) => sink.flushSync?.());
  }

  /** Closes the sinks; waits five seconds at most. */
  async close(): Promise<void> {
    const closing = this.#receivers.map(({ sink }) =>
      this.#faults.guard("log sink", () => sinkTurn(() => sink.close?.()))
    ).filter((pending) => pending instanceof Promise);
    if (closing.length === 0) return;
    for (const pending of closing) heed(pending, (error) => this.#faults.record("log sink", error));
    await within(this.#clock, CLOSE_MS, Promise.allSettled(closing));
  }

  /** Delivers what waits. */
  deliver(): void {
    this.#timer?.();
    this.#timer = undefined;
    this.#deliverWaiting();
  }

  /** A timer that is set stays: in a burst, one for every few records would cost more than a check. */
  #deliverWaiting(): void {
    // A sink that logs would deliver within the delivery: its records wait for the next one.
    if (this.#delivering) return;
    this.#delivering = true;
    const lines = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    sinkTurn(() => {
      for (const line of lines) this.#write(line);
    });
    this.#delivering = false;
    if (this.#waiting.length > 0 && this.#timer === undefined) this.#schedule();
  }

  /** Outside any context: what a sink does is not part of the request that logged. */
  #schedule(): void {
    const due = () => {
      this.deliver();
      this.#send();
    };
    this.#timer = run(undefined, () => this.#clock.after(DELIVERY_DELAY_MS, due));
  }

  /** Before the timer more may come, and one write of many lines costs less than two. */
  #deliverBurst(): void {
    this.#deliverWaiting();
    if (this.#timer === undefined) this.#send();
  }

  #write(line: Line): void {
    let record: LogRecord | undefined;
    for (const { sink, lines, from, report } of this.#receivers) {
      if (line.severity < from) continue;
      try {
        if (lines !== undefined) lines.take(line);
        else {
          record ??= line instanceof LazyLine ? line.record() : line;
          const pending: unknown = sink.write(record);
          if (pending !== undefined) heed(pending, report);
        }
      } catch (error) {
        report(error);
      }
    }
  }

  #send(): void {
    for (const { lines, report } of this.#receivers) {
      try {
        lines?.send();
      } catch (error) {
        report(error);
      }
    }
  }

  #each(fn: (sink: LogSink) => unknown): void {
    for (const { sink } of this.#receivers) {
      const pending = this.#faults.guard("log sink", () => sinkTurn(() => fn(sink)));
      heed(pending, (error) => this.#faults.record("log sink", error));
    }
  }

  /** Counts each failure of a sink, and logs one a minute. */
  #reporter(complain: (error: unknown) => void): (error: unknown) => void {
    let reportedAtMs = -Infinity;
    return (error) => {
      this.#faults.record("log sink", error);
      const nowMs = this.#clock.monotonic();
      if (nowMs - reportedAtMs < REPORT_EVERY_MS) return;
      reportedAtMs = nowMs;
      this.#faults.guard("log sink", () => complain(error));
    };
  }
}

/** Whether a sink takes lines itself; one whose class was extended takes records, as it always did. */
function takesLines(sink: LogSink): sink is LineSink {
  return sink instanceof LineSink && sink.write === LineSink.prototype.write;
}

/** A method that should be synchronous may not be: its rejection would end the process. */
function heed(pending: unknown, report: (error: unknown) => void): void {
  if (pending instanceof Promise) pending.catch(report);
}
