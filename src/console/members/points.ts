/**
 * The points of one metric in all members.
 *
 * @module
 */
import { aggregationOf, combine } from "../../metrics/cluster/aggregate.ts";
import type { Aggregation } from "../../metrics/data/family.ts";
import { quantileOf } from "../history/track.ts";
import { rounded } from "../state/fit.ts";
import type { PointsReply, SeriesReply } from "../state/metric_shapes.ts";
import type { Maybe } from "../state/shapes.ts";

/**
 * The points of this member with those of others, each at the nearest of its times: members take theirs at times
 * of their own. Quantiles are those of the cells of all.
 *
 * @param own with the labels of all members, and the cells of each series
 */
export function pointsOfAll(own: PointsReply, others: readonly PointsReply[]): PointsReply {
  const { timeMs } = own, how = aggregationOf(own);
  const series = new Map(own.series.map((one) => [keyOf(one), one]));
  for (const other of others) {
    const places = other.timeMs.map((time) => nearest(timeMs, time));
    for (const one of other.series) {
      const key = keyOf(one), known = series.get(key);
      if (known !== undefined) series.set(key, joined(known, one, places, how));
    }
  }
  return { ...own, series: [...series.values()].map(withQuantiles) };
}

function keyOf({ labels }: SeriesReply): string {
  return JSON.stringify(Object.entries(labels).sort());
}

/** The index of the nearest time; -1 where that is further than the next one. */
function nearest(times: readonly number[], time: number): number {
  let best = -1, least = Infinity;
  for (const [i, one] of times.entries()) {
    const away = Math.abs(one - time);
    if (away < least) [best, least] = [i, away];
  }
  const width = times.length < 2 ? Infinity : times[1]! - times[0]!;
  return least <= width ? best : -1;
}

function joined(
  one: SeriesReply,
  other: SeriesReply,
  places: readonly number[],
  how: Aggregation,
): SeriesReply {
  const values: Maybe[] = [...one.values];
  const heat = one.heat ??
    (other.bounds && one.values.map(() => other.bounds!.map(() => 0).concat(0)));
  const bounds = one.bounds ?? other.bounds, cells = heat?.map((of) => [...of]);
  const hasCells = String(bounds) === String(other.bounds);
  for (const [j, i] of places.entries()) {
    const value = other.values[j] ?? null;
    if (i < 0 || value === null) continue;
    const known = values[i] ?? null;
    values[i] = known === null ? value : combine(how, known, value);
    if (!hasCells) continue;
    for (const [k, count] of (other.heat?.[j] ?? []).entries()) cells![i]![k]! += count;
  }
  return { ...one, values, bounds, heat: cells };
}

function withQuantiles(series: SeriesReply): SeriesReply {
  const { bounds, heat, values } = series;
  const told = { ...series, values: values.map((value) => rounded(value ?? undefined, 3)) };
  if (bounds === undefined || heat === undefined) return told;
  const at = (q: number) =>
    heat.map((cells) => rounded(quantileOf(bounds, Float64Array.from(cells), q), 3));
  return { ...told, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
