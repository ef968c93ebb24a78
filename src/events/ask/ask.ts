/**
 * Answers questions about rows. It depends on no runtime: it runs in Deno, Bun and a browser.
 *
 * @module
 */
import { check, checkNumber, checkWhole, type Known, refuseUnknown } from "../../core/check.ts";
import { parse } from "../question/parse.ts";
import { type Question, titleOf } from "../question/question.ts";
import { Frame, isTime, MAX_TIME, type Steps } from "../store/frame.ts";
import type { Rows } from "../store/rows.ts";
import type { Answer, AnswerBase, RowsAnswer } from "./answer.ts";
import { rowsOf } from "./group.ts";
import { numbered, sorted } from "./list.ts";
import { match } from "./match.ts";
import { buckets, type Scope, shownOf, table } from "./table.ts";
import { why } from "./why.ts";

/** How a question is answered. */
export interface AskOptions {
  /**
   * Milliseconds since the Unix epoch, which `last` counts back from.
   *
   * @default the time of the newest row
   */
  readonly now?: number | undefined;
  /**
   * Rows, groups or series at most, whatever `top` says; 1 to 1000.
   *
   * @default 1000
   */
  readonly limit?: number | undefined;
}

/** The names of all options. */
export const ASK_OPTIONS: Known<AskOptions> = { now: true, limit: true };

const MAX_LIMIT = 1000;
/** Rows or groups, and series, where the question does not say `top`. */
const TOP = 50, TOP_SERIES = 10;

/**
 * Answers a question at once. A `why` over 10 000 rows takes about 20 ms: a service should use
 * `askInSlices`.
 *
 * @throws {QuestionError} naming the place where the question can't be parsed
 * @throws {TypeError} for an option that is not known
 * @throws {RangeError} for a limit out of its range
 *
 * @example
 * ```ts
 * import { ask, EventStore } from "@telltale/telltale/events";
 * import assert from "node:assert/strict";
 *
 * const events = new EventStore();
 * for (const ms of [8, 12, 310]) events.add({ route: "/orders", status: 200, ms });
 * events.add({ route: "/login", status: 503, ms: 2 });
 *
 * const answer = ask(events, "status<500 by route show count,max(ms)");
 * assert.ok(answer.kind === "table");
 * assert.deepEqual(answer.groups, [{ keys: ["/orders"], cells: [3, 310] }]);
 * ```
 */
export function ask(
  rows: Rows | Frame,
  question: string | Question,
  options: AskOptions = {},
): Answer {
  refuseUnknown("ask", options, ASK_OPTIONS);
  const steps = answer(rows instanceof Frame ? rows : Frame.of(rows), question, options);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Answers a question step by step. */
export function* answer(
  frame: Frame,
  asked: string | Question,
  { now, limit = MAX_LIMIT }: AskOptions,
): Steps<Answer> {
  checkWhole("ask", "limit", limit, 1, MAX_LIMIT);
  if (now !== undefined) checkNumber("ask", "now", now, -MAX_TIME, MAX_TIME);
  const isGiven = typeof asked === "string" || typeof asked === "object" && asked !== null;
  check(isGiven, "ask", "question must be a text or a parsed question", asked, TypeError);
  const question = typeof asked === "string" ? parse(asked) : asked;
  const times = frame.column("time")?.numbers, until = now ?? newest(times);
  const since = question.lastMs === undefined ? -Infinity : until - question.lastMs;
  const looked = yield* match(frame, { kind: "all", of: [] });
  if (times !== undefined && question.lastMs !== undefined) {
    for (let i = 0; i < looked.length; i++) if (!(times[i]! >= since)) looked[i] = 0;
  }
  const mask = yield* match(frame, question.where);
  if (question.why !== undefined) {
    return yield* why({ frame, question, where: mask, recent: looked, limit });
  }
  for (let i = 0; i < mask.length; i++) mask[i]! &= looked[i]!;
  const whole = rowsOf(looked), matched = rowsOf(mask);
  const base = { question: question.text, looked: whole.length, matched: matched.length };
  const isOfGroups = question.by.length > 0 || question.show.length > 0;
  if (!isOfGroups && question.everyMs === undefined) {
    return yield* list(frame, question, matched, base, limit);
  }
  const isSeries = question.everyMs !== undefined;
  return yield* grouped({
    frame,
    question,
    matched,
    // Without groups, a share is relative to all rows examined.
    whole: question.by.length === 0 ? whole : matched,
    seconds: secondsOf(times, since, until),
    top: Math.min(limit, question.top ?? (isSeries ? TOP_SERIES : TOP)),
  }, base);
}

function* grouped(scope: Scope, base: Omit<AnswerBase, "more">): Steps<Answer> {
  const { question } = scope, { by, everyMs } = question;
  const show = shownOf(question).map(titleOf);
  const { groups, more } = yield* table(scope);
  if (everyMs === undefined) {
    const plain = groups.map(({ keys, cells }) => ({ keys, cells }));
    return { kind: "table", ...base, more, by, show, groups: plain };
  }
  const { startMs, count, series } = yield* buckets(scope, groups, everyMs);
  const full = series.map(({ keys, buckets }, k) => ({ keys, cells: groups[k]!.cells, buckets }));
  return { kind: "buckets", ...base, more, by, show, startMs, everyMs, count, series: full };
}

function* list(
  frame: Frame,
  { sort, top = TOP }: Question,
  matched: Uint32Array,
  base: Omit<AnswerBase, "more">,
  limit: number,
): Steps<RowsAnswer> {
  const most = Math.min(limit, top);
  const shown = sort === undefined
    ? Array.from(matched.slice(-most)).reverse()
    : yield* sorted(frame, matched, sort.by.name, sort.isDescending, most);
  const rows = yield* numbered(frame, shown);
  return { kind: "rows", ...base, more: matched.length - rows.length, rows };
}

function newest(times: Float64Array | undefined): number {
  let newest = -Infinity;
  for (const time of times ?? []) if (time > newest && isTime(time)) newest = time;
  return newest;
}

/** The time span of the rows looked at; at least one second. */
function secondsOf(times: Float64Array | undefined, since: number, until: number): number {
  let oldest = until;
  for (const time of times ?? []) if (time < oldest && isTime(time)) oldest = time;
  return Math.max(1, (until - Math.max(oldest, since)) / 1000) || 1;
}
