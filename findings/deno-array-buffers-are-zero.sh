#!/usr/bin/env bash
# Deno 2.9.6: process.memoryUsage().arrayBuffers is 0 whatever a program holds, so that a leak of buffers shows
# as none; Node and Bun report the 64 MiB that this one holds. Seen: "deno: 0 MiB".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent bun@1.4.5 deno@2.9.6
cat >main.mjs <<'JS'
import process from "node:process";

const held = new Uint8Array(new ArrayBuffer(64 * 1024 * 1024)).fill(1);
const { arrayBuffers } = process.memoryUsage();
console.log(`${Math.floor(arrayBuffers / 1024 / 1024)} MiB`);
process.exit(held[0] - 1);
JS
seen="bun: $(node_modules/.bin/bun main.mjs)
deno: $(node_modules/.bin/deno run main.mjs)
node: $(node main.mjs)"
echo "$seen"
[ "$seen" = "bun: 64 MiB
deno: 0 MiB
node: 64 MiB" ] || { echo "That has changed" >&2; exit 1; }
