#!/usr/bin/env bash
# Bun 1.4.5: console.log("%d", 5n) throws a TypeError, as do %i and %f. The Console Standard has
# Formatter convert with parseInt and parseFloat, which take a BigInt; Deno prints 5, Node 5n. Seen:
# "bun: TypeError TypeError TypeError".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent bun@1.4.5 deno@2.9.6
cat >main.mjs <<'JS'
const seen = [];
for (const format of ["%d", "%i", "%f"]) {
  try {
    console.error(format, 5n);
    seen.push("printed");
  } catch (error) {
    seen.push(error.name);
  }
}
console.log(seen.join(" "));
JS
seen="bun: $(node_modules/.bin/bun main.mjs 2>/dev/null)
deno: $(node_modules/.bin/deno run main.mjs 2>/dev/null)
node: $(node main.mjs 2>/dev/null)"
echo "$seen"
[ "$seen" = "bun: TypeError TypeError TypeError
deno: printed printed printed
node: printed printed printed" ] || { echo "That has changed" >&2; exit 1; }
