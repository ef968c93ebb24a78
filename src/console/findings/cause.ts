/**
 * What an explanation names, for a finding.
 *
 * @module
 */
import type { WhyAnswer } from "../../events/ask/answer.ts";
import type { Steps } from "../../events/store/frame.ts";
import type { Weighed } from "./finding.ts";
import type { RowsNow } from "./rows.ts";

/** Rows of before that show what is new since. */
const LEAST = 10;

/** The causes and the sentences of an explanation. */
export function because(why: WhyAnswer): Pick<Weighed, "causes" | "evidence"> {
  return {
    causes: why.which.slice(0, 3).map(textOf),
    evidence: [...why.which.slice(0, 2), ...why.happened.slice(0, 2)].map(({ sentence }) =>
      sentence
    ),
  };
}

/**
 * What is common to the rows since a time, but not to such rows before it: the cause of a change where some of
 * them were always so, for reasons of their own.
 *
 * @param asked terms that select such rows
 * @param before how many there were
 */
export function* newCauses(
  rows: RowsNow,
  asked: string,
  sinceMs: number | undefined,
  before: number,
): Steps<readonly string[]> {
  if (sinceMs === undefined || before < LEAST) return [];
  return (yield* rows.why(`${asked} why time>=${sinceMs}`)).which.map(textOf);
}

/** Those that are new first, then the others; at most three. */
export function newestFirst(fresh: readonly string[], all: readonly string[]): readonly string[] {
  return [...new Set([...fresh.slice(0, 2), ...all])].slice(0, 3);
}

/** The terms of a cause, as written in a question. */
export function textOf({ terms }: WhyAnswer["which"][number]): string {
  return terms.map(({ text }) => text).join(" ");
}
