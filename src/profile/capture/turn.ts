/**
 * Who profiles: one at a time, before whom the background yields.
 *
 * @module
 */
import { ProfileError } from "./error.ts";
import { Recorder } from "./recorder.ts";

/** A profiler that runs all the time. */
export interface Background {
  /** Its session while one is open. */
  readonly recorder: Recorder | undefined;
  /** Resolves when the runtime's profiler is free. */
  pause(): Promise<void>;
  /** Goes on. */
  resume(): void;
}

/** A recorder for one capture, and what ends its use. */
export interface Turn {
  readonly recorder: Recorder;
  close(): Promise<void>;
}

const taken = new Set<string>();
let background: Background | undefined;

/** Sets who profiles in the background; returns what unsets it. Refuses a second one. */
export function setBackground(given: Background): () => void {
  if (background !== undefined) {
    throw new ProfileError("busy", "Cannot profile: this process is profiled already");
  }
  background = given;
  return () => background = undefined;
}

/**
 * Takes a turn, for one kind of profile; returns what ends it.
 *
 * @throws {ProfileError} while somebody else has it
 */
export function takeTurn(kind: string): () => void {
  if (taken.has(kind)) {
    throw new ProfileError("busy", `Cannot profile: another ${kind} profile is being taken`);
  }
  taken.add(kind);
  return () => void taken.delete(kind);
}

/**
 * A recorder for a capture. Without an interval it is the background's, if that can record two at a time:
 * no session is opened then, and nothing blocks.
 *
 * @throws {ProfileError} when the runtime does not allow it, or somebody else profiles
 */
export async function openTurn(intervalMicros: number | undefined): Promise<Turn> {
  const behind = background, shared = behind?.recorder;
  if (shared?.overlaps === true) {
    if (intervalMicros === undefined || intervalMicros === shared.intervalMicros) {
      return { recorder: shared, close: () => Promise.resolve() };
    }
    return own(intervalMicros);
  }
  await behind?.pause();
  try {
    const { recorder, close } = await own(intervalMicros ?? 1000);
    return { recorder, close: () => close().finally(() => behind?.resume()) };
  } catch (error) {
    behind?.resume();
    throw error;
  }
}

async function own(intervalMicros: number): Promise<Turn> {
  const recorder = await Recorder.open(intervalMicros);
  return { recorder, close: () => recorder.close() };
}
