/**
 * Attributes: the typed key-value pairs of spans, events, links and resources.
 *
 * @module
 */

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
}

/** Elements an array value keeps; the rest is cut. */
const MAX_ELEMENTS = 128;

/**
 * Attributes as they are set: one flat array, bounded in count and in size.
 *
 * A value is copied when it is set, so that what the caller changes later can't change the past.
 */
export class AttributeList {
  /** Key, value, key, value: a few pointer compares find a key sooner than a hash does. */
  readonly #pairs: (string | AttributeValue)[] = [];
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
    if (typeof key !== "string") {
      this.#dropped++;
      return;
    }
    const limits = this.#limits, pairs = this.#pairs;
    let kept: AttributeValue | undefined, size = key.length + 8;
    if (typeof value === "string") {
      kept = value.length <= limits.valueLength ? value : cut(value, limits.valueLength);
      size = key.length + kept.length;
    } else if (typeof value === "number" || typeof value === "boolean") {
      kept = value;
    } else {
      if (value === undefined) return;
      kept = copy(value, limits.valueLength);
      if (kept === undefined) {
        this.#dropped++;
        return;
      }
      size = key.length + sizeOf(kept);
    }
    if (this.#size + size > limits.size) {
      this.#setTight(key, kept, size);
      return;
    }
    for (let i = 0; i < pairs.length; i += 2) {
      if (pairs[i] === key) {
        this.#size += size - key.length - sizeOf(pairs[i + 1]!);
        pairs[i + 1] = kept;
        return;
      }
    }
    if (pairs.length === limits.count * 2 || key.length === 0) {
      this.#dropped++;
      return;
    }
    pairs.push(key, kept);
    this.#size += size;
  }

  /** Sets every attribute of a record. A getter that throws is dropped and counted. */
  setAll(attributes: Attributes): void {
    try {
      for (const key in attributes) this.set(key, attributes[key]);
    } catch {
      this.#dropped++;
    }
  }

  /** The attributes as plain data, in the order their keys were first set. */
  toRecord(): Attributes {
    const record: Record<string, AttributeValue> = {};
    for (let i = 0; i < this.#pairs.length; i += 2) {
      const key = this.#pairs[i] as string, value = this.#pairs[i + 1]!;
      if (key !== "__proto__") record[key] = value;
      else Object.defineProperty(record, key, { value, enumerable: true });
    }
    return record;
  }

  /** Over the size limit: still allowed when it replaces a value that is at least as large. */
  #setTight(key: string, value: AttributeValue, size: number): void {
    const at = this.#pairs.findIndex((entry, index) => index % 2 === 0 && entry === key);
    const change = at < 0 ? size : size - key.length - sizeOf(this.#pairs[at + 1]!);
    if (at < 0 || this.#size + change > this.#limits.size) {
      this.#dropped++;
      return;
    }
    this.#pairs[at + 1] = value;
    this.#size += change;
  }
}

const encoder = new TextEncoder(), decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * A copy of the first `length` units of `text` that does not hold on to the rest: engines keep the
 * whole string alive behind a slice. A surrogate pair is not split.
 */
export function cut(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  const end = last >= 0xd800 && last <= 0xdbff ? length - 1 : length;
  return decoder.decode(encoder.encode(text.slice(0, end)));
}

/** A bigint, or an array copied; undefined for what is no attribute. Never throws. */
function copy(value: AttributeValue, valueLength: number): AttributeValue | undefined {
  if (typeof value === "bigint") return value;
  try {
    if (!Array.isArray(value)) return undefined;
    const elements = value.slice(0, MAX_ELEMENTS) as unknown[];
    const kind = kindOf(elements[0]);
    for (const [index, element] of elements.entries()) {
      if (kind === "other" || kindOf(element) !== kind) return undefined;
      if (typeof element === "string" && element.length > valueLength) {
        elements[index] = cut(element, valueLength);
      }
    }
    return elements as string[];
  } catch {
    return undefined; // A revoked proxy, or a getter that throws.
  }
}

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
