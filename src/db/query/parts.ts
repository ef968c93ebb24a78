/**
 * What instrumenting a database needs of the application's telemetry, and the options that all drivers share.
 *
 * @module
 */
import { check, checkNumber, checkWhole, type Known, refuseUnknown } from "../../core/check.ts";
import type { Faults } from "../../core/faults.ts";
import type { Logger } from "../../log/logger.ts";
import type { Registry } from "../../metrics/registry.ts";
import type { Tracer } from "../../trace/tracer.ts";

/** The parts of a `Telltale` that are told of queries; a `Telltale` is one. */
export interface DatabaseParts {
  /** Makes the spans. */
  readonly tracer: Tracer;
  /** Has the durations, and the numbers of pools. */
  readonly metrics: Registry;
  /** Has the lines of slow and of repeated queries. */
  readonly log: Logger;
  /** Counts what goes wrong inside. @default that of the tracer */
  readonly faults?: Faults | undefined;
}

/** What is told of queries. */
export interface QueryOptions {
  /** `db.namespace`: the name of the database. @default what the driver says */
  readonly namespace?: string | undefined;
  /** Whether spans have the text of the query, its values replaced by `?`. @default true */
  readonly text?: boolean | undefined;
  /**
   * The parameters whose values spans tell: positions from 0, or names. They should be none that identify a
   * person.
   *
   * @default none
   */
  readonly parameters?: readonly (number | string)[] | undefined;
  /** Milliseconds from which on a query gets a span; one that failed always does. @default 0 */
  readonly spanMinMs?: number | undefined;
  /**
   * Milliseconds from which on a query is logged as slow: a line in ten seconds for each summary.
   *
   * @default 200
   */
  readonly slowMs?: number | undefined;
  /**
   * How often one request sends the same query until it is told as repeated: in a span event, and in a log
   * line once per route and hour.
   *
   * @default 10
   */
  readonly minRepeats?: number | undefined;
}

/** The names of {@linkcode QueryOptions}. */
export const KNOWN_OPTIONS: Known<QueryOptions> = {
  namespace: true,
  text: true,
  parameters: true,
  spanMinMs: true,
  slowMs: true,
  minRepeats: true,
};

/** Throws for parts or options that can't be. */
export function checkQueryOptions(
  action: string,
  parts: DatabaseParts,
  options: QueryOptions,
  known: object = KNOWN_OPTIONS,
): void {
  const verbs = [parts?.tracer?.start, parts?.metrics?.histogram, parts?.log?.warn];
  const isRight = verbs.every((verb) => typeof verb === "function");
  check(isRight, action, "t must have a tracer, metrics and a log", parts, TypeError);
  refuseUnknown(action, options, known);
  const { namespace = "", text = true, parameters = [], spanMinMs = 0, slowMs = 0 } = options;
  check(typeof namespace === "string", action, "namespace must be a string", namespace, TypeError);
  check(typeof text === "boolean", action, "text must be true or false", text, TypeError);
  const areKeys = Array.isArray(parameters) &&
    parameters.every((key) => typeof key === "string" || Number.isInteger(key) && key >= 0);
  check(areKeys, action, "parameters must be positions or names", parameters, TypeError);
  checkNumber(action, "spanMinMs", spanMinMs, 0);
  checkNumber(action, "slowMs", slowMs, 0);
  checkWhole(action, "minRepeats", options.minRepeats ?? 10, 2);
}
