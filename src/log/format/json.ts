/**
 * The JSON format: a record as one line, fields as members of an object, times as text.
 *
 * @module
 */
import { flat } from "../../core/text.ts";
import { HAS_BREAKERS, quote, stringify } from "../../core/plain/json.ts";
import type { Plain } from "../../core/plain/data.ts";
import { runtime } from "../../core/platform.ts";
import { Timestamps } from "./timestamps.ts";
import type { LazyLine, Line } from "../record/lazy_line.ts";
import { type BoundFields, Entry, type Fields, type LogRecord } from "../record/record.ts";

/** Keys that the line itself uses, and none: receivers take a member without a name for the message. */
const RESERVED = /^(?:time|level|msg|service|logger|request_id|trace_id|span_id)?_*$/;

/** The encoded start of all lines with one message, level and category. */
interface Head {
  readonly level: string;
  readonly category: string;
  readonly text: string;
}

/** The encoded ids of a span. */
interface Ids {
  readonly traceId: string;
  readonly spanId: string;
  readonly requestId: string;
  readonly text: string;
}

/** How many spans' ids are kept, a power of two: the lines of a request come with those of others. */
const IDS = 128;

/** How many messages' heads are kept: most messages are constants of the program. */
const MAX_HEADS = 512;
const MAX_HEAD_LENGTH = 256;

/**
 * Encodes records as JSON, one line each without the line feed:
 * `{"time":"…Z","level":"info","msg":"…","service":"…","logger":"…","request_id":"…","trace_id":"…","span_id":"…",…fields}`.
 *
 * Unknown parts are left out. A field that is named like one of them, or has no name, gets a `_` behind its
 * name; no key occurs twice.
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
  readonly #ids = new Array<Ids | undefined>(IDS).fill(undefined);
  #service = "";
  readonly #heads = new Map<string, Head>();
  /** Lines with a known head since the heads were last cleared. */
  #hits = 0;
  /** False where messages never repeat. */
  #keepsHeads = true;

  /** The line of `record`. */
  encode(record: LogRecord): string {
    const line = this.#start(record);
    const bound = Entry.boundOf(record);
    if (bound === undefined) return line + this.#fields.encode(record.fields) + "}";
    const own = Entry.ownOf(record);
    if (overlap(bound.fields, own)) return line + this.#fields.encode(record.fields) + "}";
    return line + (bound.json ?? this.#bind(bound)) + this.#fields.encode(own) + "}";
  }

  /**
   * A line of which no record is made.
   *
   * @internal
   */
  encodeLine(line: LazyLine): string {
    return this.#start(line) + line.members() + "}";
  }

  /** All before the fields. Each part is flat and is appended on the right: engines join such texts best. */
  #start(line: Line): string {
    if (line.timeMs !== this.#timeMs) this.#useTime(line.timeMs);
    const head = this.#heads.get(line.message);
    const text = this.#timePart +
      (head !== undefined && this.#fits(head, line) ? head.text : this.#head(line));
    return line.traceId === "" && line.requestId === "" ? text : text + this.#idsOf(line);
  }

  #bind(bound: BoundFields): string {
    return bound.json = flat(this.#fields.encode(bound.fields));
  }

  #useTime(timeMs: number): void {
    this.#timeMs = timeMs;
    this.#timePart = flat('{"time":"' + this.#timestamps.text(timeMs) + '","level":"');
  }

  #idsOf({ traceId, spanId, requestId }: Line): string {
    const last = spanId.length - 1;
    const slot = (spanId.charCodeAt(last - 1) << 3 ^ spanId.charCodeAt(last)) & (IDS - 1);
    const known = this.#ids[slot];
    if (
      known !== undefined && known.spanId === spanId && known.traceId === traceId &&
      known.requestId === requestId
    ) {
      return known.text;
    }
    const text = flat(idsText(traceId, spanId, requestId));
    this.#ids[slot] = { traceId, spanId, requestId, text };
    return text;
  }

  #fits(head: Head, record: Line): boolean {
    this.#hits++;
    return head.level === record.level && head.category === record.category &&
      this.#service === record.service;
  }

  #head(record: Line): string {
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

/** Quoted, because a caller may have made them up. */
function idsText(traceId: string, spanId: string, requestId: string): string {
  if (traceId === "") return ',"request_id":' + quote(requestId);
  const trace = quote(traceId);
  const request = requestId === traceId ? trace : quote(requestId);
  return (requestId === "" ? "" : ',"request_id":' + request) + ',"trace_id":' + trace +
    ',"span_id":' + quote(spanId);
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
