/**
 * What the series of every type have in common.
 *
 * @module
 */
import type { Definition } from "./definition.ts";
import { type LabelSet, NUMBER_HINT } from "./labels.ts";

/** One series: its labels, when it began, and whether it is still used. */
export abstract class Series {
  /** What tells it from the others of its metric. */
  readonly labels: LabelSet;
  /** The metric it belongs to. */
  protected readonly definition: Definition;
  /** When it began, in milliseconds since the Unix epoch. */
  protected createdMs: number;
  /** Set by every sample, taken back by a sweep: what a time to live is measured by. */
  protected used = true;
  #usedMs: number;
  #pinned = false;

  /** Made by the metric. */
  constructor(definition: Definition, labels: LabelSet) {
    this.definition = definition;
    this.labels = labels;
    this.createdMs = definition.clock.now();
    this.#usedMs = definition.clock.monotonic();
  }

  /** A number where one is counted: nothing is, and it is told what was meant. */
  protected refuseNumber(): void {
    const { name, tally, faults } = this.definition;
    tally.badLabels++;
    const error = new TypeError(`Dropped a sample of "${name}": ${NUMBER_HINT}`);
    faults.record("metric labels", error, `metric labels ${name}`);
  }

  /** Somebody holds a handle: the series must not end under it. */
  pin(): this {
    this.#pinned = true;
    return this;
  }

  /** Whether no sample has come for `ttlMs` by the monotonic clock, as far as the sweeps saw. */
  isStale(nowMs: number, ttlMs: number): boolean {
    if (this.used) this.#usedMs = nowMs;
    this.used = false;
    return !this.#pinned && nowMs - this.#usedMs >= ttlMs;
  }
}
