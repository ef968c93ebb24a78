#!/usr/bin/env bash
# Deno 2.9.6: a module that is imported for the first time inside AsyncLocalStorage.run leaves that
# store active in every request that Deno.serve answers afterwards, in any handler. A module that was
# imported before, or outside of run, leaves none. Seen: "before: none", "after: first".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent deno@2.9.6
echo 'export const late = 1;' >late.ts
cat >main.ts <<'TS'
import { AsyncLocalStorage } from "node:async_hooks";
const slot = new AsyncLocalStorage<string>();
const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
  const seen = slot.getStore() ?? "none";
  if (new URL(request.url).pathname === "/load") {
    await slot.run("first", () => import("./late.ts"));
  }
  return new Response(seen);
});
const ask = async (path: string) =>
  await (await fetch(`http://127.0.0.1:${server.addr.port}${path}`)).text();
console.log("before:", await ask("/"));
await ask("/load");
console.log("after:", await ask("/"));
await server.shutdown();
TS
seen=$(node_modules/.bin/deno run --allow-net --allow-read main.ts)
echo "$seen"
[ "$seen" = "before: none
after: first" ] || { echo "That has changed" >&2; exit 1; }
