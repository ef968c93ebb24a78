/**
 * The distinct values of a field, by code.
 *
 * @module
 */
import { bytesOf } from "./budget.ts";

/** What a dictionary entry occupies besides its text: map entry and array slot. */
const ENTRY_BYTES = 48;

/** Texts and booleans numbered from 1 in order of arrival; 0 stands for a value that is absent. */
export class Dictionary {
  /** Values by code; `values[0]` is undefined. */
  values: (string | boolean | undefined)[] = [undefined];
  #codes = new Map<string | boolean, number>();
  #bytes = 0;

  /** Distinct values held. */
  get size(): number {
    return this.values.length - 1;
  }

  /** About what the values occupy. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The code of a value; undefined when it has none. */
  code(value: string | boolean): number | undefined {
    return this.#codes.get(value);
  }

  /** Adds a value that has no code yet, and returns its code. */
  add(value: string | boolean): number {
    const code = this.values.length;
    this.values.push(value);
    this.#codes.set(value, code);
    this.#bytes += ENTRY_BYTES + (typeof value === "string" ? bytesOf(value) : 0);
    return code;
  }

  /** Drops the values that no row has, and rewrites the codes of the others. */
  compact(codes: Uint16Array): void {
    const used = new Uint8Array(this.values.length);
    for (let i = 0; i < codes.length; i++) used[codes[i]!] = 1;
    const before = this.values, renumbered = new Uint16Array(before.length);
    this.values = [undefined];
    this.#codes = new Map();
    this.#bytes = 0;
    for (let code = 1; code < before.length; code++) {
      if (used[code] === 1) renumbered[code] = this.add(before[code]!);
    }
    for (let i = 0; i < codes.length; i++) codes[i] = renumbered[codes[i]!]!;
  }
}
