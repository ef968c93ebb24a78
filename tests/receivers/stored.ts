/** Reads what receivers have stored, by their own query APIs, as rows. */
import type { Prometheus } from "../e2e/prometheus.ts";
import type { VictoriaMetrics } from "../peers/victoriametrics.ts";
import type { Decoded } from "../export/decode.ts";
import { RESOURCE } from "./resource.ts";
import { boundOf, exemplarRow, type LabelMap, row, shown, shownNative, summed } from "./rows.ts";

/** The label values that say who sent a series. */
const WHO = ["__name__", "job", "instance", "service.name"];

function without(metric: LabelMap): LabelMap {
  const kept = Object.entries(metric).filter(([name]) => !WHO.includes(name));
  // Receivers write bounds in ways of their own.
  const isBound = (name: string) => name === "le" || name === "quantile";
  return Object.fromEntries(kept.map(([name, v]) => [name, isBound(name) ? shown(v) : v]));
}

/** The values that a series had one after the other. */
function told(values: readonly string[]): string {
  return values.filter((value, i) => value !== values[i - 1]).join(" → ");
}

/** The series of a job in a Prometheus, with all samples that it had, and their exemplars. */
export async function prometheusRows(
  server: Prometheus,
  job: string,
  baseMs: number,
): Promise<string[]> {
  const selector = `{job=${JSON.stringify(job)}}`;
  const query = new URLSearchParams({ query: `${selector}[10m]` });
  const { result } = await server.api(`query?${query}`);
  const rows = result.map(({ metric, values = [], histograms = [] }: Decoded) =>
    metric.__name__ === "target_info" ? resourceRow(metric) : row(
      metric.__name__,
      without(metric),
      told([
        ...values.map(([, value]: [number, string]) => shown(value)),
        ...histograms.map(([, { count, sum, buckets = [] }]: Decoded) =>
          shownNative(
            count,
            Number(shown(sum)),
            buckets.map(([, ...bucket]: Decoded) => bucket.map(Number)),
          )
        ),
      ]),
    )
  );
  const range = { start: String(baseMs / 1000 - 600), end: String(Date.now() / 1000 + 60) };
  const found = await server.api(
    `query_exemplars?${new URLSearchParams({ query: selector, ...range })}`,
  );
  for (const { seriesLabels, exemplars } of found) {
    for (const { labels, value, timestamp } of exemplars) {
      const timestampMs = Math.round(timestamp * 1000);
      // One without a time gets that of the sample.
      const known = timestampMs < baseMs ? timestampMs : undefined;
      const exemplar = { labels, value: Number(value), timestampMs: known };
      rows.push(exemplarRow(seriesLabels.__name__, without(seriesLabels), exemplar, baseMs));
    }
  }
  return [...new Set<string>(rows)].sort();
}

/** Whether a label is of the resource, or of the scope, not of the series. */
function isOfResource(label: string): boolean {
  return label.startsWith("scope.") ||
    Object.keys(RESOURCE).some((key) => label === key || label.startsWith(`${key}.`));
}

/** The resource of what is stored, without the name of the service, which is that of the way. */
function resourceRow(labels: LabelMap): string {
  const own = Object.entries(labels).filter(([name]) => isOfResource(name));
  return row("resource", Object.fromEntries(own), "");
}

/** The series of a job in a VictoriaMetrics, with all samples that it has. */
export async function victoriaRows(server: VictoriaMetrics, job: string): Promise<string[]> {
  const text = JSON.stringify(job);
  // By OTLP every series has the attributes of the resource as labels.
  const series = await server.series(`{job=${text} or "service.name"=${text}}`);
  const step = series.find(({ metric }) => metric.__name__ === "step")?.metric;
  const resource = step?.["service.name"] === undefined ? [] : [resourceRow(step)];
  const own = (metric: LabelMap) =>
    Object.fromEntries(Object.entries(metric).filter(([name]) => !isOfResource(name)));
  const rows = series.map(({ metric, values }) =>
    row(metric.__name__!, own(without(metric)), told(values.map((value) => shown(value ?? NaN))))
  );
  return [...rows, ...resource].sort();
}

/** The metrics of requests as a Collector wrote them, under the names that Prometheus has. */
export function otlpRows(resources: readonly Decoded[], baseMs: number): string[] {
  const series = new Map<string, string[]>(), exemplars = new Set<string>();
  const add = (name: string, labels: LabelMap, value: number | string, isDelta = false) => {
    const key = JSON.stringify([name, labels]), values = series.get(key) ?? [];
    const text = typeof value === "string" ? value : shown(value);
    values.push(isDelta ? summed(values.at(-1) ?? "0", text) : text);
    series.set(key, values);
  };
  const metrics = resources.flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap(({ metrics }: Decoded) => metrics);
  for (const { name, sum, gauge, histogram, exponentialHistogram, summary } of metrics) {
    const isDelta = (sum ?? histogram ?? exponentialHistogram)?.aggregationTemporality === 1;
    const kind = sum ?? gauge ?? histogram ?? exponentialHistogram ?? summary;
    for (const point of kind.dataPoints) {
      const labels = textsOf(point.attributes), count = Number(point.count ?? 0);
      // A Collector leaves out what is empty.
      const { explicitBounds = [], bucketCounts = [count] } = point;
      const exemplarsTo = (name: string, labels: LabelMap, lower: number, upper: number) => {
        for (const found of point.exemplars ?? []) {
          const value = found.asDouble ?? 0;
          if (!(value > lower && value <= upper)) continue;
          const ns = found.timeUnixNano ?? "0";
          const timestampMs = ns === "0" ? undefined : Number(BigInt(ns) / 1_000_000n);
          const own = { trace_id: found.traceId, span_id: found.spanId };
          exemplars.add(exemplarRow(name, labels, { labels: own, value, timestampMs }, baseMs));
        }
      };
      if (sum !== undefined || gauge !== undefined) {
        add(name, labels, Number(point.asDouble ?? 0), isDelta);
        exemplarsTo(name, labels, -Infinity, Infinity);
        continue;
      }
      if (exponentialHistogram !== undefined) {
        // A delta of nothing has no sum.
        const sum = Number(point.sum ?? (isDelta && count === 0 ? 0 : NaN));
        add(name, labels, shownNative(count, sum, bucketsOf(point)), isDelta);
        exemplarsTo(name, labels, -Infinity, Infinity);
        continue;
      }
      if (summary !== undefined) {
        for (const { quantile = 0, value = 0 } of point.quantileValues) {
          add(name, { ...labels, quantile: shown(quantile) }, Number(value));
        }
      } else {
        let cumulative = 0;
        for (const [i, upper] of [...explicitBounds, Infinity].entries()) {
          const own = { ...labels, le: shown(upper) };
          add(`${name}_bucket`, own, cumulative += Number(bucketCounts[i]), isDelta);
          exemplarsTo(`${name}_bucket`, own, explicitBounds[i - 1] ?? -Infinity, upper);
        }
      }
      // A histogram without one has an unknown sum.
      const total = point.sum ?? (summary === undefined ? NaN : 0);
      add(`${name}_sum`, labels, Number(total), isDelta);
      add(`${name}_count`, labels, count, isDelta);
    }
  }
  const rows = [...series].map(([key, values]) => {
    const [name, labels] = JSON.parse(key);
    return row(name, labels, told(values));
  });
  const resource = resources.slice(0, 1).map(({ resource }) =>
    resourceRow(textsOf(resource.attributes))
  );
  return [...rows, ...exemplars, ...resource].sort();
}

/** The buckets of an exponential histogram that are not empty. */
function bucketsOf({ scale = 0, zeroCount = 0, zeroThreshold = 0, positive, negative }: Decoded) {
  const half = ({ offset = 0, bucketCounts = [] }: Decoded = {}) =>
    (bucketCounts as string[]).flatMap((text, i): [number, number, number][] => {
      // Bucket i begins at base^i here, where Prometheus' ends at it.
      const index = offset + i + 1, count = Number(text);
      return count === 0 ? [] : [[boundOf(index - 1, scale), boundOf(index, scale), count]];
    });
  const zero = Number(zeroCount) > 0 ? [[-zeroThreshold, zeroThreshold, Number(zeroCount)]] : [];
  return [
    ...half(negative).reverse().map(([lower, upper, count]) => [-upper, -lower, count]),
    ...zero,
    ...half(positive),
  ] as [number, number, number][];
}

function textsOf(pairs: readonly Decoded[] = []): LabelMap {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, textOf(value)]));
}

/** The metrics of a Pushgateway, by its API. */
export async function pushgatewayRows(url: string): Promise<string[]> {
  const { data } = await (await fetch(`${url}/api/v1/metrics`)).json();
  const rows: string[] = [];
  for (
    const {
      labels: _,
      last_push_successful,
      push_time_seconds,
      push_failure_time_seconds,
      ...families
    } of data
  ) {
    void [last_push_successful, push_time_seconds, push_failure_time_seconds];
    for (const [name, { metrics }] of Object.entries<Decoded>(families)) {
      for (const { labels = {}, value, buckets, quantiles, count, sum } of metrics) {
        const own = without(labels);
        if (value !== undefined) rows.push(row(name, own, shown(value)));
        if (Array.isArray(buckets)) {
          // Those of a native histogram, each with what its bounds include.
          const native = buckets.map(([, ...bucket]: Decoded) => bucket.map(Number));
          rows.push(row(name, own, shownNative(count, Number(shown(sum)), native)));
          continue;
        }
        for (const [le, n] of Object.entries<string>(buckets ?? {})) {
          rows.push(row(`${name}_bucket`, { ...own, le: shown(le) }, shown(n)));
        }
        for (const [quantile, found] of Object.entries<string>(quantiles ?? {})) {
          rows.push(row(name, { ...own, quantile: shown(quantile) }, shown(found)));
        }
        if (sum !== undefined) rows.push(row(`${name}_sum`, own, shown(sum)));
        if (count !== undefined) rows.push(row(`${name}_count`, own, shown(count)));
      }
    }
  }
  return rows.sort();
}

/** An attribute as text: arrays and maps as JSON. */
function textOf(value: Decoded): string {
  const plain = plainOf(value);
  return typeof plain === "object" ? JSON.stringify(plain) : String(plain);
}

/** An `AnyValue` as plain data. */
export function plainOf(value: Decoded): unknown {
  if ("intValue" in value) return Number(value.intValue);
  // NaN and the infinities are text in JSON.
  if ("doubleValue" in value) return Number(value.doubleValue);
  if ("arrayValue" in value) return (value.arrayValue.values ?? []).map(plainOf);
  if ("kvlistValue" in value) {
    return Object.fromEntries(
      (value.kvlistValue.values ?? []).map(({ key, value }: Decoded) => [key, plainOf(value)]),
    );
  }
  return Object.values(value)[0] ?? null;
}
