/**
 * Labels as data: values by name, and label sets resolved to text.
 *
 * @module
 */
import { flat } from "../../core/text.ts";
import { isLegacyLabelName } from "./names.ts";

/** The value of a label; numbers and booleans become text, and long values are cut at 1024 characters. */
export type LabelValue = string | number | boolean | bigint;

/** The labels of one sample, by name. */
export type Labels<L extends string = string> = Readonly<Record<L, LabelValue>>;

/** Labels resolved to text. */
export interface LabelSet {
  /** In the order of registration. */
  readonly names: readonly string[];
  /** As long as `names`. */
  readonly values: readonly string[];
  /** Whether every reader takes all names as they are: see {@linkcode isLegacyLabelName}. */
  readonly legacy: boolean;
  /** `a="x",b="y"`, escaped, without the braces; empty without labels. */
  readonly text: string;
}

const NEEDS_ESCAPE = /[\\"\n]/;

/** Escapes a label value as every text format does: `\`, `"` and line feed. */
export function escapeValue(value: string): string {
  if (!NEEDS_ESCAPE.test(value)) return value;
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** Makes a label set of names and their values. A lone surrogate becomes U+FFFD. */
export function labelSet(names: readonly string[], values: readonly string[]): LabelSet {
  return labelSetsOf(names)(values);
}

/** What makes label sets of these names. */
export function labelSetsOf(names: readonly string[]): (values: readonly string[]) => LabelSet {
  const legacy = names.every(isLegacyLabelName);
  const starts = names.map((name, i) =>
    `${i === 0 ? "" : ","}${isLegacyLabelName(name) ? name : `"${escapeValue(name)}"`}="`
  );
  return (values) => {
    let text = "";
    for (let i = 0; i < starts.length; i++) {
      text += `${starts[i]}${escapeValue(values[i]!.toWellFormed())}"`;
    }
    return { names, values, legacy, text: flat(text) };
  };
}

/** A text that is the same for the same labels in any order, and for no others. */
export function labelKey({ names, values }: Pick<LabelSet, "names" | "values">): string {
  if (names.length === 0) return "";
  const pairs = names.map((name, i) => [name, values[i]!] as const);
  return JSON.stringify(pairs.sort(([a], [b]) => a < b ? -1 : 1));
}

/** Makes a label set of a plain object, for collectors. */
export function labelsOf(labels: Labels): LabelSet {
  return labelSet(Object.keys(labels), Object.values(labels).map(String));
}

/** OpenMetrics 1.0: code points that the label names and values of an exemplar may have together. */
export const MAX_EXEMPLAR_LENGTH = 128;

/** The code points of label names and values, to compare with {@linkcode MAX_EXEMPLAR_LENGTH}. */
export function exemplarLength({ names, values }: Pick<LabelSet, "names" | "values">): number {
  let codePoints = 0;
  for (const text of [...names, ...values]) for (const _ of text) codePoints++;
  return codePoints;
}

/** The label set without labels. */
export const NO_LABELS: LabelSet = { names: [], values: [], legacy: true, text: "" };

/** The value of every label of the overflow series, which takes what the cap turned away. */
export const OVERFLOW = "_overflow";
