/**
 * The memory that a store of rows may occupy, and the drops that keep within it.
 *
 * @module
 */

/** Values that were not kept as they came, by reason. */
export interface Drops {
  /** Values of a field that had no room: too many fields, or no bytes for one more column. */
  fields: number;
  /** Values under a name that is empty, longer than 64 characters or not a text. */
  names: number;
  /** Values of a kind that rows do not keep: objects, arrays, functions, symbols, NaN. */
  kinds: number;
  /** Texts that were cut to `maxLength`. */
  cut: number;
  /** Rows dropped before there were `maxRows`, because texts were too large. */
  rows: number;
}

/** Decides what is hidden; a `Redactor` is one. */
export interface Hider {
  /** Whether there are patterns, so that long numbers are read too. */
  readonly readsText: boolean;
  /** Whether the values of this field are hidden. */
  hidesAttribute(name: string): boolean;
  /** The replacement of a hidden value; undefined if it is left out. */
  standIn(text: () => string): string | undefined;
  /** A name without the secrets in it. */
  named(text: string): string;
  /** A text without the secrets in it. */
  text(text: string): string;
  /** The first `max` units of a text, without the secrets in it. */
  head(text: string, max: number): string;
}

/** How much the columns of one store hold. */
export interface Limits {
  /** Slots of a column that has grown fully. */
  readonly slots: number;
  /** Distinct values that a dictionary holds. */
  readonly maxValues: number;
  /** UTF-16 units of a text. */
  readonly maxLength: number;
  /** What all columns occupy. */
  readonly maxBytes: number;
}

/** The rest is for texts, so that columns of numbers can't fill the budget. */
export const SHARE_OF_COLUMNS = 0.75;

/** Slots of a column at first. */
const FIRST_SLOTS = 512;

/** Limits and memory accounting that the columns of a store share. */
export class Budget {
  /** About what all columns occupy, once they have all their slots. */
  bytes: number = 0;
  /** Slots that columns have so far: few at first, so that few rows cost little. */
  slots: number;
  /** The part that slots occupy, whatever they hold. */
  #fixedBytes = 0;
  /** Values and rows dropped or cut. */
  readonly drops: Drops = { fields: 0, names: 0, kinds: 0, cut: 0, rows: 0 };
  /** How much is held. */
  readonly limits: Limits;
  /** What is hidden. */
  readonly hider: Hider | undefined;

  /** Starts with nothing occupied. */
  constructor(limits: Limits, hider: Hider | undefined) {
    this.limits = limits;
    this.slots = Math.min(limits.slots, FIRST_SLOTS);
    this.hider = hider;
  }

  /** Reserves bytes for slots; false, counted as a drop, when the share of columns is used up. */
  reserve(bytes: number): boolean {
    if (this.#fixedBytes + bytes > this.limits.maxBytes * SHARE_OF_COLUMNS) {
      this.drops.fields++;
      return false;
    }
    this.#fixedBytes += bytes;
    this.bytes += bytes;
    return true;
  }

  /** Releases bytes of slots. */
  release(bytes: number): void {
    this.#fixedBytes -= bytes;
    this.bytes -= bytes;
  }

  /** A text as it may be kept: short enough, and without secrets. */
  shown(text: string): string {
    const { hider, limits: { maxLength } } = this;
    if (text.length <= maxLength) return hider === undefined ? text : hider.text(text);
    this.drops.cut++;
    return hider === undefined ? text.slice(0, maxLength) : hider.head(text, maxLength);
  }
}

/** Object, length, hash and the slots that point at it, in V8 and in JavaScriptCore. */
export const TEXT_BYTES = 32;
// deno-lint-ignore no-control-regex
const WIDE = /[^\x00-\xff]/;

/** About what a text occupies: one byte a unit, two where it is not Latin-1. */
export function bytesOf(text: string): number {
  return TEXT_BYTES + (WIDE.test(text) ? 2 * text.length : text.length);
}

/**
 * A copy of the text. A path is a slice of its URL, and engines keep the whole URL, with its query, alive
 * for such a slice.
 */
export function owned(text: string): string {
  // Shorter ones are copied by V8. Slicing a concatenation writes it out.
  return text.length < 13 ? text : (" " + text).slice(1);
}
