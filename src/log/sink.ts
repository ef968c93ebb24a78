/**
 * Where records go.
 *
 * @module
 */
import { isatty } from "node:tty";
import { type Clock, systemClock } from "../core/clock.ts";
import { Output, type OutputCounts, type Writer } from "../core/output.ts";
import { environment } from "../core/platform.ts";
import { JsonEncoder } from "./json.ts";
import { PrettyEncoder } from "./pretty.ts";
import type { LogRecord } from "./record.ts";

/** What takes records; told of each once, soon after it was logged and in order. */
export interface LogSink {
  /** Takes one record; a throw is counted and ends nothing. */
  write(record: LogRecord): void;
  /** Resolves when what was taken is out. */
  flush?(): Promise<void>;
  /** Brings out what was taken before it returns: the process is ending. */
  flushSync?(): void;
}

/** A sink, or just a function of a record. */
export type Sink = LogSink | ((record: LogRecord) => void);

/** Settings of a {@linkcode StdoutSink}. */
export interface StdoutOptions {
  /** `auto` (the default) is pretty on a terminal and JSON elsewhere. */
  readonly format?: "auto" | "json" | "pretty" | undefined;
  /** What may wait to be written; 8 MiB by default. The oldest lines are dropped beyond it. */
  readonly maxBytes?: number | undefined;
  /** Time and timers; the machine's unless given. */
  readonly clock?: Clock | undefined;
  /** Where the bytes go instead of standard output. */
  readonly writer?: Writer | undefined;
  /** Told of write errors other than a closed pipe. */
  readonly onError?: ((error: unknown) => void) | undefined;
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
export class StdoutSink implements LogSink {
  /** Lines written and dropped, as plain numbers. */
  readonly counts: Readonly<OutputCounts>;
  readonly #output: Output;
  readonly #encoder: { encode(record: LogRecord): string };

  /**
   * Makes a sink; nothing is written or opened yet.
   *
   * @throws {TypeError} when `format` is none of its values
   */
  constructor(options: StdoutOptions = {}) {
    this.#encoder = encoderFor(options.format ?? "auto");
    this.#output = new Output({
      clock: options.clock ?? systemClock,
      writer: options.writer,
      maxBytes: options.maxBytes,
      // The logger gathered already; this much only lets one delivery become one write.
      delayMs: 1,
      onError: options.onError,
    });
    this.counts = this.#output.counts;
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
}

function encoderFor(format: string): JsonEncoder | PrettyEncoder {
  // Not `process.stdout.isTTY`: touching that stream makes the descriptor non-blocking on some hosts.
  const terminal = isatty(1);
  if (format === "json" || format === "auto" && !terminal) return new JsonEncoder();
  if (format !== "pretty" && format !== "auto") {
    throw new TypeError(`Cannot write logs as "${format}": format must be auto, json or pretty`);
  }
  return new PrettyEncoder({
    color: terminal && environment("NO_COLOR") === undefined,
    stacks: true,
  });
}
