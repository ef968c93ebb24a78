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
}

/** Reads a recording; the maps of its sources first. */
export async function readCpu(
  recording: Recording,
  { intervalMicros, startMs, comments = [], label }: ReadOptions,
): Promise<Profile> {
  const { raw } = recording;
  const samples = timeline(raw, ENGINE, intervalMicros);
  const locate = await sources.of(positionsOf(raw));
  const taken = {
    startMs,
    durationMs: recording.endMs - recording.startMs,
    intervalMicros,
    comments: [`runtime: ${runtime.name} ${runtime.version}`, ...comments],
  };
  return new Profile(cpuData(samples, taken, locate, label?.(samples, recording)));
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
