/**
 * What profiling says of itself on the metrics page.
 *
 * @module
 */
import { type Family, numberFamily } from "../metrics/data/family.ts";
import type { ProfileCounts } from "../profile/keep/counts.ts";
import type { ProfileParts } from "./profile_parts.ts";

/** The parts that are shown. */
export type MeasuredProfiles = Pick<ProfileParts, "counts" | "pyroscope" | "profiler">;

/** The families of profiles; none until the first is asked for. */
export function profileFamilies(parts: MeasuredProfiles | undefined): Family[] {
  if (parts === undefined) return [];
  return [...taken(parts.counts), ...spent(parts.profiler), ...pushed(parts.pyroscope)];
}

/** Profiles that were taken. */
function taken(counts: ProfileCounts): Family[] {
  return [
    numberFamily(
      "counter",
      "telltale_profiles_total",
      "Profiles that were taken, or could not be, by cause and result",
      counts.captures().map(([kind, trigger, result, count]) => [count, { kind, trigger, result }]),
    ),
    numberFamily(
      "gauge",
      "telltale_profile_start_seconds",
      "How long the last start of a profiler blocked the thread",
      [[counts.lastStartMs / 1000]],
    ),
    numberFamily(
      "counter",
      "telltale_profile_blocked_seconds_total",
      "How long starts of profilers, and changes of windows, have blocked the thread",
      [[counts.blockedMs / 1000, { step: "start" }], [counts.rotatingMs / 1000, {
        step: "rotate",
      }]],
    ),
  ];
}

/** What profiling all the time costs. */
function spent(profiler: ProfileParts["profiler"]): Family[] {
  if (profiler === undefined) return [];
  return [
    numberFamily(
      "counter",
      "telltale_profile_cost_seconds_total",
      "CPU time that profiling all the time has cost; that of samples is an estimate by their number",
      Object.entries(profiler.budget.costMs).map(([step, ms]) => [ms / 1000, { step }]),
    ),
    numberFamily(
      "gauge",
      "telltale_profile_overhead_ratio",
      "The same as a share of the time that has passed since",
      [[profiler.overhead]],
    ),
  ];
}

/** What became of profiles that were to be pushed. */
function pushed(pyroscope: ProfileParts["pyroscope"]): Family[] {
  if (pyroscope === undefined) return [];
  const { pushed, dropped, queued } = pyroscope.counts;
  return [
    numberFamily("counter", "telltale_profiles_pushed_total", "Profiles pushed, or dropped", [
      [pushed, { result: "pushed" }],
      [dropped, { result: "dropped" }],
    ]),
    numberFamily("gauge", "telltale_profiles_queued", "Profiles that wait to be pushed", [[
      queued,
    ]]),
  ];
}
