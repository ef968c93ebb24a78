import assert from "node:assert/strict";
import { test } from "node:test";
import * as metrics from "../../src/metrics/mod.ts";

const NAMES = [
  "BoundCounter",
  "BoundGauge",
  "BoundHistogram",
  "BoundInfo",
  "BoundStateSet",
  "BoundSummary",
  "Counter",
  "Faults",
  "Gauge",
  "Histogram",
  "HistogramTimer",
  "Info",
  "Metric",
  "Registry",
  "RuntimeCollector",
  "StateSet",
  "Summary",
  "aggregate",
  "encodeOpenMetrics",
  "encodeProtobuf",
  "encodeText",
  "escapeName",
  "labelsOf",
  "negotiate",
  "numberFamily",
];

test("./metrics exports instruments, encoders and what collectors need, and no internals", () => {
  assert.deepEqual(Object.keys(metrics).sort(), NAMES);
});
