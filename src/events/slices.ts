/**
 * Answers questions in slices, so that requests are served meanwhile.
 *
 * @module
 */
import { type Known, refuseUnknown } from "../core/check.ts";
import { answer, ASK_OPTIONS, type AskOptions } from "./ask/ask.ts";
import type { Answer } from "./ask/answer.ts";
import type { Question } from "./question/question.ts";
import { Frame } from "./store/frame.ts";
import type { Rows } from "./store/rows.ts";
import { inSlices, type Turns } from "./turns.ts";

export type { Turns };

/** How a question is answered in slices. */
export interface SliceOptions extends AskOptions {
  /**
   * When to yield to the event loop.
   *
   * @default every 3 milliseconds
   */
  readonly turns?: Turns | undefined;
}

const OPTIONS: Known<SliceOptions> = { ...ASK_OPTIONS, turns: true };

/**
 * Answers a question like `ask`, and yields to the event loop every 3 milliseconds. The answer covers
 * the rows held at the time of the call: later rows do not change it.
 *
 * @throws {QuestionError} naming the place where the question can't be parsed
 * @throws {TypeError} for an option that is not known
 * @throws {RangeError} for a limit out of its range
 *
 * @example
 * ```ts
 * import { askInSlices, EventStore } from "@telltale/telltale/events";
 * import assert from "node:assert/strict";
 *
 * const events = new EventStore();
 * events.add({ route: "/orders", ms: 310 });
 * const answer = await askInSlices(events, "ms>250");
 * assert.equal(answer.matched, 1);
 * ```
 */
export async function askInSlices(
  rows: Rows | Frame,
  question: string | Question,
  options: SliceOptions = {},
): Promise<Answer> {
  refuseUnknown("ask", options, OPTIONS);
  const frame = rows instanceof Frame ? rows : Frame.of(rows, true);
  return await inSlices(answer(frame, question, options), options.turns);
}
