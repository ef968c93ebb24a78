/**
 * Answers questions in the page, and says which rows an answer is about.
 *
 * @module
 */
import { ask } from "../../src/events/ask/ask.ts";
import type { Answer } from "../../src/events/ask/answer.ts";
import { match } from "../../src/events/ask/match.ts";
import { parse } from "../../src/events/question/parse.ts";
import type { Condition, Question } from "../../src/events/question/question.ts";
import type { Frame } from "../../src/events/store/frame.ts";

/** A question that was answered. */
export interface Answered {
  readonly question: Question;
  readonly answer: Answer;
  /** How long it took, in milliseconds. */
  readonly tookMs: number;
}

/** The answer, or what is wrong with the question. */
export function answerOf(
  frame: Frame,
  text: string,
  limit = 1000,
): Answered | { readonly error: string } {
  const begun = performance.now();
  try {
    const question = parse(text), answer = ask(frame, question, { limit });
    return { question, answer, tookMs: performance.now() - begun };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** A 1 for each row that the conditions hold for, and that `last` reaches. */
export function maskOf(
  frame: Frame,
  conditions: readonly Condition[],
  lastMs?: number,
): Uint8Array {
  const mask = run(match(frame, { kind: "all", of: conditions }));
  const times = frame.column("time")?.numbers;
  if (lastMs === undefined || times === undefined) return mask;
  let newest = -Infinity;
  for (const time of times) if (time > newest) newest = time;
  for (let i = 0; i < mask.length; i++) if (!(times[i]! >= newest - lastMs)) mask[i] = 0;
  return mask;
}

function run<T>(steps: Generator<void, T, void>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
