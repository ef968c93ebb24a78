#!/usr/bin/env bash
# @opentelemetry/exporter-prometheus 0.223.0 writes attributes whose names differ by a dot only as one label
# twice, `a_b="1",a_b="2"`. Prometheus refuses a page with such a line, and so every metric of the process; the
# specification has the values joined, `a_b="1;2"`. Seen: 'requests_total{a_b="1",a_b="2",…} 1'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent @opentelemetry/api@1.9.0 @opentelemetry/sdk-metrics@2.12.1 \
  @opentelemetry/exporter-prometheus@0.223.0
cat >main.mjs <<'JS'
import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";

const reader = new PrometheusExporter({ preventServerStart: true });
const provider = new MeterProvider({ readers: [reader] });
provider.getMeter("shop").createCounter("requests").add(1, { "a.b": "1", "a_b": "2" });
const { resourceMetrics } = await reader.collect();
const page = new PrometheusSerializer().serialize(resourceMetrics);
console.log(page.split("\n").find((line) => line.startsWith("requests_total{")));
JS
seen=$(node main.mjs)
echo "$seen"
[ "$seen" = 'requests_total{a_b="1",a_b="2",otel_scope_name="shop"} 1' ] ||
  { echo "That has changed" >&2; exit 1; }
