/**
 * Families of several members, made one.
 *
 * @module
 */
import { exemplarsByBucket } from "./exemplar.ts";
import type {
  Aggregation,
  Exemplar,
  Family,
  HistogramSample,
  NumberSample,
  SummarySample,
} from "./family.ts";
import { mergeNative } from "./native.ts";

/** What one member of a cluster has. */
export interface MemberFamilies {
  /** Tells processes apart: isolates of one process share what belongs to the process. */
  readonly process: string;
  /** A member that is gone: only what it counted still counts. */
  readonly gone: boolean;
  /** Its families. */
  readonly families: readonly Family[];
}

type Sample = Family["samples"][number];

/**
 * One family for each name: samples with the same labels are made one, as the family says (its
 * `aggregation`), counters, histograms and summaries by adding up. Of members that are gone, only
 * what is cumulative counts, so that no counter goes back. A family of another type than the first
 * of its name is left out.
 *
 * @param members the newest last: `first` and `last` go by this order
 */
export function aggregate(members: readonly MemberFamilies[]): Family[] {
  const byName = new Map<string, [first: Family, samples: Map<string, Sample>]>();
  for (const [family, samples] of contributions(members)) {
    let known = byName.get(family.name);
    if (known === undefined) byName.set(family.name, known = [family, new Map()]);
    else if (known[0].type !== family.type) continue;
    for (const sample of samples) {
      const key = sample.labels.text;
      const other = known[1].get(key);
      known[1].set(key, other === undefined ? sample : merge(family, other, sample));
    }
  }
  return [...byName.values()]
    .map(([family, samples]) =>
      ({ ...family, samples: [...samples.values()] }) as unknown as Family
    );
}

function* contributions(
  members: readonly MemberFamilies[],
): Generator<[Family, readonly Sample[]]> {
  // A process speaks through its newest member that is alive, if any is.
  const speakers = new Map<string, MemberFamilies>();
  for (const member of members) {
    const speaker = speakers.get(member.process);
    if (speaker === undefined || speaker.gone || !member.gone) speakers.set(member.process, member);
  }
  for (const member of members) {
    for (const family of member.families) {
      if (member.gone && !isCumulative(family)) continue;
      if (family.perProcess && speakers.get(member.process) !== member) continue;
      yield [family, family.samples];
    }
  }
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

function aggregationOf({ type, aggregation }: Family): Aggregation {
  if (type === "counter") return "sum";
  return aggregation ?? (type === "info" || type === "stateset" ? "max" : "sum");
}

function combine(how: Aggregation, a: number, b: number): number {
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

/** Members of another release may have other bounds; then the newer one's observations stand alone. */
function mergeHistograms(a: HistogramSample, b: HistogramSample): HistogramSample {
  if (a.bounds.length !== b.bounds.length || a.bounds.some((bound, i) => bound !== b.bounds[i])) {
    return b;
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
  // One a bucket is all that is ever shown.
  const exemplars = exemplarsByBucket(merged).filter((exemplar) => exemplar !== undefined);
  return { ...merged, exemplars: exemplars.length === 0 ? undefined : exemplars };
}

/** Quantiles of several windows can't be made one: the greatest is what no member exceeds. */
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
