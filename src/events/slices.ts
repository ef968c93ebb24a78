/**
 * Answers questions in slices, so that requests are served meanwhile.
 *
 * @module
 */
import { type Known, refuseUnknown } from "../core/check.ts";
import { Pause } from "../core/pause.ts";
import { answer, ASK_OPTIONS, type AskOptions } from "./ask/ask.ts";
import type { Answer } from "./ask/answer.ts";
import type { Question } from "./question/question.ts";
import { Frame } from "./store/frame.ts";
import type { Rows } from "./store/rows.ts";

/** Decides when to yield to the event loop, and does so. */
export interface Turns {
  /** Whether it is time to yield. */
  readonly isDue: boolean;
  /** Yields to the event loop; resolves when it is this task's turn again. */
  take(): Promise<void>;
}

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
/** How long the event loop is held; the step in progress may add up to a millisecond. */
const SLICE_MS = 3;

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
  rows: Rows,
  question: string | Question,
  options: SliceOptions = {},
): Promise<Answer> {
  refuseUnknown("ask", options, OPTIONS);
  const { turns = new Pause(undefined, undefined, SLICE_MS) } = options;
  const steps = answer(Frame.of(rows, true), question, options);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (turns.isDue) await turns.take();
  }
}
