/**
 * A sink that is a function of a record.
 *
 * @module
 */
import {
  checkChoice,
  checkFunction,
  checkNumber,
  checkWhole,
  type Known,
  refuseUnknown,
} from "../../core/check.ts";
import { WHEN_FULL, type WhenFull } from "./line_options.ts";
import { emptyCounts, type OutputCounts } from "./line_queue.ts";
import { systemClock, within } from "../../core/clock.ts";
import { ASYNC_DISPOSE } from "../../core/dispose.ts";
import type { Threshold } from "../record/level.ts";
import type { LogRecord } from "../record/record.ts";
import { CLOSE_MS, type LogSink, type SinkHost, sinkTurn } from "./sink.ts";

/** Settings of a {@linkcode FunctionSink}. */
export interface FunctionSinkOptions {
  /** What it is called in reports about it. @default the function's name */
  readonly name?: string | undefined;
  /** The lowest level it takes. @default all that the logger records */
  readonly level?: Threshold | undefined;
  /** How many records may wait while the function's promise is pending. @default 2048 */
  readonly maxRecords?: number | undefined;
  /** About how many bytes they may occupy. @default 4 MiB */
  readonly maxBytes?: number | undefined;
  /** What happens beyond it; `write-sync` calls without waiting. @default `drop-oldest` */
  readonly onFull?: WhenFull | undefined;
}

const KNOWN: Known<FunctionSinkOptions> = {
  name: true,
  level: true,
  maxRecords: true,
  maxBytes: true,
  onFull: true,
};

/**
 * Calls a function with each record. While a promise that it returned is pending, records wait in a
 * bounded queue. An error that it throws or rejects with is reported; the record is lost and counted.
 *
 * @example
 * ```ts
 * import { FunctionSink, Logger } from "@telltale/telltale/log";
 * import assert from "node:assert/strict";
 *
 * const sent: string[] = [];
 * const send = async (record: { message: string }) => void sent.push(await record.message);
 * const log = new Logger({ sinks: [new FunctionSink(send, { level: "warn" })] });
 * log.info("ready");
 * log.warn("slow");
 * await log.flush();
 * assert.deepEqual(sent, ["slow"]);
 * ```
 */
export class FunctionSink implements LogSink {
  /** What it is called in reports about it. */
  readonly name: string;
  /** The lowest level it takes. */
  readonly level: Threshold | undefined;
  /** Records taken and dropped, as plain numbers. */
  readonly counts: Readonly<OutputCounts>;
  readonly #counts: OutputCounts = emptyCounts();
  readonly #fn: (record: LogRecord) => unknown;
  readonly #maxRecords: number;
  readonly #maxBytes: number;
  readonly #onFull: WhenFull;
  #clock = systemClock;
  #report: (error: unknown) => void = () => {};
  #queue: LogRecord[] = [];
  #queuedBytes = 0;
  /** Promises of the function that have not settled. */
  #pending = 0;
  #idle: (() => void)[] = [];

  /**
   * Makes a sink of a function.
   *
   * @throws {RangeError} when a number is out of range
   * @throws {TypeError} when an option is unknown or of the wrong kind
   */
  constructor(fn: (record: LogRecord) => unknown, options: FunctionSinkOptions = {}) {
    checkFunction("log to function", "fn", fn);
    refuseUnknown("log to function", options, KNOWN);
    this.#fn = fn;
    this.name = options.name ?? (fn.name || "function");
    this.level = options.level;
    this.counts = this.#counts;
    this.#maxRecords = options.maxRecords ?? 2048;
    this.#maxBytes = options.maxBytes ?? 4 * 1024 * 1024;
    this.#onFull = options.onFull ?? "drop-oldest";
    checkWhole("log to function", "maxRecords", this.#maxRecords);
    checkNumber("log to function", "maxBytes", this.#maxBytes, 1);
    checkChoice("log to function", "onFull", this.#onFull, WHEN_FULL);
  }

  /** Records that wait, and those whose promise is pending. */
  get waiting(): number {
    return this.#queue.length + this.#pending;
  }

  /** Takes the logger that failures are reported to. */
  start(host: SinkHost): void {
    this.#clock = host.clock;
    this.#report = (error) => host.report(error);
  }

  /** Calls the function, or lets the record wait until its promise settles. */
  write(record: LogRecord): void {
    if (this.#pending === 0) return this.#call(record);
    this.#queue.push(record);
    this.#queuedBytes += record.sizeBytes;
    while (this.#isFull()) this.#makeRoom();
  }

  /** Resolves when no record waits and no promise is pending. */
  flush(): Promise<void> {
    if (this.#pending === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Calls the function with all that waits. */
  flushSync(): void {
    for (const record of this.#takeAll()) this.#call(record);
  }

  /** Waits five seconds at most until no record waits and no promise is pending. */
  async close(): Promise<void> {
    if (this.waiting > 0) await within(this.#clock, CLOSE_MS, this.flush());
  }

  /** {@linkcode FunctionSink.close}. */
  [ASYNC_DISPOSE](): Promise<void> {
    return this.close();
  }

  #isFull(): boolean {
    const { length } = this.#queue;
    return length > this.#maxRecords || length > 1 && this.#queuedBytes > this.#maxBytes;
  }

  #makeRoom(): void {
    if (this.#onFull === "write-sync") return this.flushSync();
    const dropped = this.#onFull === "drop-newest" ? this.#queue.pop() : this.#queue.shift();
    this.#queuedBytes -= dropped!.sizeBytes;
    this.#counts.droppedFull++;
    const isCount = this.#queue.length >= this.#maxRecords;
    const bound = isCount
      ? `${this.#maxRecords} log records`
      : `${this.#maxBytes} bytes of log records`;
    this.#report(new Error(`Cannot queue more than ${bound}`));
  }

  #takeAll(): LogRecord[] {
    const waiting = this.#queue;
    this.#queue = [];
    this.#queuedBytes = 0;
    return waiting;
  }

  #call(record: LogRecord): void {
    let settled: Promise<unknown>;
    try {
      const result = this.#fn(record);
      if (typeof (result as PromiseLike<unknown> | null | undefined)?.then !== "function") {
        this.#counts.written++;
        return;
      }
      settled = Promise.resolve(result);
    } catch (error) {
      return this.#failed(error);
    }
    this.#pending++;
    settled.then(() => void this.#counts.written++, (error) => this.#failed(error))
      .then(() => sinkTurn(() => this.#next()));
  }

  #failed(error: unknown): void {
    this.#counts.failures++;
    this.#counts.droppedFailed++;
    this.#report(error);
  }

  #next(): void {
    this.#pending--;
    while (this.#queue.length > 0 && this.#pending === 0) {
      const record = this.#queue.shift()!;
      this.#queuedBytes -= record.sizeBytes;
      this.#call(record);
    }
    if (this.#pending > 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }
}
