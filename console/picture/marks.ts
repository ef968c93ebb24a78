/**
 * Moments that a picture marks: changes of flags, which leave a row each.
 *
 * @module
 */
import { type Frame, valueAt } from "../../src/events/store/frame.ts";

/** A moment, and what happened then. */
export interface Mark {
  readonly timeMs: number;
  readonly text: string;
}

/** More would hide what they explain; the newest are marked. */
const MAX_MARKS = 8;
/** The job of the row that a change of a flag leaves. */
const FLAG_CHANGED = "flag changed";

/** The last changes of flags in a span of time, oldest first. */
export function marksOf(frame: Frame, fromMs: number, toMs: number): Mark[] {
  const times = frame.column("time")?.numbers, jobs = frame.column("job");
  const flags = frame.column("flag"), marks: Mark[] = [];
  if (times === undefined || jobs === undefined || flags === undefined) return marks;
  for (let i = frame.count - 1; i >= 0 && marks.length < MAX_MARKS; i--) {
    const timeMs = times[i]!;
    if (!(timeMs >= fromMs && timeMs <= toMs) || valueAt(jobs, i) !== FLAG_CHANGED) continue;
    marks.unshift({ timeMs, text: `flag ${String(valueAt(flags, i)).slice(0, 40)}` });
  }
  return marks;
}
