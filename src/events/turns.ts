/**
 * Runs long work in slices, between which the event loop does other work.
 *
 * @module
 */
import { Pause } from "../core/pause.ts";
import type { Steps } from "./store/frame.ts";

/** How long the event loop is held; the step in progress may add up to a millisecond. */
const SLICE_MS = 3;

/** Decides when to yield to the event loop, and does so. */
export interface Turns {
  /** Whether it is time to yield. */
  readonly isDue: boolean;
  /** Yields to the event loop; resolves when it is this task's turn again. */
  take(): Promise<void>;
}

/** Runs steps to their end, and yields to the event loop between them when that is due. */
export async function inSlices<Result>(
  steps: Steps<Result>,
  turns: Turns = new Pause(undefined, undefined, SLICE_MS),
): Promise<Result> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (turns.isDue) await turns.take();
  }
}
