/**
 * What an observer of requests is given.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import type { Faults } from "../../core/faults.ts";
import { checkNumber, type Known, refuseUnknown, requireObject } from "../../core/check.ts";
import type { Logger } from "../../log/logger.ts";
import type { Registry } from "../../metrics/registry.ts";
import type { Tracer } from "../../trace/tracer.ts";
import type { ObserveOptions } from "./extra_attributes.ts";

/** What requests are seen through. What is left out is left undone. */
export interface ObserverOptions extends ObserveOptions {
  /** Counts and times requests. */
  readonly registry?: Registry | undefined;
  /** Makes the server span; without one, spans are made and forgotten, for their ids. */
  readonly tracer?: Tracer | undefined;
  /** Writes a line at the start of a request and one at its end. */
  readonly logger?: Logger | undefined;
  /** Its time. */
  readonly clock?: Clock | undefined;
  /** Where what goes wrong is counted. */
  readonly faults?: Faults | undefined;
}

const KNOWN: Known<ObserverOptions & { endpoints?: unknown }> = {
  ignore: true,
  trust: true,
  route: true,
  spanName: true,
  attributes: true,
  labels: true,
  headers: true,
  watchBody: true,
  lines: true,
  knownMethods: true,
  slowMs: true,
  registry: true,
  tracer: true,
  logger: true,
  clock: true,
  faults: true,
  endpoints: true,
};

/** Throws for an option that nobody reads, and for a bound that is none. */
export function checkObserverOptions(options: ObserverOptions): void {
  refuseUnknown("instrument handler", options, KNOWN);
  requireObject("instrument handler", options.labels, "labels");
  const known = { request: true, response: true };
  refuseUnknown("instrument handler", options.headers, known, "headers");
  const { slowMs = Infinity } = options;
  checkNumber("instrument handler", "slowMs", slowMs, 0);
}
