/**
 * What a window is for, and the profile that it becomes.
 *
 * @module
 */
import { readCpu, type ReadOptions } from "../capture/read.ts";
import type { Recording, Window } from "../capture/recorder.ts";
import type { Budget } from "./budget.ts";
import { profileId } from "./shelf.ts";
import type { Taken } from "./taken.ts";

/** What a window is for. */
export interface Plan {
  readonly id: string;
  readonly startMs: number;
  /** Why it will be kept; undefined when it will not. */
  trigger: string | undefined;
}

/** The window that is being recorded. */
export interface Open extends Plan {
  readonly window: Window;
}

/** A window that begins now. */
export function planAt(startMs: number, trigger: string | undefined): Plan {
  return { id: profileId(startMs, "cpu"), startMs, trigger };
}

/** Reads a window that is to be kept. */
export async function takenOf(
  { id, startMs }: Plan,
  trigger: string,
  recording: Recording,
  options: Pick<ReadOptions, "intervalMicros" | "label">,
  budget: Budget,
): Promise<Taken> {
  const comments = [`profile: ${id}`, `trigger: ${trigger}`];
  const onBusy = (ms: number) => budget.spend("read", ms);
  const profile = await readCpu(recording, { ...options, startMs, comments, onBusy });
  const before = performance.now(), packing = profile.pprof();
  onBusy(performance.now() - before);
  return { id, trigger, profile, pprof: await packing };
}
