/**
 * The settings that every sink of lines has.
 *
 * @module
 */
import { checkChoice, checkPositive, type Known } from "../../core/check.ts";
import { type Clock, systemClock } from "../../core/clock.ts";
import type { Threshold } from "../record/level.ts";
import type { Writer } from "./writer.ts";

/**
 * What happens to lines that have no room: the oldest or the newest are dropped, or every batch is
 * written before the call that filled it returns.
 */
export type WhenFull = "drop-oldest" | "drop-newest" | "write-sync";

/** The choices of {@linkcode WhenFull}. */
export const WHEN_FULL: readonly WhenFull[] = ["drop-oldest", "drop-newest", "write-sync"];

/** Settings that every sink of lines has. */
export interface LineSinkOptions {
  /** The lowest level it takes. @default all that the logger records */
  readonly level?: Threshold | undefined;
  /** How many bytes may wait to be written. @default 8 MiB */
  readonly maxBytes?: number | undefined;
  /** What happens beyond it. @default `drop-oldest` */
  readonly onFull?: WhenFull | undefined;
  /** Source of time. @default the machine's */
  readonly clock?: Clock | undefined;
  /** Called with write errors other than a closed pipe, and with drops; the logger gets them too. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** The names of {@linkcode LineSinkOptions}, for sinks that check their options. */
export const LINE_OPTIONS: Known<LineSinkOptions> = {
  level: true,
  maxBytes: true,
  onFull: true,
  clock: true,
  onError: true,
};

/** @throws {TypeError} when the writer can't do what is wanted where lines have no room */
export function checkWriter(writer: Writer, onFull: WhenFull): void {
  if (onFull !== "write-sync" || writer.writeSync !== undefined) return;
  throw new TypeError(
    "Cannot queue lines: onFull must be drop-oldest or drop-newest for a writer without writeSync, " +
      "got write-sync",
  );
}

/**
 * The options with their defaults.
 *
 * @throws {RangeError} when `maxBytes` is not positive
 * @throws {TypeError} when `onFull` is unknown
 */
export function checkedLineOptions(
  options: LineSinkOptions,
): { clock: Clock; maxBytes: number; onFull: WhenFull } {
  const { clock = systemClock, maxBytes = 8 * 1024 * 1024, onFull = "drop-oldest" } = options;
  checkPositive("queue lines", "maxBytes", maxBytes);
  checkChoice("queue lines", "onFull", onFull, WHEN_FULL);
  return { clock, maxBytes, onFull };
}
