/**
 * The Graylog Extended Log Format (GELF).
 *
 * @see {@link https://go2docs.graylog.org/current/getting_in_log_data/gelf.html}
 * @module
 */
import { quote, stringify } from "../../core/plain/json.ts";
import { refuseUnknown } from "../../core/check.ts";
import type { Plain } from "../../core/plain/data.ts";
import { FlatKeys } from "./flat_keys.ts";
import { ERROR, FATAL, INFO, WARN } from "../record/level.ts";
import type { LogRecord } from "../record/record.ts";

/** `id` is refused by receivers; the others are keys of the line itself. */
const RESERVED = ["id", "level_name", "logger", "request_id", "trace_id", "span_id"] as const;
const NOT_IN_KEY = /[^\w.-]/gu;
/** What receivers take for an empty message, and refuse. */
// deno-lint-ignore no-control-regex
const BLANK = /^[\s\x00-\x1f]*$/;

/** Settings of a {@linkcode GelfEncoder}. */
export interface GelfOptions {
  /** The `host` of each message. @default the service, or `unknown` */
  readonly host?: string | undefined;
}

/**
 * Encodes records as GELF 1.1, one line each without the line feed. Fields get a `_` before their name,
 * a character that a name can't have becomes `_`, and a name that is taken gets `_2` behind it. Values
 * are texts and numbers: anything else is written as JSON in a text. A blank message, which receivers
 * refuse, is `-`, and what it was is in `full_message`.
 *
 * @example
 * ```ts
 * import { GelfEncoder, Logger } from "@telltale/telltale/log";
 * import assert from "node:assert/strict";
 *
 * const lines: string[] = [];
 * const gelf = new GelfEncoder({ host: "orders-1" });
 * const log = new Logger({ sinks: [(record) => lines.push(gelf.encode(record))] });
 * log.info("paid", { order_id: 456 });
 * log.flushSync();
 * const { host, short_message, _order_id } = JSON.parse(lines[0]!);
 * assert.deepEqual([host, short_message, _order_id], ["orders-1", "paid", 456]);
 * ```
 */
export class GelfEncoder {
  readonly #keys = new FlatKeys(NOT_IN_KEY, RESERVED);
  readonly #host: string | undefined;

  /** Makes an encoder. */
  constructor(options: GelfOptions = {}) {
    refuseUnknown("encode as GELF", options, { host: true });
    this.#host = options.host;
  }

  /** The line of `record`. */
  encode(record: LogRecord): string {
    const host = this.#host ?? record.service;
    const seconds = Number.isFinite(record.timeMs) ? Math.floor(record.timeMs) / 1000 : 0;
    let line = '{"version":"1.1","host":' + quote(BLANK.test(host) ? "unknown" : host) +
      messageOf(record.message) +
      `,"timestamp":${seconds},"level":${syslogLevel(record.severity)}` +
      `,"_level_name":"${record.level}"`;
    if (record.category !== "") line += ',"_logger":' + quote(record.category);
    if (record.requestId !== "") line += ',"_request_id":' + quote(record.requestId);
    if (record.traceId !== "") {
      line += `,"_trace_id":${quote(record.traceId)},"_span_id":${quote(record.spanId)}`;
    }
    for (const [name, value] of this.#keys.map(record)) line += `,"_${name}":` + valueText(value);
    return line + "}";
  }
}

function messageOf(message: string): string {
  if (!BLANK.test(message)) return ',"short_message":' + quote(message);
  const full = message === "" ? "" : ',"full_message":' + quote(message);
  return ',"short_message":"-"' + full;
}

/** RFC 5424, as far as the six levels go: 7 is debug, 2 is critical. */
function syslogLevel(severity: number): number {
  if (severity >= FATAL) return 2;
  if (severity >= ERROR) return 3;
  if (severity >= WARN) return 4;
  return severity >= INFO ? 6 : 7;
}

function valueText(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  return quote(typeof value === "object" ? stringify(value as Plain) : String(value));
}
