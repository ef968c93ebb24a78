/**
 * Answers cut to what an agent reads whole; what is left off is said.
 *
 * @module
 */
import type { Answer, BucketsAnswer } from "../../events/ask/answer.ts";
import { clip } from "../../core/text.ts";
import { bytesOf, MAX_ANSWER_BYTES } from "../wire/reply.ts";
import type { AskReply } from "./shapes.ts";

/** Room for `leftOff`. */
const NOTE_BYTES = 512;
/** Longest text in an answer that is too long, in UTF-16 units. */
const MAX_TEXT = 256;
const MOST = MAX_ANSWER_BYTES - NOTE_BYTES;

/** The answer, in at most 16 KB of JSON. */
export function cutAnswer(answer: Answer, all: string): AskReply {
  const { reply, isCut } = fitted(answer);
  const leftOff = noteOf(reply, isCut, all);
  return leftOff === undefined ? reply : { ...reply, leftOff };
}

/** What an answer leaves off, and how to get it; undefined when it is whole. */
export function noteOf(answer: Answer, isCut: boolean, all: string): string | undefined {
  const size = isCut ? " An answer has at most 16 KB." : "";
  if (answer.kind === "why") {
    return isCut
      ? `The end of some lists.${size} Narrow the question; all rows are at ${all}.`
      : undefined;
  }
  if (answer.kind === "buckets" && isCut && answer.more === 0) {
    return `The oldest buckets.${size} Ask with a longer every, or a shorter last.`;
  }
  if (answer.more === 0) return undefined;
  const what = answer.kind === "rows" ? "rows" : answer.kind === "table" ? "groups" : "series";
  const wider = isCut ? "" : ' ask for more, as in "top 200";';
  return `${answer.more} more ${what}.${size} To see them,${wider} narrow the question, ` +
    `or read all rows at ${all}.`;
}

function fitted(answer: Answer): { reply: Answer; isCut: boolean } {
  if (bytesOf(JSON.stringify(answer)) <= MOST) return { reply: answer, isCut: false };
  return { reply: shorter(withShortTexts(answer)), isCut: true };
}

/** Texts longer than a store keeps by default are cut first: one alone may exceed the bound. */
function withShortTexts(answer: Answer): Answer {
  const { question } = answer;
  const shorten = (_: string, value: unknown) =>
    typeof value === "string" ? clip(value, MAX_TEXT) : value;
  return { ...JSON.parse(JSON.stringify(answer, shorten)), question };
}

function shorter(answer: Answer): Answer {
  switch (answer.kind) {
    case "rows": {
      const rows = head(answer, answer.rows);
      return { ...answer, rows, more: answer.matched - rows.length };
    }
    case "table": {
      const groups = head(answer, answer.groups);
      return { ...answer, groups, more: answer.more + answer.groups.length - groups.length };
    }
    case "buckets":
      return shorterSeries(answer);
    case "why": {
      const lists = ["examples", "ids", "constants", "byDefinition", "happened", "which"] as const;
      let why = answer;
      for (const list of lists) {
        const items: readonly unknown[] = why[list];
        why = { ...why, [list]: head(why, items) };
      }
      return why;
    }
  }
}

/** Fewer series, and of the last one the newest buckets. */
function shorterSeries(answer: BucketsAnswer): BucketsAnswer {
  const series = head(answer, answer.series, 1), [only] = series;
  const more = answer.more + answer.series.length - series.length;
  const left = { ...answer, series, more };
  if (series.length > 1 || only === undefined) return left;
  // The newest first, so that the oldest are cut.
  const kept = head(left, only.buckets.toReversed()).length;
  return {
    ...left,
    startMs: answer.startMs + (answer.count - kept) * answer.everyMs,
    count: kept,
    series: [{ ...only, buckets: only.buckets.slice(answer.count - kept) }],
  };
}

/** As many items of a list, which is part of `whole`, as leave it within the bound. */
function head<Item>(whole: object, items: readonly Item[], least = 0): readonly Item[] {
  let over = bytesOf(JSON.stringify(whole)) - MOST, kept = items.length;
  while (over > 0 && kept > least) over -= bytesOf(JSON.stringify(items[--kept])) + 1;
  return items.slice(0, kept);
}
