#!/usr/bin/env bash
# VictoriaMetrics 1.151.0 answers 200 to an OTLP histogram that has a count and a sum and no buckets, and stores
# none of it. OTLP allows it ("bucket_counts is an optional field"), and SDKs send it where bounds are configured as
# none. The same histogram with the one bucket is stored. Seen: "with_count 3" and nothing of without.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
GOBIN="$folder" go install github.com/VictoriaMetrics/VictoriaMetrics/app/victoria-metrics@v1.151.0 2>/dev/null
npm init -y >/dev/null
npm install --silent @opentelemetry/otlp-transformer@0.208.0
cat >main.mjs <<'JS'
import { writeFileSync } from "node:fs";
import root from "@opentelemetry/otlp-transformer/build/src/generated/root.js";

const Request = root.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
const timeUnixNano = String(BigInt(Date.now()) * 1_000_000n);
const histogram = (name, buckets) => {
  const point = { timeUnixNano, count: "3", sum: 6, ...buckets };
  return { name, histogram: { aggregationTemporality: 2, dataPoints: [point] } };
};
const metrics = [histogram("with", { bucketCounts: ["3"] }), histogram("without", {})];
const message = Request.fromObject({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
writeFileSync("request", Request.encode(message).finish());
JS
node main.mjs
port=$((20000 + RANDOM % 10000))
./victoria-metrics -storageDataPath=data -httpListenAddr="127.0.0.1:$port" 2>log &
server=$!
url="http://127.0.0.1:$port"
until curl -sf "$url/health" >/dev/null; do sleep 0.1; done
curl -sf "$url/opentelemetry/v1/metrics" -H 'content-type: application/x-protobuf' --data-binary @request
for _ in 1 2 3 4 5 6 7 8 9 10; do
  sleep 0.5
  curl -sf "$url/internal/force_flush"
  seen=$(curl -sf "$url/api/v1/export" --data-urlencode 'match[]={__name__=~".+_count"}' |
    sed -E 's/.*"__name__":"([a-z_]+)".*"values":\[([0-9]+)\].*/\1 \2/')
  [ -n "$seen" ] && break
done
echo "$seen"
[ "$seen" = "with_count 3" ] || { echo "That has changed" >&2; exit 1; }
