/**
 * The encoder of Prometheus' text format 0.0.4.
 *
 * @module
 */
import type {
  Family,
  HistogramFamily,
  HistogramSample,
  NumberFamily,
  SummaryFamily,
} from "../data/family.ts";
import {
  formatValue,
  headsOf,
  histogramHeads,
  lineHead,
  openHead,
  quotedName,
} from "../data/line.ts";

/** The names in 0.0.4 of types that it does not have. */
const TYPES: { readonly [type: string]: string | undefined } = {
  unknown: "untyped",
  info: "gauge",
  stateset: "gauge",
};

/**
 * Encodes families as a page.
 *
 * @example A page
 * ```ts
 * import { encodeText, Registry } from "@telltale/telltale/metrics";
 * import assert from "node:assert/strict";
 *
 * const registry = new Registry();
 * registry.counter("orders_total", "Orders placed", ["status"]).inc({ status: "completed" });
 *
 * assert.equal(
 *   encodeText(await registry.collect()),
 *   '# HELP orders_total Orders placed\n# TYPE orders_total counter\norders_total{status="completed"} 1\n',
 * );
 * ```
 */
export function encodeText(families: readonly Family[]): string {
  let page = "";
  for (const family of families) {
    page += textHeader(family) + textSamples(family);
  }
  return page;
}

/** The metadata lines of one family. */
export function textHeader(family: Family): string {
  const name = quotedName(family.name);
  const type = TYPES[family.type] ?? family.type;
  const help = family.help === "" ? "" : `# HELP ${name} ${escapeHelp(family.help)}\n`;
  return `${help}# TYPE ${name} ${type}\n`;
}

/** The lines of the samples alone: a large family is written in slices. */
export function textSamples(family: Family): string {
  if (family.type === "histogram") return histograms(family);
  return family.type === "summary" ? summaries(family) : numbers(family);
}

function numbers(family: NumberFamily): string {
  const headOf = headsOf(family.name);
  let lines = "";
  for (const sample of family.samples) {
    lines += headOf(sample.labels.text) + formatValue(sample.value) +
      lineEndMs(sample.timestampMs);
  }
  return lines;
}

/** The rest of a line after its value: the time of the sample, if any. */
function lineEndMs(timestampMs: number | undefined): string {
  return timestampMs === undefined ? "\n" : ` ${Math.round(timestampMs)}\n`;
}

function histograms(family: HistogramFamily): string {
  let lines = "";
  let bounds: readonly number[] | undefined;
  let tails: string[] = [];
  for (const sample of family.samples) {
    if (sample.bounds !== bounds) {
      bounds = sample.bounds;
      tails = [...bounds, Infinity].map((bound) => `le="${formatValue(bound)}"} `);
    }
    lines += buckets(family.name, sample, tails);
  }
  return lines;
}

function buckets(name: string, sample: HistogramSample, tails: readonly string[]): string {
  const { count } = sample;
  const heads = sample.heads ?? histogramHeads(name, sample.labels.text);
  const end = lineEndMs(sample.timestampMs);
  let lines = "";
  for (let i = 0; i < tails.length; i++) {
    lines += heads.bucket + tails[i]! + (sample.buckets[i] ?? count) + end;
  }
  return lines + heads.sum + formatValue(sample.sum) + end + heads.count + count + end;
}

function summaries({ name, samples }: SummaryFamily): string {
  let lines = "";
  for (const { labels: { text }, count, sum, quantiles, timestampMs } of samples) {
    const open = openHead(name, text), ending = lineEndMs(timestampMs);
    for (const [quantile, value] of quantiles) {
      lines += `${open}quantile="${formatValue(quantile)}"} ${formatValue(value)}${ending}`;
    }
    lines += `${lineHead(`${name}_sum`, text)}${formatValue(sum)}${ending}`;
    if (!Number.isNaN(count)) lines += `${lineHead(`${name}_count`, text)}${count}${ending}`;
  }
  return lines;
}

function escapeHelp(help: string): string {
  return help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
