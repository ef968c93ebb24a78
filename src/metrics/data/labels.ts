/**
 * Labels as data: values by name, and label sets resolved to text.
 *
 * @module
 */
import { isLegacyLabelName } from "./names.ts";

/** A label's value; numbers and booleans are written as text, and 1024 characters of a long one. */
export type LabelValue = string | number | boolean | bigint;

/** The labels of one sample, by name. */
export type Labels<L extends string = string> = Readonly<Record<L, LabelValue>>;

/** Labels resolved to text once. */
export interface LabelSet {
  /** In the order of registration. */
  readonly names: readonly string[];
  /** As long as `names`. */
  readonly values: readonly string[];
  /** Whether every reader takes all names as they are. */
  readonly legacy: boolean;
  /** `a="x",b="y"`, escaped and ready for a line, without the braces; empty without labels. */
  readonly text: string;
}

const NEEDS_ESCAPE = /[\\"\n]/;

/** Escapes a label value as every text format does: `\`, `"` and line feed. */
export function escapeValue(value: string): string {
  if (!NEEDS_ESCAPE.test(value)) return value;
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** Makes a label set of parallel names and values. A lone surrogate becomes U+FFFD. */
export function labelSet(names: readonly string[], values: readonly string[]): LabelSet {
  let text = "", legacy = true;
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const isLegacy = isLegacyLabelName(name);
    legacy &&= isLegacy;
    text += (i === 0 ? "" : ",") + (isLegacy ? name : `"${escapeValue(name)}"`) +
      `="${escapeValue(values[i]!.toWellFormed())}"`;
  }
  return { names, values, legacy, text };
}

/** A text that is the same for the same labels in any order, and for no others. */
export function labelKey({ names, values }: Pick<LabelSet, "names" | "values">): string {
  if (names.length === 0) return "";
  const pairs = names.map((name, i) => [name, values[i]!] as const);
  return JSON.stringify(pairs.sort(([a], [b]) => a < b ? -1 : 1));
}

/** {@linkcode labelSet} of a plain object, for collectors that make families by hand. */
export function labelsOf(labels: Labels): LabelSet {
  return labelSet(Object.keys(labels), Object.values(labels).map(String));
}

/** The label set without labels. */
export const NO_LABELS: LabelSet = { names: [], values: [], legacy: true, text: "" };

/** What every label of the series holds that takes what the cap turned away. */
export const OVERFLOW = "_overflow";
