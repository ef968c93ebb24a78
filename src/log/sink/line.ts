/**
 * Sinks that write lines: to standard output, or wherever bytes go.
 *
 * @module
 */
import { type Clock, systemClock } from "../../core/clock.ts";
import { type Known, refuseUnknown } from "../../core/check.ts";
import { Output, type WhenFull } from "./output.ts";
import type { OutputCounts } from "./output_queue.ts";
import { stdoutWriter, type Writer } from "./writer.ts";
import { type LogEncoder, type LogFormat, stdoutEncoder } from "../format/format.ts";
import type { Threshold } from "../record/level.ts";
import type { LogRecord } from "../record/record.ts";
import type { LogSink, SinkHost } from "./sink.ts";

/** Settings that every sink of lines has. */
export interface LineSinkOptions {
  /** The lowest level it takes; all that the logger records unless given. */
  readonly level?: Threshold | undefined;
  /** What may wait to be written; 8 MiB by default. */
  readonly maxBytes?: number | undefined;
  /** What happens beyond it; `drop-oldest` by default. */
  readonly onFull?: WhenFull | undefined;
  /** Time and timers; the machine's unless given. */
  readonly clock?: Clock | undefined;
  /** Told of write errors other than a closed pipe, and of drops; the logger is told anyway. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** For sinks of lines to check their options by, beside those of their own. */
export const LINE_OPTIONS: Known<LineSinkOptions> = {
  level: true,
  maxBytes: true,
  onFull: true,
  clock: true,
  onError: true,
};

/** Encodes records and writes them in batches, off the application's thread. */
export class LineSink implements LogSink {
  /** What it is called in reports about it. */
  readonly name: string;
  /** The lowest level it takes. */
  readonly level: Threshold | undefined;
  /** Lines written and dropped, as plain numbers. */
  readonly counts: Readonly<OutputCounts>;
  readonly #output: Output;
  readonly #writer: Writer;
  readonly #encoder: LogEncoder;
  #report: ((error: unknown) => void) | undefined;

  /**
   * Makes the writer and what fills it.
   *
   * @param open makes the writer; given what to tell of failures beside those of its writes
   * @throws {RangeError} or {TypeError} for a setting that can't work
   */
  constructor(
    name: string,
    open: (fail: (error: unknown) => void) => Writer,
    encoder: LogEncoder,
    options: LineSinkOptions,
  ) {
    this.name = name;
    this.level = options.level;
    this.#encoder = encoder;
    const fail = (error: unknown) => {
      this.#report?.(error);
      options.onError?.(error);
    };
    this.#writer = open(fail);
    this.#output = new Output({
      clock: options.clock ?? systemClock,
      writer: this.#writer,
      maxBytes: options.maxBytes,
      onFull: options.onFull,
      // The logger gathered already; this much only lets one delivery become one write.
      delayMs: 1,
      onError: fail,
    });
    this.counts = this.#output.counts;
  }

  /** Lines that are not out yet. */
  get waiting(): number {
    return this.#output.waiting;
  }

  /** Takes the logger that is told of failures. */
  start(host: SinkHost): void {
    this.#report = (error) => host.report(error);
  }

  /** Encodes the record and lets it wait for others. */
  write(record: LogRecord): void {
    this.#output.write(this.#encoder.encode(record));
  }

  /** Resolves when all lines are out, or can't get out now. */
  flush(): Promise<void> {
    return this.#output.flush();
  }

  /** Writes all lines before it returns. */
  flushSync(): void {
    this.#output.flushSync();
  }

  /** Lets go of what the writer holds. */
  close(): void {
    this.#writer.close?.();
  }
}

/** Settings of a {@linkcode StdoutSink}. */
export interface StdoutOptions extends LineSinkOptions {
  /** `auto` (the default) is pretty on a terminal and JSON elsewhere. */
  readonly format?: "auto" | LogFormat | undefined;
  /** Where the bytes go instead of standard output. */
  readonly writer?: Writer | undefined;
}

/**
 * Writes records to standard output, in batches and off the application's thread. On a terminal they
 * are pretty, and coloured unless `NO_COLOR` is set; elsewhere they are JSON.
 *
 * @example
 * ```ts
 * import { Logger, StdoutSink } from "@telltale/telltale/log";
 * import assert from "node:assert/strict";
 *
 * const sink = new StdoutSink({ format: "json" });
 * const log = new Logger({ sinks: [sink] });
 * log.info("ready");
 * await log.flush();
 * assert.equal(sink.counts.written, 1);
 * ```
 */
export class StdoutSink extends LineSink {
  /**
   * Makes a sink; nothing is written or opened yet.
   *
   * @throws {RangeError} or {TypeError} for a setting that can't work
   */
  constructor(options: StdoutOptions = {}) {
    refuseUnknown("log to stdout", options, { ...LINE_OPTIONS, format: true, writer: true });
    const open = () => options.writer ?? stdoutWriter();
    super("stdout", open, stdoutEncoder(options.format ?? "auto"), options);
  }
}
