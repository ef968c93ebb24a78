import assert from "node:assert/strict";
import { test } from "node:test";
import { ProtobufMetricsSerializer } from "@opentelemetry/otlp-transformer";
import fc from "fast-check";
import { Deltas } from "../../src/export/otlp/delta.ts";
import { exportedFamilies } from "../../src/export/otlp/wire/names.ts";
import type { Exemplar, Family, HistogramFamily } from "../../src/metrics/data/family.ts";
import { numberFamily } from "../../src/metrics/data/family.ts";
import { labelsOf, NO_LABELS } from "../../src/metrics/data/labels.ts";
import { Registry } from "../../src/metrics/registry.ts";
import { ManualClock } from "../manual_clock.ts";
import { type Decoded, decodeProtobuf, encodedMetrics } from "./decode.ts";

const FRAME = {
  resource: { "service.name": "orders" },
  timeMs: 2000,
  startMs: 1000,
  temporality: "cumulative",
} as const;
const EXEMPLAR: Exemplar = {
  value: 0.25,
  labels: labelsOf({
    trace_id: "0af7651916cd43dd8448eb211c80319c",
    span_id: "b7ad6b7169203331",
    tenant: "a",
  }),
  timestampMs: 1500.5,
};
const EXEMPLAR_SENT = {
  filteredAttributes: [{ key: "tenant", value: { stringValue: "a" } }],
  timeUnixNano: "1500500000",
  asDouble: 0.25,
  spanId: "b7ad6b7169203331",
  traceId: "0af7651916cd43dd8448eb211c80319c",
};
const TIMES = { startTimeUnixNano: "1200000000", timeUnixNano: "2000000000" };

/** The metrics of a request, which must be the same in both encodings. */
function metricsOf(
  families: readonly Family[],
  frame: Parameters<typeof encodedMetrics>[1] = FRAME,
) {
  const [protobuf, json] = encodedMetrics(families, frame);
  const decoded = decodeProtobuf("metrics", protobuf);
  assert.deepEqual(decoded, json);
  return json.resourceMetrics[0].scopeMetrics[0].metrics;
}

test("writeMetrics() gives counters as monotonic sums with their exemplars", () => {
  const family: Family = {
    type: "counter",
    name: "orders_total",
    help: "Orders",
    samples: [
      { labels: labelsOf({ a: "x" }), value: 3, createdMs: 1200, exemplar: EXEMPLAR },
      { labels: labelsOf({ a: "_overflow", b: "_overflow" }), value: 2.5 },
    ],
  };
  assert.deepEqual(metricsOf([family]), [{
    name: "orders_total",
    description: "Orders",
    sum: {
      dataPoints: [
        {
          attributes: [{ key: "a", value: { stringValue: "x" } }],
          ...TIMES,
          asDouble: 3,
          exemplars: [EXEMPLAR_SENT],
        },
        {
          attributes: [{ key: "otel.metric.overflow", value: { boolValue: true } }],
          startTimeUnixNano: "1000000000",
          timeUnixNano: "2000000000",
          asDouble: 2.5,
        },
      ],
      aggregationTemporality: 2,
      isMonotonic: true,
    },
  }]);
});

test("writeMetrics() gives gauges, infos and state sets as gauges, with any number", () => {
  const families = [
    numberFamily("gauge", "free_bytes", "", [[NaN], [-Infinity, { disk: "a" }]]),
    numberFamily("info", "build_info", "", [[1, { version: "2" }]]),
    numberFamily("stateset", "mode", "", [[0, { mode: "off" }], [1, { mode: "on" }]]),
  ];
  const gauge = (...points: [number | string, string?, string?][]) => ({
    dataPoints: points.map(([asDouble, key, stringValue]) => ({
      ...(key === undefined ? {} : { attributes: [{ key, value: { stringValue } }] }),
      timeUnixNano: "2000000000",
      asDouble,
    })),
  });
  assert.deepEqual(
    metricsOf([{ ...families[0]!, unit: "bytes" } as Family, ...families.slice(1)]),
    [
      { name: "free_bytes", unit: "By", gauge: gauge(["NaN"], ["-Infinity", "disk", "a"]) },
      { name: "build_info", gauge: gauge([1, "version", "2"]) },
      { name: "mode", gauge: gauge([0, "mode", "off"], [1, "mode", "on"]) },
    ],
  );
});

test("writeMetrics() gives summaries", () => {
  const family: Family = {
    type: "summary",
    name: "size",
    help: "",
    samples: [{
      labels: NO_LABELS,
      count: 4,
      sum: 10,
      quantiles: [[0.5, 2], [0.9, NaN]],
      createdMs: 1200,
    }],
  };
  assert.deepEqual(metricsOf([family]), [{
    name: "size",
    summary: {
      dataPoints: [{
        ...TIMES,
        count: "4",
        sum: 10,
        quantileValues: [{ quantile: 0.5, value: 2 }, { quantile: 0.9, value: "NaN" }],
      }],
    },
  }]);
});

test("writeMetrics() leaves out unknown counts, and sums where it may, and rounds counts", () => {
  const summary: Family = {
    type: "summary",
    name: "size",
    help: "",
    samples: [{ labels: NO_LABELS, count: NaN, sum: NaN, quantiles: [[0.5, 2]], createdMs: 1200 }],
  };
  // As of a recording rule, which Prometheus exposes so.
  const { exemplars: _, ...waits } = HISTOGRAM.samples[0]!;
  const sample = { ...waits, count: 6.5, sum: NaN, buckets: [1.5, 4.25] };
  const [sizes, { histogram }] = metricsOf([summary, { ...HISTOGRAM, samples: [sample] }]);
  assert.deepEqual(sizes.summary.dataPoints, [
    { ...TIMES, sum: "NaN", quantileValues: [{ quantile: 0.5, value: 2 }] },
  ]);
  assert.deepEqual(histogram.dataPoints, [
    { ...TIMES, count: "7", bucketCounts: ["2", "2", "3"], explicitBounds: [1, 2] },
  ]);
});

const HISTOGRAM: HistogramFamily = {
  type: "histogram",
  name: "wait_seconds",
  unit: "seconds",
  help: "",
  samples: [{
    labels: NO_LABELS,
    count: 6,
    sum: 12.5,
    bounds: [1, 2],
    buckets: [1, 4],
    createdMs: 1200,
    exemplars: [EXEMPLAR],
  }],
};

test("writeMetrics() gives histograms with explicit buckets", () => {
  assert.deepEqual(metricsOf([HISTOGRAM]), [{
    name: "wait_seconds",
    unit: "s",
    histogram: {
      dataPoints: [{
        ...TIMES,
        count: "6",
        sum: 12.5,
        bucketCounts: ["1", "3", "2"],
        explicitBounds: [1, 2],
        exemplars: [EXEMPLAR_SENT],
      }],
      aggregationTemporality: 2,
    },
  }]);
});

test("writeMetrics() gives native histograms as exponential ones, one index lower", () => {
  const native = {
    schema: 3,
    zeroThreshold: 2 ** -128,
    zeroCount: 1,
    positive: [[-2, 3], [1, 1]],
    negative: [[5, 1]],
  } as const;
  const family = { ...HISTOGRAM, samples: [{ ...HISTOGRAM.samples[0]!, native, exemplars: [] }] };
  assert.deepEqual(metricsOf([family], { ...FRAME, temporality: "delta" }), [{
    name: "wait_seconds",
    unit: "s",
    exponentialHistogram: {
      dataPoints: [{
        ...TIMES,
        count: "6",
        sum: 12.5,
        scale: 3,
        zeroCount: "1",
        positive: { offset: -3, bucketCounts: ["3", "0", "0", "1"] },
        negative: { offset: 4, bucketCounts: ["1"] },
        zeroThreshold: 2 ** -128,
      }],
      aggregationTemporality: 1,
    },
  }]);
});

test("an exponential histogram has each value in the bucket of its scale, and few buckets", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ noNaN: true, min: -1e300, max: 1e300 }), {
        minLength: 1,
        maxLength: 50,
      }),
      (values) => {
        const registry = new Registry();
        const histogram = registry.histogram("h", "");
        for (const value of values) histogram.observe(value);
        const [metric] = metricsOf([histogram.family({ native: true })]);
        const [point] = metric.exponentialHistogram.dataPoints;
        const base = (index: number) => 2 ** (index * 2 ** -point.scale);
        const expand = (side: Decoded) =>
          (side?.bucketCounts ?? []).flatMap((count: string, i: number) =>
            Array(Number(count)).fill(side.offset + i)
          );
        const near = 1 + 1e-9;
        for (const [side, sign] of [["positive", 1], ["negative", -1]] as const) {
          const magnitudes = values.map((value) => value * sign).filter((v) => v > 2 ** -128).sort((
            a,
            b,
          ) => a - b);
          const indexes = expand(point[side]);
          assert.equal(indexes.length, magnitudes.length);
          for (const [i, index] of indexes.entries()) {
            assert.ok(
              magnitudes[i]! > base(index) / near && magnitudes[i]! <= base(index + 1) * near,
            );
          }
          assert.ok((point[side]?.bucketCounts.length ?? 0) <= 320);
        }
        assert.equal(Number(point.count), values.length);
      },
    ),
  );
});

test("writeMetrics() writes no start after the time when the clock was set back", () => {
  const [counter] = metricsOf([
    {
      type: "counter",
      name: "c_total",
      help: "",
      samples: [{ labels: labelsOf({}), value: 1, createdMs: 9000 }],
    },
  ]);
  const [point] = counter.sum.dataPoints;
  assert.equal(point.startTimeUnixNano, point.timeUnixNano);
});

test("writeMetrics() equals the reference encoder", () => {
  const native = {
    schema: 2,
    zeroThreshold: 0,
    zeroCount: 1,
    positive: [[3, 5]],
    negative: [],
  } as const;
  const sample = { ...HISTOGRAM.samples[0]!, exemplars: [] };
  const ours = metricsOf([
    { ...HISTOGRAM, help: "w", samples: [sample] },
    { ...HISTOGRAM, name: "x_seconds", help: "x", samples: [{ ...sample, native }] },
    {
      type: "counter",
      name: "c",
      help: "c",
      unit: "bytes",
      samples: [{ labels: labelsOf({ a: "b" }), value: 2.5, createdMs: 1200 }],
    },
  ]);
  const point = { startTime: [1, 2e8], endTime: [2, 0], attributes: {} };
  const reference = {
    resource: { attributes: { "service.name": "orders" } },
    scopeMetrics: [{
      scope: {
        name: "@telltale/telltale",
        version: "0.1.0",
        schemaUrl: "https://opentelemetry.io/schemas/1.44.0",
      },
      metrics: [
        {
          descriptor: { name: "wait_seconds", description: "w", unit: "s", valueType: 1 },
          aggregationTemporality: 1,
          dataPointType: 0,
          dataPoints: [{
            ...point,
            value: { buckets: { boundaries: [1, 2], counts: [1, 3, 2] }, count: 6, sum: 12.5 },
          }],
        },
        {
          descriptor: { name: "x_seconds", description: "x", unit: "s", valueType: 1 },
          aggregationTemporality: 1,
          dataPointType: 1,
          dataPoints: [{
            ...point,
            value: {
              count: 6,
              sum: 12.5,
              scale: 2,
              zeroCount: 1,
              positive: { offset: 2, bucketCounts: [5] },
              negative: { offset: 0, bucketCounts: [] },
            },
          }],
        },
        {
          descriptor: { name: "c", description: "c", unit: "By", valueType: 1 },
          aggregationTemporality: 1,
          dataPointType: 3,
          isMonotonic: true,
          dataPoints: [{ ...point, attributes: { a: "b" }, value: 2.5 }],
        },
      ],
    }],
  };
  // deno-lint-ignore no-explicit-any
  const bytes = ProtobufMetricsSerializer.serializeRequest(reference as any)!;
  const theirs = decodeProtobuf("metrics", bytes).resourceMetrics[0].scopeMetrics[0].metrics;
  delete ours[1].exponentialHistogram.dataPoints[0].zeroThreshold;
  delete theirs[1].exponentialHistogram.dataPoints[0].negative;
  assert.deepEqual(ours, theirs);
});

test("HTTP and SDK families are exported under the names of the semantic conventions", () => {
  const durations = (name: string, labels: Record<string, string>): Family => ({
    ...HISTOGRAM,
    name,
    samples: [{ ...HISTOGRAM.samples[0]!, labels: labelsOf(labels) }],
  });
  const families = [
    durations("http_request_duration_seconds", { method: "GET", route: "/a/:id", status: "200" }),
    durations("http_request_duration_seconds", {
      method: "GET",
      route: "unmatched",
      status: "503",
    }),
    durations("http_client_request_duration_seconds", {
      method: "PUT",
      host: "b",
      port: "8080",
      status: "404",
    }),
    durations("http_client_request_duration_seconds", {
      method: "PUT",
      host: "b",
      status: "error",
      error_type: "TimeoutError",
    }),
    durations("http_client_request_duration_seconds", {
      method: "PUT",
      host: "b",
      status: "aborted",
      error_type: "",
    }),
    numberFamily("gauge", "http_requests_in_progress", "", [[1, { method: "GET" }]]),
    numberFamily("counter", "otel_sdk_exporter_metric_data_point_exported_total", "", [[
      1,
      { otel_component_type: "otlp_http_metric_exporter", error_type: "" },
    ]]),
    numberFamily("gauge", "otel_sdk_processor_span_queue_size", "", [[1]]),
    numberFamily("gauge", "jobs_waiting", "", [[1, { method: "mail" }]]),
  ];
  const names = metricsOf(families).map((metric: Decoded) => {
    const [point] = (metric.histogram ?? metric.gauge ?? metric.sum).dataPoints;
    const attributes = (point.attributes ?? []).map((
      { key, value }: Decoded,
    ) => [key, Object.values(value)[0]]);
    return [metric.name, metric.unit, Object.fromEntries(attributes)];
  });
  assert.deepEqual(names, [
    ["http.server.request.duration", "s", {
      "http.request.method": "GET",
      "http.route": "/a/:id",
      "http.response.status_code": "200",
    }],
    ["http.server.request.duration", "s", {
      "http.request.method": "GET",
      "http.response.status_code": "503",
      "error.type": "503",
    }],
    ["http.client.request.duration", "s", {
      "http.request.method": "PUT",
      "server.address": "b",
      "server.port": "8080",
      "http.response.status_code": "404",
      "error.type": "404",
    }],
    ["http.client.request.duration", "s", {
      "http.request.method": "PUT",
      "server.address": "b",
      "error.type": "TimeoutError",
    }],
    ["http.client.request.duration", "s", {
      "http.request.method": "PUT",
      "server.address": "b",
    }],
    ["http.server.active_requests", "{request}", { "http.request.method": "GET" }],
    ["otel.sdk.exporter.metric_data_point.exported", "{data_point}", {
      "otel.component.type": "otlp_http_metric_exporter",
    }],
    ["otel.sdk.processor.span.queue.size", "{span}", {}],
    ["jobs_waiting", undefined, { method: "mail" }],
  ]);
});

test("runtime metrics are exported under the names of the semantic conventions", () => {
  const bytes = (name: string) => numberFamily("gauge", name, "", [[1, { space: "new" }]]);
  const space = { "v8js.heap.space.name": "new_space" };
  const families = exportedFamilies([
    numberFamily("info", "target_info", "", [[1]]),
    numberFamily("counter", "process_cpu_user_seconds_total", "", [[2]]),
    numberFamily("counter", "process_cpu_system_seconds_total", "", [[1]]),
    numberFamily("counter", "process_cpu_seconds_total", "", [[3]]),
    numberFamily("gauge", "process_resident_memory_bytes", "", [[1]]),
    numberFamily("gauge", "process_open_fds", "", [[1]]),
    bytes("nodejs_heap_space_size_total_bytes"),
    bytes("nodejs_heap_space_size_used_bytes"),
    bytes("nodejs_heap_space_size_available_bytes"),
    numberFamily("gauge", "nodejs_eventloop_lag_p99_seconds", "", [[1]]),
    numberFamily("gauge", "nodejs_eventloop_lag_seconds", "", [[1]]),
  ]);
  const told = metricsOf(families).map((metric: Decoded) => {
    const points = (metric.gauge ?? metric.sum).dataPoints.map((point: Decoded) => [
      point.asDouble,
      Object.fromEntries((point.attributes ?? []).map((
        { key, value }: Decoded,
      ) => [key, value.stringValue])),
    ]);
    const kind = metric.sum === undefined ? "gauge" : metric.sum.isMonotonic ? "sum" : "upDown";
    return [metric.name, metric.unit, kind, ...points];
  });
  assert.deepEqual(told, [
    ["process.memory.usage", "By", "upDown", [1, {}]],
    ["process.unix.file_descriptor.count", "{file_descriptor}", "upDown", [1, {}]],
    ["v8js.memory.heap.space.size", "By", "upDown", [1, space]],
    ["v8js.memory.heap.used", "By", "upDown", [1, space]],
    ["v8js.memory.heap.space.available_size", "By", "upDown", [1, space]],
    ["nodejs.eventloop.delay.p99", "s", "gauge", [1, {}]],
    ["nodejs_eventloop_lag_seconds", undefined, "gauge", [1, {}]],
    ["process.cpu.time", "s", "sum", [2, { "cpu.mode": "user" }], [1, { "cpu.mode": "system" }]],
  ]);
});

test("Deltas adds up to what a cumulative reader sees, also over a restart of a series", () => {
  const step = fc.array(
    fc.oneof(
      fc.record({ label: fc.constantFrom("a", "b"), value: fc.integer({ min: 1, max: 1000 }) }),
      fc.constant("collect" as const),
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(step, (steps) => {
      const clock = new ManualClock();
      const registry = new Registry({ clock });
      const counter = registry.counter("c", "", ["label"]);
      const histogram = registry.histogram("h", "", ["label"], { buckets: [10, 100] });
      const deltas = new Deltas(clock.now());
      const total = { count: 0, counter: 0, buckets: [0, 0], native: 0 };
      let lastMs = clock.now();
      const collect = () => {
        clock.advance(10);
        const families = deltas.since(
          [counter.family(), histogram.family({ native: true })],
          clock.now(),
        );
        for (const family of families) {
          for (const sample of family.samples) {
            assert.ok(sample.createdMs! >= lastMs - 10 && sample.createdMs! < clock.now());
            if ("value" in sample) total.counter += sample.value;
            else if ("native" in sample) {
              total.count += sample.count;
              sample.buckets.forEach((count, i) => total.buckets[i]! += count);
              for (const [, count] of sample.native!.positive) total.native += count;
            }
          }
        }
        lastMs = clock.now();
      };
      const expected = { count: 0, counter: 0, buckets: [0, 0], native: 0 };
      for (const action of steps) {
        if (action === "collect") collect();
        else {
          counter.add(action.value, { label: action.label });
          histogram.observe(action.value, { label: action.label });
          expected.count++;
          expected.native++;
          expected.counter += action.value;
          if (action.value <= 10) expected.buckets[0]!++;
          if (action.value <= 100) expected.buckets[1]!++;
        }
      }
      collect();
      assert.deepEqual(total, expected);
    }),
  );
});

test("Deltas counts a series that was reset from its own beginning", () => {
  const family = (value: number, createdMs?: number): Family => ({
    type: "counter",
    name: "c",
    help: "",
    samples: [{ labels: NO_LABELS, value, createdMs }],
  });
  const deltas = new Deltas(100);
  const seen = [[5, 110], [8, 110], [2, 250], [2, 250]].map(([value, createdMs], i) => {
    const [given] = deltas.since([family(value!, createdMs)], 200 + i * 100);
    const [sample] = given!.samples;
    return "value" in sample! ? [sample.value, sample.createdMs] : undefined;
  });
  assert.deepEqual(seen, [[5, 110], [3, 200], [2, 250], [0, 400]]);
});

test("Deltas counts a series once that a collection was without, for as long as it is remembered", () => {
  const give = (deltas: Deltas, value: number | undefined, timeMs: number) => {
    const families = value === undefined ? [] : [numberFamily("counter", "c", "", [[value]])];
    const [sample] = deltas.since(families, timeMs)[0]?.samples ?? [];
    return sample !== undefined && "value" in sample ? [sample.value, sample.createdMs] : undefined;
  };
  const deltas = new Deltas(0);
  const values = [5, undefined, undefined, 8, 9, undefined, 2];
  const seen = values.map((value, i) => give(deltas, value, 100 + i * 100));
  // A lower one is a restart, and counts from its beginning.
  assert.deepEqual(seen, [
    [5, 0],
    undefined,
    undefined,
    [3, 100],
    [1, 400],
    undefined,
    [2, 500],
  ]);
  const late = new Deltas(0);
  give(late, 5, 100);
  give(late, undefined, 200);
  give(late, undefined, 300_201);
  assert.deepEqual(give(late, 8, 300_300), [8, 300_201]);
  // However rare collections are, one may be without.
  const rare = new Deltas(0);
  give(rare, 5, 600_000);
  give(rare, undefined, 1_200_000);
  assert.deepEqual(give(rare, 8, 1_800_000), [3, 600_000]);
});

test("Deltas takes a histogram of which a bucket fell, or whose bounds changed, for a restarted one", () => {
  const given = (bounds: readonly number[], buckets: readonly number[], count: number): Family => ({
    ...HISTOGRAM,
    samples: [{ labels: NO_LABELS, bounds, buckets, count, sum: count }],
  });
  const rows: [after: Family, buckets: number[], count: number][] = [
    [given([1, 2], [3, 10], 12), [1, 2], 2],
    [given([1, 2], [1, 11], 11), [1, 11], 11],
    [given([1, 2], [6, 9], 11), [6, 9], 11],
    [given([1, 2], [2, 9], 10), [2, 9], 10],
    [given([1, 2], [2, 8], 10), [0, 0], 0],
    [given([1, 5], [2, 9], 11), [2, 9], 11],
    [given([1], [2], 11), [2], 11],
  ];
  for (const [after, buckets, count] of rows) {
    const deltas = new Deltas(0);
    deltas.since([given([1, 2], [2, 8], 10)], 100);
    const [sample] = (deltas.since([after], 200)[0] as HistogramFamily).samples;
    assert.deepEqual([sample!.buckets, sample!.count, sample!.createdMs], [buckets, count, 100]);
  }
});

test("Deltas remembers no more than 10,000 series that are left out, the latest ones", () => {
  const counter = (from: number, value: number) =>
    numberFamily(
      "counter",
      "c",
      "",
      Array.from({ length: 8000 }, (_, i) => [value, { n: String(from + i) }] as const),
    );
  const deltas = new Deltas(0);
  deltas.since([counter(0, 5)], 100);
  deltas.since([counter(8000, 5)], 200);
  deltas.since([], 300);
  const sums = [0, 8000].map((from) => {
    const [family] = deltas.since([counter(from, 6)], 400 + from);
    return family!.samples.reduce((sum, sample) => "value" in sample ? sum + sample.value : sum, 0);
  });
  assert.deepEqual(sums, [2000 + 6000 * 6, 8000]);
});

test("Deltas gives no NaN for what is infinite and stays so", () => {
  const deltas = new Deltas(100), registry = new Registry();
  const histogram = registry.histogram("h", "");
  histogram.observe(Infinity);
  const counter = numberFamily("counter", "c", "", [[Infinity]]);
  const given = [200, 300].map((timeMs) =>
    deltas.since([counter, histogram.family({})], timeMs).flatMap(({ samples }) =>
      samples.map((sample) => "value" in sample ? sample.value : sample.sum)
    )
  );
  assert.deepEqual(given, [[Infinity, Infinity], [0, 0]]);
});

test("Deltas follows a native histogram whose resolution and zero bucket grew coarser", () => {
  const family = (native: HistogramFamily["samples"][0]["native"], count: number): Family => ({
    ...HISTOGRAM,
    samples: [{ ...HISTOGRAM.samples[0]!, native, count, exemplars: [] }],
  });
  const deltas = new Deltas(0);
  deltas.since([
    family({
      schema: 1,
      zeroThreshold: 0,
      zeroCount: 1,
      positive: [[-4, 2], [3, 1], [4, 1]],
      negative: [],
    }, 5),
  ], 1);
  const [given] = deltas.since([
    family({ schema: 0, zeroThreshold: 0.25, zeroCount: 4, positive: [[2, 5]], negative: [] }, 9),
  ], 2);
  const [sample] = (given as HistogramFamily).samples;
  assert.deepEqual(sample!.native, {
    schema: 0,
    zeroThreshold: 0.25,
    zeroCount: 1,
    positive: [[2, 3]],
    negative: [],
  });
});

test("Deltas shows an exemplar once, in the interval that it was seen in", () => {
  const at = (timestampMs: number): Exemplar => ({ ...EXEMPLAR, timestampMs });
  const counted = (value: number, exemplar: Exemplar): Family => ({
    type: "counter",
    name: "orders_total",
    help: "",
    samples: [{ labels: NO_LABELS, value, exemplar }],
  });
  const timed = (count: number, exemplars: readonly Exemplar[]): Family => ({
    type: "histogram",
    name: "seconds",
    help: "",
    samples: [{ labels: NO_LABELS, count, sum: count, bounds: [1], buckets: [count], exemplars }],
  });
  const deltas = new Deltas(100);
  const seen = (families: readonly Family[], nowMs: number) =>
    deltas.since(families, nowMs).flatMap(({ samples }) => [...samples] as unknown[]).map(
      (sample) => {
        const { exemplar, exemplars } = sample as { exemplar?: Exemplar; exemplars?: Exemplar[] };
        return (exemplars ?? [exemplar]).map((one) => one?.timestampMs);
      },
    );
  assert.deepEqual(seen([counted(1, at(50)), timed(1, [at(150)])], 200), [[50], [150]]);
  const later = [counted(2, at(50)), timed(2, [at(150), at(250)])];
  assert.deepEqual(seen(later, 300), [[undefined], [250]]);
});
