/**
 * A profile of the CPU on demand.
 *
 * @module
 */
import { systemClock } from "../../core/clock.ts";
import { keepAlive } from "../../core/platform.ts";
import type { Profile } from "../format/profile.ts";
import { checkCpuOptions, type CpuProfileOptions, waitFor } from "./options.ts";
import { readCpu, type ReadOptions } from "./read.ts";
import { cpuSeconds } from "./recorder.ts";
import { openTurn, takeTurn } from "./turn.ts";

/**
 * Samples what the CPU does for some seconds, in this thread. One at a time.
 *
 * Its values are `samples` and `cpu`: the time in which each stack ran. Waiting is left out, as is sleep;
 * `(program)` is the runtime's own code, `(garbage collector)` what it says. The time is that of the wall
 * clock: where other processes have the CPU, it is longer than the CPU time.
 *
 * **On Deno and Node the start blocks the thread**, for 10 ms with a small heap and half a second with
 * 300 MB, unless the profiler of `telltale({ profile })` is on, which then is shared. Deno needs
 * `--allow-sys`, and never asks for it.
 *
 * @throws {TypeError} for an unknown option, or one of the wrong kind
 * @throws {RangeError} for a value that is out of range
 * @throws {ProfileError} when the runtime does not allow it, or another profile is being taken
 *
 * @example
 * ```ts
 * import { cpuProfile } from "@telltale/telltale/profile";
 * import { equal } from "node:assert/strict";
 *
 * const profile = await cpuProfile({ seconds: 0.1 });
 * const gzipped = await profile.pprof(); // for `go tool pprof`
 * equal(gzipped[0], 0x1f);
 * ```
 */
export function cpuProfile(options: CpuProfileOptions): Promise<Profile> {
  return captureCpu(options);
}

/** {@linkcode cpuProfile} with what only the composition gives. */
export async function captureCpu(
  options: CpuProfileOptions,
  label?: ReadOptions["label"],
  onStart?: (blockMs: number) => void,
): Promise<Profile> {
  checkCpuOptions(options);
  const { seconds, clock = systemClock } = options;
  const release = takeTurn("cpu"), letEnd = keepAlive();
  try {
    const { recorder, close } = await openTurn(options.intervalMicros);
    try {
      const startMs = clock.now(), cpuBefore = cpuSeconds();
      const window = await recorder.begin();
      onStart?.(recorder.startBlockMs);
      let wasAborted: { readonly reason: unknown } | undefined;
      await waitFor(seconds, options).catch((reason) => wasAborted = { reason });
      const recording = await recorder.end(window);
      if (wasAborted !== undefined) throw wasAborted.reason;
      const { intervalMicros } = recorder;
      const used = (cpuSeconds() - cpuBefore).toFixed(3);
      const comments = [`process CPU time: ${used} s`];
      return await readCpu(recording, { intervalMicros, startMs, comments, label });
    } finally {
      await close();
    }
  } finally {
    release();
    letEnd();
  }
}
