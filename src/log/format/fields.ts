/**
 * Fields as members of a JSON object.
 *
 * @module
 */
import { flat } from "../../core/text.ts";
import { LINE_BREAKERS, quote, stringify } from "../../core/plain/json.ts";
import type { Plain } from "../../core/plain/data.ts";
import { runtime } from "../../core/platform.ts";
import type { Fields } from "../record/record.ts";

/** Encoded keys kept; an application's keys are few, a hostile one's are not. */
const MAX_CACHED_KEYS = 2048;
/** JavaScriptCore puts strings together slowly: JSON of all fields costs it a third less, V8 no less. */
const MEMBERS_AT_ONCE = runtime.name === "bun";
const HAS_BREAKERS = /* @__PURE__ */ new RegExp(LINE_BREAKERS.source);

/** Longest value that is kept, in UTF-16 units. */
const MAX_CACHED_VALUE = 64;

/** The member of a key, with a value of it: methods, routes and names come again and again. */
interface Member {
  /** A comma, the key and a colon. */
  readonly start: string;
  /** The last value. */
  last: string | undefined;
  /** The last value that came twice running, and the member with it. */
  value: string | undefined;
  text: string;
}

/** Encodes fields, under other names where a line has its own use for theirs. */
export class JsonFields {
  readonly #nameOf: (key: string) => string;
  readonly #within: ((value: object) => object) | undefined;
  /** Keys that keep their name. */
  readonly #plain = new Set<string>();
  readonly #members = new Map<string, Member>();

  /**
   * @param nameOf what a key is called in the line: injective, so that two fields never end up under
   * one name
   * @param within what an object is written as, where the format minds the names in it too
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
 * Names for {@linkcode JsonFields}: a key that is the line's own gets a `_` behind it.
 *
 * @param reserved matches such keys with any number of `_` behind: each gets one more
 */
export function behind(reserved: RegExp): (key: string) => string {
  return (key) => reserved.test(key) ? key + "_" : key;
}

/** A value that comes twice running is likely to come again. */
function textMember(member: Member, value: string): string {
  const text = member.start + quote(value);
  if (value === member.last) {
    member.value = value;
    member.text = flat(text);
  } else if (value.length <= MAX_CACHED_VALUE) member.last = value;
  return text;
}
