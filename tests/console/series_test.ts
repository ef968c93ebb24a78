import { test } from "node:test";
import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { Registry } from "../../mod.ts";
import { SeriesHistory } from "../../src/console/history/series.ts";
import { HistogramTrack, type NumberTrack, quantileOf } from "../../src/console/history/track.ts";
import { ManualClock } from "../manual_clock.ts";

const MIB = 1024 * 1024;

function setup(maxBytes = 2 * MIB) {
  const clock = new ManualClock(), metrics = new Registry({ clock });
  const history = new SeriesHistory({ instruments: () => metrics["instruments"], maxBytes });
  const sample = (count = 1) => {
    for (let i = 0; i < count; i++) {
      clock.advance(5000);
      history.sample(clock.now(), 5);
    }
  };
  /** The points of the only series of a metric, oldest first. */
  const pointsOf = (name: string, most = 720) => {
    const [track] = history.tracks(name) as Iterable<NumberTrack>;
    return history.groups(0, most).map((numbers) => track!.at(numbers.at(-1)!));
  };
  return { clock, metrics, history, sample, pointsOf };
}

test("SeriesHistory keeps what counters added, and what gauges were", () => {
  const { clock, metrics, sample, pointsOf, history } = setup();
  const jobs = metrics.counter("jobs_total", "Jobs"), queue = metrics.gauge("queue", "Waiting");
  jobs.add(1000);
  queue.set(0);
  clock.advance(60_000);
  sample();
  for (const [added, waiting] of [[5, 3], [0, 7], [12, 1]] as const) {
    jobs.add(added);
    queue.set(waiting);
    sample();
  }
  // What was counted before the first sample came at an unknown time.
  deepEqual(pointsOf("jobs_total"), [0, 5, 0, 12]);
  deepEqual(pointsOf("queue"), [0, 3, 7, 1]);
  equal(history.count, 2);
});

test("SeriesHistory begins a series that is new with all that it has", () => {
  const { clock, metrics, sample, history, pointsOf } = setup();
  clock.advance(60_000);
  const jobs = metrics.counter("jobs_total", "Jobs", ["kind"]);
  metrics.counter("early_total", "In the seconds of the first point").add(3);
  sample();
  deepEqual(pointsOf("early_total"), [3]);
  jobs.add(7, { kind: "mail" });
  sample(2);
  const [track] = history.tracks("jobs_total") as Iterable<NumberTrack>;
  deepEqual([0, 1, 2, 3].map((at) => track!.at(at)), [NaN, 7, 0, NaN]);
});

test("SeriesHistory keeps an hour and 300 series, whatever comes", () => {
  const { metrics, sample, history, pointsOf } = setup();
  const many = metrics.counter("many_total", "Many", ["id"]);
  for (let i = 0; i < 1000; i++) many.inc({ id: String(i) });
  for (let i = 0; i < 400; i++) metrics.counter(`single_${i}_total`, "One").inc();
  for (let i = 0; i < 60; i++) metrics.histogram(`times_${i}_seconds`, "Times").observe(1);
  sample();
  // A hundred places are for what everybody looks at first.
  equal(history.count, 200);
  equal(history.countOf("many_total"), 60);
  for (let i = 0; i < 150; i++) metrics.counter(`http_${i}_total`, "Requests").inc();
  sample();
  equal(history.count, 300);
  ok(history.crowded > 1000, `${history.crowded}`);
  ok(history.bytes <= history.maxBytes);
  sample(800);
  equal(pointsOf("single_0_total").length, 720);
  equal(history.count, 300);
});

test("SeriesHistory keeps within its bytes", () => {
  for (const maxBytes of [0, 20_000, 100_000, 400_000]) {
    const { metrics, sample, history } = setup(maxBytes);
    for (let i = 0; i < 50; i++) {
      metrics.counter(`http_${i}_total`, "Requests").inc();
      metrics.histogram(`http_${i}_seconds`, "Times").observe(1);
    }
    sample(3);
    ok(history.bytes <= Math.max(maxBytes, 720 * 12), `${history.bytes} of ${maxBytes}`);
    equal(history.count > 0, maxBytes >= 20_000);
    ok(history.crowded > 0);
  }
});

test("SeriesHistory makes room when series have had no sample for an hour", () => {
  const { metrics, sample, history } = setup();
  const jobs = metrics.counter("jobs_total", "Jobs", ["kind"]);
  for (let i = 0; i < 60; i++) jobs.inc({ kind: `old ${i}` });
  sample();
  jobs.clear();
  jobs.inc({ kind: "new" });
  sample(2200);
  deepEqual([...history.tracks("jobs_total")].map(({ labels }) => labels.values[0]), ["new"]);
});

test("a histogram's points add up to its observations, whatever they are", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.double({ min: 0.0001, max: 100, noNaN: true }), { maxLength: 20 }), {
        minLength: 1,
        maxLength: 8,
      }),
      fc.uniqueArray(fc.double({ min: 0.001, max: 50, noNaN: true }), {
        minLength: 1,
        maxLength: 40,
      }),
      (batches, buckets) => {
        const { metrics, sample, history } = setup();
        buckets.sort((a, b) => a - b);
        const times = metrics.histogram("times_seconds", "Times", [], { buckets });
        sample();
        for (const batch of batches) {
          for (const value of batch) times.observe(value);
          sample();
        }
        const [track] = history.tracks("times_seconds");
        ok(track instanceof HistogramTrack);
        const { bounds } = track;
        ok(bounds.length <= 15 && bounds.at(-1) === buckets.at(-1));
        batches.forEach((batch, i) => {
          const cells = new Float64Array(16);
          ok(track.addTo(cells, i + 1));
          const expected = new Float64Array(16);
          for (const value of batch) {
            const cell = bounds.findIndex((bound) => value <= bound);
            expected[cell < 0 ? bounds.length : cell]!++;
          }
          deepEqual(cells, expected);
        });
      },
    ),
    { numRuns: 60 },
  );
});

test("a histogram's point holds millions of observations to 16 bits", () => {
  const bounds = [1, 2], labels = { names: [], values: [], legacy: true, text: "" };
  const at = (a: number, b: number, count: number) => ({
    labels,
    bounds,
    buckets: [a, b],
    count,
    sum: 0,
  });
  const track = new HistogramTrack(at(0, 0, 0), 0, false);
  track.write(0, at(0, 0, 0));
  track.write(1, at(5_000_000, 5_000_100, 5_000_101));
  const cells = new Float64Array(16);
  track.addTo(cells, 1);
  ok(Math.abs(cells[0]! - 5_000_000) < 128);
  // A process that starts over begins at 0.
  track.write(2, at(3, 3, 4));
  const after = new Float64Array(16);
  track.addTo(after, 2);
  deepEqual([...after.slice(0, 3)], [3, 0, 1]);
});

test("quantileOf() estimates as histogram_quantile of Prometheus does", () => {
  // Its own documentation and promql/quantile.go: linear inside a bucket, the last bound beyond it.
  const bounds = [1, 2, 4], cells = Float64Array.from([10, 20, 10, 0]);
  const table: readonly (readonly [q: number, value: number])[] = [
    [0.25, 1],
    [0.5, 1.5],
    [0.75, 2],
    [0.875, 3],
    [1, 4],
  ];
  for (const [q, value] of table) equal(quantileOf(bounds, cells, q), value, `${q}`);
  equal(quantileOf(bounds, Float64Array.from([0, 0, 0, 5]), 0.5), 4);
  equal(quantileOf(bounds, new Float64Array(4), 0.5), NaN);
});
