#!/usr/bin/env bash
# Prometheus 3.5 (module v0.305.0) answers 200 with an empty body to an OTLP request of delta counters, and stores
# none of them, unless --enable-feature=otlp-deltatocumulative is given: a sender takes them for delivered.
# OTLP has `partial_success` for what is rejected. The gauge beside them is stored. Seen: "status 200, body 0
# bytes, stored level". The first run builds the server, which takes some minutes.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
printf 'module finding\n\ngo 1.24\n' >go.mod
go get -tool github.com/prometheus/prometheus/cmd/prometheus@v0.305.0 2>/dev/null
CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w" -o prometheus \
  github.com/prometheus/prometheus/cmd/prometheus
npm init -y >/dev/null
npm install --silent @opentelemetry/otlp-transformer@0.208.0
cat >main.mjs <<'JS'
import { writeFileSync } from "node:fs";
import root from "@opentelemetry/otlp-transformer/build/src/generated/root.js";

const Request = root.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
const now = BigInt(Date.now()) * 1_000_000n;
const point = { startTimeUnixNano: String(now - 1_000_000_000n), timeUnixNano: String(now), asDouble: 5 };
const metrics = [
  { name: "orders", sum: { isMonotonic: true, aggregationTemporality: 1, dataPoints: [point] } },
  { name: "level", gauge: { dataPoints: [point] } },
];
const message = Request.fromObject({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
writeFileSync("request", Request.encode(message).finish());
JS
node main.mjs
port=$((20000 + RANDOM % 10000))
echo '{}' >config.yml
./prometheus --config.file=config.yml --storage.tsdb.path=data --web.enable-otlp-receiver \
  --web.listen-address="127.0.0.1:$port" 2>log &
server=$!
url="http://127.0.0.1:$port"
until curl -sf "$url/-/ready" >/dev/null; do sleep 0.1; done
status=$(curl -s "$url/api/v1/otlp/v1/metrics" -H 'content-type: application/x-protobuf' \
  --data-binary @request -o body -w '%{http_code}')
touch body
names=$(curl -sf "$url/api/v1/label/__name__/values" | grep -oE '"data":\[.*\]' | tr -d '"')
seen="status $status, body $(wc -c <body) bytes, stored ${names#data:}"
echo "$seen"
[ "$seen" = "status 200, body 0 bytes, stored [level]" ] || { echo "That has changed" >&2; exit 1; }
