/**
 * Findings in words.
 *
 * @module
 */
import type { Condition } from "../question/question.ts";
import type { Change } from "./onset.ts";
import type { Counts } from "./shares.ts";
import type { Strong } from "./strong.ts";

/** The verb for selected rows: `failed`, `are slow`. */
export function verbOf(why: Condition): string {
  if (why.kind !== "is" || why.values[0]!.kind !== "number") return "are among them";
  const { field, op, values: [{ value }] } = why as { values: [{ value: number }] } & typeof why;
  const isAbove = op === ">" || op === ">=";
  if (field === "ms" && isAbove) return "are slow";
  return field === "status" && isAbove && value >= 499 ? "failed" : "are among them";
}

/** How common a finding is on both sides, and how many of the rows with it are selected. */
export function sentenceOf({ terms, hits }: Strong, totals: Counts, verb: string): string {
  const having = hits.selected + hits.others;
  const lacking = totals.selected + totals.others - having;
  return `${terms.map(({ text }) => text).join(" ")}: ` +
    `${percent(hits.selected / totals.selected)} of them, ${
      percent(hits.others / totals.others)
    } of the ` +
    `others. ${percent(hits.selected / having)} of the ${number(having)} with it ${verb}` +
    (lacking === 0 ? "." : `; ${percent((totals.selected - hits.selected) / lacking)} without it.`);
}

/** How many rows are explained, and the best finding. */
export function summaryOf(
  totals: Counts,
  scope: string,
  asked: string,
  first: Strong | undefined,
): string {
  const all = `${number(totals.selected)} of ${number(totals.selected + totals.others)} rows`;
  const rows = `${all}${scope === "" ? "" : ` with ${scope}`} ${asked}`;
  if (first === undefined) {
    return `${rows}. Nothing distinguishes them from the other ${
      number(totals.others)
    } beyond chance.`;
  }
  const shares = `${percent(first.hits.selected / totals.selected)} of them have it, ` +
    `${percent(first.hits.others / totals.others)} of the others.`;
  return `${rows}. What distinguishes them best is ${
    first.terms.map(({ text }) => text).join(" ")
  }: ${shares}`;
}

/** Why nothing is explained: few rows are selected, or left to compare with. */
export function tooFew(count: number, kind: "such" | "other"): string {
  return `Only ${count} ${kind} ${count === 1 ? "row" : "rows"}: too few to ${
    kind === "such" ? "say what they have in common" : "compare them with"
  }.`;
}

/** When the share of selected rows changed. */
export function onsetSentence({ timeMs, before, after }: Change, verb: string): string {
  const time = new Date(timeMs).toISOString().slice(11, 19);
  return `From ${time} UTC on, ${percent(after)} ${verb}; before that, ${percent(before)}.`;
}

/** A share in percent; only 0 and 1 are shown as 0 % and 100 %. */
export function percent(share: number): string {
  const hundredths = share * 100;
  if (share === 0 || share === 1) return `${hundredths} %`;
  if (hundredths < 0.05) return "< 0.1 %";
  if (hundredths > 99.95) return "> 99.9 %";
  return `${hundredths.toFixed(hundredths < 9.95 || hundredths > 99 ? 1 : 0)} %`;
}

/** A count, with a separator of thousands from 10 000 on. */
function number(count: number): string {
  return count < 10_000 ? String(count) : String(count).replace(/\B(?=(?:\d{3})+$)/g, " ");
}
