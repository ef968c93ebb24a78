/**
 * What a flag does to requests: errors and latency by variant, with a verdict.
 *
 * @module
 */
import { type Interval, meanDifference, quantileShares, shareDifference } from "./interval.ts";
import type { FlagSums, VariantSums } from "./sums.ts";

/**
 * `worse` and `better` when the interval excludes 0; `unclear` when it does not; `too few` below the minimum
 * of requests.
 */
export type Verdict = "worse" | "better" | "unclear" | "too few";

/** The difference of a variant to the base, and the interval that it is in. */
export interface Difference {
  /** Variant less base. */
  readonly difference: number;
  /** The lower end of its interval; null where the requests are too few for one. */
  readonly low: number | null;
  /** The upper end. */
  readonly high: number | null;
  /** What follows: more is worse. */
  readonly verdict: Verdict;
}

/** The requests that were given one variant. */
export interface VariantEffect {
  /** The variant. */
  readonly variant: string;
  /** How many. */
  readonly requests: number;
  /** How many of them failed. */
  readonly errors: number;
  /** The share of them that failed; null without any. */
  readonly errorShare: number | null;
  /** Their mean duration in milliseconds; null without any. */
  readonly meanMs: number | null;
  /** The duration that 99 % of them do not exceed, within 2 %. */
  readonly p99Ms: number | null;
}

/** A variant beside the base. */
export interface Comparison {
  /** The variant. */
  readonly variant: string;
  /** The share of failed requests. */
  readonly errors: Difference;
  /** The mean duration in milliseconds. */
  readonly meanMs: Difference;
  /** The 99th percentile of the duration in milliseconds. */
  readonly p99Ms: Difference;
}

/**
 * What a flag does to the requests that evaluated it. Verdicts take requests as independent of each other:
 * where a few subjects make most of them, they come too early.
 */
export interface FlagEffect {
  /** The flag. */
  readonly flag: string;
  /** The variant that the others are compared with. */
  readonly base: string | undefined;
  /** When the first of the requests was, in milliseconds since the Unix epoch. */
  readonly sinceMs: number | undefined;
  /** The share of rows that were gone before they were read, 0 to 1. */
  readonly lostShare: number;
  /** The requests by variant. */
  readonly variants: readonly VariantEffect[];
  /** Each other variant beside the base. */
  readonly comparisons: readonly Comparison[];
  /** The findings in words. */
  readonly summary: string;
}

/** How variants are compared. */
export interface EffectOptions {
  /** The variant that the others are compared with. @default the default of the flag, else the most frequent */
  readonly base?: string | undefined;
  /** Requests that each side must have. @default 200 */
  readonly minEvents?: number | undefined;
  /**
   * The probability that one of all verdicts about the flag is false, however often they are looked at.
   *
   * @default 0.05
   */
  readonly alpha?: number | undefined;
}

/** Errors, mean and p99. */
const MEASURES = 3;
const P99 = 0.99;

/** Compares the variants of a flag. */
export function effectOf(
  flag: string,
  sums: FlagSums,
  known: string | undefined,
  { base, minEvents = 200, alpha = 0.05 }: EffectOptions,
): FlagEffect {
  const entries = [...sums.variants].sort(([, a], [, b]) => b.requests - a.requests);
  const isSeen = (name: string | undefined) => name !== undefined && sums.variants.has(name);
  const chosen = base ?? (isSeen(known) ? known : entries[0]?.[0]);
  const origin = chosen === undefined ? undefined : sums.variants.get(chosen);
  const others = entries.filter(([name]) => name !== chosen);
  // Bonferroni: one false verdict among all of them is as improbable as alpha.
  const each = alpha / MEASURES / Math.max(1, others.length);
  const comparisons = origin === undefined
    ? []
    : others.map(([variant, one]) => compare(variant, one, origin, minEvents, each));
  return {
    flag,
    base: chosen,
    sinceMs: sums.sinceMs,
    lostShare: sums.lostShare,
    variants: entries.map(([variant, one]) => described(variant, one)),
    comparisons,
    summary: summaryOf(flag, chosen, comparisons),
  };
}

function described(variant: string, sums: VariantSums): VariantEffect {
  const { requests, errors, timed, sumMs, sketch } = sums;
  return {
    variant,
    requests,
    errors,
    errorShare: requests === 0 ? null : errors / requests,
    meanMs: timed === 0 ? null : sumMs / timed,
    p99Ms: middleOf(sketch.cellOf(P99)) ?? null,
  };
}

function compare(
  variant: string,
  one: VariantSums,
  base: VariantSums,
  minEvents: number,
  alpha: number,
): Comparison {
  const isEnough = one.requests >= minEvents && base.requests >= minEvents;
  const isTimed = one.timed >= minEvents && base.timed >= minEvents;
  const shares = shareDifference(shareOf(one), shareOf(base), 1, alpha);
  const means = meanDifference(momentsOf(one), momentsOf(base), alpha);
  return {
    variant,
    errors: judged(shares, isEnough),
    meanMs: judged(means, isTimed),
    p99Ms: compareP99(one, base, isTimed, alpha),
  };
}

function shareOf({ errors, requests }: VariantSums) {
  return { count: errors, total: requests };
}

function momentsOf({ timed, sumMs, squares }: VariantSums) {
  return { count: timed, sum: sumMs, squares };
}

function judged({ estimate, low, high }: Interval, isEnough: boolean): Difference {
  const difference = Number.isFinite(estimate) ? estimate : 0;
  if (!isEnough) return { difference, low: null, high: null, verdict: "too few" };
  const verdict = low > 0 ? "worse" : high < 0 ? "better" : "unclear";
  return { difference, low, high, verdict };
}

/** Each percentile is in an interval of its own; the difference is in what they leave. */
function compareP99(
  one: VariantSums,
  base: VariantSums,
  isTimed: boolean,
  alpha: number,
): Difference {
  const a = percentile(one, alpha / 2), b = percentile(base, alpha / 2);
  const estimate = (a?.estimate ?? 0) - (b?.estimate ?? 0);
  if (a === undefined || b === undefined) {
    return { difference: estimate, low: null, high: null, verdict: "too few" };
  }
  return judged({ estimate, low: a.low - b.high, high: a.high - b.low }, isTimed);
}

/** Undefined while the upper end of the interval is beyond the largest value seen. */
function percentile({ timed, sketch }: VariantSums, alpha: number): Interval | undefined {
  const shares = quantileShares(P99, timed, alpha);
  const low = sketch.cellOf(shares.low), high = sketch.cellOf(shares.high);
  const middle = middleOf(sketch.cellOf(P99));
  if (low === undefined || high === undefined || middle === undefined) return undefined;
  return { estimate: middle, low: low[0], high: high[1] };
}

function middleOf(cell: readonly [number, number] | undefined): number | undefined {
  return cell === undefined ? undefined : (cell[0] + cell[1]) / 2;
}

function summaryOf(
  flag: string,
  base: string | undefined,
  comparisons: readonly Comparison[],
): string {
  if (base === undefined) return `No request has evaluated ${flag}`;
  const found = comparisons.flatMap(({ variant, errors, meanMs, p99Ms }) => [
    ...said(variant, "fail", errors, (value) => `${(value * 100).toFixed(2)} points`),
    ...said(variant, "take", meanMs, (value) => `${value.toFixed(1)} ms in the mean`),
    ...said(variant, "take", p99Ms, (value) => `${value.toFixed(1)} ms at p99`),
  ]);
  if (found.length > 0) return `${found.join("; ")}, beside ${base}`;
  const isEnough = comparisons.some(({ errors }) => errors.verdict !== "too few");
  return isEnough
    ? `No difference to ${base} is certain`
    : `Too few requests to compare with ${base}`;
}

function said(
  variant: string,
  verb: string,
  { low, high, verdict }: Difference,
  write: (value: number) => string,
): string[] {
  if (verdict === "worse") {
    return [`requests with ${variant} ${verb} more: ${write(low!)} at least`];
  }
  if (verdict === "better") {
    return [`requests with ${variant} ${verb} less: ${write(-high!)} at least`];
  }
  return [];
}
