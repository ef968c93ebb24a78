/**
 * Attributes: the typed key-value pairs of spans, events, links and resources.
 *
 * @module
 */
import { head } from "./text.ts";

/** A value an attribute may have: a scalar, or an array of scalars of one kind. */
export type AttributeValue =
  | string
  | number
  | boolean
  | bigint
  | readonly string[]
  | readonly number[]
  | readonly boolean[];

/** Attributes by name. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** The limits of one {@linkcode AttributeList}; what exceeds them is cut, or dropped and counted. */
export interface AttributeLimits {
  /** Attributes in one list. */
  readonly count: number;
  /** UTF-16 units of a string value, or of an element of an array; longer ones are cut. */
  readonly valueLength: number;
  /** UTF-16 units of all keys and values together; scalars count 8. */
  readonly size: number;
  /**
   * Shortens what is too long.
   *
   * @default head
   */
  readonly shorten?: Shorten | undefined;
}

/** Shortens a text to `length` units. */
export type Shorten = (text: string, length: number) => string;

/** Elements that an array value keeps. */
const MAX_ELEMENTS = 128;

/** Keys and values alternating; undefined in unused slots. */
export type Pairs = readonly (string | AttributeValue | undefined)[];
const ROOM = undefined;
const NONE: Pairs = [];

/**
 * Attributes in one flat array, bounded in count and in size.
 *
 * Arrays are copied when they are set, so that later changes of the caller have no effect.
 */
export class AttributeList {
  /** A linear search by pointer finds one of a few keys faster than a hash does. */
  #pairs: (string | AttributeValue | undefined)[] | undefined = undefined;
  /** Slots of `#pairs` in use: twice the attributes. */
  #used = 0;
  readonly #limits: AttributeLimits;
  #size = 0;
  #dropped = 0;

  constructor(limits: AttributeLimits) {
    this.#limits = limits;
  }

  /** UTF-16 units held. */
  get size(): number {
    return this.#size;
  }

  /** Attributes that exceeded a limit, or had a value of another type. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Sets one attribute; an earlier value of the key is replaced. `undefined` sets nothing. */
  set(key: string, value: AttributeValue | undefined): void {
    const kind = typeof value;
    if (typeof key === "string") {
      if (kind === "string") {
        if ((value as string).length <= this.#limits.valueLength) {
          this.#put(key, value as string, key.length + (value as string).length);
          return;
        }
      } else if (kind === "number" || kind === "boolean") {
        this.#put(key, value as number, key.length + 8);
        return;
      }
    }
    this.#setOdd(key, value);
  }

  /** Sets every attribute of a record. A getter that throws is dropped and counted. */
  setAll(attributes: Attributes): void {
    try {
      for (const key in attributes) this.set(key, attributes[key]);
    } catch {
      this.#dropped++;
    }
  }

  /** Keys and values alternating, in the order the keys were first set; undefined in unused slots. */
  get pairs(): Pairs {
    return this.#pairs ?? NONE;
  }

  #put(key: string, value: AttributeValue, size: number): void {
    const pairs = this.#pairs, used = this.#used;
    if (pairs === undefined) {
      if (size > this.#limits.size || this.#limits.count === 0 || key === "") this.#dropped++;
      else {
        // Six slots, as many as a request's span needs: a growing array is allocated several times.
        this.#pairs = [key, value, ROOM, ROOM, ROOM, ROOM, ROOM, ROOM, ROOM, ROOM, ROOM, ROOM];
        this.#used = 2;
        this.#size = size;
      }
      return;
    }
    for (let i = 0; i < used; i += 2) {
      if (pairs[i] === key) {
        this.#replace(i + 1, value, size - key.length);
        return;
      }
    }
    const { count, size: maxSize } = this.#limits;
    if (used === count * 2 || this.#size + size > maxSize || key === "") {
      this.#dropped++;
      return;
    }
    pairs[used] = key;
    pairs[used + 1] = value;
    this.#used = used + 2;
    this.#size += size;
  }

  #replace(at: number, value: AttributeValue, size: number): void {
    const change = size - sizeOf(this.#pairs![at]!);
    if (this.#size + change > this.#limits.size) {
      this.#dropped++;
      return;
    }
    this.#pairs![at] = value;
    this.#size += change;
  }

  /** Sets a value other than a short string, a number or a boolean. */
  #setOdd(key: string, value: AttributeValue | undefined): void {
    if (value === undefined && typeof key === "string") return;
    const kept = typeof key === "string" ? copy(value!, this.#limits) : undefined;
    if (kept === undefined) this.#dropped++;
    else this.#put(key, kept, key.length + sizeOf(kept));
  }
}

/**
 * Attributes that are made when they are read, such as those of a request from its row, so that to
 * record them costs nothing. It bounds itself: of the limits, only `valueLength` is applied to it. A
 * throw is counted, and then there are none.
 */
export interface AttributeSource {
  /** About what they occupy, in UTF-16 units; read when the span has ended, so it must be cheap. */
  readonly size: number;
  /** Appends each key and its value, each key once. `undefined` as a value sets nothing. */
  addTo(pairs: (string | AttributeValue | undefined)[]): void;
  /** One of them, without making the others; undefined when there is none. */
  attribute(key: string): AttributeValue | undefined;
}

/** The attributes of a source, and over them those that were set. May throw what the source throws. */
export function withSource(
  source: AttributeSource,
  set: Pairs,
  { valueLength, shorten = head }: AttributeLimits,
): Pairs {
  const pairs: (string | AttributeValue | undefined)[] = [];
  source.addTo(pairs);
  for (let i = 1; i < pairs.length; i += 2) {
    const value = pairs[i];
    if (typeof value === "string" && value.length > valueLength) {
      pairs[i] = shorten(value, valueLength);
    }
  }
  for (let i = 0; i < set.length; i += 2) {
    const key = set[i] as string, value = set[i + 1];
    if (value === undefined) continue;
    const at = placeOf(pairs, key);
    if (at < 0) pairs.push(key, value);
    else pairs[at] = value;
  }
  return pairs;
}

/** The index of a key's value in pairs; -1 without the key. */
export function placeOf(pairs: Pairs, key: string): number {
  for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === key) return i + 1;
  return -1;
}

/** The attributes of pairs as an object. */
export function asRecord(pairs: Pairs): Attributes {
  const record: Record<string, AttributeValue> = {};
  for (let i = 0; i < pairs.length; i += 2) {
    const key = pairs[i] as string, value = pairs[i + 1];
    if (value === undefined) continue;
    if (key !== "__proto__") record[key] = value;
    else Object.defineProperty(record, key, { value, enumerable: true });
  }
  return record;
}

/** A long string cut, an array copied; undefined for a value of another type. Never throws. */
function copy(value: AttributeValue, limits: AttributeLimits): AttributeValue | undefined {
  const { valueLength, shorten = head } = limits;
  if (typeof value === "string") return shorten(value, valueLength);
  if (typeof value === "bigint") return value;
  try {
    if (!Array.isArray(value)) return undefined;
    const elements = value.slice(0, MAX_ELEMENTS) as unknown[];
    const kind = kindOf(elements.find((element) => element !== null && element !== undefined));
    if (kind === "other" && elements.length > 0) return undefined;
    for (const [index, element] of elements.entries()) {
      if (element === null || element === undefined) elements[index] = EMPTY[kind as "string"];
      else if (kindOf(element) !== kind) return undefined;
      else if (typeof element === "string" && element.length > valueLength) {
        elements[index] = shorten(element, valueLength);
      }
    }
    return elements as string[];
  } catch {
    return undefined; // A revoked proxy, or a getter that throws.
  }
}

/** Replacements of null in arrays, whose indexes matter (OpenTelemetry, attribute arrays). */
const EMPTY = { string: "", number: 0, boolean: false };

function kindOf(value: unknown): "string" | "number" | "boolean" | "other" {
  const kind = typeof value;
  return kind === "string" || kind === "number" || kind === "boolean" ? kind : "other";
}

function sizeOf(value: AttributeValue): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object") return 8;
  let size = 0;
  for (const element of value) size += typeof element === "string" ? element.length : 8;
  return size;
}
