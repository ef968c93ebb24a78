import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { setRoute, telltale, type TelltaleOptions } from "../../mod.ts";
import { ManualClock } from "../manual_clock.ts";
import { instrumentSqlite } from "../../src/db/mod.ts";
import { askingOf } from "./asking.ts";

const MAX = 16_384;

/** A service on a manual clock, whose console is asked. */
async function serving(
  use: (
    parts: {
      t: ReturnType<typeof telltale>;
      clock: ManualClock;
      get: (path: string) => ReturnType<ReturnType<typeof askingOf>>;
      pass: (ms: number) => void;
    },
  ) => Promise<void>,
  options: TelltaleOptions = {},
) {
  const clock = new ManualClock();
  const t = telltale({
    service: "orders",
    version: "1.4.0",
    log: { sinks: [] },
    otlp: false,
    clock,
    console: { token: "correct-horse-battery" },
    ...options,
  });
  const asking = askingOf(t);
  const get = async (path: string) => {
    const asked = await asking(path);
    ok(asked.bytes <= MAX, `${path}: ${asked.bytes}`);
    return asked;
  };
  /** In steps as the watch of the event loop has them. */
  const pass = (ms: number) => {
    for (let passed = 0; passed < ms; passed += 500) clock.advance(500);
  };
  try {
    await use({ t, clock, get, pass });
    deepEqual([...t.faults.counts()], []);
  } finally {
    await t.shutdown();
  }
}

test("api/database tells queries by their summary, the repeated ones first", async () => {
  await serving(async ({ t, clock, get }) => {
    const query = (summary: string, ms: number, rows?: number) =>
      t.tracer.span(summary, { kind: "client" }, (span) => {
        span.set("db.system.name", "postgresql");
        span.set("db.query.summary", summary);
        if (rows !== undefined) span.set("db.response.returned_rows", rows);
        clock.advance(ms);
        durations.observe(ms / 1000, labels(summary, ""));
      });
    const durations = t.metrics.histogram(
      "db_client_operation_duration_seconds",
      "From the start of a database query to its end",
      ["system", "summary", "operation", "collection", "error_type"],
    );
    const labels = (summary: string, error_type: string) => ({
      system: "postgresql",
      summary,
      operation: "",
      collection: "",
      error_type,
    });
    const handler = t.instrument((request) => {
      query("SELECT orders", 40, 20);
      if (request.url.endsWith("n1")) { for (let i = 0; i < 20; i++) query("SELECT prices", 1, 1); }
      return new Response("ok");
    });
    for (let i = 0; i < 10; i++) await handler(new Request("http://localhost/orders"));
    await handler(new Request("http://localhost/n1"));
    durations.observe(0.5, labels("SELECT orders", "08006"));
    const { body } = await get("api/database");
    deepEqual(body.queries.map(({ summary }: { summary: string }) => summary), [
      "SELECT prices",
      "SELECT orders",
    ]);
    const [prices, orders] = body.queries;
    deepEqual(
      [prices.calls, prices.perRequest, prices.maxPerRequest, prices.repeats, prices.rows],
      [20, 20, 20, true, 1],
    );
    deepEqual(
      [orders.calls, orders.perRequest, orders.maxPerRequest, orders.repeats, orders.errors],
      [12, 1, 1, false, 1],
    );
    equal(orders.rows, 20);
    // A native bucket is 9 % wide.
    ok(Math.abs(orders.p50 - 40) < 3 && Math.abs(prices.p99 - 1) < 0.1, JSON.stringify(body));
    equal(body.requests, 11);
    equal(body.requestMs, 11 * 40 + 20);
    equal(orders.share, 2.04);
    equal(prices.share, 0.0435);
    match(prices.trace, /^[0-9a-f]{32}$/);
    equal((await get(`api/traces/${prices.trace}`)).status, 200);
    deepEqual((await get("api/database?after=1")).body.queries, [orders]);
    equal((await get("api/database?summary=x")).status, 400);
  });
});

test("queries too fast for a span are counted and named where a request repeats them", async () => {
  await serving(async ({ t, get }) => {
    const database = instrumentSqlite(t, new DatabaseSync(":memory:"));
    database.exec("CREATE TABLE prices (id INTEGER PRIMARY KEY, price REAL)");
    const price = database.prepare("SELECT price FROM prices WHERE id = ?");
    const handler = t.instrument((request) => {
      setRoute(request, "/prices");
      for (let id = 0; id < 25; id++) price.get(id);
      return new Response("ok");
    });
    for (let i = 0; i < 10; i++) await handler(new Request("http://localhost/prices"));
    const { queries } = (await get("api/database")).body;
    const { summary, calls, perRequest, maxPerRequest, repeats } = queries[0];
    deepEqual([summary, calls, perRequest, maxPerRequest, repeats], [
      "SELECT prices",
      250,
      25,
      25,
      true,
    ]);
    const { findings } = (await get("api/findings")).body;
    deepEqual(findings.map(({ title }: { title: string }) => title), [
      "/prices asks the database the same 25 times in one request: SELECT prices",
    ]);
    database.close();
  });
});

test("api/slos says what is left, how it was spent, and when it pages at this rate", async () => {
  await serving(async ({ t, clock, get }) => {
    const slo = t.slo("orders", { objective: 0.99, availability: { route: "/orders" } });
    for (let i = 0; i < 360; i++) {
      clock.advance(10_000);
      slo.good(100);
    }
    for (let i = 0; i < 30; i++) {
      clock.advance(10_000);
      slo.good(80);
      slo.bad(20);
    }
    clock.advance(1000);
    const { body: { slos: [told], health } } = await get("api/slos");
    equal(told.alert, "none");
    equal(told.question, "route:/orders why status>=500");
    deepEqual([told.bad, told.objective, told.alerts[0].burn], [600, 0.99, 14.4]);
    const { curve } = told;
    equal(curve.budget.length, curve.timeMs.length);
    ok(curve.budget.length >= 30 && curve.budget.length <= 60);
    equal(curve.budget.at(-1), Number(told.budgetRemaining.toPrecision(5)));
    equal(curve.budget[0], 1);
    ok(curve.budget.every((left: number, i: number) => i === 0 || left <= curve.budget[i - 1]));
    equal(health.status, "UP");
    // It does page then, and not a minute before.
    const pagesInMs: number = told.pagesInMs;
    ok(pagesInMs > 120_000 && pagesInMs < 3_600_000, `${pagesInMs}`);
    let pagedMs = 0;
    for (let ms = 0; ms < pagesInMs + 120_000 && pagedMs === 0; ms += 10_000) {
      clock.advance(10_000);
      slo.good(80);
      slo.bad(20);
      if (slo.state().alert === "page") pagedMs = ms + 10_000;
    }
    ok(Math.abs(pagedMs - pagesInMs) <= 60_000, `${pagedMs} for ${pagesInMs}`);
    equal((await get("api/slos")).body.slos[0].pagesInMs, 0);
  });
});

test("api/slos never pages without bad events, and has the strip of each component", async () => {
  await serving(async ({ t, clock, get }) => {
    t.slo("jobs", { objective: 0.9, custom: true }).good(100);
    let isUp = true;
    t.health.check("database", () => ({ status: isUp ? "UP" : "DOWN", description: "told" }));
    const startMs = clock.now();
    await t.health.refresh();
    clock.advance(600_000);
    isUp = false;
    await t.health.refresh();
    clock.advance(60_000);
    const { body: { slos: [slo], health } } = await get("api/slos");
    deepEqual([slo.pagesInMs, slo.question, slo.budgetRemaining], [null, undefined, 1]);
    const [database] = health.components;
    deepEqual([health.status, database.status, database.description], ["DOWN", "DOWN", "told"]);
    deepEqual(database.strip, [
      { status: "UP", fromMs: startMs, toMs: startMs + 600_000 },
      { status: "DOWN", fromMs: startMs + 600_000, toMs: startMs + 660_000 },
    ]);
  });
});

test("api/runtime has the process of the last minutes, and what happened meanwhile", async () => {
  await serving(async ({ t, clock, get, pass }) => {
    t.flags.define({ new_checkout: { default: false } });
    t.instrument(() => new Response("ok"));
    await get("api/runtime");
    clock.advance(1000);
    await t.metrics.scrape();
    pass(60_000);
    t.flags.set("new_checkout", { default: true });
    const changedMs = clock.now();
    pass(5000);
    const { body } = await get("api/runtime?last=5m");
    ok(body.timeMs.length >= 12 && body.timeMs.length <= 14, `${body.timeMs.length}`);
    for (const name of ["loopMs", "heapBytes", "cpu", "gc"]) {
      equal(body[name].length, body.timeMs.length);
    }
    ok(body.heapBytes.at(-1) > 1e6 && body.rssBytes > 1e6);
    ok(body.gc.every((share: number) => share >= 0 && share <= 1));
    const marks = body.markers.filter(({ kind }: { kind: string }) => kind === "flag");
    deepEqual(marks, [{
      timeMs: changedMs,
      kind: "flag",
      text: "flag new_checkout changed by set",
    }]);
    equal((await get("api/runtime?last=2h")).status, 400);
  });
});

test("api/flags tells what happened to the requests of each variant", async () => {
  await serving(async ({ t, clock, get }) => {
    t.flags.define({ fast: { default: false, rollout: { percentage: 50, by: "user" } } });
    let user = 0;
    const handler = t.instrument(() => {
      const isFast = t.flags.boolean("fast", { user: `u-${user++}` });
      clock.advance(isFast ? 5 : 20);
      return new Response("ok", { status: isFast && user % 2 === 0 ? 500 : 200 });
    });
    for (let i = 0; i < 200; i++) await handler(new Request("http://localhost/orders"));
    const [{ effect }] = (await get("api/flags")).body.flags;
    equal(effect.length, 2);
    equal(effect[0].requests + effect[1].requests, 200);
    const of = (variant: string) =>
      effect.find((one: { variant: string }) => one.variant === variant);
    const rows = await t.ask("flag.fast:on show count,errors");
    ok(rows.kind === "table");
    deepEqual([of("on").requests, of("on").p99, of("off").errors, of("off").p99], [
      rows.matched,
      5,
      0,
      20,
    ]);
    ok(of("on").errors > 0.3 && of("on").errors < 0.7);
  });
});

test("api/metrics lists what there is, and has the last hour of one", async () => {
  await serving(async ({ t, clock, get, pass }) => {
    const orders = t.metrics.counter("orders_total", "Orders placed", ["status"], { maxSeries: 3 });
    const handler = t.instrument(() => {
      clock.advance(20);
      return new Response("ok");
    });
    await handler(new Request("http://localhost/orders"));
    await get("api");
    clock.advance(1000);
    await t.metrics.scrape();
    for (let i = 0; i < 720; i++) {
      orders.add(10, { status: "completed" });
      if (i % 10 === 0) await handler(new Request("http://localhost/orders"));
      pass(5000);
    }
    for (let i = 0; i < 5; i++) orders.inc({ status: `made up ${i}` });
    let all: { name: string }[] = [], after = "";
    for (;;) {
      const { body } = await get(`api/metrics${after}`);
      all = [...all, ...body.metrics];
      if (body.more === 0) break;
      match(body.leftOff, /more metrics/);
      after = `?after=${all.at(-1)!.name}`;
    }
    const names = (await t.metrics.collect()).map(({ name }) => name);
    deepEqual(all.map(({ name }) => name), names);
    const { history, metrics: [first] } = (await get("api/metrics")).body;
    ok(history.series > 3 && history.bytes <= history.maxBytes);
    deepEqual([history.everyMs, history.maxSeries], [5000, 300]);
    equal(first.spark === undefined, first.kept === 0);
    const told = all.find(({ name }) => name === "orders_total");
    deepEqual({ ...told, spark: [] }, {
      name: "orders_total",
      type: "counter",
      help: "Orders placed",
      series: 4,
      kept: 1,
      atCap: true,
      overflowed: 3,
      label: "status",
      values: 3,
      spark: [],
    });
    const { body } = await get("api/metrics?name=orders_total&last=1h");
    const [series] = body.series;
    deepEqual([series.labels, series.last, series.values.at(-1)], [
      { status: "completed" },
      7200,
      2,
    ]);
    equal(series.values.length, 60);
    const { body: times } = await get("api/metrics?name=http_request_duration_seconds&last=1h");
    const [one] = times.series;
    ok(one.p99.at(-2) > 0.01 && one.p99.at(-2) <= 0.025, JSON.stringify(one.p99));
    equal(one.heat[0].length, one.bounds.length + 1);
    equal(one.exemplars[0].trace.length, 32);
    for (const query of ["?name=nothing", "?last=5m", "?after=nothing", "?name=a&after=b"]) {
      equal((await get(`api/metrics${query}`)).status, 400, query);
    }
  });
});

test("api/self says what is kept, lost and sent, and what that costs", async () => {
  await serving(async ({ t, get }) => {
    const { body } = await get("api/self");
    ok(body.kept.some(({ store }: { store: string }) => store === "metric points"));
    deepEqual([body.lost, body.export, body.lastError], [[], [], null]);
    ok(body.cost.bytes <= body.cost.maxBytes);
    equal(body.cost.exportSeconds, 0);
    t.faults.listener = () => {};
    t.faults.record("made up", new Error("password=hunter2 refused"));
    const { body: after } = await get("api/self");
    deepEqual(after.lost, [{ what: "errors", reason: "made up", count: 1 }]);
    equal(after.lastError.where, "made up");
    ok(!JSON.stringify(after).includes("hunter2"));
    (t.faults.counts() as Map<string, number>).clear();
  });
});
