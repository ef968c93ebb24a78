/**
 * A record as one line of JSON.
 *
 * @module
 */
import { quote } from "../core/json.ts";
import { JsonFields } from "./json_fields.ts";
import { allFields, type BoundFields, type Fields, levelOf, type LogRecord } from "./record.ts";
import { Timestamps } from "./timestamp.ts";

/** Keys that are the line's own. */
const RESERVED = /^(?:time|level|msg|service|logger|request_id|trace_id|span_id)_*$/;

const LEVEL_PARTS = new Map<number, string>();

/**
 * Encodes records as JSON, one line each without the line feed:
 * `{"time":"…Z","level":"info","msg":"…","service":"…","logger":"…","request_id":"…","trace_id":"…","span_id":"…",…fields}`.
 *
 * Parts that are unknown are left out. A field that is named like one of them gets a `_` behind its
 * name; no key is there twice.
 *
 * @example
 * ```ts
 * import { JsonEncoder, Logger } from "@telltale/telltale/log";
 * import assert from "node:assert/strict";
 *
 * const lines: string[] = [];
 * const json = new JsonEncoder();
 * const log = new Logger({ sinks: [(record) => lines.push(json.encode(record))] });
 * log.info("paid", { order_id: 456, level: 9 });
 * log.flushSync();
 * assert.match(lines[0]!, /^{"time":".{24}","level":"info","msg":"paid","order_id":456,"level_":9}$/);
 * ```
 */
export class JsonEncoder {
  readonly #fields = new JsonFields(RESERVED);
  readonly #timestamps = new Timestamps();
  #service = "";
  #servicePart = "";

  /** The line of `record`. */
  encode(record: LogRecord): string {
    if (record.service !== this.#service) this.#useService(record.service);
    let line = '{"time":"' + this.#timestamps.text(record.time) + levelPart(record) +
      quote(record.message) + this.#servicePart;
    if (record.category !== "") line += ',"logger":' + quote(record.category);
    if (record.requestId !== "") line += ',"request_id":' + quote(record.requestId);
    if (record.traceId !== "") {
      line += ',"trace_id":"' + record.traceId + '","span_id":"' + record.spanId + '"';
    }
    const { bound, fields } = record;
    if (bound === undefined) return line + this.#fields.encode(fields) + "}";
    if (overlap(bound.fields, fields)) return line + this.#fields.encode(allFields(record)) + "}";
    return line + (bound.json ?? this.#bind(bound)) + this.#fields.encode(fields) + "}";
  }

  #bind(bound: BoundFields): string {
    return bound.json = this.#fields.encode(bound.fields);
  }

  #useService(service: string): void {
    this.#service = service;
    this.#servicePart = service === "" ? "" : ',"service":' + quote(service);
  }
}

function levelPart(record: LogRecord): string {
  if (record.levelName !== "") return `","level":"${record.levelName}","msg":`;
  let part = LEVEL_PARTS.get(record.level);
  if (part === undefined) {
    part = `","level":"${levelOf(record)}","msg":`;
    LEVEL_PARTS.set(record.level, part);
  }
  return part;
}

/** Whether a key is in both; keys of `Object.prototype` may say yes in vain, which costs time only. */
function overlap(bound: Fields, fields: Fields): boolean {
  for (const key in fields) {
    if (bound[key] !== undefined) return true;
  }
  return false;
}
