/**
 * The JSON format: a record as one line, fields as members of an object, times as text.
 *
 * @module
 */
import { flat } from "../../core/text.ts";
import { HAS_BREAKERS, quote, stringify } from "../../core/plain/json.ts";
import type { Plain } from "../../core/plain/data.ts";
import { runtime } from "../../core/platform.ts";
import { type BoundFields, Entry, type Fields, type LogRecord } from "../record/record.ts";

/** Keys that the line itself uses. */
const RESERVED = /^(?:time|level|msg|service|logger|request_id|trace_id|span_id)_*$/;

/** The encoded start of all lines with one message, level and category. */
interface Head {
  readonly level: string;
  readonly category: string;
  readonly text: string;
}

/** How many messages' heads are kept: most messages are constants of the program. */
const MAX_HEADS = 512;
const MAX_HEAD_LENGTH = 256;

/**
 * Encodes records as JSON, one line each without the line feed:
 * `{"time":"…Z","level":"info","msg":"…","service":"…","logger":"…","request_id":"…","trace_id":"…","span_id":"…",…fields}`.
 *
 * Unknown parts are left out. A field that is named like one of them gets a `_` behind its name; no key
 * occurs twice.
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
  #timeMs = NaN;
  #timePart = "";
  /** The ids of the last line that had any: the lines of a request often follow one another. */
  #traceId = "";
  #spanId = "";
  #quotedTrace = "";
  #tracePart = "";
  #service = "";
  readonly #heads = new Map<string, Head>();
  /** Lines with a known head since the heads were last cleared. */
  #hits = 0;
  /** False where messages never repeat. */
  #keepsHeads = true;

  /** The line of `record`. */
  encode(record: LogRecord): string {
    if (record.timeMs !== this.#timeMs) this.#useTime(record.timeMs);
    const head = this.#heads.get(record.message);
    let line = this.#timePart +
      (head !== undefined && this.#fits(head, record) ? head.text : this.#head(record));
    const { requestId, traceId } = record;
    if (traceId !== "" && (traceId !== this.#traceId || record.spanId !== this.#spanId)) {
      this.#useTrace(record);
    }
    if (requestId !== "") {
      line += ',"request_id":' + (requestId === traceId ? this.#quotedTrace : quote(requestId));
    }
    if (traceId !== "") line += this.#tracePart;
    const bound = Entry.boundOf(record);
    if (bound === undefined) return line + this.#fields.encode(record.fields) + "}";
    const own = Entry.ownOf(record);
    if (overlap(bound.fields, own)) return line + this.#fields.encode(record.fields) + "}";
    return line + (bound.json ?? this.#bind(bound)) + this.#fields.encode(own) + "}";
  }

  #bind(bound: BoundFields): string {
    return bound.json = flat(this.#fields.encode(bound.fields));
  }

  #useTime(timeMs: number): void {
    this.#timeMs = timeMs;
    this.#timePart = flat('{"time":"' + this.#timestamps.text(timeMs) + '","level":"');
  }

  /** Quoted, because a caller may have made them up. */
  #useTrace({ traceId, spanId }: LogRecord): void {
    this.#traceId = traceId;
    this.#spanId = spanId;
    this.#quotedTrace = quote(traceId);
    this.#tracePart = ',"trace_id":' + this.#quotedTrace + ',"span_id":' + quote(spanId);
  }

  #fits(head: Head, record: LogRecord): boolean {
    this.#hits++;
    return head.level === record.level && head.category === record.category &&
      this.#service === record.service;
  }

  #head(record: LogRecord): string {
    const { message, level, category, service } = record;
    let text = level + '","msg":' + quote(message);
    if (service !== "") text += ',"service":' + quote(service);
    if (category !== "") text += ',"logger":' + quote(category);
    if (!this.#keepsHeads || message.length > MAX_HEAD_LENGTH) return text;
    if (this.#heads.size >= MAX_HEADS || this.#service !== service) {
      this.#keepsHeads = this.#service !== service || this.#hits >= MAX_HEADS;
      this.#heads.clear();
      this.#hits = 0;
      this.#service = service;
    }
    this.#heads.set(message, { level, category, text: flat(text) });
    return text;
  }
}

/** Whether a key is in both. Wrongly true for keys of `Object.prototype`, which only costs time. */
function overlap(bound: Fields, fields: Fields): boolean {
  for (const key in fields) {
    if (bound[key] !== undefined) return true;
  }
  return false;
}

/** How many encoded keys are kept: an application has few, an attacker may send many. */
const MAX_CACHED_KEYS = 2048;
/** JavaScriptCore concatenates slowly: JSON of all fields at once costs a third less there, not on V8. */
const MEMBERS_AT_ONCE = runtime.name === "bun";

/** Longest value that is kept, in UTF-16 units. */
const MAX_CACHED_VALUE = 64;

/** The member of a key, with a value that repeats, as methods, routes and names do. */
interface Member {
  /** A comma, the key and a colon. */
  readonly start: string;
  /** The last value. */
  last: string | undefined;
  /** The last value that came twice in a row, and the member with it. */
  value: string | undefined;
  text: string;
}

/** Encodes fields; those with a name that the line itself uses are renamed. */
export class JsonFields {
  readonly #nameOf: (key: string) => string;
  readonly #within: ((value: object) => object) | undefined;
  /** Keys that keep their name. */
  readonly #plain = new Set<string>();
  readonly #members = new Map<string, Member>();

  /**
   * @param nameOf what a key is called in the line: injective, so that two fields never end up under
   * one name
   * @param within renames inside an object, for formats that restrict nested names, too
   */
  constructor(nameOf: (key: string) => string, within?: (value: object) => object) {
    this.#nameOf = nameOf;
    this.#within = within;
  }

  /** The members, each with a comma before it. */
  encode(fields: Fields): string {
    return MEMBERS_AT_ONCE ? this.#encodeAll(fields) : this.#encodeEach(fields);
  }

  #encodeAll(fields: Fields): string {
    let isEmpty = true;
    for (const key in fields) {
      const value = fields[key];
      if (
        value === undefined || typeof value === "number" && !Number.isFinite(value) ||
        !this.#plain.has(key) && !this.#isPlain(key) ||
        this.#within !== undefined && typeof value === "object"
      ) {
        return this.#encodeEach(fields);
      }
      isEmpty = false;
    }
    if (isEmpty) return "";
    const json = JSON.stringify(fields);
    return HAS_BREAKERS.test(json) ? this.#encodeEach(fields) : "," + json.slice(1, -1);
  }

  #isPlain(key: string): boolean {
    if (this.#nameOf(key) !== key) return false;
    if (this.#plain.size >= MAX_CACHED_KEYS) this.#plain.clear();
    this.#plain.add(key);
    return true;
  }

  #encodeEach(fields: Fields): string {
    let text = "";
    for (const key in fields) {
      const value = fields[key], member = this.#members.get(key) ?? this.#member(key);
      switch (typeof value) {
        case "string":
          text += value === member.value ? member.text : textMember(member, value);
          break;
        case "number":
          text += member.start + (Number.isFinite(value) ? value : `"${value}"`);
          break;
        case "boolean":
          text += member.start + value;
          break;
        case "undefined":
          break;
        default:
          text += member.start + stringify(this.#valueOf(value as Plain));
      }
    }
    return text;
  }

  #valueOf(value: Plain): Plain {
    if (this.#within === undefined || typeof value !== "object" || value === null) return value;
    return this.#within(value) as Plain;
  }

  #member(key: string): Member {
    const start = flat("," + quote(this.#nameOf(key)) + ":");
    const member = { start, last: undefined, value: undefined, text: "" };
    if (this.#members.size >= MAX_CACHED_KEYS) this.#members.clear();
    this.#members.set(key, member);
    return member;
  }
}

/**
 * Names for {@linkcode JsonFields}: a reserved key gets a `_` behind it.
 *
 * @param reserved matches such keys with any number of `_` behind: each gets one more
 */
export function behind(reserved: RegExp): (key: string) => string {
  return (key) => reserved.test(key) ? key + "_" : key;
}

/** A value that comes twice in a row is likely to come again. */
function textMember(member: Member, value: string): string {
  const text = member.start + quote(value);
  if (value === member.last) {
    member.value = value;
    member.text = flat(text);
  } else if (value.length <= MAX_CACHED_VALUE) member.last = value;
  return text;
}

/** The time of a line whose clock gives nonsense: the line is not lost. */
const NO_TIME = "1970-01-01T00:00:00.000Z";

/** Writes times as RFC 3339 in UTC, to the millisecond; a second's text is made once. */
export class Timestamps {
  /** The second of the last time, and its text up to the milliseconds. */
  #second = NaN;
  #secondText = "";

  /** The text of a time in milliseconds since the Unix epoch. */
  text(timeMs: number): string {
    const second = Math.floor(timeMs / 1000);
    if (second !== this.#second && !this.#useSecond(second)) return NO_TIME;
    const ms = Math.floor(timeMs - second * 1000);
    return this.#secondText + (ms < 10 ? "00" : ms < 100 ? "0" : "") + ms + "Z";
  }

  #useSecond(second: number): boolean {
    const date = new Date(second * 1000);
    if (Number.isNaN(date.getTime())) return false;
    this.#second = second;
    this.#secondText = date.toISOString().slice(0, -4);
    return true;
  }
}
