/**
 * What a test asks of metrics.
 *
 * @module
 */
import { AssertionError } from "node:assert";
import type { Family, HistogramSample, SummarySample } from "../metrics/data/family.ts";
import { type LabelSet, labelSet, type LabelValue } from "../metrics/data/labels.ts";
import { END } from "../metrics/page/openmetrics.ts";
import { parseOpenMetrics, parseText } from "./exposition/parse.ts";
import { encodeText } from "../metrics/page/text.ts";
import { unifiedDiff } from "./diff.ts";

/** Where a test reads metrics: a registry, or the families of one. */
export type MetricSource =
  | readonly Family[]
  | { collect(): readonly Family[] | Promise<readonly Family[]> };

/**
 * The value of one series, by the name that a page gives it: `orders_total`, or for a histogram and
 * a summary `wait_seconds_count` and `wait_seconds_sum`, `wait_seconds_bucket` with a label `le` and
 * the summary's own name with a label `quantile`. Undefined when there is no such series.
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
 * How many series there are: those of one family, or all. A histogram or summary with its buckets or
 * quantiles is one series.
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
 * Rejects with an `AssertionError` that shows the difference unless the metrics are those of a page,
 * written as text or as OpenMetrics. Order does not matter, of families, series or labels; neither
 * do creation times, exemplars and units, which text has not. A page that can't be read is a
 * `ParseError`.
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
 * @param names the families to compare; all when not given
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

/** The value of the sample whose name is the family's and `suffix`. */
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

/** The page with everything in an order of its own. */
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
