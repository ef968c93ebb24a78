#!/usr/bin/env bash
# Deno 2.9.6 ends a program whose top-level await never resolves, and says so. Anything that waits
# takes that away, also what keeps no process alive: an interval without a reference, or a listener to
# a signal; the program then hangs for ever. Seen: code 1 without, still running after 3 s with.
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
