/**
 * What the series of every type have in common.
 *
 * @module
 */
import { kindOf } from "../core/known_options.ts";
import type { Definition } from "./definition.ts";
import { type LabelSet, NUMBER_HINT } from "./labels.ts";

/**
 * One series: its labels, when it began, and whether it is still used.
 *
 * @internal
 */
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

  /** An argument where one is counted: nothing is, and it is told what was meant. */
  protected refuseArgument(given: unknown): void {
    const { name, tally, faults } = this.definition;
    tally.badLabels++;
    const hint = typeof given === "number"
      ? NUMBER_HINT
      : `a handle has its labels, and inc() and dec() take no argument, got ${kindOf(given)}`;
    const error = new TypeError(`Dropped a sample of "${name}": ${hint}`);
    faults.record("metric labels", error, `metric labels ${name}`);
  }

  /** A value that can't be counted. A number is one that happens; of another kind it is a mistake. */
  protected refuseValue(value: unknown): void {
    const { name, tally, faults } = this.definition;
    tally.badValues++;
    if (typeof value === "number") return;
    const rule = `value must be a number, got ${kindOf(value)}`;
    const error = new TypeError(`Dropped a sample of "${name}": ${rule}`);
    faults.record("metric value", error, `metric value ${name}`);
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
