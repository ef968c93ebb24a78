/**
 * Attributes that recur from item to item of a request, such as a method, a route or a status.
 *
 * @module
 */
import type { ProtoWriter } from "../../../core/protobuf.ts";
import type { Shown } from "./writer.ts";

/** Keys whose values are kept, and values kept of each. */
const MAX_KEYS = 64, MAX_VALUES = 32;
/** UTF-16 units of a text that is kept. */
const MAX_LENGTH = 128;

/**
 * Encoded pairs by key and value: to copy one costs a third of writing it, and a value that was shown once
 * needs no second look for secrets. Bounded, and of one request only.
 */
export class RecurringPairs {
  readonly #keys = new Map<string, RecurringValues>();
  /** The values last used at each place of a list: items of one kind have their keys in one order. */
  #places: RecurringValues[] = [];
  #shown: Shown | undefined = undefined;

  /** The values of a key in this field, at this place of a list, shown by this rule. */
  at(place: number, field: number, key: string, shown: Shown | undefined): RecurringValues {
    const values = this.#places[place];
    return values !== undefined && values.key === key && values.field === field &&
        shown === this.#shown
      ? values
      : this.#look(place, field, key, shown);
  }

  #look(place: number, field: number, key: string, shown: Shown | undefined): RecurringValues {
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.#keys.clear();
      this.#places = [];
    }
    let values = this.#keys.get(key);
    if (values === undefined && this.#keys.size < MAX_KEYS) {
      this.#keys.set(key, values = new RecurringValues(field, key));
    }
    if (values?.field !== field) return NEVER;
    if (place < MAX_KEYS) this.#places[place] = values;
    return values;
  }
}

/** The encoded pairs of one key. */
export class RecurringValues {
  readonly field: number;
  readonly key: string;
  /** Undefined for a key whose values don't recur, such as `url.path`. */
  #pairs: Map<unknown, Uint8Array> | undefined;
  #last: unknown = undefined;
  #lastPair: Uint8Array | undefined = undefined;
  #found = 0;

  constructor(field: number, key: string, recurs = true) {
    this.field = field;
    this.key = key;
    this.#pairs = recurs ? new Map() : undefined;
  }

  /** The pair with a value, with its tag; undefined unless it was added. */
  find(value: unknown): Uint8Array | undefined {
    if (value === this.#last) return this.#lastPair;
    const pair = this.#pairs?.get(value);
    if (pair !== undefined) {
      this.#found++;
      this.#last = value;
      this.#lastPair = pair;
    }
    return pair;
  }

  /** Keeps the pair that was written from `start` on. */
  add(value: unknown, writer: ProtoWriter, start: number): void {
    const pairs = this.#pairs;
    if (pairs === undefined) return;
    if (pairs.size === MAX_VALUES) {
      if (this.#found < MAX_VALUES) this.#pairs = undefined;
    } else if (
      typeof value === "string" ? value.length <= MAX_LENGTH : typeof value !== "object"
    ) pairs.set(value, writer.since(start));
  }
}

/** For the keys beyond the bound. */
const NEVER = new RecurringValues(0, "", false);
