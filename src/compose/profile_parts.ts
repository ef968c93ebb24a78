/**
 * What profiles are taken with.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import type { Resource } from "../core/resource.ts";
import type { Logger } from "../log/logger.ts";
import { Pyroscope, type PyroscopeOptions } from "../export/push/pyroscope.ts";
import { captureCpu } from "../profile/capture/cpu_profile.ts";
import { ProfileError } from "../profile/capture/error.ts";
import { captureHeap } from "../profile/capture/heap_profile.ts";
import type { Profile } from "../profile/format/profile.ts";
import { ENGINE, type Recording } from "../profile/capture/recorder.ts";
import { ProfileCounts } from "../profile/keep/counts.ts";
import type { ContinuousOptions } from "../profile/keep/options.ts";
import { Profiler } from "../profile/keep/profiler.ts";
import { RouteSlices } from "../profile/keep/route_slices.ts";
import type { Taken } from "../profile/keep/taken.ts";
import { ProfilePages, type RouteWatch } from "../profile/pages.ts";
import type { Timeline } from "../profile/sample/timeline.ts";

/** Options of continuous profiles in a composition. */
export interface ProfileOptions extends ContinuousOptions {
  /** Where profiles that are kept are pushed to, under the name of the service. @default nowhere */
  readonly push?:
    | Omit<PyroscopeOptions, "name" | "clock" | "faults">
    | undefined;
}

/** The parts that profiles are taken of. */
export interface ProfileSource {
  readonly resource: Resource;
  readonly log: Pick<Logger, "info" | "warn">;
  readonly clock: Clock;
  readonly faults: Faults;
}

/** What runs. */
export class ProfileParts {
  readonly counts: ProfileCounts = new ProfileCounts();
  readonly pages: ProfilePages;
  /** Undefined where profiles are taken on demand only. */
  readonly profiler: Profiler | undefined;
  /** Undefined where profiles are pushed nowhere. */
  readonly pyroscope: Pyroscope | undefined;
  readonly #log: ProfileSource["log"];
  readonly #clock: Clock;
  readonly #slices = new RouteSlices();
  /** Profiles on demand that are being taken. */
  #watching = 0;

  /** None of the parts runs yet. */
  constructor(
    options: ProfileOptions | undefined,
    { resource, log, clock, faults }: ProfileSource,
  ) {
    const { counts } = this;
    this.#log = log;
    this.#clock = clock;
    const label = this.#label, onProfile = (taken: Taken) => this.#kept(taken);
    if (options !== undefined) {
      const { push, ...continuous } = options, { service: name } = resource;
      if (push !== undefined) this.pyroscope = new Pyroscope({ ...push, name, clock, faults });
      this.profiler = new Profiler({ ...continuous, onProfile, label, counts, clock, faults });
    }
    this.pages = new ProfilePages({
      counts,
      profiler: this.profiler,
      watch: () => this.#watch(),
      clock,
    });
  }

  /** Takes a profile on demand; `onStart` is called once nothing can refuse it. */
  async take(kind: "cpu" | "heap", seconds: number, onStart: () => void): Promise<Profile> {
    const { counts } = this, clock = this.#clock, watch = this.#watch();
    try {
      const profile = kind === "heap"
        ? await captureHeap({ seconds, clock }, onStart)
        : await captureCpu({ seconds, clock }, watch.label, (blockedMs) => {
          counts.started(blockedMs);
          onStart();
        });
      counts.add(kind, "demand", "ok");
      return profile;
    } catch (error) {
      const isBusy = error instanceof ProfileError && error.reason === "busy";
      counts.add(kind, "demand", isBusy ? "busy" : "failed");
      throw error;
    } finally {
      watch.end();
    }
  }

  /** The handler of a route ran. Returns the id of the profile that covers the present. */
  ran(route: string, startMs: number, endMs: number): string | undefined {
    const { profiler } = this;
    if (this.#watching === 0 && profiler?.isRecording !== true) return undefined;
    this.#slices.add(route, startMs, endMs);
    return profiler?.currentId;
  }

  /** The event loop was blocked: where that causes a profile, a line says so. */
  lagged(ms: number): void {
    const id = this.profiler?.lagged(ms);
    if (id === undefined) return;
    this.#log.warn("Event loop blocked", { blocked_ms: Math.round(ms), profile_id: id });
  }

  /** Ends the profiler. */
  async close(): Promise<void> {
    await this.profiler?.close();
    await this.pyroscope?.close();
  }

  #kept({ id, trigger, pprof, profile: { data } }: Taken): void {
    const { startMs, durationMs } = data;
    this.pyroscope?.add({ pprof, startMs, durationMs });
    if (trigger === "schedule") return;
    const fields = { profile_id: id, trigger, duration_ms: Math.round(data.durationMs) };
    this.#log.info("Profile kept", fields);
  }

  #watch(): RouteWatch {
    this.#watching++;
    return { label: this.#label, end: () => this.#watching-- };
  }

  readonly #label = (samples: Timeline, recording: Recording) =>
    this.#slices.labels(samples, recording, ENGINE);
}
