/**
 * Options of a store of flags, and the parts that it reports to.
 *
 * @module
 */
import { check, checkChoice, checkWhole, type Known, refuseUnknown } from "../core/check.ts";
import type { Clock } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import type { EventStore } from "../events/event_store.ts";
import type { HealthRegistry } from "../health/registry.ts";
import type { Logger } from "../log/logger.ts";
import type { Registry } from "../metrics/registry.ts";

/** What is reported of the first evaluation of a flag for a subject. */
export interface ExposureOptions {
  /**
   * The level of its log event, `feature_flag.evaluation`; `off` for none. The event has the subject's id, and
   * there is one for each subject.
   *
   * @default "debug"
   */
  readonly level?: "debug" | "info" | "off" | undefined;
  /** Reports every evaluation, not the first of a subject only. @default false */
  readonly repeat?: boolean | undefined;
  /** How many subjects are remembered for all flags together; the oldest are forgotten. @default 10000 */
  readonly maxSubjects?: number | undefined;
}

/** What flags are made with. All is optional: what is absent is not reported to. */
export interface FlagsOptions {
  /** Counts evaluations, exposures and usage. */
  readonly metrics?: Pick<Registry, "counter" | "histogram" | "gauge"> | undefined;
  /** Gets exposures and changes. */
  readonly log?: Pick<Logger, "debug" | "info" | "warn"> | undefined;
  /** Shows whether a file of flags could be read. */
  readonly health?: Pick<HealthRegistry, "check" | "snapshot"> | undefined;
  /** The rows by which variants are compared. A change of a flag leaves one: its `job` is `flag changed`. */
  readonly events?: EventStore | undefined;
  /** What is reported of the first evaluation of a subject. */
  readonly exposures?: ExposureOptions | undefined;
  /**
   * Source of randomness, from 0 to below 1: for rollouts of Unleash that are not sticky.
   *
   * @default Math.random
   */
  readonly random?: (() => number) | undefined;
  /** Source of time. @default the machine's */
  readonly clock?: Clock | undefined;
  /** Counts what goes wrong inside. @default one of its own */
  readonly faults?: Faults | undefined;
}

const KNOWN: Known<FlagsOptions> = {
  metrics: true,
  log: true,
  health: true,
  events: true,
  exposures: true,
  random: true,
  clock: true,
  faults: true,
};
const KNOWN_EXPOSURES: Known<ExposureOptions> = { level: true, repeat: true, maxSubjects: true };

/** Exposure options with their defaults. */
export interface CheckedExposures {
  /** The level of the event. */
  readonly level: "debug" | "info" | "off";
  /** Whether each evaluation is reported. */
  readonly repeat: boolean;
  /** Subjects remembered. */
  readonly maxSubjects: number;
}

/**
 * Checks the options; gives those of exposures with their defaults.
 *
 * @throws {TypeError} for an unknown option, or one of the wrong kind
 * @throws {RangeError} for a number that is out of range
 */
export function checkedExposures(options: FlagsOptions): CheckedExposures {
  const what = "make flags";
  refuseUnknown(what, options, KNOWN);
  refuseUnknown(what, options.exposures, KNOWN_EXPOSURES, "exposures");
  const { level = "debug", repeat = false, maxSubjects = 10_000 } = options.exposures ?? {};
  checkChoice(what, "exposures.level", level, ["debug", "info", "off"]);
  checkWhole(what, "exposures.maxSubjects", maxSubjects, 2, 1 << 24);
  check(
    typeof repeat === "boolean",
    what,
    "exposures.repeat must be true or false",
    repeat,
    TypeError,
  );
  return { level, repeat, maxSubjects };
}
