#!/usr/bin/env bash
# VictoriaLogs 1.52.2 stores an attribute of an OTLP log record twice where its resource has one of the same name:
# it answers with JSON that has the key twice, of which readers take the record's value, and a search for that
# value finds nothing. Seen: '"service.name":"shop","service.name":"other"', "found by shop 1, by other 0".
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
GOBIN="$folder" go install github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs@v1.52.2 2>/dev/null
npm init -y >/dev/null
npm install --silent @opentelemetry/otlp-transformer@0.208.0
cat >main.mjs <<'JS'
import { writeFileSync } from "node:fs";
import root from "@opentelemetry/otlp-transformer/build/src/generated/root.js";

const Request = root.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
const named = (stringValue) => ({ attributes: [{ key: "service.name", value: { stringValue } }] });
const timeUnixNano = String(BigInt(Date.now()) * 1_000_000n);
const record = { timeUnixNano, body: { stringValue: "called" }, ...named("other") };
const logs = { resource: named("shop"), scopeLogs: [{ logRecords: [record] }] };
writeFileSync("request", Request.encode(Request.fromObject({ resourceLogs: [logs] })).finish());
JS
node main.mjs
port=$((20000 + RANDOM % 10000))
./victoria-logs -storageDataPath=data -httpListenAddr="127.0.0.1:$port" 2>log &
server=$!
url="http://127.0.0.1:$port"
until curl -sf "$url/health" >/dev/null; do sleep 0.1; done
curl -sf "$url/insert/opentelemetry/v1/logs" -H 'content-type: application/x-protobuf' \
  --data-binary @request
ask() { curl -sf "$url/select/logsql/query" --data-urlencode "query=$1"; }
for _ in 1 2 3 4 5 6 7 8 9 10; do
  sleep 0.5
  curl -sf "$url/internal/force_flush"
  [ -n "$(ask '*')" ] && break
done
seen="$(ask '*' | grep -oE '"service.name":"[^,]+' | paste -sd,)
found by shop $(ask '"service.name":=shop' | wc -l), by other $(ask '"service.name":=other' | wc -l)"
echo "$seen"
[ "$seen" = '"service.name":"shop","service.name":"other"
found by shop 1, by other 0' ] || { echo "That has changed" >&2; exit 1; }
