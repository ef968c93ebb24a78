#!/usr/bin/env bash
# @opentelemetry/sdk-metrics 2.12.1: one add(NaN), such as of a header that is no number, makes a counter NaN for
# the life of the process: every later export of the series is lost. A negative number is refused with a
# warning, and a histogram ignores NaN. Seen: "counter NaN, histogram 2".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent @opentelemetry/api@1.9.0 @opentelemetry/sdk-metrics@2.12.1
cat >main.mjs <<'JS'
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";

class Reader extends MetricReader {
  onForceFlush() {}
  onShutdown() {}
}
const reader = new Reader();
const meter = new MeterProvider({ readers: [reader] }).getMeter("shop");
const counter = meter.createCounter("bytes"), histogram = meter.createHistogram("size");
for (const bytes of [5, Number(undefined), 5]) {
  counter.add(bytes);
  histogram.record(bytes);
}
const { resourceMetrics } = await reader.collect();
const [bytes, size] = resourceMetrics.scopeMetrics[0].metrics;
console.log(`counter ${bytes.dataPoints[0].value}, histogram ${size.dataPoints[0].value.count}`);
JS
seen=$(node main.mjs)
echo "$seen"
[ "$seen" = "counter NaN, histogram 2" ] || { echo "That has changed" >&2; exit 1; }
