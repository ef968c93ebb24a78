/**
 * What profiles are taken with.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import type { Resource } from "../core/resource.ts";
import type { Logger } from "../log/logger.ts";
import { ProfileCounts } from "../profile/keep/counts.ts";
import type { ContinuousOptions } from "../profile/keep/options.ts";
import { Profiler } from "../profile/keep/profiler.ts";
import type { Taken } from "../profile/keep/taken.ts";
import { ProfilePages } from "../profile/pages.ts";

/** Options of continuous profiles in a composition. */
export interface ProfileOptions extends ContinuousOptions {
}

/** The parts that profiles are taken of. */
export interface ProfileSource {
  readonly resource: Resource;
  readonly log: Pick<Logger, "info">;
  readonly clock: Clock;
  readonly faults: Faults;
}

/** What runs. */
export interface ProfileParts {
  readonly counts: ProfileCounts;
  readonly pages: ProfilePages;
  readonly profiler: Profiler | undefined;
  close(): Promise<void>;
}

/** Makes the parts; none of them runs yet. */
export function profileParts(
  options: ProfileOptions | undefined,
  { log, clock, faults }: ProfileSource,
): ProfileParts {
  const counts = new ProfileCounts();
  const onProfile = ({ id, trigger, profile }: Taken) => {
    if (trigger === "schedule") return;
    const { durationMs } = profile.data;
    log.info("Profile kept", { profile_id: id, trigger, duration_ms: Math.round(durationMs) });
  };
  const profiler = options && new Profiler({ ...options, onProfile, counts, clock, faults });
  const pages = new ProfilePages({ counts, profiler, clock });
  return { counts, pages, profiler, close: () => profiler?.close() ?? Promise.resolve() };
}
