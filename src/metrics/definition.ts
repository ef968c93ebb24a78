/**
 * What a metric is made from.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import type { Aggregation } from "./family.ts";
import type { Tally } from "./labels.ts";

/**
 * A metric as it was registered, with what its registry lends it.
 *
 * @internal
 */
export interface Definition {
  /** As registered. */
  readonly name: string;
  /** What a person reads. */
  readonly help: string;
  /** Label names, in the order of registration. */
  readonly labels: readonly string[];
  /** The base unit, if one was said. */
  readonly unit: string | undefined;
  /** How the gauges of several members of a cluster become one. */
  readonly aggregation: Aggregation | undefined;
  /** The most series before the overflow series takes the rest. */
  readonly maxSeries: number;
  /** After how long without a sample a series is forgotten, if ever. */
  readonly ttlMs: number | undefined;
  /** Whether samples taken in a sampled trace keep a link to it. */
  readonly exemplars: boolean;
  /** Its time. */
  readonly clock: Clock;
  /** Where what goes wrong is counted. */
  readonly faults: Faults;
  /** What it refused or turned away. */
  readonly tally: Tally;
}
