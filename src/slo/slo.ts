/**
 * An SLO, as the application holds it.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import type { SloState } from "./live/alert.ts";
import type { SloDefinition } from "./live/definition.ts";
import type { Tracker } from "./live/tracker.ts";

/** An SLO: counts events, and says how much of the error budget is left. */
export class Slo {
  /** What it promises, as data. */
  readonly definition: SloDefinition;
  /** @internal */
  protected readonly tracker: Tracker;
  readonly #clock: Clock;

  /** Made by {@linkcode SloRegistry.define}. */
  constructor(tracker: Tracker, clock: Clock) {
    this.definition = tracker.definition;
    this.tracker = tracker;
    this.#clock = clock;
  }

  /** Its name. */
  get name(): string {
    return this.definition.name;
  }

  /** Counts good events; a number that is negative or not finite is ignored and counted. */
  good(n = 1): void {
    this.tracker.good.add(n);
  }

  /** Counts bad events, likewise. */
  bad(n = 1): void {
    this.tracker.bad.add(n);
  }

  /** Budget, burn rates and alert at this moment. */
  state(): SloState {
    return this.tracker.state(this.#clock.monotonic());
  }
}
