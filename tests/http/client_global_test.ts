import { deepEqual, equal, ok } from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { type Telltale, telltale, type TelltaleOptions } from "../../mod.ts";
import { run, UNTRACED } from "../../src/core/context.ts";
import { LokiSink } from "../../src/export/loki/mod.ts";
import { Pushgateway } from "../../src/export/push/mod.ts";
import { HealthRegistry, httpCheck } from "../../src/health/mod.ts";
import { tracedFetch } from "../../src/http/mod.ts";
import { Logger } from "../../src/log/mod.ts";
import { Registry } from "../../src/metrics/mod.ts";
import { Tracer } from "../../src/trace/mod.ts";

const runtimes = globalThis.fetch;
const quiet: TelltaleOptions = { log: { sinks: [] }, metrics: { runtime: false }, otlp: false };

/** A server that answers with the `traceparent` that it received; the global is restored afterwards. */
async function withServer(work: (url: string, seen: (string | undefined)[]) => Promise<void>) {
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const { traceparent } = request.headers;
    seen.push(traceparent as string | undefined);
    request.resume().on("end", () => response.end(traceparent));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, seen);
  } finally {
    globalThis.fetch = runtimes;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const textOf = async (response: Promise<Response>) => await (await response).text();

test("globalThis.fetch = t.fetch: a request is one span, and is sent once", async () => {
  await withServer(async (url, seen) => {
    await using t = telltale(quiet);
    globalThis.fetch = t.fetch;
    for (let i = 0; i < 2; i++) ok(await textOf(fetch(url)));
    ok(await textOf(t.fetch(url)));
    equal(seen.length, 3);
    const sent = t.tracer.finished.since(0).map(({ spanId }) => spanId);
    deepEqual(seen.map((header) => header!.slice(36, 52)), sent);
  });
});

test("globalThis.fetch = t.fetch, of two: the one that is called makes the span", async () => {
  await withServer(async (url, seen) => {
    await using one = telltale(quiet);
    globalThis.fetch = one.fetch;
    await using two = telltale(quiet);
    globalThis.fetch = two.fetch;
    await textOf(one.fetch(url));
    await textOf(two.fetch(url));
    await textOf(fetch(url));
    equal(seen.length, 3);
    deepEqual([one.tracer.counts.started, two.tracer.counts.started], [1, 2]);
  });
});

/** Tools that wrap whatever `fetch` they find. */
const patches: Record<string, (inner: typeof fetch, t: Telltale) => typeof fetch> = {
  "at once": (inner) => ((...given: Parameters<typeof fetch>) => inner(...given)) as typeof fetch,
  later: (inner) =>
    (async (...given: Parameters<typeof fetch>) => {
      await Promise.resolve();
      return await inner(...given);
    }) as typeof fetch,
  "in a span": (inner, t) =>
    ((...given: Parameters<typeof fetch>) =>
      t.tracer.span("patch", () => inner(...given))) as typeof fetch,
};
for (const [name, patch] of Object.entries(patches)) {
  test(`a patch around t.fetch, which calls it ${name}, ends at the runtime's`, async () => {
    await withServer(async (url, seen) => {
      await using t = telltale(quiet);
      globalThis.fetch = patch(t.fetch, t);
      for (let i = 0; i < 3; i++) ok(await textOf(fetch(url)));
      ok(await textOf(t.fetch(url)));
      const spans = t.tracer.finished.since(0).filter(({ kind }) => kind === "client");
      deepEqual([seen.length, spans.length], [4, 4]);
    });
  });
}

test("an earlier patch, which calls t.fetch, ends at the runtime's", async () => {
  await withServer(async (url, seen) => {
    let call: typeof fetch = runtimes;
    globalThis.fetch = ((...given: Parameters<typeof fetch>) => call(...given)) as typeof fetch;
    await using t = telltale(quiet);
    call = t.fetch;
    for (let i = 0; i < 2; i++) ok(await textOf(fetch(url)));
    deepEqual([seen.length, t.tracer.counts.started], [2, 2]);
  });
});

test("t.fetch sends with the replacement of the global fetch that tests install", async () => {
  await using t = telltale(quiet);
  const sent: unknown[] = [];
  try {
    globalThis.fetch = ((input: string, init?: RequestInit) => {
      sent.push([input, new Headers(init?.headers).has("traceparent")]);
      return Promise.resolve(new Response("mocked"));
    }) as typeof fetch;
    for (let i = 0; i < 2; i++) equal(await textOf(t.fetch("http://a.example/")), "mocked");
  } finally {
    globalThis.fetch = runtimes;
  }
  deepEqual(sent, [["http://a.example/", true], ["http://a.example/", true]]);
});

test("exports are not traced, whether fetch was traced before or after there was an exporter", async () => {
  for (const isBefore of [true, false]) {
    await withServer(async (endpoint, seen) => {
      const tracer = new Tracer();
      if (isBefore) globalThis.fetch = tracedFetch({ tracer });
      const t = telltale({ ...quiet, otlp: { endpoint, metrics: false } });
      if (!isBefore) globalThis.fetch = t.fetch;
      t.log.info("one line");
      await t.shutdown();
      deepEqual(seen, [undefined]);
      deepEqual([tracer.counts.started, t.tracer.counts.started], [0, 0]);
      const families = await t.metrics.collect();
      const name = "http_client_request_duration_seconds";
      equal(families.some((family) => family.name === name), false);
    });
  }
});

test("a patch that logs each request makes no export of each export", async () => {
  await withServer(async (endpoint, seen) => {
    const t = telltale({ ...quiet, otlp: { endpoint, metrics: false } });
    globalThis.fetch = ((...given: Parameters<typeof fetch>) => {
      t.log.info("sending");
      return runtimes(...given);
    }) as typeof fetch;
    t.log.info("one line");
    await t.flush();
    await t.shutdown();
    deepEqual([seen.length, t.log.ring.next], [1, 1]);
  });
});

test("pushes and requests of health checks are not traced either", async () => {
  await withServer(async (url, seen) => {
    const tracer = new Tracer();
    globalThis.fetch = tracedFetch({ tracer });
    const registry = new Registry(), health = new HealthRegistry();
    registry.counter("jobs_total", "Jobs").inc();
    await new Pushgateway({ url, job: "nightly" }).push(await registry.collect());
    const log = new Logger({ sinks: [new LokiSink({ url })] });
    log.info("one line");
    await log.flush();
    log.close();
    health.check("service", httpCheck(url));
    await tracer.span("a request", () => health.refresh());
    deepEqual(seen, [undefined, undefined, undefined]);
    equal(tracer.counts.started, 1);
  });
});

test("Tracer records no span in the context of Telltale's own requests", () => {
  const tracer = new Tracer(), counts: unknown[] = [];
  run(UNTRACED, () => {
    tracer.span("active", (span) => counts.push(span.recording));
    tracer.start("started").end();
  });
  deepEqual([counts, tracer.finished.since(0)], [[false], []]);
});

test("t.fetch has the properties of the runtime's fetch: Bun's preconnect", async () => {
  await using t = telltale(quiet);
  deepEqual(Object.keys(t.fetch), Object.keys(runtimes));
});
