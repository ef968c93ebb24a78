/**
 * Copies the fields of a log call, so that nobody can change them afterwards, and hides secrets in them.
 *
 * @module
 */
import { describeError, isError } from "../core/redact/error.ts";
import { stringify } from "../core/plain/json.ts";
import { hidesInList, hidesValue, ordinary } from "../core/plain/ordinary.ts";
import { plain, Walk } from "../core/plain/plain.ts";
import { Budget, MAX_DEPTH, MAX_KEY, MAX_STRING } from "../core/plain/data.ts";
import type { Redactor } from "../core/redact/redactor.ts";
import { mayHold } from "../core/redact/forms.ts";
import type { Fields } from "./record/record.ts";

/** Fields with more keys than this go through the bounded walk. */
const MAX_FAST_KEYS = 64;
const FIELD_BYTES = 16;
/** A power of two. */
const SLOTS = 256;
/** Longest message that is remembered, in UTF-16 units. */
const MAX_KNOWN = 128;
const NO_FIELDS: Fields = /* @__PURE__ */ Object.freeze({});

/**
 * Copies fields and hides secrets. Never throws.
 *
 * A shallow clone and a look at each value, not JSON at once: that would cost four times as much in
 * the call, see bench/log/store_bench.ts, and readers of the ring want values. Properties under symbols
 * are cloned, too: no format shows them, and to look for them costs a sixth of the call.
 */
export class FieldCopier {
  /** About how many bytes the last copy occupies. */
  size = 0;
  readonly #redactor: Redactor;
  /** Texts without a secret: the messages of one place in the code are one string. */
  readonly #known: string[] = new Array<string>(SLOTS).fill("");
  /** The last key of each place that is shown: the fields of one place in the code have one shape. */
  readonly #shown: string[] = new Array<string>(MAX_FAST_KEYS + 1).fill("");
  /** Whether keys alone decide: then a string or number under another key is kept as it is. */
  readonly #byKeyOnly: boolean;

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
    this.#byKeyOnly = !redactor.followsPaths && !redactor.readsText;
  }

  /**
   * The fields of what was given: the properties of an object, an error under `error`, what a function
   * returns, anything else under `value`.
   */
  copy(given: unknown): Fields {
    if (given === undefined || given === null) {
      this.size = 0;
      return NO_FIELDS;
    }
    try {
      return Object.getPrototypeOf(given) === Object.prototype
        ? this.#copyPlain(given as Fields)
        : this.#copyOdd(given);
    } catch {
      return this.#walk(given); // A getter or a trap threw: the walk says which one.
    }
  }

  /** Whether scalars under these keys are shown as they are, but for what the texts hold. */
  shows(keys: readonly string[]): boolean {
    return this.#byKeyOnly && !keys.some((key) => this.#redactor.hides(key));
  }

  /** All fields of a record in a context that has some: the logger's replace those, the call's both. */
  copyWithin(ambient: unknown, bound: Fields | undefined, given: unknown): Fields {
    const below = this.copy(ambient), belowSize = this.size;
    const own = this.copy(given);
    this.size += belowSize;
    return { ...below, ...bound, ...own };
  }

  /** Takes over an object that its maker no longer uses; what is not a scalar in it is copied all the same. */
  adopt(fields: Fields): Fields {
    if (!this.#byKeyOnly) return this.copy(fields);
    let size = 0;
    for (const key in fields) {
      const value = fields[key];
      if (this.#redactor.hides(key)) return this.copy(fields);
      if (typeof value === "string") {
        // Known, as a rule: a path is written twice, and a route's template holds a colon.
        if (value.length > MAX_STRING || mayHold(value) && this.text(value) !== value) {
          return this.copy(fields);
        }
        size += FIELD_BYTES + value.length;
      } else if (isScalar(value)) size += FIELD_BYTES;
      else return this.copy(fields);
    }
    this.size = size;
    return fields;
  }

  /** A message as it may be shown, cut where it is too long. */
  text(message: string): string {
    const length = message.length;
    if (length > MAX_KNOWN) return this.#read(message);
    const middle = message.charCodeAt(length >> 1), last = message.charCodeAt(length - 1);
    const slot = (middle * 5 + last * 3 + length * 7) & (SLOTS - 1);
    if (this.#known[slot] === message) return message;
    const shown = this.#read(message);
    if (shown === message) this.#known[slot] = message;
    return shown;
  }

  #read(message: string): string {
    return this.#redactor.clip(message, MAX_STRING);
  }

  /** The text of a message that is not a string, from a caller without types: of an error its message. */
  oddText(message: unknown): string {
    if (isError(message)) return describeError(message, this.#redactor).message;
    const copied = plain(message, this.#redactor);
    return typeof copied === "string" ? copied : stringify(copied);
  }

  #copyPlain(given: Fields): Fields {
    if (!this.#byKeyOnly) return this.#walk(given);
    const copied: Record<string, unknown> = { ...given };
    let size = 0, keys = 0, budget: Budget | undefined;
    for (const key in copied) {
      if (++keys > MAX_FAST_KEYS || key.length > MAX_KEY) return this.#walk(given);
      const value = copied[key];
      size += FIELD_BYTES;
      if (value === undefined) return this.#copySlow(copied);
      if (this.#shown[keys] !== key && this.#mayHide(copied, key, keys)) {
        return this.#copySlow(copied);
      }
      if (typeof value === "string") {
        size += value.length;
        if (size > MAX_STRING) return this.#walk(given);
        if (mayHold(value)) copied[key] = this.#redactor.named(value);
      } else if (!isScalar(value)) {
        const plain = typeof value === "object" && !hidesInList(key, value, this.#redactor)
          ? ordinary(value as object, MAX_DEPTH, budget ??= new Budget(), this.#redactor)
          : undefined;
        if (plain === undefined) return this.#copySlow(copied);
        copied[key] = plain;
      }
      if (size > MAX_STRING) return this.#walk(given);
    }
    this.size = budget === undefined ? size : size + budget.bytes;
    return copied;
  }

  #mayHide(fields: object, key: string, place: number): boolean {
    if (key === "value") return hidesValue(fields, this.#redactor) || this.#redactor.hides(key);
    if (this.#redactor.hides(key)) return true;
    this.#shown[place] = key;
    return false;
  }

  /** A few keys of any value. Undefined ones are left out, so that bound fields of the name show. */
  #copySlow(cloned: Fields): Fields {
    const copied: Record<string, unknown> = {};
    const walk = new Walk(this.#redactor);
    let size = 0;
    for (const key in cloned) {
      const value = cloned[key];
      if (value === undefined) continue;
      if (key === "toJSON" && typeof value === "function") return this.#walk(cloned);
      // A key that exists already, or is inherited from `Object.prototype`, is left to the walk.
      if (isScalar(value) && key !== "value" && !this.#redactor.hides(key) && !(key in copied)) {
        copied[key] = value;
      } else walk.putBeside(cloned, copied, key, value);
      size += FIELD_BYTES;
      if (key.length > MAX_KEY || size + walk.size > MAX_STRING) return this.#walk(cloned);
    }
    this.size = size + walk.bytes;
    return copied;
  }

  #copyOdd(given: unknown): Fields {
    if (isError(given)) return this.#walk({ error: given });
    if (typeof given === "function") return this.copy(made(given as () => unknown));
    return this.#walk(given);
  }

  /** Copies anything, within bounds. */
  #walk(given: unknown): Fields {
    const walk = new Walk(this.#redactor);
    const copied = walk.copy(given);
    this.size = walk.bytes;
    const isObject = typeof copied === "object" && copied !== null && !Array.isArray(copied);
    return isObject ? copied as Fields : { value: copied };
  }
}

/** What a function of fields returns; another function is a value, as functions could go on without end. */
function made(make: () => unknown): unknown {
  try {
    const fields = make();
    // Nobody else has it: its rejection would end the process.
    if (fields instanceof Promise) fields.catch(() => {});
    return typeof fields === "function" ? { value: fields } : fields;
  } catch (error) {
    return { error };
  }
}

function isScalar(value: unknown): boolean {
  return typeof value === "number" || typeof value === "boolean" || value === null;
}
