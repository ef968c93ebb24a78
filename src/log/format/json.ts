/**
 * A record as one line of JSON.
 *
 * @module
 */
import { flat } from "../../core/text.ts";
import { quote } from "../../core/plain/json.ts";
import { behind, JsonFields } from "./fields.ts";
import {
  allFields,
  type BoundFields,
  type Fields,
  levelOf,
  type LogRecord,
} from "../record/record.ts";
import { Timestamps } from "../record/timestamp.ts";

/** Keys that are the line's own. */
const RESERVED = /^(?:time|level|msg|service|logger|request_id|trace_id|span_id)_*$/;

/** What a message is encoded to with all that is the same in each line of it. */
interface Head {
  readonly level: number;
  readonly levelName: string;
  readonly category: string;
  readonly text: string;
}

/** Messages whose head is kept: most are constants of the program. */
const MAX_HEADS = 512;
const MAX_HEAD_LENGTH = 256;

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
  readonly #fields = new JsonFields(behind(RESERVED));
  readonly #timestamps = new Timestamps();
  /** The time of the last line, and what a line of that time starts with. */
  #time = NaN;
  #timePart = "";
  /** The ids of the last line that had some: those of one request come one after the other. */
  #traceId = "";
  #spanId = "";
  #quotedTrace = "";
  #tracePart = "";
  #service = "";
  readonly #heads = new Map<string, Head>();
  /** Lines that a head was there for, since the heads were last let go. */
  #hits = 0;
  /** Messages that are never the same twice are not worth it. */
  #keepsHeads = true;

  /** The line of `record`. */
  encode(record: LogRecord): string {
    if (record.time !== this.#time) this.#useTime(record.time);
    const head = this.#heads.get(record.message);
    let line = this.#timePart +
      (head !== undefined && this.#fits(head, record) ? head.text : this.#head(record));
    const { requestId, traceId, bound, fields } = record;
    if (traceId !== "" && (traceId !== this.#traceId || record.spanId !== this.#spanId)) {
      this.#useTrace(record);
    }
    if (requestId !== "") {
      line += ',"request_id":' + (requestId === traceId ? this.#quotedTrace : quote(requestId));
    }
    if (traceId !== "") line += this.#tracePart;
    if (bound === undefined) return line + this.#fields.encode(fields) + "}";
    if (overlap(bound.fields, fields)) return line + this.#fields.encode(allFields(record)) + "}";
    return line + (bound.json ?? this.#bind(bound)) + this.#fields.encode(fields) + "}";
  }

  #bind(bound: BoundFields): string {
    return bound.json = flat(this.#fields.encode(bound.fields));
  }

  #useTime(time: number): void {
    this.#time = time;
    this.#timePart = flat('{"time":"' + this.#timestamps.text(time) + '","level":"');
  }

  /** Ids may be of a caller's own making. */
  #useTrace({ traceId, spanId }: LogRecord): void {
    this.#traceId = traceId;
    this.#spanId = spanId;
    this.#quotedTrace = quote(traceId);
    this.#tracePart = ',"trace_id":' + this.#quotedTrace + ',"span_id":' + quote(spanId);
  }

  #fits(head: Head, record: LogRecord): boolean {
    this.#hits++;
    return head.level === record.level && head.category === record.category &&
      head.levelName === record.levelName && this.#service === record.service;
  }

  #head(record: LogRecord): string {
    const { message, level, levelName, category, service } = record;
    let text = levelOf(record) + '","msg":' + quote(message);
    if (service !== "") text += ',"service":' + quote(service);
    if (category !== "") text += ',"logger":' + quote(category);
    if (!this.#keepsHeads || message.length > MAX_HEAD_LENGTH) return text;
    if (this.#heads.size >= MAX_HEADS || this.#service !== service) {
      this.#keepsHeads = this.#service !== service || this.#hits >= MAX_HEADS;
      this.#heads.clear();
      this.#hits = 0;
      this.#service = service;
    }
    this.#heads.set(message, { level, levelName, category, text: flat(text) });
    return text;
  }
}

/** Whether a key is in both; keys of `Object.prototype` may say yes in vain, which costs time only. */
function overlap(bound: Fields, fields: Fields): boolean {
  for (const key in fields) {
    if (bound[key] !== undefined) return true;
  }
  return false;
}
