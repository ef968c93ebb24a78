import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { DOCUMENT, document } from "./document.ts";
import { READERS } from "./readers.ts";
import { SERVERS } from "./servers.ts";

test("docs/receivers.md is what the tables say: deno task receivers writes it", () => {
  assert.equal(readFileSync(DOCUMENT, "utf8"), document());
});

test("every reader that the document names has its test, and is of the version that it names", () => {
  const text = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
  for (const { name, proof: [file, title], pinned } of READERS) {
    assert.ok(text(file).includes(`"${title}`), `${name}: ${title}`);
    if (pinned !== undefined) assert.ok(text(pinned[0]).includes(pinned[1]), name);
  }
});

test("every server that is built is of the version that the document names", () => {
  const modules = {
    prometheus: ["prometheus/prometheus v0.30", "Prometheus 3."],
    pushgateway: ["prometheus/pushgateway v", "Pushgateway "],
    victoriametrics: ["VictoriaMetrics/VictoriaMetrics v", "VictoriaMetrics "],
    victorialogs: ["VictoriaMetrics/VictoriaLogs v", "VictoriaLogs "],
    collector: ["collector/otelcol v", "OpenTelemetry Collector "],
  } as const;
  for (const [server, [module, title]] of Object.entries(modules)) {
    const url = new URL(`../peers/${server}/go.mod`, import.meta.url);
    const [, rest] = readFileSync(url, "utf8").split(module);
    // Prometheus 3.5 is module v0.305.
    const version = /^[\d.]*?(?=\.\d+(?:\s|$))/.exec(rest!)![0];
    assert.equal(SERVERS[server as keyof typeof modules].title, title + version);
  }
});
