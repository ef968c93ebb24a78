#!/usr/bin/env bash
# prom-client 15.1.3 takes two series for one where a value of a label contains `,name:`, because the key of a
# series is its labels joined without escapes: {a="1,b:2",b="3"} and {a="1",b="2,b:3"} are counted
# together, under the labels of the one that came first. Seen: one line, 'hits_total{a="1,b:2",b="3"} 11'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent prom-client@15.1.3
cat >main.mjs <<'JS'
import { Counter, register } from "prom-client";

const hits = new Counter({ name: "hits_total", help: "Hits", labelNames: ["a", "b"] });
hits.inc({ a: "1,b:2", b: "3" }, 10);
hits.inc({ a: "1", b: "2,b:3" }, 1);
const lines = (await register.metrics()).split("\n").filter((line) => line.startsWith("hits_total"));
console.log(lines.join("\n"));
JS
seen=$(node main.mjs)
echo "$seen"
[ "$seen" = 'hits_total{a="1,b:2",b="3"} 11' ] || { echo "That has changed" >&2; exit 1; }
