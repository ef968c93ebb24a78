/** The forms of histograms, and what a real Prometheus stores of each. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { telltale } from "../../mod.ts";
import { type HistogramForm, Registry, type RegistryOptions } from "../../src/metrics/mod.ts";
import { Prometheus } from "../e2e/prometheus.ts";
import { until } from "../e2e/wait.ts";
import { built, lackingBuilt } from "../peers/built.ts";
import { HANG_MS, lacking } from "../tool.ts";
import { decodeProtobuf } from "./decode_protobuf.ts";

const ACCEPT = {
  text: "text/plain",
  openmetrics: "application/openmetrics-text; version=1.0.0",
  protobuf:
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
} as const;

async function page(registry: Registry, format: keyof typeof ACCEPT): Promise<Uint8Array> {
  const request = new Request("http://localhost/metrics", { headers: { accept: ACCEPT[format] } });
  return new Uint8Array(await (await registry.scrape(request)).arrayBuffer());
}

async function lines(registry: Registry, format: "text" | "openmetrics"): Promise<string[]> {
  const text = new TextDecoder().decode(await page(registry, format));
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

function observed(options: RegistryOptions, form?: HistogramForm): Registry {
  const registry = new Registry(options);
  registry.histogram("h", "", [], { buckets: [1], form }).observe(0.5);
  return registry;
}

/** The classic buckets of the one histogram of a page, and whether it is native. */
async function shapes(registry: Registry): Promise<[text: number, protobuf: number, boolean]> {
  const [family] = decodeProtobuf(await page(registry, "protobuf"));
  assert(family?.type === "histogram");
  const { buckets, bounds, native, count } = family.samples[0]!;
  assert.equal(count, 1);
  assert.equal(buckets.length, bounds.length);
  const text = await lines(registry, "text");
  assert.deepEqual(text.slice(-2), ["h_sum 0.5", "h_count 1"]);
  assert.ok(text.includes('h_bucket{le="+Inf"} 1'));
  return [text.length - 3, bounds.length, native !== undefined];
}

test("The registry's option histograms chooses the form of all histograms, and a histogram's form overrides it", async () => {
  const classic = [1, 1, false], both = [1, 1, true], native = [0, 0, true];
  assert.deepEqual(await shapes(observed({})), classic);
  assert.deepEqual(await shapes(observed({ histograms: "classic" })), classic);
  assert.deepEqual(await shapes(observed({ histograms: "both" })), both);
  assert.deepEqual(await shapes(observed({ histograms: "native" })), native);
  assert.deepEqual(await shapes(observed({ histograms: "both" }, "classic")), classic);
  assert.deepEqual(await shapes(observed({ histograms: "native" }, "both")), both);
  assert.deepEqual(await shapes(observed({}, "native")), native);
  for (const options of [{ histograms: "nativ" }, { created: 1 }]) {
    assert.throws(() => new Registry(options as never), { name: "TypeError" });
  }
  assert.throws(() => observed({}, "bot" as never), {
    name: "TypeError",
    message: 'Cannot register histogram "h": form must be one of both, native, classic, got "bot"',
  });
});

test("The family of a collector is shown in the same form, as far as it has it", async () => {
  const source = new Registry();
  source.histogram("h", "", [], { buckets: [1] }).observe(0.5);
  for (
    const [histograms, bounds, isNative] of [["classic", 1, false], ["native", 0, true]] as const
  ) {
    const registry = new Registry({ histograms });
    const remove = registry.collector(() => source.collect({ native: true }));
    const [family] = decodeProtobuf(await page(registry, "protobuf"));
    assert(family?.type === "histogram");
    const [sample] = family.samples;
    assert.deepEqual([sample!.bounds.length, sample!.native !== undefined], [bounds, isNative]);
    remove();
    // Without its native buckets the classic ones remain.
    registry.collector(() => source.collect());
    assert.equal((await shapes(registry))[1], 1);
  }
});

test("Each member of a cluster is shown in the form that it chose", async () => {
  const cluster = { name: `forms ${crypto.randomUUID()}` };
  for (
    const [histograms, expected] of [["classic", [1, 1, false]], ["native", [0, 0, true]]] as const
  ) {
    const registry = observed({ histograms, cluster: { name: `${cluster.name} ${histograms}` } });
    const [family] = decodeProtobuf(await page(registry, "protobuf"));
    assert(family?.type === "histogram");
    const { bounds, native } = family.samples[0]!;
    assert.deepEqual([bounds.length, native !== undefined], expected.slice(1));
    await registry.close();
  }
});

test("collect() gives exporters both forms, and of a classic histogram one", async () => {
  const native = async (registry: Registry) => {
    const [family] = await registry.collect({ native: true });
    assert(family?.type === "histogram");
    assert.equal(family.samples[0]!.buckets.length, 1);
    return family.samples[0]!.native !== undefined;
  };
  assert.equal(await native(observed({})), true);
  assert.equal(await native(observed({}, "classic")), false);
});

test("The option created adds the times at which series began", async () => {
  for (const created of [undefined, false, true]) {
    const registry = new Registry({ created, histograms: "both" });
    registry.counter("c_total", "").inc();
    registry.histogram("h", "").observe(1);
    registry.summary("s", "").observe(1);
    const has = created === true;
    for (const family of decodeProtobuf(await page(registry, "protobuf"))) {
      assert.equal(family.samples[0]!.createdMs !== undefined, has, family.name);
    }
    const openMetrics = await lines(registry, "openmetrics");
    assert.equal(openMetrics.filter((line) => /^\w+_created /.test(line)).length, has ? 3 : 0);
    assert.ok(!(await lines(registry, "text")).some((line) => line.includes("_created")));
  }
});

test("telltale() passes both options on", async () => {
  const t = telltale({
    ...{ service: "s", otlp: false, log: { sinks: [] } },
    metrics: { histograms: "native", created: true, runtime: false },
  });
  t.metrics.histogram("h", "", [], { buckets: [1] }).observe(0.5);
  const family = decodeProtobuf(await page(t.metrics, "protobuf")).find(({ name }) => name === "h");
  assert(family?.type === "histogram");
  const { bounds, native, createdMs } = family.samples[0]!;
  assert.deepEqual([bounds.length, native !== undefined, createdMs !== undefined], [0, true, true]);
  await t.shutdown();
});

const THREE = "peers/prometheus";
const NATIVE = "native-histograms", CREATED = "created-timestamp-zero-ingestion";
const ALWAYS = { always_scrape_classic_histograms: true };
const FORMS: readonly HistogramForm[] = ["classic", "both", "native"];
/** The stored `_bucket` series, one of them +Inf, and whether a native one is stored. */
const BUCKETS = "2 buckets", COUNT = "1 bucket", ONE = "native", TWO = "2 buckets and native";
const LOST = "nothing";

/** The rows of the table in the doc comment of `ScrapeOptions.histograms`. */
const ROWS: readonly (readonly [
  version: "2" | "3",
  features: readonly string[],
  scrape: object,
  stored: readonly string[],
])[] = [
  ["3", [], {}, [BUCKETS, BUCKETS, COUNT]],
  ["3", [NATIVE], {}, [BUCKETS, ONE, ONE]],
  ["3", [CREATED], {}, [BUCKETS, LOST, LOST]],
  ["3", [NATIVE, CREATED], {}, [BUCKETS, ONE, ONE]],
  ["3", [NATIVE, CREATED], ALWAYS, [BUCKETS, TWO, ONE]],
  ["2", [], {}, [BUCKETS, BUCKETS, COUNT]],
  ["2", [NATIVE], {}, [BUCKETS, ONE, ONE]],
];

/** Serves one registry for each form, with creation times. */
async function targets(): Promise<{ urls: string[]; close: () => void }> {
  const servers = FORMS.map((histograms) => {
    const registry = observed({ histograms, created: true });
    return createServer(async ({ headers: { accept = "" } }, outgoing) => {
      const request = new Request("http://localhost/metrics", { headers: { accept } });
      const response = await registry.scrape(request);
      outgoing.writeHead(response.status, Object.fromEntries(response.headers));
      outgoing.end(new Uint8Array(await response.arrayBuffer()));
    });
  });
  const ports = servers.map((server) =>
    new Promise<number>((resolve) =>
      server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port))
    )
  );
  return {
    urls: (await Promise.all(ports)).map((port) => `http://127.0.0.1:${port}`),
    close: () => servers.forEach((server) => server.close()),
  };
}

async function stored(
  version: "2" | "3",
  features: readonly string[],
  scrape: object,
): Promise<string[]> {
  const { urls, close } = await targets();
  const program = version === "3" ? built(THREE) : "prometheus";
  const server = await Prometheus.start(urls, { program, features, scrape });
  try {
    const find = async (query: string): Promise<unknown[]> =>
      (await server.api(`query?query=${encodeURIComponent(query)}`)).result;
    const all = [];
    for (const url of urls) {
      const labels = `{instance="${new URL(url).host}"}`;
      // A scrape is stored at once.
      await until(`a scrape of ${url}`, async () => (await find(`up${labels} == 1`)).length > 0);
      const buckets = (await find(`h_bucket${labels}`)).length;
      const native = (await find(`h${labels}`)).length > 0 ? ONE : "";
      const classic = buckets === 0 ? "" : buckets === 1 ? COUNT : `${buckets} buckets`;
      all.push([classic, native].filter((text) => text !== "").join(" and ") || LOST);
    }
    return all;
  } finally {
    close();
    assert.deepEqual(await server.stop(), []);
  }
}

for (const version of ["3", "2"] as const) {
  test(`Prometheus ${version} stores each form as documented, by its features`, {
    skip: version === "3" ? lackingBuilt(THREE) : lacking("prometheus"),
    timeout: HANG_MS,
  }, async () => {
    const rows = ROWS.filter(([of]) => of === version);
    // Together: each waits five seconds before its first scrape.
    const found = await Promise.all(rows.map(([...row]) => stored(row[0], row[1], row[2])));
    rows.forEach(([, features, scrape, expected], i) =>
      assert.deepEqual(found[i], expected, JSON.stringify([features, scrape]))
    );
  });
}
