#!/usr/bin/env bash
# Bun 1.4.5: fetch sends GET in place of a method that Bun does not know, and reports no error. Node
# sends the method that it was given, as the Fetch standard requires. Seen: GET for BREW.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent bun@1.4.5
cat >main.mjs <<'JS'
import { createServer } from "node:net";
const lines = [];
const server = createServer((socket) => {
  socket.once("data", (bytes) => {
    lines.push(String(bytes).split(" ")[0]);
    socket.end("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
  });
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${server.address().port}/`;
for (const method of ["BREW", "PURGE", "DELETE"]) await (await fetch(url, { method })).text();
console.log(lines.join(" "));
server.close();
JS
seen="bun: $(node_modules/.bin/bun main.mjs)
node: $(node main.mjs)"
echo "$seen"
[ "$seen" = "bun: GET PURGE DELETE
node: BREW PURGE DELETE" ] || { echo "That has changed" >&2; exit 1; }
