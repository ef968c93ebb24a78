/**
 * What files are generated of.
 *
 * @module
 */
import type { SloDefinition } from "../live/definition.ts";

/** The parts of a composition that files are generated from: a `Telltale` is one. */
export interface Subject {
  /** The service, which labels of rules and titles name. */
  readonly resource: { readonly service: string };
  /** Its SLOs. */
  readonly slos: Iterable<{ readonly definition: SloDefinition }> & {
    /** Whether the bound of a latency is one of the histogram of durations. */
    hasBound(definition: SloDefinition): boolean;
  };
}
