import { deepEqual, equal, ok } from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { instrument } from "../../src/http/server/instrument.ts";
import { setRoute } from "../../src/http/server/route.ts";
import { collectWithSchemes } from "../../src/http/server/scheme_families.ts";
import type { Family } from "../../src/metrics/data/family.ts";
import { encodeText, Registry } from "../../src/metrics/mod.ts";
import { telltale } from "../../src/telltale.ts";
import { ManualClock } from "../manual_clock.ts";

type Handled = (request: Request) => Promise<Response>;

function observed(maxSeries?: number) {
  const clock = new ManualClock(), registry = new Registry({ clock, maxSeries });
  const gate = Promise.withResolvers<Response>();
  const handler = instrument((request: Request) => {
    setRoute(request, new URL(request.url).pathname);
    if (request.url.endsWith("/open")) return gate.promise;
    return Promise.resolve(new Response("hello", { headers: { "content-length": "5" } }));
  }, { registry, clock }) as Handled;
  const ask = (url: string) => handler(new Request(url, { method: "POST" }));
  const series = async (name: string, native = false) => {
    const families = await collectWithSchemes(registry, { native });
    const family = families.find((family) => family.name === name)!;
    return rows(family);
  };
  return { registry, ask, series, gate };
}

/** Labels that tell series apart here, and what was counted. */
function rows({ samples }: Family): [string, number][] {
  return samples.map((sample) => {
    const { names, values } = sample.labels;
    const shown = ["route", "method", "url.scheme"].map((name) => values[names.indexOf(name)]);
    return [
      shown.filter((value) => value !== undefined).join(" "),
      "count" in sample ? sample.count : sample.value,
    ];
  });
}

const HISTOGRAMS = ["http_request_duration_seconds", "http_response_size_bytes"];

test("collectWithSchemes() adds the scheme of requests; a page has no label for it", async () => {
  const o = observed();
  deepEqual(await o.series(HISTOGRAMS[0]!), []);
  for (const path of ["/a", "/a", "/b"]) await o.ask(`https://orders${path}`);
  for (const name of HISTOGRAMS) {
    deepEqual(await o.series(name), [["/a POST https", 2], ["/b POST https", 1]]);
  }
  deepEqual(await o.series("http_requests_in_progress"), [["POST https", 0]]);
  deepEqual(await o.series("http_requests_total"), [["/a POST", 2], ["/b POST", 1]]);
  ok(!encodeText(await o.registry.collect()).includes("scheme"));
});

test("collectWithSchemes() tells two schemes apart, and their sum is what a page shows", async () => {
  for (const native of [false, true]) {
    const o = observed();
    for (const url of ["http://a/a", "https://a/a", "https://a/a", "https://a/b", "http://a/c"]) {
      await o.ask(url);
    }
    for (const name of HISTOGRAMS) {
      deepEqual(await o.series(name, native), [
        ["/a POST http", 1],
        ["/c POST http", 1],
        ["/a POST https", 2],
        ["/b POST https", 1],
      ]);
    }
    const open = [o.ask("http://a/open"), o.ask("https://a/open"), o.ask("https://a/open")];
    const inProgress = "http_requests_in_progress";
    deepEqual(await o.series(inProgress), [["POST http", 1], ["POST https", 2]]);
    o.gate.resolve(new Response());
    await Promise.all(open);
    deepEqual(await o.series(inProgress), [["POST http", 0], ["POST https", 0]]);
    const page = encodeText(await o.registry.collect());
    ok(page.includes('http_requests_total{method="POST",route="/a",status="200"} 3\n'));
    ok(
      page.includes(
        'http_request_duration_seconds_count{method="POST",route="/a",status="200"} 3\n',
      ),
    );
    ok(page.includes('http_requests_in_progress{method="POST"} 0\n'));
  }
});

test("collectWithSchemes() leaves the overflow series as it is", async () => {
  const o = observed(1);
  for (const path of ["/a", "/b", "/c"]) await o.ask(`http://a${path}`);
  deepEqual(await o.series(HISTOGRAMS[0]!), [["/a POST http", 1], ["_overflow _overflow", 2]]);
});

test("OTLP exports all that the semantic conventions require of a server's metrics", async () => {
  // deno-lint-ignore no-explicit-any
  const metrics: any[] = [];
  const receiver = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk) => text += chunk).on("end", () => {
      const { resourceMetrics } = JSON.parse(text);
      metrics.push(...resourceMetrics[0].scopeMetrics[0].metrics);
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const t = telltale({
    log: { sinks: [] },
    metrics: { runtime: false },
    otlp: { endpoint, protocol: "http/json", compression: "none", traces: false, logs: false },
  });
  const handler = t.instrument((request: Request) => {
    setRoute(request, "/orders");
    return new Response("hello", { headers: { "content-length": "5" } });
  });
  const headers = { "content-length": "3" };
  await handler(
    { method: "POST", url: "https://a/orders", headers: new Headers(headers) } as Request,
  );
  await t.shutdown();
  receiver.close();
  receiver.closeAllConnections();
  const found = metrics.filter(({ name }) => name.startsWith("http.server."));
  const attributes = found.map(({ name, histogram, sum }) => [
    name,
    Object.fromEntries(
      // deno-lint-ignore no-explicit-any
      (histogram ?? sum).dataPoints[0].attributes.map(({ key, value }: any) => [
        key,
        Object.values(value)[0],
      ]),
    ),
  ]);
  const first = { "http.request.method": "POST", "url.scheme": "https" };
  const all = { ...first, "http.route": "/orders", "http.response.status_code": "200" };
  deepEqual(Object.fromEntries(attributes), {
    "http.server.request.duration": all,
    "http.server.request.body.size": all,
    "http.server.response.body.size": all,
    "http.server.active_requests": first,
  });
  equal(found.length, 4);
});
