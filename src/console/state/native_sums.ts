/**
 * Native histograms added up, and their quantiles.
 *
 * @module
 */
import type { HistogramSample } from "../../metrics/data/family.ts";

/** Sums of observations, none of them negative. */
export class NativeSums {
  /** How many observations. */
  count = 0;
  /** By the schema and index of their buckets. */
  #schema = 8;
  #buckets = new Map<number, number>();
  #zeros = 0;
  #known = 0;

  /** Adds a series; one without native buckets counts, but says nothing of how long. */
  add({ count, native }: HistogramSample): void {
    this.count += count;
    if (native === undefined) return;
    if (native.schema < this.#schema) this.#coarsen(native.schema);
    const shift = native.schema - this.#schema;
    for (const [index, count] of native.positive) this.#put(index, count, shift);
    this.#zeros += native.zeroCount;
    this.#known += native.zeroCount;
  }

  /** The value below which a share lies, in the middle of its bucket by ratio; NaN where it is not known. */
  quantile(q: number): number {
    if (this.#known === 0) return NaN;
    let left = q * this.#known - this.#zeros;
    if (left <= 0) return 0;
    const indexes = [...this.#buckets.keys()].sort((a, b) => a - b);
    for (const index of indexes) {
      left -= this.#buckets.get(index)!;
      if (left <= 1e-9) return 2 ** ((index - 0.5) / 2 ** this.#schema);
    }
    return 2 ** ((indexes.at(-1) ?? 0) / 2 ** this.#schema);
  }

  #coarsen(schema: number): void {
    const shift = this.#schema - schema, buckets = [...this.#buckets];
    this.#buckets = new Map();
    this.#known = this.#zeros;
    this.#schema = schema;
    for (const [index, count] of buckets) this.#put(index, count, shift);
  }

  /** Of two buckets, one is made for each step to a coarser schema. */
  #put(index: number, count: number, shift: number): void {
    const wider = Math.ceil(index / 2 ** shift);
    this.#buckets.set(wider, (this.#buckets.get(wider) ?? 0) + count);
    this.#known += count;
  }
}
