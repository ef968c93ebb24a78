/**
 * What every instrument is made of, whatever its type.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import type { Family } from "./family.ts";
import type { Tally } from "./labels.ts";

/** A metric as it was registered, with what its registry lends it. */
export interface Definition {
  /** As registered. */
  readonly name: string;
  /** What a person reads. */
  readonly help: string;
  /** Label names, in the order of registration. */
  readonly labels: readonly string[];
  /** The base unit, if one was said. */
  readonly unit: string | undefined;
  /** The most series before the overflow series takes the rest. */
  readonly maxSeries: number;
  /** Whether samples taken in a sampled trace keep a link to it. */
  readonly exemplars: boolean;
  /** Its time. */
  readonly clock: Clock;
  /** Where what goes wrong is counted. */
  readonly faults: Faults;
  /** What it refused or turned away. */
  readonly tally: Tally;
}

/** What a registry asks of an instrument. */
export interface Metric {
  /** What it was registered as. */
  readonly definition: Definition;
  /** How many series it holds, without the overflow series. */
  readonly size: number;
  /** Its data at this moment. */
  family(): Family;
}
