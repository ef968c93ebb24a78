#!/usr/bin/env bash
# Deno 2.9.6: an error of DatabaseSync.exec() in node:sqlite has neither errcode nor errstr, and where the text
# does not parse its message ends with the whole text, values included. The same text in prepare().run() gives
# both, as Bun does for either, and Node 24. Seen: "deno: exec undefined, run 2067", "true" for the text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent bun@1.4.5 deno@2.9.6
cat >main.mjs <<'JS'
import { DatabaseSync } from "node:sqlite";
const db = new DatabaseSync(":memory:");
db.exec("CREATE TABLE a (b UNIQUE); INSERT INTO a VALUES (1)");
const insert = "INSERT INTO a VALUES (1)";
const caught = (fn) => {
  try {
    fn();
  } catch (error) {
    return error;
  }
};
const exec = caught(() => db.exec(insert)), run = caught(() => db.prepare(insert).run());
const unparsed = caught(() => db.exec("SELEC 'a value'"));
console.log(`exec ${exec.errcode}, run ${run.errcode}, ${unparsed.message.includes("a value")}`);
JS
seen="bun: $(node_modules/.bin/bun main.mjs 2>/dev/null)
deno: $(node_modules/.bin/deno run main.mjs 2>/dev/null)"
echo "$seen"
[ "$seen" = "bun: exec 2067, run 2067, false
deno: exec undefined, run 2067, true" ] || { echo "That has changed" >&2; exit 1; }
