/**
 * What the profiler in the background takes, and what it is told.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import type { Faults } from "../../core/faults.ts";
import type { ReadOptions } from "../capture/read.ts";
import type { Profile } from "../format/profile.ts";
import type { ProfileCounts } from "./counts.ts";
import type { ContinuousOptions } from "./options.ts";

/** A profile that was taken in the background. */
export interface Taken {
  readonly id: string;
  /** Why it was kept: `schedule`, or what has caused it. */
  readonly trigger: string;
  readonly profile: Profile;
  /** The profile for `go tool pprof`, gzipped. */
  readonly pprof: Uint8Array<ArrayBuffer>;
}

/** Options of a {@linkcode Profiler}. */
export interface ProfilerOptions extends ContinuousOptions {
  /** Called with each profile that is kept. A throw is counted. */
  readonly onProfile?: ((taken: Taken) => void) | undefined;
  /** Labels of samples. */
  readonly label?: ReadOptions["label"];
  /** Where it counts. @default one of its own */
  readonly counts?: ProfileCounts | undefined;
  /** Source of time. @default the machine's */
  readonly clock?: Clock | undefined;
  /** Counts what goes wrong inside. @default one of its own */
  readonly faults?: Faults | undefined;
  /** From 0 to 1, for the jitter. @default Math.random */
  readonly random?: (() => number) | undefined;
}
