#!/usr/bin/env bash
# Deno 2.9.6 ends a program whose top-level await never resolves, and reports it. It no longer does so
# beside anything pending, even what keeps no process alive: an unreferenced interval, or a signal
# listener. The program then hangs. Seen: exit code 1 without, still running after 3 s with.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent deno@2.9.6
deno=$(node -p 'require("fs").realpathSync("node_modules/.bin/deno")')
run() {
  printf '%s\nawait new Promise(() => {});\n' "$1" >main.ts
  local code=0
  timeout -s KILL 3 "$deno" run main.ts >/dev/null 2>&1 || code=$?
  echo "$code"
}
seen="bare $(run '')
interval $(run 'Deno.unrefTimer(setInterval(() => {}, 100));')
signal $(run 'Deno.addSignalListener("SIGTERM", () => {});')"
echo "$seen"
[ "$seen" = "bare 1
interval 137
signal 137" ] || { echo "That has changed" >&2; exit 1; }
