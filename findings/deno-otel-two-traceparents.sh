#!/usr/bin/env bash
# Deno 2.9.6 with OTEL_DENO=true: fetch appends its own traceparent to the one that the caller set. The
# receiver gets two, and W3C Trace Context tells it to ignore both. Seen: two values.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent deno@2.9.6
cat >main.ts <<'TS'
const seen = Promise.withResolvers<string | null>();
const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
  seen.resolve(request.headers.get("traceparent"));
  return new Response();
});
const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
await (await fetch(`http://127.0.0.1:${server.addr.port}/`, { headers: { traceparent } })).text();
console.log((await seen.promise)!.split(",").length);
await server.shutdown();
Deno.exit(0);
TS
run() { OTEL_DENO="$1" OTEL_TRACES_EXPORTER=none node_modules/.bin/deno run -A main.ts 2>/dev/null | tail -n 1; }
seen="off $(run false), on $(run true)"
echo "$seen"
[ "$seen" = "off 1, on 2" ] || { echo "That has changed" >&2; exit 1; }
