/**
 * Explains selected rows by what distinguishes them from the others.
 *
 * Shares are compared value by value. A difference counts only if Newcombe's interval, widened for the
 * number of values compared, excludes chance. Findings are ranked by the phi coefficient; terms that
 * describe the same rows are merged, and confounded ones are listed under the stronger finding.
 *
 * @module
 */
import type { Frame, Steps } from "../store/frame.ts";
import { type Candidate, candidatesOf, cutTest, type Sides, termOf } from "./candidate.ts";
import type { Explanation, Finding, Onset } from "./explanation.ts";
import { isId, isOutcome } from "./fields.ts";
import { changeOf } from "./onset.ts";
import { type Counts, deviations } from "./shares.ts";
import { type Strong, strongest } from "./strong.ts";
import { onsetSentence, sentenceOf, summaryOf, tooFew } from "./words.ts";

/** The rows compared, and what the question says about them. */
export interface Comparison {
  readonly frame: Frame;
  /** Rows of the frame that are explained. */
  readonly selected: Uint32Array;
  /** Rows of the frame that they are compared to; none of the selected. */
  readonly others: Uint32Array;
  /** Fields that differ by definition of the question. */
  readonly byDefinition: ReadonlySet<string>;
  /** Whether the rows are selected by time. */
  readonly isOfTime: boolean;
  /** The condition on all rows, as written; "" for none. */
  readonly scope: string;
  /** What selects the rows: `have ms>250`. */
  readonly asked: string;
  /** The same in few words: `are slow`. */
  readonly verb: string;
}

/** With fewer rows nothing is significant. */
const LEAST_SELECTED = 10, LEAST_OTHERS = 20;
/** Findings of a group, and terms of a finding, that are reported. */
const MAX_FINDINGS = 8, MAX_TERMS = 8;

/** Compares the selected rows with the others. */
export function* explain(comparison: Comparison): Steps<Explanation> {
  const { frame, selected, others, byDefinition, asked, scope, verb } = comparison;
  const totals = { selected: selected.length, others: others.length };
  const defined = [...byDefinition].filter((name) => frame.columns.has(name));
  const none = { which: [], happened: [], fields: 0, values: 0, ids: [], constants: [] };
  if (totals.selected < LEAST_SELECTED || totals.others < LEAST_OTHERS) {
    const summary = totals.selected < LEAST_SELECTED
      ? tooFew(totals.selected, "such")
      : tooFew(totals.others, "other");
    return { ...totals, isTooFew: true, ...none, byDefinition: defined, summary };
  }
  const support = Math.max(3, Math.ceil(0.05 * totals.selected));
  const sides = { frame, selected, others, support };
  const examined = yield* examine(sides, byDefinition);
  const z = deviations(examined.values);
  const outcomes = examined.candidates.filter(({ term }) => isOutcome(term));
  const properties = examined.candidates.filter(({ term }) => !isOutcome(term));
  const which = yield* strongest(sides, properties, z, false);
  const happened = yield* strongest(sides, outcomes, z, true);
  const finding = (each: Strong) => findingOf(each, totals, verb);
  const onset = yield* onsetOf(comparison);
  return {
    ...totals,
    isTooFew: false,
    which: which.slice(0, MAX_FINDINGS).map(finding),
    happened: happened.slice(0, MAX_FINDINGS).map(finding),
    onset,
    fields: examined.fields,
    values: examined.values,
    byDefinition: defined,
    ids: examined.ids,
    constants: examined.constants,
    summary: summaryOf(totals, scope, asked, which[0] ?? happened[0]),
  };
}

interface Examined {
  readonly candidates: readonly Candidate[];
  readonly fields: number;
  readonly values: number;
  readonly ids: readonly string[];
  readonly constants: readonly string[];
}

function* examine(sides: Sides, byDefinition: ReadonlySet<string>): Steps<Examined> {
  const candidates: Candidate[] = [], ids: string[] = [], constants: string[] = [];
  let fields = 0, values = 0;
  for (const column of sides.frame.columns.values()) {
    if (byDefinition.has(column.name)) continue;
    if (isId(column.name)) {
      ids.push(column.name);
      continue;
    }
    const found = yield* candidatesOf(sides, column);
    if (found.tried === 0) continue;
    fields++;
    values += found.tried;
    if (found.isConstant) constants.push(column.name);
    else if (!found.candidates.some(({ term }) => term.op !== "?" && term.op !== "-?")) {
      ids.push(column.name);
    }
    for (const candidate of found.candidates) candidates.push(yield* rounded(sides, candidate));
  }
  return { candidates, fields, values, ids, constants };
}

/** The cut at a rounder number, if it separates the rows in the same way. */
function* rounded(sides: Sides, candidate: Candidate): Steps<Candidate> {
  const { term: { field, op, value } } = candidate;
  if (typeof value !== "number" || op !== ">=" && op !== "<=") return candidate;
  const numbers = sides.frame.column(field)!.numbers!;
  for (const digits of [1, 2, 3, 4, 5]) {
    const short: number = Number(value.toPrecision(digits));
    if (short === value) return candidate;
    const has = cutTest(numbers, { op, value: short });
    if (isLike(has, candidate, sides)) return { ...candidate, has, term: termOf(field, op, short) };
    yield;
  }
  return candidate;
}

function isLike(has: Candidate["has"], candidate: Candidate, sides: Sides): boolean {
  return [sides.selected, sides.others].every((rows) =>
    rows.every((row) => has(row) === candidate.has(row))
  );
}

function findingOf(strong: Strong, totals: Counts, verb: string): Finding {
  const { terms, hits: { selected, others }, least, phi, also, follows } = strong;
  const lacking = totals.selected + totals.others - selected - others;
  return {
    terms,
    selected,
    others,
    selectedShare: selected / totals.selected,
    othersShare: others / totals.others,
    shareWith: selected / (selected + others),
    shareWithout: lacking === 0 ? 0 : (totals.selected - selected) / lacking,
    leastDifference: least,
    phi,
    also: also.slice(0, MAX_TERMS).map(({ text }) => text),
    follows: follows.slice(0, MAX_TERMS).map(({ text }) => text),
    sentence: sentenceOf(strong, totals, verb),
  };
}

function* onsetOf(comparison: Comparison): Steps<Onset | undefined> {
  const { frame, selected, others, isOfTime, verb } = comparison;
  const times = frame.column("time")?.numbers;
  if (times === undefined || isOfTime) return undefined;
  const change = yield* changeOf(times, selected, others);
  return change && { ...change, sentence: onsetSentence(change, verb) };
}
