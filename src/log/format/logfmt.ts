/**
 * The logfmt format: `key=value` pairs.
 *
 * @module
 */
import { quote, stringify } from "../../core/plain/json.ts";
import type { Plain } from "../../core/plain/data.ts";
import { FlatKeys } from "./flat_keys.ts";
import type { LogRecord } from "../record/record.ts";
import { Timestamps } from "./timestamps.ts";

const RESERVED = [
  "time",
  "level",
  "msg",
  "service",
  "logger",
  "request_id",
  "trace_id",
  "span_id",
] as const;
/** What would end a key, or is invisible. */
const NOT_IN_KEY =
  // deno-lint-ignore no-control-regex
  /[\x00-\x20"=\x7f-\xa0\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]|\p{Cs}/gu;
/** A value that needs no quotes: visible ASCII that nobody takes for a number, a boolean or null. */
const BARE = /^(?!(?:true|false|null|[+-]?\.?\d.*|NaN|[+-]?Infinity)$)[!#-<>-[\]-~]+$/;
const BARE_ID = /^[\da-f]+$/;
const BARE_TIME = /^[\d:.TZ+-]+$/;

/**
 * Encodes records as logfmt, one line each without the line feed: `time=… level=info msg="order paid"
 * order_id=456`. A value with spaces, quotes, `=` or anything but ASCII is a JSON string, and so is one
 * that looks like a number or a boolean but is a string; objects are JSON in such a string. A character that
 * a key can't have becomes `_`, and a name that is taken gets `_2` behind it.
 *
 * @example
 * ```ts
 * import { Logger, LogfmtEncoder } from "@telltale/telltale/log";
 * import assert from "node:assert/strict";
 *
 * const lines: string[] = [];
 * const logfmt = new LogfmtEncoder();
 * const log = new Logger({ sinks: [(record) => lines.push(logfmt.encode(record))] });
 * log.info("order paid", { order_id: 456, "paid by": "card" });
 * log.flushSync();
 * assert.match(lines[0]!, /^time=\S+Z level=info msg="order paid" order_id=456 paid_by=card$/);
 * ```
 */
export class LogfmtEncoder {
  readonly #keys = new FlatKeys(NOT_IN_KEY, RESERVED);
  readonly #timestamps = new Timestamps();

  /** The line of `record`. */
  encode(record: LogRecord): string {
    let line = `time=${this.#timestamps.text(record.timeMs)} level=${record.level} msg=` +
      text(record.message);
    if (record.service !== "") line += " service=" + text(record.service);
    if (record.category !== "") line += " logger=" + text(record.category);
    if (record.requestId !== "") line += " request_id=" + text(record.requestId);
    if (record.traceId !== "") {
      line += ` trace_id=${id(record.traceId)} span_id=${id(record.spanId)}`;
    }
    for (const [name, value] of this.#keys.map(record)) line += ` ${name}=` + valueText(value);
    return line;
  }
}

function valueText(value: unknown): string {
  if (typeof value === "string") return text(value);
  return typeof value === "object" && value !== null
    ? quote(stringify(value as Plain))
    : String(value);
}

/** An id of digits alone needs no quotes either; a caller may have made it up. */
function id(value: string): string {
  return BARE_ID.test(value) ? value : quote(value);
}

function text(value: string): string {
  return BARE.test(value) || value.length === 24 && BARE_TIME.test(value) ? value : quote(value);
}
