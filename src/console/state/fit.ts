/**
 * Lists that are cut to the size of an answer.
 *
 * @module
 */
import { bytesOf, MAX_ANSWER_BYTES } from "../wire/reply.ts";
import type { Maybe } from "./shapes.ts";

/** Room for what surrounds a list. */
const MOST = MAX_ANSWER_BYTES - 1024;

/** The first items that fit; the first alone always does, if it may be shortened. */
export function fitting<T>(items: readonly T[], besides: unknown = undefined): T[] {
  const told: T[] = [];
  let bytes = besides === undefined ? 0 : bytesOf(JSON.stringify(besides));
  for (const item of items) {
    bytes += bytesOf(JSON.stringify(item)) + 1;
    if (bytes > MOST) break;
    told.push(item);
  }
  return told;
}

/** What is said about those that follow. */
export function leftOff(more: number, noun: string, after: string | number): string | undefined {
  if (more === 0) return undefined;
  const next = `after=${encodeURIComponent(after)}`;
  return `${more} more ${noun}. An answer has at most 16 KB; ask again with ${next}.`;
}

/** A number to so many digits; null where it is not known. */
export function rounded(value: number | undefined, digits = 4): Maybe {
  return value !== undefined && Number.isFinite(value) ? Number(value.toPrecision(digits)) : null;
}
