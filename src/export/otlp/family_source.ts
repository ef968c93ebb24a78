/**
 * Collects metrics periodically, in batches.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import { run } from "../../core/context.ts";
import type { Family } from "../../metrics/data/family.ts";
import type { Faults } from "../../core/faults.ts";
import { type BatchSource, Ledger, type Moment } from "../batch/batch.ts";

/** The most points of one request. */
const MAX_POINTS = 2000;

/** Collects the families of one moment. */
export type Collect = () => Promise<readonly Family[]>;
/** Collects those that need no waiting. */
export type CollectNow = () => readonly Family[];

/**
 * Collects when the interval has passed, and only when the last collection was taken: while the
 * receiver is away nothing piles up, and the next collection has everything, cumulative or delta.
 */
export class FamilySource implements BatchSource<Family> {
  onReady: () => void = () => {};
  readonly ledger: Ledger = new Ledger();
  /** When the last collection was made. */
  gathered: Moment = { timeMs: 0, monotonicMs: 0 };
  readonly #collect: Collect;
  readonly #collectNow: CollectNow | undefined;
  readonly #parts: { readonly clock: Clock; readonly faults: Faults };
  readonly #cancel: () => void;
  /** Parts of one collection, each small enough for a request. */
  #slices: (readonly Family[])[] = [];
  #due = false;
  #closed = false;

  constructor(
    intervalMs: number,
    collect: Collect,
    parts: { readonly clock: Clock; readonly faults: Faults },
    collectNow?: CollectNow,
  ) {
    this.#collectNow = collectNow;
    this.#collect = collect;
    this.#parts = parts;
    this.#cancel = run(undefined, () =>
      parts.clock.every(intervalMs, () => {
        this.#due = true;
        this.onReady();
      }));
  }

  get waiting(): number {
    return this.#slices.flat().reduce((sum, { samples }) => sum + samples.length, 0);
  }

  async prepare(): Promise<void> {
    if (!this.#due || this.#slices.length > 0) return;
    this.#due = false;
    try {
      const families = await this.#collect();
      if (!this.#closed && this.#slices.length === 0) this.#accept(families);
    } catch (error) {
      this.#parts.faults.record("metrics export", error);
    }
  }

  gather(): void {
    if (this.#collectNow === undefined || this.#closed || this.#slices.length > 0) return;
    const families = this.#parts.faults.guard("metrics export", this.#collectNow);
    if (families !== undefined) this.#accept(families);
  }

  take(): readonly Family[] {
    return this.#slices.shift() ?? [];
  }

  hurry(): void {
    this.#due = true;
  }

  #accept(families: readonly Family[]): void {
    const { clock } = this.#parts;
    this.gathered = { timeMs: clock.now(), monotonicMs: clock.monotonic() };
    this.#slices = slices(families);
    this.ledger.accepted += this.waiting;
  }

  close(): number {
    const { waiting } = this;
    this.#closed = true;
    this.#cancel();
    this.#due = false;
    this.#slices = [];
    return waiting;
  }
}

/** Groups of families with at most `MAX_POINTS` each; a family with more is cut into several. */
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
