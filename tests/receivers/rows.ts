/** Metrics as rows of text, so that what was recorded compares with what a receiver has. */
import { createHash } from "node:crypto";
import { nativeBound } from "../../src/metrics/data/native.ts";
import type {
  Exemplar,
  Family,
  HistogramSample,
  NativeHistogram,
} from "../../src/metrics/data/family.ts";

/** Labels by name. */
export type LabelMap = Readonly<Record<string, string>>;

/** A series as a row: `orders_total{status="paid"} 3`. */
export function row(name: string, labels: LabelMap, value: string): string {
  const kept = Object.entries(labels).filter(([, value]) => value !== "");
  const text = kept.sort(([a], [b]) => a < b ? -1 : 1).map(([key, value]) =>
    `${key}=${quoted(value)}`
  );
  const all = text.length > 20 ? `${text.length} labels ${digest(text.join())}` : text.join();
  return `${name}{${all}} ${value}`;
}

/** A text in a row: what is too long to read compares by its digest. */
export function quoted(text: string): string {
  return text.length > 200 ? `${text.length} characters ${digest(text)}` : JSON.stringify(text);
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

/** A number as all rows have it. */
export function shown(value: number | string): string {
  const number = Number(String(value).replace(/Inf$/, "Infinity"));
  return Object.is(number, -0) ? "-0" : String(number);
}

/** A native histogram in a row: each bucket with its bounds. */
export function shownNative(
  count: number,
  sum: number,
  buckets: readonly (readonly [lower: number, upper: number, count: number])[],
): string {
  const parts = buckets.map(([lower, upper, n]) => `${shown(lower)}..${shown(upper)}: ${n}`);
  return [`count ${count} sum ${shown(sum)}`, ...parts].join(" | ");
}

/** What a value and another one are together, or without it: numbers, or native histograms of one resolution. */
export function summed(text: string, other: string, sign: 1 | -1 = 1): string {
  const isNative = [text, other].some((one) => one.startsWith("count"));
  if (!isNative) return shown(Number(text) + sign * Number(other));
  const [one, more] = [partsOf(text), partsOf(other)];
  for (const [part, n] of more) one.set(part, (one.get(part) ?? 0) + sign * n);
  const { count = 0, sum = 0, ...buckets } = Object.fromEntries(one);
  const bounds = (range: string) => range.split("..").map(Number) as [number, number];
  const held = Object.entries(buckets).filter(([, n]) => n !== 0)
    .map(([range, n]) => [...bounds(range), n] as const);
  return shownNative(count, sum, held.sort(([a], [b]) => a - b));
}

/** The numbers of a native histogram's row: count, sum and buckets by their ranges. */
function partsOf(text: string): Map<string, number> {
  const found = text.matchAll(/(count|sum|[\d.e+-]+\.\.[\d.e+-]+):? ([^ |]+)/g);
  return new Map([...found].map(([, part, n]) => [part!, Number(n)]));
}

/** The upper bound of a bucket of a native histogram. */
export function boundOf(index: number, schema: number): number {
  const size = 2 ** schema, octave = Math.floor(index / size);
  // For negative schemas a bucket is several octaves.
  return schema < 0
    ? 2 ** (index / size)
    : 2 ** octave * nativeBound(index - octave * size, schema);
}

function nativeRow({ count, sum }: HistogramSample, native: NativeHistogram): string {
  const { schema, zeroThreshold, zeroCount, positive, negative } = native;
  return shownNative(count, sum, [
    ...negative.toReversed().map(([i, n]) =>
      [-boundOf(i, schema), -boundOf(i - 1, schema), n] as const
    ),
    ...(zeroCount > 0 ? [[-zeroThreshold, zeroThreshold, zeroCount] as const] : []),
    ...positive.map(([i, n]) => [boundOf(i - 1, schema), boundOf(i, schema), n] as const),
  ]);
}

/** An exemplar of a series as a row; its time counts from `baseMs`. */
export function exemplarRow(
  name: string,
  labels: LabelMap,
  { labels: own, value, timestampMs }: {
    labels: LabelMap;
    value: number;
    timestampMs?: number | undefined;
  },
  baseMs: number,
): string {
  const found = row("", own, shown(value));
  const time = timestampMs === undefined ? "" : ` @${timestampMs - baseMs}`;
  return `${row(name, labels, "#")} ${found}${time}`;
}

function labelsOf({ names, values }: Exemplar["labels"]): LabelMap {
  return Object.fromEntries(names.map((name, i) => [name, values[i]!.toWellFormed()]));
}

/** How histograms are to be stored. */
export type Shape = "classic" | "native" | "both";

/** The rows that a family is to be stored as. */
export function rowsOf(family: Family, shape: Shape, baseMs: number): string[] {
  const rows: string[] = [];
  for (const sample of family.samples) {
    const labels = labelsOf(sample.labels), { name } = family;
    if ("value" in sample) {
      rows.push(row(name, labels, shown(sample.value)));
      if (sample.exemplar !== undefined) rows.push(ofExemplar(name, labels, sample.exemplar));
    } else if ("quantiles" in sample) {
      for (const [quantile, value] of sample.quantiles) {
        rows.push(row(name, { ...labels, quantile: shown(quantile) }, shown(value)));
      }
      rows.push(row(`${name}_sum`, labels, shown(sample.sum)));
      rows.push(row(`${name}_count`, labels, shown(sample.count)));
    } else {
      if (shape !== "classic" && sample.native !== undefined) {
        rows.push(row(name, labels, nativeRow(sample, sample.native)));
        for (const exemplar of sample.exemplars ?? []) {
          rows.push(ofExemplar(name, labels, exemplar));
        }
        if (shape === "native") continue;
      }
      const { bounds, buckets, count, sum, exemplars = [] } = sample;
      for (const [i, upper] of [...bounds, Infinity].entries()) {
        const own = { ...labels, le: shown(upper) };
        rows.push(row(`${name}_bucket`, own, shown(buckets[i] ?? count)));
        const lower = bounds[i - 1] ?? -Infinity;
        for (const exemplar of exemplars) {
          if (exemplar.value <= lower || exemplar.value > upper) continue;
          rows.push(ofExemplar(`${name}_bucket`, own, exemplar));
        }
      }
      rows.push(row(`${name}_sum`, labels, shown(sum)));
      rows.push(row(`${name}_count`, labels, shown(count)));
    }
  }
  return rows;

  function ofExemplar(name: string, labels: LabelMap, exemplar: Exemplar): string {
    return exemplarRow(
      name,
      labels,
      { ...exemplar, labels: labelsOf(exemplar.labels) },
      baseMs,
    );
  }
}
