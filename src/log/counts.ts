/**
 * What a logger says of itself.
 *
 * @module
 */
import type { OutputCounts } from "../core/output_counts.ts";

/** Plain numbers about a logger and its children. */
export interface LoggerCounts {
  /** Records made. */
  readonly records: number;
  /** Calls that could not be made a record of. */
  readonly failed: number;
  /** Records that left the ring before the sinks had them. */
  readonly missed: number;
  /** Calls that a sampler left out. */
  readonly sampled: number;
  /** Records over the limit. */
  readonly suppressed: number;
  /** About what the ring occupies. */
  readonly ringBytes: number;
  /** About what the flight recorder holds. */
  readonly flightBytes: number;
  /** Lines that the flight recorder let go of because of a bound. */
  readonly flightDropped: number;
  /** Lines written and dropped by the sinks that count them, added up. */
  readonly output: Readonly<OutputCounts>;
}
