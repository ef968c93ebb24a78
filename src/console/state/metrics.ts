/**
 * The metrics: which there are, and the last hour of one.
 *
 * @module
 */
import { shown } from "../../core/check.ts";
import type { Exemplar, Family } from "../../metrics/data/family.ts";
import type { LabelSet } from "../../metrics/data/labels.ts";
import type { SeriesHistory } from "../history/series.ts";
import { CELLS, HistogramTrack, quantileOf, type Track } from "../history/track.ts";
import type { ConsoleParts } from "../api/parts.ts";
import { BadRequest, Parameters } from "../wire/parameters.ts";
import { json } from "../wire/reply.ts";
import { fitting, leftOff, rounded } from "./fit.ts";
import type {
  ExemplarReply,
  MetricReply,
  MetricsReply,
  PointsReply,
  SeriesReply,
} from "./metric_shapes.ts";
import type { Maybe } from "./shapes.ts";

const DEFAULT_LAST_MS = 900_000, MAX_LAST_MS = 3_600_000;
const EVERY_MS = 5000, MAX_POINTS = 60, SPARK_POINTS = 20;
const MAX_SERIES = 10, MAX_EXEMPLARS = 6;
/** Of a help text, in UTF-16 units. */
const MAX_HELP = 200, MAX_LABEL = 80;

type Parts = Pick<ConsoleParts, "metrics" | "series" | "clock">;
type Sample = Family["samples"][number];

/**
 * Answers `api/metrics?after=`, and `api/metrics?name=&last=&format=`. With the format `cells` nothing is left
 * off: members of a cluster ask each other so.
 */
export async function answerMetrics(parts: Parts, request: Request): Promise<Response> {
  const given = new Parameters(request, ["after", "name", "last", "format"]);
  const name = given.text("name"), after = given.text("after");
  const format = given.text("format");
  if (format !== undefined && format !== "cells") throw new BadRequest("format must be cells");
  const lastMs = given.duration("last", EVERY_MS, MAX_LAST_MS);
  const families = await parts.metrics.collect({ histograms: "classic" });
  if (name === undefined) {
    if (lastMs !== undefined) throw new BadRequest("last must come with name: it is of one metric");
    return json(await listOf(parts, families, after) satisfies MetricsReply);
  }
  if (after !== undefined) throw new BadRequest("after must come without name: it is of the list");
  const family = familyOf(families, "name", name);
  const points = pointsOf(parts, family, lastMs ?? DEFAULT_LAST_MS);
  return json((format === "cells" ? points : cutPoints(points)) satisfies PointsReply);
}

function familyOf(families: readonly Family[], parameter: string, name: string): Family {
  const family = families.find((one) => one.name === name);
  if (family !== undefined) return family;
  throw new BadRequest(`${parameter} must be the name of a metric, got ${shown(name)}`);
}

async function listOf(
  { metrics, series, clock }: Parts,
  families: readonly Family[],
  after: string | undefined,
): Promise<MetricsReply> {
  const start = after === undefined ? 0 : families.indexOf(familyOf(families, "after", after)) + 1;
  const full = new Map((await metrics.full()).map((one) => [one.name, one]));
  const groups = series?.groups(clock.now() - DEFAULT_LAST_MS, SPARK_POINTS) ?? [];
  const left = families.slice(start).map(({ name, type, help, unit, samples }): MetricReply => {
    const at = full.get(name),
      [widest] = Object.entries(at?.labels ?? {}).sort((a, b) => b[1] - a[1]);
    return {
      name,
      type,
      help: help.slice(0, MAX_HELP),
      unit,
      series: samples.length,
      kept: series?.countOf(name) ?? 0,
      atCap: at !== undefined,
      overflowed: at?.overflowed,
      label: widest?.[0],
      values: widest?.[1],
      spark: series && sparkOf(series, name, groups),
    };
  });
  const told = fitting(left), more = left.length - told.length;
  return {
    metrics: told,
    more,
    leftOff: leftOff(more, "metrics", told.at(-1)?.name ?? ""),
    history: series && {
      everyMs: EVERY_MS,
      series: series.count,
      maxSeries: series.maxSeries,
      bytes: series.bytes,
      maxBytes: series.maxBytes,
      notKept: series.crowded,
      sampleMs: rounded(series.cost.ms / series.cost.samples, 3),
    },
  };
}

function sparkOf(
  series: SeriesHistory,
  name: string,
  groups: readonly (readonly number[])[],
): Maybe[] | undefined {
  const tracks = [...series.tracks(name)];
  if (tracks.length === 0 || groups.length === 0) return undefined;
  return groups.map((numbers) => {
    let sum = NaN;
    for (const track of tracks) {
      const value = valueOf(series, track, numbers);
      if (!Number.isNaN(value)) sum = (Number.isNaN(sum) ? 0 : sum) + value;
    }
    return rounded(sum, 3);
  });
}

function pointsOf({ series, clock }: Parts, family: Family, lastMs: number): PointsReply {
  const { name, type, help, unit, aggregation, samples } = family;
  const groups = series?.groups(clock.now() - lastMs, MAX_POINTS) ?? [];
  const tracks = new Map(
    Array.from(series?.tracks(name) ?? [], (track) => [track.labels.text, track]),
  );
  const all = samples.map((sample): SeriesReply => {
    const track = tracks.get(sample.labels.text);
    return {
      labels: labelsOf(sample.labels),
      last: rounded("value" in sample ? sample.value : sample.count, 6),
      ...track === undefined || series === undefined
        ? { values: groups.map(() => null) }
        : pointsOfTrack(series, track, groups),
      exemplars: exemplarsOf(sample),
    };
  });
  return {
    name,
    type,
    help: help.slice(0, MAX_HELP),
    unit,
    aggregation,
    everyMs: EVERY_MS,
    timeMs: groups.map((numbers) => Math.round(series!.timeOf(numbers.at(-1)!).timeMs)),
    series: all,
    more: 0,
  };
}

/** As much as an answer has. */
export function cutPoints({ series, ...head }: PointsReply): PointsReply {
  const all = [...series].sort((a, b) => sizeOf(b) - sizeOf(a));
  // The heat map of a histogram is of its largest series.
  const shown = all.slice(0, MAX_SERIES).map((one, i) =>
    i === 0 ? one : { ...one, heat: undefined }
  );
  const told = fitting(shown, head), more = all.length - told.length;
  const why = `${more} smaller series: an answer has ten at most, and at most 16 KB`;
  return { ...head, series: told, more, leftOff: more === 0 ? undefined : why };
}

function pointsOfTrack(
  series: SeriesHistory,
  track: Track,
  groups: readonly (readonly number[])[],
): Omit<SeriesReply, "labels" | "last"> {
  const values = groups.map((numbers) => rounded(valueOf(series, track, numbers), 3));
  if (!(track instanceof HistogramTrack)) return { values };
  const heat = groups.map((numbers) => {
    const cells = new Float64Array(CELLS);
    for (const number of numbers) track.addTo(cells, number);
    return cells.subarray(0, track.bounds.length + 1);
  });
  const at = (q: number) => heat.map((cells) => rounded(quantileOf(track.bounds, cells, q), 3));
  return {
    values,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    bounds: track.bounds,
    heat: heat.map((cells) => [...cells]),
  };
}

/** A counter or histogram: a second. A gauge: its last value. */
function valueOf(series: SeriesHistory, track: Track, numbers: readonly number[]): number {
  if (!(track instanceof HistogramTrack) && track.isGauge) return track.at(numbers.at(-1)!);
  let sum = 0, seconds = 0;
  const cells = new Float64Array(CELLS);
  for (const number of numbers) {
    const value = track instanceof HistogramTrack ? NaN : track.at(number);
    const isKnown = track instanceof HistogramTrack ? track.addTo(cells, number) : value === value;
    if (!isKnown) continue;
    if (value === value) sum += value;
    seconds += series.timeOf(number).seconds;
  }
  for (const count of cells) sum += count;
  return seconds > 0 ? sum / seconds : NaN;
}

/** By what happened in the time that is shown, then by what it is now. */
function sizeOf({ values, last }: SeriesReply): number {
  let sum = 0;
  for (const value of values) sum += Math.abs(value ?? 0);
  const now = Math.abs(last ?? 0);
  return sum + now / (1 + now) * 1e-6;
}

function labelsOf({ names, values }: LabelSet): Record<string, string> {
  return Object.fromEntries(names.map((name, i) => [name, values[i]!.slice(0, MAX_LABEL)]));
}

function exemplarsOf(sample: Sample): ExemplarReply[] | undefined {
  const all: readonly Exemplar[] = "exemplars" in sample
    ? sample.exemplars ?? []
    : "exemplar" in sample && sample.exemplar !== undefined
    ? [sample.exemplar]
    : [];
  if (all.length === 0) return undefined;
  // The largest are those that somebody wants to look at.
  return all.slice(-MAX_EXEMPLARS).map(({ value, labels, timestampMs }) => {
    const label = (name: string) => labels.values[labels.names.indexOf(name)] ?? "";
    return { value, timeMs: timestampMs ?? null, trace: label("trace_id"), span: label("span_id") };
  });
}
