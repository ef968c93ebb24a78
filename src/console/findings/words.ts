/**
 * Numbers and names as findings tell them.
 *
 * @module
 */
import { clip, visible } from "../../core/text.ts";
import { percent } from "../../events/why/words.ts";

export { percent };

/** Longest name in a sentence, in UTF-16 units. */
const MAX_NAME = 80;

/** A name from telemetry inside a sentence. */
export function named(name: string): string {
  return visible(clip(name, MAX_NAME));
}

/** A duration: `312 ms`, `1.4 s`, `13 min`. */
export function duration(ms: number): string {
  if (ms >= 119_500) return `${Math.round(ms / 60_000)} min`;
  if (ms >= 9_950) return `${Math.round(ms / 1000)} s`;
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return ms >= 9.95 ? `${Math.round(ms)} ms` : `${Number(ms.toPrecision(2))} ms`;
}

/** A time of day: `14:02:10 UTC`, which the page shows as the time where its reader is. */
export function clockTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(11, 19)} UTC`;
}

/** ` since 14:02:10 UTC`, or nothing. */
export function sinceText(ms: number | undefined): string {
  return ms === undefined ? "" : ` since ${clockTime(ms)}`;
}

/** A number to two or three digits. */
export function figure(value: number): string {
  return String(value >= 100 ? Math.round(value) : Number(value.toPrecision(2)));
}

/** A count with its noun: `1 line`, `3 lines`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
