/**
 * All rules.
 *
 * @module
 */
import { conventions } from "./conventions.ts";
import type { Evidence } from "./evidence.ts";
import type { LintFinding } from "./finding.ts";
import { bounds, cardinality, exemplars, naming } from "./metrics.ts";
import { leaks } from "./secrets.ts";
import { errors, orphans, uncorrelated, unended } from "./traces.ts";

/** What all rules find, rule by rule. */
export function* findings(evidence: Evidence): Generator<LintFinding> {
  yield* naming(evidence);
  yield* cardinality(evidence);
  yield* leaks(evidence);
  yield* unended(evidence);
  yield* orphans(evidence);
  yield* errors(evidence);
  yield* uncorrelated(evidence);
  yield* conventions(evidence);
  yield* bounds(evidence);
  yield* exemplars(evidence);
}
