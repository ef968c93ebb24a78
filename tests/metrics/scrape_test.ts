import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers";
import { encodeText, numberFamily, Registry } from "../../src/metrics/mod.ts";
import { ManualClock } from "../manual_clock.ts";

function request(headers: Record<string, string> = {}, query = "", method = "GET"): Request {
  return new Request(`http://localhost/metrics${query}`, { headers, method });
}

const OPEN = "application/openmetrics-text;version=1.0.0";
const PROTOBUF =
  "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

test("Registry.scrape compresses when gzip is accepted and the page is large enough", async () => {
  const registry = new Registry();
  const c = registry.counter("c_total", "C", ["a"]);
  c.inc({ a: "0" });
  const small = await registry.scrape(request({ "accept-encoding": "gzip" }));
  assert.equal(small.headers.get("content-encoding"), null);
  for (let i = 0; i < 500; i++) c.inc({ a: String(i) });
  const plain = await (await registry.scrape()).text();
  for (
    const [accepted, expected] of [
      ["gzip", "gzip"],
      ["br, GZIP;q=0.5", "gzip"],
      ["*", "gzip"],
      ["gzip;q=0", null],
      ["gzip;q=0.0, br", null],
      ["gzip;q=0, *", null],
      ["*;q=0, gzip", "gzip"],
      ["*;q=0", null],
      ["identity;q=1, gzip ; q=0.000", null],
      ["deflate, *;q=0.1", "gzip"],
      ["br", null],
      ["x-gzip2", null],
    ] as const
  ) {
    const response = await registry.scrape(request({ "accept-encoding": accepted }));
    assert.equal(response.headers.get("content-encoding"), expected, accepted);
    const body = expected === null
      ? response.body!
      : response.body!.pipeThrough(new DecompressionStream("gzip"));
    assert.equal(await new Response(body).text(), plain);
  }
});

test("Registry.scrape shows the families that name[] asks for", async () => {
  const registry = new Registry();
  for (const name of ["a_total", "b_total", "c_total"]) registry.counter(name, "").inc();
  const names = async (query: string, accept = "") => {
    const page = await (await registry.scrape(request({ accept }, query))).text();
    return [...page.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  };
  assert.deepEqual(await names("?name[]=a_total&name%5B%5D=c_total"), ["a_total", "c_total"]);
  assert.deepEqual(await names("?name[]=b", OPEN), ["b"]);
  assert.deepEqual(await names("?name[]=none"), []);
  assert.deepEqual(await names("?other=1&%zz"), ["a_total", "b_total", "c_total"]);
});

test("Registry.scrape shares one rendering among scrapes at one time", async () => {
  const registry = new Registry();
  let runs = 0;
  registry.collector(() => [numberFamily("gauge", "g", "", [[++runs]])]);
  const pages = await Promise.all(
    [request(), request(), request(), request({ accept: OPEN })].map((r) => registry.scrape(r)),
  );
  const [a, b, c, open] = await Promise.all(pages.map((page) => page.text()));
  assert.equal(a, "# TYPE g gauge\ng 1\n");
  assert.deepEqual([b, c, runs], [a, a, 2]);
  assert.match(open!, /g 2\n# EOF\n$/);
  assert.match(await (await registry.scrape()).text(), /g 3/);
});

test("Registry.scrape refuses scrapes past its cap, and recovers", async () => {
  const gate = Promise.withResolvers<void>();
  const registry = new Registry({ maxScrapes: 2 });
  registry.collector(async () => {
    await gate.promise;
    return [];
  });
  const waiting = [registry.scrape(), registry.scrape()];
  const refused = await registry.scrape();
  assert.deepEqual([refused.status, refused.headers.get("retry-after")], [503, "1"]);
  gate.resolve();
  assert.deepEqual((await Promise.all(waiting)).map(({ status }) => status), [200, 200]);
  assert.equal((await registry.scrape()).status, 200);
});

test("Registry.scrape answers HEAD without rendering", async () => {
  const registry = new Registry();
  registry.collector(() => assert.fail("was rendered"));
  const response = await registry.scrape(request({ accept: OPEN }, "", "HEAD"));
  assert.match(response.headers.get("content-type")!, /^application\/openmetrics-text/);
  assert.equal(await response.text(), "");
  assert.equal(registry.faults.counts().size, 0);
});

test("Registry.scrape shows native histograms in protobuf", async () => {
  const registry = new Registry({ histograms: "both" });
  registry.histogram("h", "").observe(1);
  const response = await registry.scrape(request({ accept: PROTOBUF }));
  assert.match(
    response.headers.get("content-type")!,
    /^application\/vnd\.google\.protobuf; proto=/,
  );
  const bytes = new Uint8Array(await response.arrayBuffer());
  assert.equal(bytes[0], bytes.length - (bytes[0]! < 128 ? 1 : 2) & 127 | (bytes[0]! & 128));
  // Field 5 of Histogram, sint32 3: the schema.
  const text = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  assert.ok(text.includes("2806"), text);
});

test("Registry.scrape does not hold the event loop, whatever the number of series", async () => {
  const clock = new ManualClock();
  let nowMs = 0;
  clock.monotonic = () => nowMs++;
  const registry = new Registry({ maxSeries: 100_000, clock });
  const c = registry.counter("c_total", "C", ["a"]);
  for (let i = 0; i < 100_000; i++) c.inc({ a: `value ${i}` });
  let turns = 0, done = false;
  const spin = () => {
    turns++;
    if (!done) setImmediate(spin);
  };
  setImmediate(spin);
  const page = await (await registry.scrape()).text();
  done = true;
  assert.equal(page.split("\n").length, 100_003);
  // A millisecond passes from one look at the clock to the next: a pause is due at every fifth.
  assert.ok(turns >= 30, `other work was let in ${turns} times`);
});

test("Registry.scrape writes all other families when one can't be written", async () => {
  const registry = new Registry();
  const broken = { type: "gauge", name: "broken", help: "", samples: [{}] };
  registry.collector(() => [broken as never, numberFamily("gauge", "fine", "", [[1]])]);
  for (const accept of ["", OPEN, PROTOBUF]) {
    const page = await (await registry.scrape(request({ accept }))).text();
    assert.match(page, /fine/);
    assert.doesNotMatch(page, /broken/);
  }
  assert.equal(registry.faults.counts().get("collector"), 3);
});

test("Registry.scrape streams a large page with the same content", async () => {
  const registry = new Registry({ maxSeries: 50_000 });
  const c = registry.counter("c_total", "", ["a"]);
  for (let i = 0; i < 50_000; i++) c.inc({ a: `${i} ${"x".repeat(400)}` });
  const [one, other] = await Promise.all([registry.scrape(), registry.scrape()]);
  const page = await one.text();
  assert.ok(page.length > 1 << 24);
  assert.equal(page, encodeText(await registry.collect()));
  assert.equal(await other.text(), page);
});

test("Registry.scrape never rejects: metrics that can't be read are a 500 and a fault", async () => {
  const clock = new ManualClock();
  const registry = new Registry({ clock });
  registry.histogram("h", "H").observe(1);
  clock.monotonic = () => {
    throw new Error("no clock");
  };
  const response = await registry.scrape();
  assert.equal(response.status, 500);
  assert.equal(await response.text(), "The metrics could not be read\n");
  const hostile = { headers: { get: () => assert.fail("no headers") } } as unknown as Request;
  assert.equal((await registry.scrape(hostile)).status, 500);
  assert.equal(registry.faults.counts().get("scrape"), 2);
});
