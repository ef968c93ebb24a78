/**
 * The encoder of OpenMetrics 1.0 text.
 *
 * @module
 */
import { exemplarsByBucket } from "../data/exemplar.ts";
import type {
  Exemplar,
  Family,
  HistogramFamily,
  HistogramSample,
  NumberFamily,
  NumberSample,
  SummaryFamily,
  SummarySample,
} from "../data/family.ts";
import { escapeValue, exemplarLength, MAX_EXEMPLAR_LENGTH } from "../data/labels.ts";
import {
  canonicalBound,
  formatValue,
  headsOf,
  histogramHeads,
  lineHead,
  openHead,
  quotedName,
} from "../data/line.ts";

/** The last line of a page. */
export const END = "# EOF\n";

/** Options of OpenMetrics text. */
export interface OpenMetricsOptions {
  /** Whether to write `_created` samples. @default false */
  readonly created?: boolean | undefined;
}

/**
 * Encodes families as a page, `# EOF` included.
 *
 * @example A counter's family is named without `_total`
 * ```ts
 * import { encodeOpenMetrics, Registry } from "@telltale/telltale/metrics";
 * import assert from "node:assert/strict";
 *
 * const registry = new Registry();
 * registry.counter("orders_total", "Orders placed").add(3);
 *
 * assert.equal(
 *   encodeOpenMetrics(await registry.collect()),
 *   "# TYPE orders counter\n# HELP orders Orders placed\norders_total 3\n# EOF\n",
 * );
 * ```
 */
export function encodeOpenMetrics(
  families: readonly Family[],
  options: OpenMetricsOptions = {},
): string {
  let page = "";
  for (const family of families) {
    page += openMetricsHeader(family) + openMetricsSamples(family, options);
  }
  return page + END;
}

/** The metadata lines of one family. */
export function openMetricsHeader(family: Family): string {
  const name = quotedName(familyName(family));
  const unit = family.unit === undefined ? "" : `# UNIT ${name} ${family.unit}\n`;
  const help = family.help === "" ? "" : `# HELP ${name} ${escapeValue(family.help)}\n`;
  const type = family.type === "histogram" && family.gauge ? "gaugehistogram" : family.type;
  return `# TYPE ${name} ${type}\n${unit}${help}`;
}

/** The lines of the samples alone: a large family is written in slices. */
export function openMetricsSamples(family: Family, options: OpenMetricsOptions): string {
  if (family.type === "histogram") return histograms(family, options);
  if (family.type === "counter") return counters(family, options);
  if (family.type === "summary") return summaries(family, options);
  const headOf = headsOf(family.name);
  let lines = "";
  for (const sample of family.samples) {
    const head = headOf(sample.labels.text);
    lines += head + formatValue(sample.value) + lineEndSeconds(sample.timestampMs);
  }
  return lines;
}

/** The rest of a line after its value: the time and the exemplar of the sample, if any. */
function lineEndSeconds(timestampMs: number | undefined, exemplar?: Exemplar): string {
  const time = timestampMs === undefined ? "" : ` ${formatSeconds(timestampMs)}`;
  return exemplar === undefined ? `${time}\n` : `${time}${exemplarTail(exemplar)}\n`;
}

/** The name of the family: without the suffix of its samples. */
function familyName({ type, name }: Family): string {
  if (type === "counter") return name.replace(/_total$/, "");
  return type === "info" ? name.replace(/_info$/, "") : name;
}

/** The format has no negative quantiles and no sum that may fall: they are left out. */
function summaries({ name, samples }: SummaryFamily, options: OpenMetricsOptions): string {
  let lines = "";
  for (const sample of samples) {
    const { labels: { text }, count, sum, quantiles } = sample;
    const open = openHead(name, text), ending = lineEndSeconds(sample.timestampMs);
    for (const [quantile, value] of quantiles) {
      if (value < 0) continue;
      lines += `${open}quantile="${canonicalBound(quantile)}"} ${formatValue(value)}${ending}`;
    }
    if (sum >= 0) lines += `${lineHead(`${name}_sum`, text)}${formatValue(sum)}${ending}`;
    if (!Number.isNaN(count)) lines += `${lineHead(`${name}_count`, text)}${count}${ending}`;
    if (options.created) lines += created(name, sample);
  }
  return lines;
}

function counters(family: NumberFamily, options: OpenMetricsOptions): string {
  const base = familyName(family);
  const headOf = headsOf(`${base}_total`);
  let lines = "";
  for (const sample of family.samples) {
    const head = headOf(sample.labels.text);
    lines += head + formatValue(sample.value) + lineEndSeconds(sample.timestampMs, sample.exemplar);
    if (options.created) lines += created(base, sample);
  }
  return lines;
}

function histograms(family: HistogramFamily, options: OpenMetricsOptions): string {
  let lines = "";
  let bounds: readonly number[] | undefined;
  let tails: string[] = [];
  for (const sample of family.samples) {
    if (sample.bounds !== bounds) {
      bounds = sample.bounds;
      tails = [...bounds, Infinity].map((bound) => `le="${canonicalBound(bound)}"} `);
    }
    lines += buckets(family, sample, tails);
    if (options.created) lines += created(family.name, sample);
  }
  return lines;
}

function buckets(
  { name, gauge }: HistogramFamily,
  sample: HistogramSample,
  tails: readonly string[],
): string {
  const { labels: { text }, count, sum, timestampMs } = sample;
  const exemplars = exemplarsByBucket(sample);
  const heads = gauge
    ? histogramHeads(name, text, "_g")
    : sample.heads ?? histogramHeads(name, text);
  const ending = lineEndSeconds(timestampMs);
  let lines = "";
  for (let i = 0; i < tails.length; i++) {
    lines += heads.bucket + tails[i]! + (sample.buckets[i] ?? count) +
      lineEndSeconds(timestampMs, exemplars[i]);
  }
  const negative = (sample.bounds[0] ?? 0) < 0;
  // The specification allows no sum, and no count without it, where observations may be negative,
  // except in a gauge histogram.
  const isSummed = negative ? gauge && !Number.isNaN(sum) : sum >= 0;
  if (!isSummed) return lines;
  return lines + heads.count + count + ending + heads.sum + formatValue(sum) + ending;
}

function exemplarTail(exemplar: Exemplar): string {
  if (exemplarLength(exemplar.labels) > MAX_EXEMPLAR_LENGTH) return "";
  const { labels, value, timestampMs } = exemplar;
  const time = timestampMs === undefined ? "" : ` ${formatSeconds(timestampMs)}`;
  return ` # {${labels.text}} ${formatValue(value)}${time}`;
}

/** Seconds, to the millisecond. */
function formatSeconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function created(
  name: string,
  sample: NumberSample | HistogramSample | SummarySample,
): string {
  if (sample.createdMs === undefined) return "";
  const head = lineHead(`${name}_created`, sample.labels.text);
  return `${head}${formatSeconds(sample.createdMs)}${lineEndSeconds(sample.timestampMs)}`;
}
