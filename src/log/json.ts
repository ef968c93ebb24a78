/**
 * A record as one line of JSON.
 *
 * @module
 */
import { quote, stringify } from "../core/json.ts";
import type { Plain } from "../core/plain.ts";
import { levelName } from "./level.ts";
import { allFields, type BoundFields, type Fields, type LogRecord } from "./record.ts";

/**
 * Keys that are the line's own, and what a field of that name is renamed to make. One `_` more each
 * time: the renaming is injective, so two fields never end up under one key.
 */
const RESERVED = /^(?:time|level|msg|service|request_id|trace_id|span_id)_*$/;

/** Encoded keys kept; an application's keys are few, a hostile one's are not. */
const MAX_CACHED_KEYS = 2048;

/** What a clock that says nonsense gives: it must not cost the line. */
const NO_TIME = "1970-01-01T00:00:00.000";

const LEVEL_PARTS = new Map<number, string>();

/**
 * Encodes records as JSON, one line each without the line feed:
 * `{"time":"…Z","level":"info","msg":"…","service":"…","request_id":"…","trace_id":"…","span_id":"…",…fields}`.
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
  readonly #keys = new Map<string, string>();
  /** The second of the last line, and its text up to the milliseconds. */
  #second = NaN;
  #secondText = "";
  #service = "";
  #servicePart = "";

  /** The line of `record`. */
  encode(record: LogRecord): string {
    if (record.service !== this.#service) this.#useService(record.service);
    let line = '{"time":"' + this.#timeText(record.time) + levelPart(record.level) +
      quote(record.message) + this.#servicePart;
    if (record.requestId !== "") line += ',"request_id":' + quote(record.requestId);
    if (record.traceId !== "") {
      line += ',"trace_id":"' + record.traceId + '","span_id":"' + record.spanId + '"';
    }
    const { bound, fields } = record;
    if (bound === undefined) return line + this.#fields(fields) + "}";
    if (overlap(bound.fields, fields)) return line + this.#fields(allFields(record)) + "}";
    return line + (bound.json ?? this.#bind(bound)) + this.#fields(fields) + "}";
  }

  #bind(bound: BoundFields): string {
    return bound.json = this.#fields(bound.fields);
  }

  #fields(fields: Fields): string {
    let text = "";
    for (const key in fields) {
      const value = fields[key];
      switch (typeof value) {
        case "string":
          text += this.#key(key) + quote(value);
          break;
        case "number":
          text += this.#key(key) + (Number.isFinite(value) ? value : `"${value}"`);
          break;
        case "boolean":
          text += this.#key(key) + value;
          break;
        case "undefined":
          break;
        default:
          text += this.#key(key) + stringify(value as Plain);
      }
    }
    return text;
  }

  #key(key: string): string {
    return this.#keys.get(key) ?? this.#encodeKey(key);
  }

  #encodeKey(key: string): string {
    const encoded = "," + quote(RESERVED.test(key) ? key + "_" : key) + ":";
    if (this.#keys.size >= MAX_CACHED_KEYS) this.#keys.clear();
    this.#keys.set(key, encoded);
    return encoded;
  }

  #useService(service: string): void {
    this.#service = service;
    this.#servicePart = service === "" ? "" : ',"service":' + quote(service);
  }

  #timeText(time: number): string {
    const second = Math.floor(time / 1000);
    if (second !== this.#second && !this.#useSecond(second)) return NO_TIME;
    const ms = Math.floor(time - second * 1000);
    return this.#secondText + (ms < 10 ? "00" : ms < 100 ? "0" : "") + ms;
  }

  #useSecond(second: number): boolean {
    const date = new Date(second * 1000);
    if (Number.isNaN(date.getTime())) return false;
    this.#second = second;
    this.#secondText = date.toISOString().slice(0, -4);
    return true;
  }
}

function levelPart(level: number): string {
  let part = LEVEL_PARTS.get(level);
  if (part === undefined) {
    part = `Z","level":"${levelName(level)}","msg":`;
    LEVEL_PARTS.set(level, part);
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
