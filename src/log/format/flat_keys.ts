/**
 * Names of fields for formats that restrict their characters.
 *
 * @module
 */
import type { LogRecord } from "../record/record.ts";

/** How many mapped keys are kept: an application has few, an attacker may send many. */
const MAX_CACHED = 2048;

/** Maps the keys of a record's fields to names that a format allows, no two of a record to one name. */
export class FlatKeys {
  readonly #forbidden: RegExp;
  readonly #reserved: ReadonlySet<string>;
  readonly #cache = new Map<string, string>();

  /**
   * @param forbidden matches each character that becomes `_`
   * @param reserved names that the line itself uses
   */
  constructor(forbidden: RegExp, reserved: readonly string[]) {
    this.#forbidden = forbidden;
    this.#reserved = new Set(reserved);
  }

  /** The fields under their names, in order; a name that is taken gets `_2`, `_3` behind it. */
  map(record: LogRecord): [name: string, value: unknown][] {
    const mapped: [string, unknown][] = [];
    const taken = new Set<string>();
    const { fields } = record;
    for (const key in fields) {
      const value = fields[key];
      if (value === undefined) continue;
      const base = this.#nameOf(key);
      let name = base;
      for (let n = 2; taken.has(name) || this.#reserved.has(name); n++) name = `${base}_${n}`;
      taken.add(name);
      mapped.push([name, value]);
    }
    return mapped;
  }

  #nameOf(key: string): string {
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const name = key === "" ? "_" : key.replace(this.#forbidden, "_");
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear();
    this.#cache.set(key, name);
    return name;
  }
}
