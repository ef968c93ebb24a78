/**
 * What the requests of each variant add up to, read from their rows.
 *
 * @module
 */
import type { EventStore } from "../../events/event_store.ts";
import { Sketch } from "./sketch.ts";

/** The rows, as far as they are read. */
export type RowSource = Pick<EventStore, "first" | "next" | "slots" | "column">;

/** What the requests with one variant add up to. */
export class VariantSums {
  /** How many. */
  requests = 0;
  /** How many failed: a status of 500 or above, or a job with an error. */
  errors = 0;
  /** Milliseconds of those that have a duration. */
  timed = 0;
  sumMs = 0;
  squares = 0;
  /** Their distribution. */
  readonly sketch: Sketch = new Sketch();

  /** Adds a request. */
  add(isFailed: boolean, ms: number | undefined): void {
    this.requests++;
    if (isFailed) this.errors++;
    if (ms === undefined) return;
    this.timed++;
    this.sumMs += ms;
    this.squares += ms * ms;
    this.sketch.add(ms);
  }
}

const MAX_VARIANTS = 100;

/** The sums of one flag by variant: rows are added up as they come, and outlive them. */
export class FlagSums {
  /** The sums, by variant. */
  readonly variants: Map<string, VariantSums> = new Map();
  /** When the first of the rows was written, in milliseconds since the Unix epoch. */
  sinceMs: number | undefined;
  /** Rows that were gone before they were read; what variant they had is not known. */
  lost = 0;
  /** Rows that were read, with the flag or without. */
  read = 0;
  readonly #field: string;
  #next: number;

  /**
   * Sums that begin with a row.
   *
   * @param field the field of the row that holds the variant
   * @param from the number of the first row; those before do not count
   */
  constructor(field: string, from: number) {
    this.#field = field;
    this.#next = from;
  }

  /** Adds the rows that came since. */
  update(rows: RowSource): void {
    const { first, next, slots } = rows, from = Math.max(this.#next, first);
    this.lost += from - this.#next;
    this.read += next - from;
    this.#next = next;
    const variants = rows.column(this.#field);
    if (variants === undefined) return;
    const status = rows.column("status"), error = rows.column("error.type");
    const ms = rows.column("ms"), time = rows.column("time");
    for (let number = from; number < next; number++) {
      const slot = number % slots, variant = variants.at(slot);
      if (typeof variant !== "string") continue;
      const code = status?.at(slot), took = ms?.at(slot);
      const isFailed = typeof code === "number" ? code >= 500 : error?.at(slot) !== undefined;
      this.#of(variant)?.add(isFailed, typeof took === "number" ? took : undefined);
      const at = time?.at(slot);
      if (typeof at === "number") this.sinceMs = Math.min(this.sinceMs ?? at, at);
    }
  }

  /** The share of rows that were lost. */
  get lostShare(): number {
    const all = this.lost + this.read;
    return all === 0 ? 0 : this.lost / all;
  }

  /** The sums of all variants but one. */
  others(variant: string): { requests: number; errors: number } {
    let requests = 0, errors = 0;
    for (const [name, sums] of this.variants) {
      if (name === variant) continue;
      requests += sums.requests;
      errors += sums.errors;
    }
    return { requests, errors };
  }

  #of(variant: string): VariantSums | undefined {
    const known = this.variants.get(variant);
    if (known !== undefined || this.variants.size >= MAX_VARIANTS) return known;
    const sums = new VariantSums();
    this.variants.set(variant, sums);
    return sums;
  }
}
