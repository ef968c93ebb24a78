#!/usr/bin/env bash
# Deno 2.9.6, node:child_process: a child that was sent SIGTERM by its own `kill` and handled it, and so ended
# with exit code 0, is told as ended by the signal; sent by `process.kill(child.pid)` it is told rightly. A test of
# a graceful shutdown sees a service that drains well as one that was killed. Node 24.15.0 tells 0 both times.
# Seen: "deno: child.kill: null SIGTERM, process.kill: 0 null".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent deno@2.9.6 node@24.15.0
cat >child.mjs <<'JS'
import process from "node:process";
process.on("SIGTERM", () => process.exit(0));
console.log("ready");
setInterval(() => {}, 1000);
JS
cat >main.mjs <<'JS'
import { spawn } from "node:child_process";
import process from "node:process";
const [, , name, program, ...args] = process.argv;
function ended(kill) {
  const child = spawn(program, [...args, "child.mjs"], { stdio: ["ignore", "pipe", "inherit"] });
  child.stdout.once("data", () => kill(child));
  return new Promise((resolve) => child.once("close", (code, signal) => resolve(`${code} ${signal}`)));
}
const own = await ended((child) => child.kill("SIGTERM"));
const other = await ended((child) => process.kill(child.pid, "SIGTERM"));
console.log(`${name}: child.kill: ${own}, process.kill: ${other}`);
JS
node=node_modules/node/bin/node deno=node_modules/.bin/deno
seen="$($deno run -A --quiet main.mjs deno "$deno" run -A --quiet)
$($node main.mjs node "$node")"
echo "$seen"
[ "$seen" = "deno: child.kill: null SIGTERM, process.kill: 0 null
node: child.kill: 0 null, process.kill: 0 null" ] || { echo "That has changed" >&2; exit 1; }
