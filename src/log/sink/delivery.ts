/**
 * Delivers the records of the ring to the sinks.
 *
 * @module
 */
import { type Clock, within } from "../../core/clock.ts";
import { run } from "../../core/context.ts";
import type { Faults } from "../../core/faults.ts";
import { emptyCounts, type OutputCounts } from "./line_queue.ts";
import type { RecordRing } from "../record/ring.ts";
import type { LevelTable } from "../record/level.ts";
import type { LogRecord } from "../record/record.ts";
import { CLOSE_MS, type LogSink, sinkTurn } from "./sink.ts";

/** How long a record may wait for others before it is delivered. */
const DELIVERY_DELAY_MS = 10;
/** How many records wait at most: a loop that never yields delivers in between and loses none. */
const MAX_WAITING = 128;
/** How often a failing sink is reported. */
const REPORT_EVERY_MS = 60_000;

/** A sink and how it is called. */
interface Receiver {
  readonly sink: LogSink;
  /** The severity from which it takes records. */
  readonly from: number;
  readonly report: (error: unknown) => void;
}

/** Settings of a {@linkcode Delivery}. */
export interface DeliveryOptions {
  readonly ring: RecordRing;
  readonly sinks: readonly LogSink[];
  readonly levels: LevelTable;
  readonly clock: Clock;
  readonly faults: Faults;
  /** Logs that a sink fails. */
  readonly complain: (sink: LogSink, error: unknown) => void;
}

/** Gives the sinks the records of the ring, which it follows by number. */
export class Delivery {
  /** Records that left the ring before the sinks had them. */
  missed = 0;
  readonly #ring: RecordRing;
  readonly #receivers: readonly Receiver[];
  readonly #clock: Clock;
  readonly #faults: Faults;
  /** Records that may wait before they are delivered at once. */
  readonly #patience: number;
  readonly #patienceBytes: number;
  /** The number of the next record to deliver. */
  #next = 0;
  #waitingBytes = 0;
  #timer: (() => void) | undefined;
  #delivering = false;

  /** @throws {RangeError} when the level of a sink is unknown */
  constructor({ ring, sinks, levels, clock, faults, complain }: DeliveryOptions) {
    this.#ring = ring;
    this.#clock = clock;
    this.#faults = faults;
    this.#patience = Math.min(MAX_WAITING, ring.capacity);
    this.#patienceBytes = ring.maxBytes / 2;
    this.#receivers = sinks.map((sink) => ({
      sink,
      from: sink.level === undefined ? 0 : levels.threshold(sink.level),
      report: this.#reporter((error) => complain(sink, error)),
    }));
    for (const { sink, report } of this.#receivers) sink.start?.({ clock, report });
  }

  /** Whether records wait. */
  get isBehind(): boolean {
    return this.#receivers.length > 0 && this.#next < this.#ring.next;
  }

  /** Keeps a record and delivers it soon. */
  accept(record: LogRecord): void {
    if (this.#receivers.length === 0) {
      this.#ring.push(record);
      return;
    }
    this.#waitingBytes += record.sizeBytes;
    // To make room, the ring would drop records that wait.
    if (this.#waitingBytes > this.#ring.maxBytes) {
      run(undefined, () => this.#deliverWaiting());
      this.#waitingBytes = record.sizeBytes;
    }
    const number = this.#ring.push(record);
    if (number - this.#next >= this.#patience - 1 || this.#waitingBytes > this.#patienceBytes) {
      run(undefined, () => this.#deliverWaiting());
    } else if (this.#timer === undefined) this.#schedule();
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
    sinkTurn(() => this.#deliverUntil(this.#ring.next));
    this.#delivering = false;
    if (this.#next < this.#ring.next && this.#timer === undefined) this.#schedule();
  }

  #deliverUntil(end: number): void {
    this.#waitingBytes = 0;
    if (this.#next < this.#ring.first) {
      this.missed += this.#ring.first - this.#next;
      this.#next = this.#ring.first;
    }
    while (this.#next < end) {
      const record = this.#ring.at(this.#next++);
      if (record === undefined) this.missed++;
      else this.#write(record);
    }
  }

  /** Outside any context: what a sink does is not part of the request that logged. */
  #schedule(): void {
    this.#timer = run(undefined, () => this.#clock.after(DELIVERY_DELAY_MS, () => this.deliver()));
  }

  #write(record: LogRecord): void {
    for (const { sink, from, report } of this.#receivers) {
      if (record.severity < from) continue;
      try {
        const pending: unknown = sink.write(record);
        if (pending !== undefined) heed(pending, report);
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

/** A method that should be synchronous may not be: its rejection would end the process. */
function heed(pending: unknown, report: (error: unknown) => void): void {
  if (pending instanceof Promise) pending.catch(report);
}
