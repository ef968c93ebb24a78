/** Pages with every type of metric, read by parsers that nobody here wrote. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { Pushgateway } from "../../src/export/push/mod.ts";
import { Registry } from "../../src/metrics/registry.ts";
import { promtoolCheck } from "../e2e/prometheus.ts";
import { built, lackingBuilt } from "../peers/built.ts";
import { PushgatewayServer, withoutPushgateway } from "../peers/pushgateway.ts";
import { HANG_MS, lacking } from "../tool.ts";
import { differenceOf } from "./difference.ts";
import { BASE_MS, familiesOf } from "./metric_cases.ts";
import { collected } from "./metric_senders.ts";
import { exemplarRow, type LabelMap, row, rowsOf, shown } from "./rows.ts";

/** A page of all cases, as a scraper of these media types gets it. */
async function pageFor(accept: string): Promise<string> {
  const registry = new Registry({ names: "utf-8" });
  registry.collector(() => familiesOf(0));
  const request = new Request("http://localhost/metrics", { headers: { accept } });
  return await (await registry.scrape(request)).text();
}

type Read = [
  name: string,
  labels: LabelMap,
  value: string,
  time: string | null,
  exemplar: [LabelMap, string, string | null] | null,
];

/** The rows of a page as the strict parser of client_python reads it. */
function pythonRows(page: string): string[] {
  const script = fileURLToPath(new URL("../peers/python/read.py", import.meta.url));
  const { stdout, stderr } = spawnSync(built("python/bin/python"), [script], {
    input: JSON.stringify([page]),
    encoding: "utf8",
  });
  assert.equal(stderr, "");
  const [{ error, families }] = JSON.parse(stdout);
  assert.equal(error, undefined);
  return families.flatMap(({ samples }: { samples: Read[] }) =>
    samples.flatMap(([name, given, value, , exemplar]) => {
      const labels = Object.fromEntries(
        Object.entries(given).map((
          [key, text],
        ) => [key, key === "le" || key === "quantile" ? shown(number(text)) : text]),
      );
      const rows = [row(name, labels, shown(number(value)))];
      if (exemplar !== null) {
        const [own, found, seconds] = exemplar;
        const timestampMs = seconds === null ? undefined : Math.round(Number(seconds) * 1000);
        const one = { labels: own, value: Number(found), timestampMs };
        rows.push(exemplarRow(name, labels, one, BASE_MS));
      }
      return rows;
    })
  );
}

/** Python's name of a number. */
function number(text: string): number {
  return Number(text.replace("inf", "Infinity"));
}

test("the strict parser of client_python reads every metric as it was recorded", {
  timeout: HANG_MS,
  skip: lackingBuilt("python/bin/python"),
}, async () => {
  const page = await pageFor("application/openmetrics-text; version=1.0.0");
  const families = await collected(0, false);
  const expected = families.flatMap((family) => rowsOf(family, "classic", BASE_MS));
  const found = differenceOf(expected, pythonRows(page))!;
  const names = (rows: readonly string[]) => [...new Set(rows.map((one) => one.split(/[ {]/)[0]))];
  // What OpenMetrics names otherwise, the older exemplar of one bucket, and what it has no sums for.
  assert.deepEqual(names(found.missing), [
    "bare",
    "dots.requests",
    "sparse_seconds_bucket",
    "sums_bytes_sum",
    "sums_bytes",
    "sums_nan_seconds_count",
    "sums_nan_seconds_sum",
    "sums_negative_seconds_count",
    "sums_negative_seconds_sum",
  ]);
  assert.deepEqual(names(found.instead), ["bare_total", "dots_requests_total"]);
});

test("promtool complains about a page of every metric for missing help and `_total` only", {
  timeout: HANG_MS,
  skip: lacking("promtool"),
}, async () => {
  const complaints = promtoolCheck(await pageFor("text/plain; version=0.0.4")).trim().split("\n");
  assert.equal(complaints.shift(), "exit code 3");
  const others = complaints.filter((line) =>
    !/ no help text$| should have "_total" suffix$/.test(line)
  );
  assert.deepEqual(others, []);
});

test("a Pushgateway has exemplars and native histograms in its protobuf page only", {
  timeout: HANG_MS,
  skip: withoutPushgateway(),
}, async () => {
  const server = await PushgatewayServer.start();
  try {
    const gateway = new Pushgateway({ url: server.url, job: "copy" });
    assert.equal((await gateway.push(await collected(0, true))).pushed, true);
    const has = async (accept: string) => {
      const page = await (await fetch(`${server.url}/metrics`, { headers: { accept } })).text();
      const has = (text: string) => page.includes(text);
      return [
        has('native_seconds"') || has("native_seconds_bucket{"),
        has("trace_id"),
        has("zero_count"),
      ];
    };
    const protobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily";
    assert.deepEqual(await has(`${protobuf};encoding=text`), [true, true, true]);
    assert.deepEqual(await has("application/openmetrics-text;version=1.0.0"), [true, false, false]);
  } finally {
    await server.stop();
  }
});
