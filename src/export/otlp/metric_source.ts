/**
 * Collects metrics periodically and makes batches of them.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import { run } from "../../core/context.ts";
import type { Family } from "../../metrics/data/family.ts";
import {
  type Batch,
  type BatchParts,
  type BatchSource,
  encodeBatches,
  type Encoding,
  type Moment,
} from "../batch/batch.ts";

/** Points of one request. */
const MAX_POINTS = 2000;

/** Gives the families of one moment. */
export type Collect = () => Promise<readonly Family[]>;
/** Gives those that there are without waiting. */
export type CollectNow = () => readonly Family[];

/**
 * Collects when it is time, and only once what was collected before has left: while the receiver is
 * away nothing piles up, and the next collection has all of it, cumulative or delta.
 */
export class MetricSource implements BatchSource {
  onReady: () => void = () => {};
  readonly #collect: Collect;
  readonly #collectNow: CollectNow | undefined;
  readonly #encoding: Encoding<Family>;
  readonly #parts: BatchParts & { readonly clock: Clock };
  readonly #cancel: () => void;
  /** Parts of one collection, each small enough for a request. */
  #slices: (readonly Family[])[] = [];
  #collected: Moment = { timeMs: 0, monotonicMs: 0 };
  #made: Batch[] = [];
  #due = false;
  #closed = false;

  constructor(
    intervalMs: number,
    encoding: Encoding<Family>,
    collect: Collect,
    parts: BatchParts & { readonly clock: Clock },
    collectNow?: CollectNow,
  ) {
    this.#collectNow = collectNow;
    this.#encoding = encoding;
    this.#collect = collect;
    this.#parts = parts;
    this.#cancel = run(undefined, () =>
      parts.clock.every(intervalMs, () => {
        this.#due = true;
        this.onReady();
      }));
  }

  get waiting(): number {
    const count = (slice: readonly Family[]) =>
      slice.reduce((sum, family) => sum + this.#encoding.countOf(family), 0);
    return this.#slices.reduce((sum, slice) => sum + count(slice), 0) +
      this.#made.reduce((sum, batch) => sum + batch.items, 0);
  }

  async prepare(): Promise<void> {
    if (!this.#due || this.waiting > 0) return;
    this.#due = false;
    try {
      const families = await this.#collect();
      if (!this.#closed && this.waiting === 0) this.#accept(families);
    } catch (error) {
      this.#parts.faults.record("metrics export", error);
    }
  }

  gather(): void {
    if (this.#collectNow === undefined || this.#closed || this.waiting > 0) return;
    const families = this.#parts.faults.guard("metrics export", this.#collectNow);
    if (families !== undefined) this.#accept(families);
  }

  take(): Batch | undefined {
    if (this.#made.length === 0) {
      const slice = this.#slices.shift();
      if (slice === undefined) return undefined;
      this.#made.push(...encodeBatches(slice, this.#encoding, this.#collected, this.#parts));
    }
    return this.#made.shift();
  }

  hurry(): void {
    this.#due = true;
  }

  #accept(families: readonly Family[]): void {
    const { clock } = this.#parts;
    this.#collected = { timeMs: clock.now(), monotonicMs: clock.monotonic() };
    this.#slices = slices(families);
    this.#parts.ledger.accepted += this.waiting;
  }

  close(): number {
    const { waiting } = this;
    this.#closed = true;
    this.#cancel();
    this.#due = false;
    this.#slices = [];
    this.#made = [];
    return waiting;
  }
}

/** Groups of families with at most so many points; a family with more is cut into several. */
function slices(families: readonly Family[]): Family[][] {
  const groups: Family[][] = [];
  let room = 0;
  for (const family of families) {
    const { length } = family.samples;
    for (let start = 0; start < length; start += MAX_POINTS) {
      const samples = family.samples.slice(start, start + MAX_POINTS);
      if (samples.length > room) {
        groups.push([]);
        room = MAX_POINTS;
      }
      room -= samples.length;
      groups.at(-1)!.push({ ...family, samples } as Family);
    }
  }
  return groups;
}
