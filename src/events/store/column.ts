/**
 * The values of one field, a slot for each row.
 *
 * @module
 */
import type { Known } from "../../core/check.ts";
import { type Budget, bytesOf, owned, TEXT_BYTES } from "./budget.ts";
import { Dictionary } from "./dictionary.ts";

/** The value of a field. */
export type Value = string | number | boolean;

/** How a field is kept. */
export interface FieldOptions {
  /**
   * Whether values hardly repeat, as ids do: they are kept as they are, without a dictionary.
   *
   * @default false
   */
  readonly unique?: boolean | undefined;
  /**
   * Whether the program makes the values itself, so that they hold no secret: the redactor does not read
   * them.
   *
   * @default false
   */
  readonly trusted?: boolean | undefined;
}

/** The names of all options. */
export const FIELD_OPTIONS: Known<FieldOptions> = { unique: true, trusted: true };

/** Smaller numbers have fewer digits than those that patterns find. */
const LONG_NUMBER = 1e12;
/** Slots that are emptied at once, ahead of the rows that will fill them. */
export const CHUNK = 256;
/** What a number occupies. */
export const NUMBER_BYTES = 8;
const CODE_BYTES = 2, POINTER_BYTES = 8;

/** Whether a cell of a numeric column has a number: NaN stands for none. */
export function isPresent(number: number): boolean {
  // Only NaN differs from itself.
  return number === number;
}

/**
 * One field of all rows: numbers as they are, texts and booleans by code, and texts as they are once
 * there are too many different ones. A field may hold all kinds; a slot holds one value.
 */
export class Column {
  /** The name of the field. */
  readonly name: string;
  /** The number of the last row that this field was noted in by name; -1 for none. */
  lastRow: number = -1;
  readonly #budget: Budget;
  readonly #isUnique: boolean;
  readonly #isTrusted: boolean;
  readonly #isHidden: boolean;
  /** Smaller numbers are kept without being redacted. */
  readonly #plainNumbers: number;
  #numbers: Float64Array | undefined = undefined;
  #codes: Uint16Array | undefined = undefined;
  #dictionary: Dictionary | undefined = undefined;
  #texts: (string | boolean | undefined)[] | undefined = undefined;
  /** What the texts of each chunk of slots occupy. */
  #textBytes = new Float64Array(0);
  /** The last text and its code: most fields repeat it. */
  #last: string | undefined = undefined;
  #lastCode = 0;

  /** Makes a column that has no value yet. */
  constructor(name: string, budget: Budget, options: FieldOptions = {}) {
    this.name = name;
    this.#budget = budget;
    this.#isUnique = options.unique === true;
    this.#isTrusted = options.trusted === true;
    const hider = this.#isTrusted ? undefined : budget.hider;
    this.#isHidden = hider?.hidesAttribute(name) === true;
    this.#plainNumbers = hider?.readsText === true ? LONG_NUMBER : Infinity;
  }

  /** Numbers by slot, NaN where a slot has none; undefined when no slot ever had one. */
  get numbers(): Float64Array | undefined {
    return this.#numbers;
  }

  /** Codes of texts and booleans by slot, 0 where a slot has none. */
  get codes(): Uint16Array | undefined {
    return this.#codes;
  }

  /** Texts and booleans by code; `values[0]` is undefined. */
  get values(): readonly (string | boolean | undefined)[] | undefined {
    return this.#dictionary?.values;
  }

  /** Texts and booleans by slot, in place of codes, where too many differ. */
  get texts(): readonly (string | boolean | undefined)[] | undefined {
    return this.#texts;
  }

  /** Sets the value of a slot; `undefined` and null set nothing. Never throws. */
  put(slot: number, value: unknown): void {
    if (typeof value === "string") {
      if (this.#codes === undefined) {
        const isPlain = this.#isTrusted && this.#texts !== undefined &&
          this.#numbers === undefined && value.length <= this.#budget.limits.maxLength;
        if (isPlain) this.#putText(slot, value);
        else this.#putOther(slot, value);
      } else if (value === this.#last) this.#putCode(slot, this.#lastCode);
      else {
        const code = this.#dictionary!.code(value);
        if (code === undefined) this.#putOther(slot, value);
        else {
          this.#last = value;
          this.#lastCode = code;
          this.#putCode(slot, code);
        }
      }
    } else if (
      typeof value === "number" && value < this.#plainNumbers && value > -this.#plainNumbers &&
      this.#numbers !== undefined && this.#codes === undefined && this.#texts === undefined
    ) this.#numbers[slot] = value;
    else if (value !== undefined && value !== null) this.#putOther(slot, value);
  }

  /** Makes room for numbers; false, counted as a drop, when the budget does not allow it. */
  reserveNumbers(): boolean {
    if (this.#numbers !== undefined) return true;
    const { slots } = this.#budget.limits;
    if (!this.#budget.reserve(slots * NUMBER_BYTES)) return false;
    this.#numbers = new Float64Array(this.#budget.slots).fill(NaN);
    return true;
  }

  /** The value of a slot. */
  at(slot: number): Value | undefined {
    const number = this.#numbers === undefined ? NaN : this.#numbers[slot]!;
    if (isPresent(number)) return number;
    if (this.#codes !== undefined) return this.#dictionary!.values[this.#codes[slot]!];
    return this.#texts?.[slot];
  }

  /** Empties slots, from `from` up to `to`: a chunk, or some slots of one. */
  clear(from: number, to: number): void {
    this.#numbers?.fill(NaN, from, to);
    this.#codes?.fill(0, from, to);
    if (this.#texts === undefined) return;
    if (to - from !== CHUNK) {
      for (let slot = from; slot < to; slot++) this.#putText(slot, undefined);
    } else {
      this.#texts.fill(undefined, from, to);
      this.#budget.bytes -= this.#textBytes[from / CHUNK]!;
      this.#textBytes[from / CHUNK] = 0;
    }
  }

  /** Makes as many slots as the budget says; the new ones are empty. */
  grow(): void {
    const { slots } = this.#budget,
      before = this.#numbers,
      codes = this.#codes,
      texts = this.#texts;
    if (before !== undefined) {
      this.#numbers = new Float64Array(slots).fill(NaN, before.length);
      this.#numbers.set(before);
    }
    if (codes !== undefined) {
      this.#codes = new Uint16Array(slots);
      this.#codes.set(codes);
    }
    while (texts !== undefined && texts.length < slots) texts.push(undefined);
  }

  /** Frees the values that no slot has. */
  compact(): void {
    if (this.#codes === undefined) return;
    const dictionary = this.#dictionary!;
    this.#budget.bytes -= dictionary.bytes;
    dictionary.compact(this.#codes);
    this.#budget.bytes += dictionary.bytes;
    this.#last = undefined;
  }

  /** Frees all that the column occupies. */
  drop(): void {
    const { slots } = this.#budget.limits;
    for (let from = 0; from < this.#budget.slots; from += CHUNK) this.clear(from, from + CHUNK);
    this.#dropCodes();
    if (this.#numbers !== undefined) this.#budget.release(slots * NUMBER_BYTES);
    if (this.#texts !== undefined) this.#budget.release(slots * POINTER_BYTES);
    this.#numbers = this.#texts = undefined;
  }

  /** The slow path: values that are new, of another kind, or to be hidden. */
  #putOther(slot: number, given: unknown): void {
    const value = this.#kept(given);
    if (value === undefined) return;
    if (typeof value === "number") this.#putNumber(slot, value);
    else if (this.#texts === undefined && !this.#isUnique) this.#putNew(slot, value);
    else if (this.#texts !== undefined || this.#turn()) {
      if (this.#numbers !== undefined) this.#numbers[slot] = NaN;
      const isOwned = this.#isTrusted || typeof value !== "string";
      this.#putText(slot, isOwned ? value : owned(value));
    }
  }

  /** The value as it may be kept; undefined if it must not be kept. */
  #kept(value: unknown): Value | undefined {
    const kind = typeof value, budget = this.#budget;
    if (kind === "bigint") value = Number(value);
    else if (kind !== "string" && kind !== "number" && kind !== "boolean" || Number.isNaN(value)) {
      budget.drops.kinds++;
      return undefined;
    }
    if (this.#isHidden) return budget.hider!.standIn(() => String(value));
    if (typeof value === "string") {
      const isKept = this.#isTrusted && value.length <= budget.limits.maxLength;
      return isKept ? value : budget.shown(value);
    }
    if (typeof value !== "number" || Math.abs(value) < this.#plainNumbers) return value as Value;
    if (this.#plainNumbers === Infinity) return value;
    // A long number may be that of a card.
    const text = String(value), shown = budget.hider!.text(text);
    return shown === text ? value : shown;
  }

  #putNumber(slot: number, value: number): void {
    if (!this.reserveNumbers()) return;
    this.#numbers![slot] = value;
    if (this.#codes !== undefined) this.#codes[slot] = 0;
    else if (this.#texts !== undefined) this.#putText(slot, undefined);
  }

  #putCode(slot: number, code: number): void {
    this.#codes![slot] = code;
    if (this.#numbers !== undefined) this.#numbers[slot] = NaN;
  }

  /** A text or boolean that may have no code yet. */
  #putNew(slot: number, value: string | boolean): void {
    const { slots, maxValues } = this.#budget.limits;
    if (this.#codes === undefined) {
      if (!this.#budget.reserve(slots * CODE_BYTES)) return;
      this.#codes = new Uint16Array(this.#budget.slots);
      this.#dictionary = new Dictionary();
    }
    const dictionary = this.#dictionary!, known = dictionary.code(value);
    if (known !== undefined) return this.#putCode(slot, known);
    const kept = typeof value === "string" ? owned(value) : value;
    if (dictionary.size >= maxValues) {
      this.compact();
      // Compaction that frees little would soon be repeated.
      if (dictionary.size > maxValues / 2) {
        if (this.#turn()) this.#putText(slot, kept);
        return;
      }
    }
    const before = dictionary.bytes, code = dictionary.add(kept);
    this.#budget.bytes += dictionary.bytes - before;
    this.#putCode(slot, code);
  }

  /** Keeps texts without a dictionary from now on; false when the budget does not allow it. */
  #turn(): boolean {
    const { slots } = this.#budget.limits;
    if (!this.#budget.reserve(slots * POINTER_BYTES)) return false;
    const codes = this.#codes, now = this.#budget.slots;
    this.#texts = new Array<string | boolean | undefined>(now).fill(undefined);
    this.#textBytes = new Float64Array(slots / CHUNK);
    for (let slot = 0; slot < now && codes !== undefined; slot++) {
      this.#putText(slot, this.#dictionary!.values[codes[slot]!]);
    }
    this.#dropCodes();
    return true;
  }

  #putText(slot: number, value: string | boolean | undefined): void {
    const texts = this.#texts!, before = texts[slot];
    const change = this.#sizeOf(value) - this.#sizeOf(before);
    texts[slot] = value;
    this.#textBytes[slot / CHUNK | 0]! += change;
    this.#budget.bytes += change;
  }

  /** Trusted texts are taken to be Latin-1. */
  #sizeOf(value: string | boolean | undefined): number {
    if (typeof value !== "string") return 0;
    return this.#isTrusted ? TEXT_BYTES + value.length : bytesOf(value);
  }

  #dropCodes(): void {
    if (this.#codes === undefined) return;
    this.#budget.bytes -= this.#dictionary!.bytes;
    this.#budget.release(this.#budget.limits.slots * CODE_BYTES);
    this.#codes = this.#dictionary = this.#last = undefined;
  }
}
