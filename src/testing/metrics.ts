/**
 * Assertions on metrics: the value of a series, the number of series, a whole page.
 *
 * @module
 */
import { AssertionError } from "node:assert";
import type { Family, HistogramSample, SummarySample } from "../metrics/data/family.ts";
import { type LabelSet, labelSet, type LabelValue } from "../metrics/data/labels.ts";
import { END } from "../metrics/page/openmetrics.ts";
import { parseOpenMetrics, parseText } from "./exposition/parse.ts";
import { encodeText } from "../metrics/page/text.ts";
import { unifiedDiff } from "./capture/diff.ts";

/** A registry, or the families of one. */
export type MetricSource =
  | readonly Family[]
  | { collect(): readonly Family[] | Promise<readonly Family[]> };

/**
 * The value of one series by its name on a page: `orders_total`; for a histogram or summary
 * `wait_seconds_count` and `wait_seconds_sum`; `wait_seconds_bucket` with a label `le`; the name of a
 * summary with a label `quantile`. Undefined if there is no such series.
 *
 * @example
 * ```ts
 * import { Registry } from "@telltale/telltale/metrics";
 * import { seriesValue } from "@telltale/telltale/testing";
 * import { equal } from "node:assert/strict";
 *
 * const registry = new Registry();
 * registry.counter("orders_total", "Orders placed", ["status"]).inc({ status: "new" });
 *
 * equal(await seriesValue(registry, "orders_total", { status: "new" }), 1);
 * equal(await seriesValue(registry, "orders_total", { status: "paid" }), undefined);
 * ```
 *
 * @param labels all labels of the series, in any order
 */
export async function seriesValue(
  source: MetricSource,
  name: string,
  labels: Readonly<Record<string, LabelValue>> = {},
): Promise<number | undefined> {
  for (const family of await familiesOf(source)) {
    if (!name.startsWith(family.name)) continue;
    const value = valueIn(family, name.slice(family.name.length), labels);
    if (value !== undefined) return value;
  }
  return undefined;
}

/**
 * The number of series of one family, or of all. A histogram or summary counts as one series per
 * label set.
 *
 * @example
 * ```ts
 * import { Registry } from "@telltale/telltale/metrics";
 * import { countSeries } from "@telltale/telltale/testing";
 * import { equal } from "node:assert/strict";
 *
 * const registry = new Registry();
 * const waits = registry.histogram("wait_seconds", "Time in the queue", ["queue"]);
 * for (const queue of ["mail", "print"]) waits.observe(1, { queue });
 *
 * equal(await countSeries(registry, "wait_seconds"), 2);
 * ```
 */
export async function countSeries(source: MetricSource, name?: string): Promise<number> {
  let count = 0;
  for (const family of await familiesOf(source)) {
    if (name === undefined || family.name === name) count += family.samples.length;
  }
  return count;
}

/**
 * Asserts that metrics equal those of a page, in text format or OpenMetrics. The order of families,
 * series and labels does not matter; creation times, exemplars and units, which text lacks, are not
 * compared. Rejects with an `AssertionError` that shows the difference, and with a `ParseError` for a
 * page that can't be parsed.
 *
 * @example
 * ```ts
 * import { Registry } from "@telltale/telltale/metrics";
 * import { compareExposition } from "@telltale/telltale/testing";
 * import { rejects } from "node:assert/strict";
 *
 * const registry = new Registry();
 * registry.counter("orders_total", "Orders placed", ["status"]).inc({ status: "new" });
 *
 * const page = '# TYPE orders_total counter\norders_total{status="new"} 1\n';
 * await rejects(compareExposition(registry, page), /\+ # HELP orders_total Orders placed/);
 * await compareExposition(registry, `# HELP orders_total Orders placed\n${page}`);
 * ```
 *
 * @param names the families to compare. @default all
 */
export async function compareExposition(
  source: MetricSource,
  expected: string,
  names?: readonly string[],
): Promise<void> {
  const isWanted = ({ name }: Family) => names === undefined || names.includes(name);
  const page = expected.endsWith(END) ? parseOpenMetrics(expected) : parseText(expected);
  const wanted = canonicalPage(page.filter(isWanted));
  const actual = canonicalPage((await familiesOf(source)).filter(isWanted));
  if (actual === wanted) return;
  throw new AssertionError({
    message: `Metrics are not as expected (- expected, + actual)\n\n${unifiedDiff(wanted, actual)}`,
    actual,
    expected: wanted,
    operator: "compareExposition",
  });
}

async function familiesOf(source: MetricSource): Promise<readonly Family[]> {
  return "collect" in source ? await source.collect() : source;
}

/** The value of the sample whose name is the name of the family plus `suffix`. */
function valueIn(
  family: Family,
  suffix: string,
  labels: Readonly<Record<string, LabelValue>>,
): number | undefined {
  const { le, ...withoutLe } = labels, { quantile, ...withoutQuantile } = labels;
  if (family.type === "histogram" && suffix === "_bucket") {
    return bucketValue(seriesOf<HistogramSample>(family.samples, withoutLe), le);
  }
  if (family.type === "summary" && suffix === "") {
    const sample = seriesOf<SummarySample>(family.samples, withoutQuantile);
    return sample?.quantiles.find(([q]) => q === Number(quantile))?.[1];
  }
  if (family.type === "histogram" || family.type === "summary") {
    const sample = seriesOf<HistogramSample | SummarySample>(family.samples, labels);
    return suffix === "_count" ? sample?.count : suffix === "_sum" ? sample?.sum : undefined;
  }
  return suffix === "" ? seriesOf(family.samples, labels)?.value : undefined;
}

function bucketValue(
  sample: HistogramSample | undefined,
  le: LabelValue | undefined,
): number | undefined {
  if (sample === undefined || le === undefined) return undefined;
  if (le === Infinity || le === "+Inf") return sample.count;
  return sample.buckets[sample.bounds.indexOf(Number(le))];
}

function seriesOf<S extends { readonly labels: LabelSet }>(
  samples: readonly S[],
  labels: Readonly<Record<string, LabelValue>>,
): S | undefined {
  const wanted = Object.entries(labels);
  return samples.find(({ labels: { names, values } }) =>
    names.length === wanted.length &&
    wanted.every(([name, value]) => values[names.indexOf(name)] === String(value))
  );
}

/** A page with families, series and labels sorted. */
function canonicalPage(families: readonly Family[]): string {
  const byName = (a: Family, b: Family) => a.name < b.name ? -1 : 1;
  return encodeText(
    families.filter(({ samples }) => samples.length > 0).map(canonical).sort(byName),
  );
}

function canonical<F extends Family>(family: F): F {
  const samples: readonly { readonly labels: LabelSet }[] = family.samples;
  const sorted = samples.map((sample) => ({
    ...sample,
    head: undefined,
    heads: undefined,
    labels: sortLabels(sample.labels),
  })).sort((a, b) => a.labels.text < b.labels.text ? -1 : 1);
  return { ...family, samples: sorted } as unknown as F;
}

function sortLabels({ names, values }: LabelSet): LabelSet {
  const sorted = [...names].sort();
  return labelSet(sorted, sorted.map((name) => values[names.indexOf(name)]!));
}
