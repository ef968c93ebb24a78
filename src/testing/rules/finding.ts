/**
 * What a rule finds.
 *
 * @module
 */

/** A rule of `lint`. */
export type LintRule =
  | "help"
  | "naming"
  | "units"
  | "cardinality"
  | "secret"
  | "personal-data"
  | "span-not-ended"
  | "span-without-parent"
  | "error-recorded-twice"
  | "error-not-recorded"
  | "line-without-trace"
  | "attribute-convention"
  | "histogram-bounds"
  | "exemplars";

/** Every rule, in the order in which they find. */
export const RULES: readonly LintRule[] = [
  "help",
  "naming",
  "units",
  "cardinality",
  "secret",
  "personal-data",
  "span-not-ended",
  "span-without-parent",
  "error-recorded-twice",
  "error-not-recorded",
  "line-without-trace",
  "attribute-convention",
  "histogram-bounds",
  "exemplars",
];

/** One thing that a rule found. */
export interface LintFinding {
  /** The rule. */
  readonly rule: LintRule;
  /** Where: `metric orders_total, label user`, `span "charge card", attribute card`. */
  readonly place: string;
  /** What was there; a secret is hidden. */
  readonly value: string;
  /** What is wrong with it. */
  readonly problem: string;
  /** What to do. */
  readonly remedy: string;
}
