/**
 * A sink that writes lines to a `WritableStream`.
 *
 * @module
 */
import { refuseUnknown, requireGiven } from "../../core/check.ts";
import type { Writer } from "./writer.ts";
import { encoderOf, type LogFormat } from "../format/format.ts";
import { LineSink } from "./line.ts";
import { LINE_OPTIONS, type LineSinkOptions } from "./line_options.ts";

/** Settings of a {@linkcode StreamSink}. */
export interface StreamOptions extends LineSinkOptions {
  /** The format of the lines. @default `json` */
  readonly format?: LogFormat | undefined;
}

/**
 * Writes records to a stream of bytes, a batch at a time, each when the stream has taken the one before.
 * A stream can't be written to before a call returns: when the process ends suddenly, or the log is
 * closed, a line on standard error says how much was not taken, and the records themselves follow if no
 * other sink has them. `onFull: "write-sync"` is refused.
 *
 * @example
 * ```ts
 * import { LogfmtEncoder, Logger, StreamSink } from "@telltale/telltale/log";
 * import assert from "node:assert/strict";
 *
 * const { readable, writable } = new TextDecoderStream();
 * const sink = new StreamSink(writable, { format: new LogfmtEncoder() });
 * const log = new Logger({ sinks: [sink] });
 * log.info("ready");
 * void log.flush();
 * const { value } = await readable.getReader().read();
 * assert.match(value!, /^time=\S+ level=info msg=ready\n$/);
 * ```
 */
export class StreamSink extends LineSink {
  /**
   * Locks the stream and makes a sink.
   *
   * @throws {RangeError} when `maxBytes` is not positive
   * @throws {TypeError} when the stream is locked, or an option is unknown or of the wrong kind
   */
  constructor(stream: WritableStream<Uint8Array<ArrayBuffer>>, options: StreamOptions = {}) {
    requireGiven("log to stream", stream, "stream");
    refuseUnknown("log to stream", options, { ...LINE_OPTIONS, format: true });
    super("stream", () => writerTo(stream), encoderOf(options.format ?? "json"), options);
  }
}

function writerTo(stream: WritableStream<Uint8Array<ArrayBuffer>>): Writer {
  const writer = stream.getWriter();
  // A failed write rejects as well: this rejection would end the process.
  writer.closed.catch(() => {});
  return {
    async write(bytes) {
      await writer.ready;
      await writer.write(bytes as Uint8Array<ArrayBuffer>);
      return bytes.length;
    },
    close: () => writer.releaseLock(),
  };
}
