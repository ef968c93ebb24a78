import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { quantileOf } from "../../src/console/history/track.ts";
import { pointsOfAll } from "../../src/console/members/points.ts";
import type { PointsReply, SeriesReply } from "../../src/console/state/metric_shapes.ts";

function reply(
  timeMs: readonly number[],
  series: readonly Partial<SeriesReply>[],
  aggregation?: PointsReply["aggregation"],
): PointsReply {
  const all = series.map((one) => ({ labels: {}, last: null, values: [], ...one }));
  const head = { name: "orders", type: "counter", help: "", everyMs: 5000, more: 0 } as const;
  return { ...head, timeMs, aggregation, series: all };
}

test("pointsOfAll() adds up the rates of members, each at the nearest time, series by series", () => {
  const own = reply([5000, 10_000, 15_000], [
    { labels: { a: "1", b: "2" }, values: [1, null, 3], last: 9 },
    { labels: { a: "2", b: "2" }, values: [7, 7, 7] },
  ]);
  const other = reply([7000, 12_000], [{ labels: { b: "2", a: "1" }, values: [10, 20] }]);
  const late = reply([14_000, 99_000], [{ labels: { a: "1", b: "2" }, values: [100, 1000] }]);
  const { series } = pointsOfAll(own, [other, late]);
  deepEqual(series.map(({ values }) => values), [[11, 20, 103], [7, 7, 7]]);
  equal(series[0]!.last, 9);
});

test("pointsOfAll() joins gauges as their metric says", () => {
  const joined = (aggregation: PointsReply["aggregation"]) => {
    const gauge = (values: number[]): PointsReply => ({
      ...reply([5000, 10_000], [{ values }], aggregation),
      type: "gauge",
    });
    const own = gauge([4, 5]), other = gauge([6, 1]);
    return pointsOfAll(own, [other]).series[0]!.values;
  };
  deepEqual(joined(undefined), [10, 6]);
  deepEqual(joined("sum"), [10, 6]);
  deepEqual(joined("max"), [6, 5]);
  deepEqual(joined("min"), [4, 1]);
  deepEqual(joined("first"), [4, 5]);
  // A state that two members are in is one state, as on the page of metrics.
  const state = { ...reply([5000], [{ values: [1] }]), type: "stateset" } as const;
  deepEqual(pointsOfAll(state, [state]).series[0]!.values, [1]);
});

test("pointsOfAll() has the quantiles of the cells of all, also where this member has none", () => {
  const bounds = [1, 10, 100];
  const fast = { values: [4], bounds, heat: [[4, 0, 0, 0]], p50: [0.5], p95: [1], p99: [1] };
  const slow = { values: [4], bounds, heat: [[0, 0, 4, 0]], p50: [55], p95: [95], p99: [99] };
  const [both] = pointsOfAll(reply([5000], [fast]), [reply([6000], [slow])]).series;
  deepEqual(both!.heat, [[4, 0, 4, 0]]);
  const at = (q: number) =>
    Number(quantileOf(bounds, Float64Array.of(4, 0, 4, 0), q).toPrecision(3));
  deepEqual([both!.p50, both!.p95, both!.p99], [[at(0.5)], [at(0.95)], [at(0.99)]]);
  const [only] = pointsOfAll(reply([5000], [{ values: [null] }]), [reply([5000], [slow])]).series;
  deepEqual([only!.values, only!.heat, only!.bounds], [[4], [[0, 0, 4, 0]], bounds]);
  // A member of another release, with other bounds: its rate counts, its cells can't.
  const other = { ...slow, bounds: [5, 50], heat: [[4, 0, 0]] };
  const [mixed] = pointsOfAll(reply([5000], [fast]), [reply([5000], [other])]).series;
  deepEqual([mixed!.values, mixed!.heat], [[8], [[4, 0, 0, 0]]]);
});
