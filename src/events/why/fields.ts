/**
 * Fields with a known role: ids, outcomes, and fields that mean the same.
 *
 * @module
 */
import type { Term } from "./explanation.ts";

/** Unique to a request, so never shared by many. */
const IDS: ReadonlySet<string> = /* @__PURE__ */ new Set(
  ["time", "trace", "span", "parent", "request", "path"],
);

/** Fields that differ together by definition: a failed request has a status and an error. */
const TWINS: readonly (readonly string[])[] = [
  ["status", "error.type", "log.error", "failed"],
  ["ms", "self.ms"],
];

/** Outcomes, known when the request ends. */
const HAPPENED =
  /^(?:ms|status|error(?:\..+)?|spans|inflight|bytes\.out|log\.\w+|.+\.(?:ms|n|retries|repeat))$/;

/** Fields that a request gets on its way: one that ends early lacks them. */
const ON_ITS_WAY = /^(?:flag|http|db)\./;

/** Whether a field is an id or a time. */
export function isId(field: string): boolean {
  return IDS.has(field);
}

/** Whether a term is of an outcome, and not of a property known when the request began. */
export function isOutcome({ field, op }: Pick<Term, "field" | "op">): boolean {
  return HAPPENED.test(field) || op === "-?" && ON_ITS_WAY.test(field);
}

/**
 * Whether a field is measured only in requests that last: that it is there, or low, says that they lasted,
 * and nothing of the reason.
 */
export function isSampled(field: string): boolean {
  return field === "loop.ms";
}

/** The fields, and those that differ together with them by definition. */
export function withTwins(fields: Iterable<string>): Set<string> {
  const all = new Set(fields);
  for (const twins of TWINS) {
    if (twins.some((twin) => all.has(twin))) { for (const twin of twins) all.add(twin); }
  }
  return all;
}
