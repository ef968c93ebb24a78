/**
 * What an exporter takes, uses and tells.
 *
 * @module
 */
import type { Attributes } from "../../core/attributes.ts";
import type { Clock } from "../../core/clock.ts";
import type { Faults } from "../../core/faults.ts";
import type { Known } from "../../core/check.ts";
import type { DropReason } from "../batch/batch.ts";
import type { OtlpSignal } from "./settings.ts";

/** What an exporter is made of besides its settings. */
export interface OtlpParts {
  /** Who is speaking: the attributes of the resource. */
  readonly resource?: Attributes | undefined;
  /** Time and timers; the machine's unless given. */
  readonly clock?: Clock | undefined;
  /** Told of what goes wrong. */
  readonly faults?: Faults | undefined;
  /**
   * What sends, never traced; the runtime's `fetch`, whatever is put in its place
   * later, when not given.
   */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** Whether what waits is brought out at SIGTERM and SIGINT too; true unless given. */
  readonly signals?: boolean | undefined;
  /** From 0 to 1, for the jitter of pauses; `Math.random` when not given. */
  readonly random?: (() => number) | undefined;
  /** Told of each try: how long it took, and what kept it from succeeding. */
  readonly onTry?:
    | ((signal: OtlpSignal, durationSeconds: number, error: string | undefined) => void)
    | undefined;
}

/** The names of {@linkcode OtlpParts}. */
export const KNOWN_PARTS: Known<OtlpParts> = {
  resource: true,
  clock: true,
  faults: true,
  fetch: true,
  signals: true,
  random: true,
  onTry: true,
};

/** Plain numbers of one signal; `accepted` is `exported`, `queued` and all that was dropped. */
export interface OtlpCounts {
  /** Items taken in, those that an earlier process left in the spool included. */
  readonly accepted: number;
  /** Items that the receiver has. */
  readonly exported: number;
  /** Items that it will never have, by reason. */
  readonly dropped: ReadonlyMap<DropReason, number>;
  /** Items whose fate is open. */
  readonly queued: number;
  /** Items that are on their way now. */
  readonly inFlight: number;
  /** Items that may wait in memory; 0 for metrics, which do not queue. */
  readonly capacity: number;
}

/** What a flush left behind. */
export interface FlushResult {
  /** Items that still wait, in memory or on disk; 0 when all is settled. */
  readonly queued: number;
  /** For how long a receiver still wants to be left alone; 0 when none asked for that. */
  readonly retryAfterMs: number;
}
