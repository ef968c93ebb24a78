/**
 * Formats by name.
 *
 * @module
 */
import { environment, isTerminal } from "../core/platform.ts";
import { EcsEncoder } from "./ecs.ts";
import { GelfEncoder } from "./gelf.ts";
import { JsonEncoder } from "./json.ts";
import { LogfmtEncoder } from "./logfmt.ts";
import { PrettyEncoder } from "./pretty.ts";
import type { LogRecord } from "./record.ts";

/** What makes the line of a record, without the line feed at its end. */
export interface LogEncoder {
  /** The line of `record`. */
  encode(record: LogRecord): string;
}

/** The formats that come with Telltale, or an encoder of one's own. */
export type LogFormat = "json" | "pretty" | "logfmt" | "ecs" | "gelf" | LogEncoder;

/**
 * The encoder of a format.
 *
 * @throws {TypeError} when it is none
 */
export function encoderOf(format: LogFormat): LogEncoder {
  switch (format) {
    case "json":
      return new JsonEncoder();
    case "pretty":
      return new PrettyEncoder();
    case "logfmt":
      return new LogfmtEncoder();
    case "ecs":
      return new EcsEncoder();
    case "gelf":
      return new GelfEncoder();
  }
  if (typeof format?.encode === "function") return format;
  throw new TypeError(
    `Cannot write logs as ${JSON.stringify(format)}: ` +
      "format must be json, pretty, logfmt, ecs, gelf or an encoder",
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
