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

/** How much one {@linkcode AttributeList} holds; what is over is dropped and counted, or cut. */
export interface AttributeLimits {
  /** Attributes in one list. */
  readonly count: number;
  /** UTF-16 units of a string value; a longer one is cut. Elements of an array likewise. */
  readonly valueLength: number;
  /** UTF-16 units of all keys and values together; scalars count 8. */
  readonly size: number;
  /** Makes what is too long as short as said; {@linkcode head} by default. */
  readonly shorten?: Shorten | undefined;
}

/** The first units of a text, or what may be shown of them. */
export type Shorten = (text: string, length: number) => string;

/** Elements an array value keeps; the rest is cut. */
const MAX_ELEMENTS = 128;

/** A key, then its value, then the next key; undefined where there is room. */
export type Pairs = readonly (string | AttributeValue | undefined)[];
const ROOM = undefined;
const NONE: Pairs = [];

/**
 * Attributes as they are set: one flat array, bounded in count and in size.
 *
 * A value is copied when it is set, so that what the caller changes later can't change the past.
 */
export class AttributeList {
  /** A few pointer compares find a key sooner than a hash does. */
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

  /** Attributes that were refused: over a limit, or of no attribute type. */
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

  /** Keys and values by turns, in the order their keys were first set; undefined where there is room. */
  get pairs(): Pairs {
    return this.#pairs ?? NONE;
  }

  #put(key: string, value: AttributeValue, size: number): void {
    const pairs = this.#pairs, used = this.#used;
    if (pairs === undefined) {
      if (size > this.#limits.size || this.#limits.count === 0 || key === "") this.#dropped++;
      else {
        // Room for six, as a request's span has: an array that grows is allocated several times.
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

  /** What is not a short string, a number or a boolean. */
  #setOdd(key: string, value: AttributeValue | undefined): void {
    if (value === undefined && typeof key === "string") return;
    const kept = typeof key === "string" ? copy(value!, this.#limits) : undefined;
    if (kept === undefined) this.#dropped++;
    else this.#put(key, kept, key.length + sizeOf(kept));
  }
}

/** Where the value of a key stands in pairs; -1 where the key does not. */
export function placeOf(pairs: Pairs, key: string): number {
  for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === key) return i + 1;
  return -1;
}

/** The attributes that pairs are, as plain data. */
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

/** A long string cut, an array copied; undefined for what is no attribute. Never throws. */
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

/** What stands where an array has nothing: places mean something (OpenTelemetry, attribute arrays). */
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
