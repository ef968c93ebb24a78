/** A real Prometheus scrapes our registry; queries show what it stored. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { run } from "../../src/core/context.ts";
import { nativeBound } from "../../src/metrics/data/native.ts";
import { type HistogramFamily, Registry } from "../../src/metrics/mod.ts";
import { lint } from "../../src/testing/mod.ts";
import { Prometheus } from "../e2e/prometheus.ts";
import { until } from "../e2e/wait.ts";
import { built, lackingBuilt } from "../peers/built.ts";
import { HANG_MS, lacking } from "../tool.ts";
import { TRACED } from "./pages.ts";

/** A registry with every type of metric, which does not change during the test. */
function observed(): Registry {
  const registry = new Registry({ names: "utf-8", histograms: "both" });
  const orders = registry.counter("orders_total", "Orders", ["status"], { exemplars: true });
  orders.add(2, { status: 'new "\\\n😀' });
  run(TRACED, () => orders.inc({ status: "paid" }));
  const waits = registry.histogram("wait_seconds", "Waits", ["queue"]);
  const values = [0, -0.25, 1e-9, 2 ** 0.125, 2 ** -0.375, 1e6, -3, 0.1, 0.1, 0.11, 5e300];
  for (const value of values) waits.observe(value, { queue: "mail" });
  run(TRACED, () => waits.observe(0.5, { queue: "mail" }));
  registry.histogram("empty_seconds", "Nothing yet");
  registry.summary("size_bytes", "Sizes", [], { quantiles: [0.5] }).observe(8);
  registry.counter("http.requests", "By dots", ["http.method", "señor"])
    .inc({ "http.method": "GET", "señor": "sí" });
  return registry;
}

/** Serves a registry and records the requests. */
async function served(
  registry: Registry,
): Promise<{ url: string; accepted: () => string; close: () => void }> {
  let accepted = "";
  const server = createServer(async (incoming, outgoing) => {
    accepted = incoming.headers.accept ?? "";
    const headers = { accept: accepted, "accept-encoding": incoming.headers["accept-encoding"] };
    const request = new Request(`http://localhost${incoming.url}`, {
      headers: headers as Record<string, string>,
    });
    const response = await registry.scrape(request);
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(new Uint8Array(await response.arrayBuffer()));
  });
  const port = await new Promise<number>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port))
  );
  return {
    url: `http://127.0.0.1:${port}`,
    accepted: () => accepted,
    close: () => void server.close(),
  };
}

interface Asked {
  readonly registry: Registry;
  /** What the scraper accepts. */
  readonly accepted: string;
  /** The result of an instant query. */
  // deno-lint-ignore no-explicit-any -- JSON of Prometheus
  readonly query: (query: string) => Promise<any[]>;
  readonly server: Prometheus;
  readonly close: () => Promise<void>;
}

const THREE = "peers/prometheus", NATIVE = "native-histograms";
const three = { skip: lackingBuilt(THREE), timeout: HANG_MS };
const two = { skip: lacking("prometheus"), timeout: HANG_MS };

/** The releases of Prometheus, and their flags. */
const SERVERS: readonly (readonly [name: string, program: string, features: readonly string[]])[] =
  [
    ...three.skip === false
      ? [
        ["3, native", built(THREE), [NATIVE, "created-timestamp-zero-ingestion"]] as const,
        ["3", built(THREE), []] as const,
      ]
      : [],
    ...two.skip === false
      ? [["2, native", "prometheus", [NATIVE]] as const, ["2", "prometheus", []] as const]
      : [],
  ];

/** Started together: each waits five seconds before its first scrape. */
let started: ReadonlyMap<string, Promise<Asked>> | undefined;

async function start(program: string, features: readonly string[]): Promise<Asked> {
  const registry = observed();
  const target = await served(registry);
  try {
    const server = await Prometheus.start([target.url], { program, features });
    const query = async (query: string) =>
      (await server.api(`query?query=${encodeURIComponent(query)}`)).result;
    const close = async () => {
      target.close();
      assert.deepEqual(await server.stop(), []);
    };
    try {
      await until("the first scrape", async () => (await query("orders_total")).length === 2);
    } catch (error) {
      await close();
      throw error;
    }
    return { registry, accepted: target.accepted(), query, server, close };
  } catch (error) {
    target.close();
    throw error;
  }
}

/** Queries a Prometheus that has scraped our registry. */
async function ask(name: string, questions: (asked: Asked) => Promise<void>): Promise<void> {
  started ??= new Map(
    SERVERS.map(([name, program, features]) => {
      const asked = start(program, features);
      asked.catch(() => {}); // Its own test tells of it.
      return [name, asked];
    }),
  );
  const asked = await started.get(name)!;
  try {
    await questions(asked);
  } finally {
    await asked.close();
  }
}

/** The expected buckets: lower bound, upper bound, count, ascending. */
function expectedBuckets(family: HistogramFamily): number[][] {
  const { schema, zeroThreshold, zeroCount, positive, negative } = family.samples[0]!.native!;
  const bound = (index: number) => {
    const octave = Math.floor(index / 2 ** schema);
    return 2 ** octave * nativeBound(index - octave * 2 ** schema, schema);
  };
  return [
    ...negative.toReversed().map(([i, count]) => [-bound(i), -bound(i - 1), count]),
    ...(zeroCount > 0 ? [[-zeroThreshold, zeroThreshold, zeroCount]] : []),
    ...positive.map(([i, count]) => [bound(i - 1), bound(i), count]),
  ];
}

async function nativeHistograms({ registry, accepted, query }: Asked): Promise<void> {
  assert.match(accepted, /^application\/vnd\.google\.protobuf/);
  const family = (await registry.collect({ native: true })).find(({ name }) =>
    name === "wait_seconds"
  );
  assert.ok(family?.type === "histogram");
  const [{ metric, histogram: [, found] }] = await query("wait_seconds");
  assert.equal(metric.queue, "mail");
  assert.equal(Number(found.count), 12);
  assert.equal(Number(found.sum), family.samples[0]!.sum);
  const buckets = found.buckets.map(([, ...rest]: string[]) => rest.map(Number));
  assert.deepEqual(buckets, expectedBuckets(family));

  const [empty] = await query("empty_seconds");
  assert.equal(empty.histogram[1].count, "0");
  const [median] = await query("histogram_quantile(0.5, wait_seconds)");
  assert.ok(Math.abs(Number(median.value[1]) / 0.11 - 1) < 0.1, median.value[1]);
}

async function exemplars({ server }: Asked, ...names: string[]): Promise<void> {
  for (const name of names) {
    const end = Date.now() / 1000 + 60;
    const [series] = await until(`exemplars of ${name}`, async () => {
      const found = await server.api(`query_exemplars?query=${name}&start=${end - 120}&end=${end}`);
      return found.length > 0 && found;
    });
    assert.deepEqual(series.exemplars[0].labels, {
      trace_id: TRACED.traceId,
      span_id: TRACED.spanId,
    });
    assert.equal(Number(series.exemplars[0].value), name === "orders_total" ? 1 : 0.5);
  }
}

async function plainSeries({ query }: Asked): Promise<void> {
  const orders = await query("orders_total");
  assert.deepEqual(
    orders.map(({ metric, value }) => [metric.status, value[1]]).sort(),
    [['new "\\\n😀', "2"], ["paid", "1"]],
  );
  const [count] = await query("size_bytes_count");
  assert.equal(count.value[1], "1");
}

async function classicHistogram({ query }: Asked): Promise<void> {
  const buckets = await query('wait_seconds_bucket{le=~"1|1.0|0.125|[+]Inf"}');
  // Some releases store bounds as written, others in one canonical form.
  const byBound = buckets.map(({ metric, value }) => `${Number(metric.le)} ${value[1]}`).sort();
  assert.deepEqual(byBound, ["0.125 7", "1 9", "NaN 12"]);
}

test(
  "Prometheus 3 scrapes native histograms, exemplars and UTF-8 names",
  three,
  () =>
    ask("3, native", async (asked) => {
      await nativeHistograms(asked);
      await exemplars(asked, "orders_total", "wait_seconds");
      await plainSeries(asked);
      const [{ metric, value }] = await asked.query('{"http.requests"}');
      assert.deepEqual(
        [metric.__name__, metric["http.method"], metric["señor"], value[1]],
        ["http.requests", "GET", "sí", "1"],
      );
      const metadata = await asked.server.api("metadata");
      assert.deepEqual(metadata["http.requests"], [{ type: "counter", unit: "", help: "By dots" }]);
    }),
);

test(
  "Prometheus 3 scrapes OpenMetrics: classic buckets, exemplars and UTF-8 names",
  three,
  () =>
    ask("3", async (asked) => {
      assert.match(asked.accepted, /^application\/openmetrics-text;version=1\.0\.0/);
      await classicHistogram(asked);
      await exemplars(asked, "orders_total", "wait_seconds_bucket");
      await plainSeries(asked);
      const [{ value }] = await asked.query('{"http.requests_total","señor"="sí"}');
      assert.equal(value[1], "1");
    }),
);

test(
  "Prometheus 2 scrapes native histograms, and names it can read",
  two,
  () =>
    ask("2, native", async (asked) => {
      await nativeHistograms(asked);
      await plainSeries(asked);
      const [{ metric }] = await asked.query("http_requests");
      assert.equal(metric.http_method, "GET");
    }),
);

test(
  "Prometheus 2 scrapes OpenMetrics, exemplars included",
  two,
  () =>
    ask("2", async (asked) => {
      await classicHistogram(asked);
      await exemplars(asked, "orders_total", "wait_seconds_bucket");
      await plainSeries(asked);
    }),
);

test("lint() finds little in the registry that Prometheus scrapes", async () => {
  const problems = lint(await observed().collect());
  assert.deepEqual(problems.map(({ metric }) => metric), ["http.requests"]);
});
