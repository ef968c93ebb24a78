/**
 * Merges the families of several members of a cluster.
 *
 * @module
 */
import type { Faults } from "../../core/faults.ts";
import { exemplarsByBucket } from "../data/exemplar.ts";
import type {
  Aggregation,
  Exemplar,
  Family,
  HistogramSample,
  NativeBucket,
  NumberSample,
  SummaryFamily,
  SummarySample,
} from "../data/family.ts";
import { mergeNative } from "../data/native_merge.ts";
import { Pause } from "../../core/pause.ts";

/** The families of one member of a cluster. */
export interface MemberFamilies {
  /** Identifies its process: isolates of one process share the families of the process. */
  readonly process: string;
  /** Whether the member is gone: then only its cumulative families count. */
  readonly gone: boolean;
  /** The families as last collected. */
  readonly families: readonly Family[];
}

type Sample = Family["samples"][number];

/** A family being merged. Its index is built when a second member has the family too. */
interface Merged {
  readonly family: Family;
  samples: Sample[];
  index: Map<string, number> | undefined;
}

/** Samples merged between two looks at the clock. */
const SLICE = 500;

/**
 * Merges families by name. Samples with the same labels become one, by the family's `aggregation`;
 * counters, histograms and summaries are added up. Of members that are gone, only cumulative
 * families count, so that no counter goes backwards. A family whose type differs from the first of
 * its name is left out.
 *
 * @param members the newest last: `first` and `last` follow this order
 */
export function aggregate(members: readonly MemberFamilies[]): Family[] {
  const steps = mergeAll(members, (error) => {
    throw error;
  });
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/**
 * {@linkcode aggregate}, letting other work run in between. A family that throws when it is read, as
 * one of a hand-made collector may, is cut off there, and the fault is counted.
 */
export async function aggregateInSlices(
  members: readonly MemberFamilies[],
  faults: Faults,
): Promise<Family[]> {
  const pause = new Pause();
  const steps = mergeAll(members, (error) => faults.record("cluster", error));
  let step = steps.next();
  while (!step.done) {
    if (pause.isDue) await pause.take();
    step = steps.next();
  }
  return step.value;
}

/** Yields after every slice. */
function* mergeAll(
  members: readonly MemberFamilies[],
  onError: (error: unknown) => void,
): Generator<void, Family[]> {
  const byName = new Map<string, Merged>();
  for (const family of contributions(members)) {
    const known = byName.get(family.name);
    try {
      if (known === undefined) {
        byName.set(family.name, { family, samples: family.samples as Sample[], index: undefined });
      } else if (known.family.type === family.type) yield* mergeInto(known, family);
    } catch (error) {
      onError(error);
    }
  }
  return [...byName.values()]
    .map(({ family, samples }) => ({ ...family, samples }) as unknown as Family);
}

function* mergeInto(known: Merged, family: Family): Generator<void> {
  let work = 0;
  if (known.index === undefined) {
    const index = new Map<string, number>();
    known.samples = [...known.samples];
    for (const [i, sample] of known.samples.entries()) {
      index.set(sample.labels.text, i);
      if (++work % SLICE === 0) yield;
    }
    known.index = index;
  }
  const { index, samples } = known;
  for (const sample of family.samples) {
    const at = index.get(sample.labels.text);
    if (at === undefined) index.set(sample.labels.text, samples.push(sample) - 1);
    else samples[at] = merge(family, samples[at]!, sample);
    if (++work % SLICE === 0) yield;
  }
}

/** The cumulative families with every count negated: merged with the originals, they come to zero. */
export function negated({ process, families }: MemberFamilies): MemberFamilies {
  const opposite = families.filter(isCumulative).map((family) =>
    ({ ...family, samples: family.samples.map(negatedSample) }) as unknown as Family
  );
  return { process, gone: true, families: opposite };
}

function negatedSample(sample: Sample): Sample {
  if ("value" in sample) return { ...sample, value: -sample.value, exemplar: undefined };
  const totals = { count: -sample.count, sum: -sample.sum };
  if ("quantiles" in sample) {
    return { ...sample, ...totals, quantiles: sample.quantiles.map(([q]) => [q, NaN] as const) };
  }
  const { native } = sample;
  const opposite = ([index, count]: NativeBucket) => [index, -count] as const;
  return {
    ...sample,
    ...totals,
    buckets: sample.buckets.map((n) => -n),
    exemplars: undefined,
    native: native && {
      ...native,
      zeroCount: -native.zeroCount,
      positive: native.positive.map(opposite),
      negative: native.negative.map(opposite),
    },
  };
}

function* contributions(
  members: readonly MemberFamilies[],
): Generator<Family> {
  // Per-process families come from the newest member of a process that is alive, if any is.
  const speakers = new Map<string, MemberFamilies>();
  for (const member of members) {
    const speaker = speakers.get(member.process);
    if (speaker === undefined || speaker.gone || !member.gone) speakers.set(member.process, member);
  }
  for (const member of members) {
    for (const family of member.families) {
      if (member.gone && !isCumulative(family)) continue;
      if (family.perProcess && speakers.get(member.process) !== member) continue;
      yield member.gone && family.type === "summary" ? withoutQuantiles(family) : family;
    }
  }
}

/** The windows of a member that is gone are over: only its sums stay. */
function withoutQuantiles(family: SummaryFamily): SummaryFamily {
  const samples = family.samples.map((sample) => ({
    ...sample,
    quantiles: sample.quantiles.map(([q]) => [q, NaN] as const),
  }));
  return { ...family, samples };
}

function isCumulative({ type }: Family): boolean {
  return type === "counter" || type === "histogram" || type === "summary";
}

function merge(family: Family, a: Sample, b: Sample): Sample {
  if (family.type === "histogram") {
    return mergeHistograms(a as HistogramSample, b as HistogramSample);
  }
  if (family.type === "summary") return mergeSummaries(a as SummarySample, b as SummarySample);
  const x = a as NumberSample, y = b as NumberSample;
  const value = combine(aggregationOf(family), x.value, y.value);
  return { ...x, value, createdMs: earliest(x, y), exemplar: newest(x.exemplar, y.exemplar) };
}

/** How values of members become one. */
export function aggregationOf(
  { type, aggregation }: Pick<Family, "type" | "aggregation">,
): Aggregation {
  if (type === "counter") return "sum";
  return aggregation ?? (type === "info" || type === "stateset" ? "max" : "sum");
}

/** The value of two members. */
export function combine(how: Aggregation, a: number, b: number): number {
  switch (how) {
    case "sum":
      return a + b;
    case "min":
      return Math.min(a, b);
    case "max":
      return Math.max(a, b);
    case "first":
      return a;
    case "last":
      return b;
  }
}

/** Bounds that a merged histogram may have. */
const MAX_BOUNDS = 500;

/**
 * Members of another release may have other bounds: the result has the bounds of both, and an
 * observation counts from the next bound of its own member. So no bucket goes backwards, whichever
 * members join or leave.
 */
function mergeHistograms(x: HistogramSample, y: HistogramSample): HistogramSample {
  let a = x, b = y;
  if (a.bounds.length !== b.bounds.length || a.bounds.some((bound, i) => bound !== b.bounds[i])) {
    const both = [...new Set([...a.bounds, ...b.bounds])].sort((m, n) => m - n);
    const bounds = both.length > MAX_BOUNDS ? a.bounds : both;
    [a, b] = [atBounds(a, bounds), atBounds(b, bounds)];
  }
  const merged = {
    ...a,
    count: a.count + b.count,
    sum: a.sum + b.sum,
    buckets: a.buckets.map((n, i) => n + b.buckets[i]!),
    createdMs: earliest(a, b),
    exemplars: [...a.exemplars ?? [], ...b.exemplars ?? []].sort((x, y) => x.value - y.value),
    native: a.native && b.native && mergeNative(a.native, b.native),
  };
  // At most one exemplar per bucket is ever shown.
  const exemplars = exemplarsByBucket(merged).filter((exemplar) => exemplar !== undefined);
  return { ...merged, exemplars: exemplars.length === 0 ? undefined : exemplars };
}

function atBounds(histogram: HistogramSample, bounds: readonly number[]): HistogramSample {
  let i = 0, count = 0;
  const buckets = bounds.map((bound) => {
    while (histogram.bounds[i]! <= bound) count = histogram.buckets[i++]!;
    return count;
  });
  return { ...histogram, bounds, buckets };
}

/** Quantiles of several windows can't be merged: the result is the greatest, which none exceeds. */
function mergeSummaries(a: SummarySample, b: SummarySample): SummarySample {
  return {
    ...a,
    count: a.count + b.count,
    sum: a.sum + b.sum,
    quantiles: a.quantiles.map(([q, value], i) => {
      const other = b.quantiles[i]?.[1] ?? NaN;
      return [
        q,
        Number.isNaN(value) ? other : Number.isNaN(other) ? value : Math.max(value, other),
      ];
    }),
    createdMs: earliest(a, b),
  };
}

function earliest(
  a: { readonly createdMs?: number | undefined },
  b: { readonly createdMs?: number | undefined },
): number | undefined {
  return a.createdMs === undefined || b.createdMs === undefined
    ? a.createdMs ?? b.createdMs
    : Math.min(a.createdMs, b.createdMs);
}

function newest(a: Exemplar | undefined, b: Exemplar | undefined): Exemplar | undefined {
  return a === undefined || b !== undefined && (b.timestampMs ?? 0) > (a.timestampMs ?? 0) ? b : a;
}
