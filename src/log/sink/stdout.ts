/**
 * A sink that writes lines to standard output.
 *
 * @module
 */
import { type Known, refuseUnknown } from "../../core/check.ts";
import { type LogFormat, stdoutEncoder } from "../format/format.ts";
import { LineSink } from "./line.ts";
import { LINE_OPTIONS, type LineSinkOptions } from "./line_options.ts";
import { stdoutWriter, type Writer } from "./writer.ts";

/** Settings of a {@linkcode StdoutSink}. */
export interface StdoutOptions extends LineSinkOptions {
  /** `auto` is pretty on a terminal and JSON elsewhere. @default `auto` */
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
   * @throws {RangeError} when `maxBytes` is not positive
   * @throws {TypeError} when an option is unknown or of the wrong kind
   */
  constructor(options: StdoutOptions = {}) {
    // Not in a constant: bundlers keep a spread that nobody uses.
    const known: Known<StdoutOptions> = { ...LINE_OPTIONS, format: true, writer: true };
    refuseUnknown("log to stdout", options, known);
    const open = () => options.writer ?? stdoutWriter();
    super("stdout", open, stdoutEncoder(options.format ?? "auto"), options);
  }
}
