import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { type Escaping, negotiate } from "../../src/metrics/mod.ts";

interface Case {
  name: string;
  accept: string;
  defaultEscaping: Escaping;
  openMetrics: boolean;
  contentType: string;
}

const { cases } = JSON.parse(
  readFileSync(new URL("../data/negotiation.json", import.meta.url), "utf8"),
) as { cases: Case[] };

for (const { name, accept, defaultEscaping, openMetrics, contentType } of cases) {
  test(`negotiate() answers as the Go reference does: ${name}, ${accept}`, () => {
    const formats = openMetrics
      ? ["text", "openmetrics", "protobuf"] as const
      : ["text", "protobuf"] as const;
    assert.equal(negotiate(accept, defaultEscaping, formats).contentType, contentType);
  });
}

const TEXT = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";
const TABLE: [accept: string | null, contentType: string][] = [
  [null, TEXT],
  ["", TEXT],
  ["*/*", TEXT],
  ["image/png", TEXT],
  ["text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", TEXT],
  [";;;,,,q=;=", TEXT],
  [
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
  ],
  // Prometheus 3 with native histograms.
  [
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=allow-utf-8",
  ],
  ["application/openmetrics-text;version=1.0.0;q=0.1,text/plain;version=0.0.4;q=0.9", TEXT],
];
for (const [accept, contentType] of TABLE) {
  test(`negotiate() of ${accept}`, () => assert.equal(negotiate(accept).contentType, contentType));
}

test("negotiate() never throws and always gives a type", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 300 }), (accept) => {
    assert.match(
      negotiate(accept).contentType,
      /^(text\/plain|application\/(openmetrics-text|vnd\.google\.protobuf)); /,
    );
  }));
});
