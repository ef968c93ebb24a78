#!/usr/bin/env bash
# Deno 2.9.6: what AsyncLocalStorage.enterWith entered is lost when the run of another storage around it
# ends. On Node and Bun, run restores its own storage only, so wrapping code in a run of a second
# storage does not change what the first one sees. Seen: "deno: lost".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent bun@1.4.5 deno@2.9.6
cat >main.mjs <<'JS'
import { AsyncLocalStorage } from "node:async_hooks";
const user = new AsyncLocalStorage(), span = new AsyncLocalStorage();
span.run("span", () => user.enterWith("ada"));
console.log(user.getStore() ?? "lost");
JS
seen="bun: $(node_modules/.bin/bun main.mjs)
deno: $(node_modules/.bin/deno run main.mjs)
node: $(node main.mjs)"
echo "$seen"
[ "$seen" = "bun: ada
deno: lost
node: ada" ] || { echo "That has changed" >&2; exit 1; }
