/**
 * Log formats, by name or as an encoder.
 *
 * @module
 */
import { environment, isTerminal } from "../../core/platform.ts";
import { JsonEncoder } from "./json.ts";
import { PrettyEncoder } from "./pretty.ts";
import type { LogRecord } from "../record/record.ts";

/** Makes the line of a record, without the line feed at its end. */
export interface LogEncoder {
  /** The line of `record`. */
  encode(record: LogRecord): string;
}

/**
 * One of the two formats that every logger knows, or an encoder: `new EcsEncoder()`,
 * `new LogfmtEncoder()`, `new GelfEncoder()`, or one of your own.
 */
export type LogFormat = "json" | "pretty" | LogEncoder;

/**
 * The encoder of a format.
 *
 * @throws {TypeError} when it is neither a name nor an encoder
 */
export function encoderOf(format: LogFormat): LogEncoder {
  switch (format) {
    case "json":
      return new JsonEncoder();
    case "pretty":
      return new PrettyEncoder();
  }
  if (typeof format?.encode === "function") return format;
  throw new TypeError(
    `Cannot write logs as ${JSON.stringify(format) ?? typeof format}: ` +
      "format must be json, pretty or an encoder, such as new EcsEncoder()",
  );
}

/** The encoder for standard output: `auto` is pretty on a terminal and JSON elsewhere. */
export function stdoutEncoder(format: LogFormat | "auto"): LogEncoder {
  const terminal = isTerminal();
  if (format === "auto") format = terminal ? "pretty" : "json";
  if (format !== "pretty") return encoderOf(format);
  return new PrettyEncoder({
    color: terminal && environment("NO_COLOR") === undefined,
    stacks: true,
  });
}
