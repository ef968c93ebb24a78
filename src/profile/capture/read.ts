/**
 * Makes a profile of a recording.
 *
 * @module
 */
import { runtime } from "../../core/platform.ts";
import { cpuData, type LabelsOf } from "../sample/cpu.ts";
import { ANY_COLUMN } from "../sample/places.ts";
import type { CallFrame, RawCpu } from "../sample/raw.ts";
import { type Timeline, timeline } from "../sample/timeline.ts";
import { type CodePosition, Sources } from "../source/sources.ts";
import { Profile } from "../format/profile.ts";
import { ENGINE, type Recording } from "./recorder.ts";

/** One for all: what was found is remembered. */
export const sources: Sources = new Sources();

/** What else belongs to a profile. */
export interface ReadOptions {
  readonly intervalMicros: number;
  /** When it began, in milliseconds since the Unix epoch. */
  readonly startMs: number;
  readonly comments?: readonly string[] | undefined;
  /** Labels of samples, given all of them. */
  readonly label?: ((samples: Timeline, recording: Recording) => LabelsOf) | undefined;
  /** Is told how long the reading has held the thread. */
  readonly onBusy?: ((ms: number) => void) | undefined;
}

/** Reads a recording; the maps of its sources first. */
export async function readCpu(
  recording: Recording,
  { intervalMicros, startMs, comments = [], label, onBusy }: ReadOptions,
): Promise<Profile> {
  const { raw } = recording;
  const began = performance.now(), searchedMs = sources.busyMs;
  const samples = timeline(raw, ENGINE, intervalMicros);
  const firstMs = performance.now() - began;
  const locate = await sources.of(positionsOf(raw));
  const since = performance.now(), searchMs = sources.busyMs - searchedMs;
  const taken = {
    startMs,
    durationMs: recording.endMs - recording.startMs,
    intervalMicros,
    comments: [`runtime: ${runtime.name} ${runtime.version}`, ...comments],
  };
  const profile = new Profile(cpuData(samples, taken, locate, label?.(samples, recording)));
  onBusy?.(firstMs + searchMs + performance.now() - since);
  return profile;
}

function* positionsOf({ nodes }: RawCpu): Iterable<CodePosition> {
  for (const { callFrame, positionTicks = [] } of nodes) {
    yield* positionOf(callFrame);
    const { url, lineNumber } = callFrame;
    for (const { line } of positionTicks) {
      if (url !== "" && line !== lineNumber + 1) yield { url, line, column: ANY_COLUMN };
    }
  }
}

/** The position of a function, unless it is native. */
export function* positionOf(frame: CallFrame): Iterable<CodePosition> {
  const { url, lineNumber, columnNumber: column } = frame;
  if (url !== "" && lineNumber >= 0) yield { url, line: lineNumber + 1, column };
}
