import { cpuProfile } from "../../src/profile/capture/cpu_profile.ts";
import type { CpuProfileOptions } from "../../src/profile/capture/options.ts";
import type { Profile } from "../../src/profile/format/profile.ts";
import { until } from "../e2e/wait.ts";
import { ManualClock } from "../manual_clock.ts";

/** A profile of exactly this work, however long it takes. */
export async function profileOf(
  work: () => unknown,
  options: Omit<CpuProfileOptions, "seconds" | "clock"> = {},
): Promise<Profile> {
  const clock = new ManualClock();
  const profile = cpuProfile({ ...options, seconds: 1, clock });
  // A refusal ends the wait too.
  let isOver = false;
  profile.catch(() => isOver = true);
  await until("the window to begin", () => isOver || clock.waiting > 0);
  if (!isOver) await work();
  clock.advance(1000);
  return profile;
}

/** The share of each of these functions in the CPU time of all of them, callees included. */
export function shares({ data }: Profile, names: readonly string[]): number[] {
  const sums = names.map(() => 0);
  for (const { frames, values } of data.stacks) {
    const index = names.findIndex((name) => frames.some((at) => data.frames[at]!.name === name));
    if (index !== -1) sums[index]! += values.at(-1)!;
  }
  const all = sums.reduce((sum, each) => sum + each, 0);
  return sums.map((sum) => sum / all);
}

/**
 * How far the share of a function may be off: five standard deviations of a share of `count` samples that
 * are taken independently, so that one run in two million fails by chance.
 */
export function bound(share: number, count: number): number {
  return 5 * Math.sqrt(share * (1 - share) / count);
}
