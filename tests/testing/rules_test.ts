import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { run, type Telltale, telltale } from "../../mod.ts";
import {
  lint,
  type LintedParts,
  type LintFinding,
  type LintRule,
  observe,
} from "../../src/testing/mod.ts";
import { VERSION } from "../../src/testing/rules/conventions_table.ts";
import { tableText } from "./conventions_source.ts";

const quiet = { log: { sinks: [] }, console: false, otlp: false } as const;
const REQUEST = "http://localhost/orders";

/** What a test did wrong, and the place and value that the finding names; the same done right finds nothing. */
interface Case {
  readonly rule: LintRule;
  readonly wrong: (t: Telltale) => unknown;
  readonly right: (t: Telltale) => unknown;
  readonly place: string;
  readonly value: string | RegExp;
}

const ID = "5f0f3a52-9f1b-4a5e-8f1e-0c6f3a1b2c3d";

/** Runs `fn` in a request. */
async function request(t: Telltale, fn: () => unknown) {
  const handler = t.instrument(async () => {
    const answer = await fn();
    return answer instanceof Response ? answer : new Response("ok");
  });
  await Promise.resolve(handler(new Request(REQUEST))).catch(() => {});
}

/** Work that nothing connects with the request: a pool's callback, say. */
function lost<T>(fn: () => T): Promise<T> {
  return new Promise((resolve) => waiting.push(() => resolve(fn())));
}
const waiting: (() => void)[] = [];
/** Runs what is lost, outside of the request. */
async function pool(work: Promise<unknown>) {
  let isDone = false;
  work.then(() => isDone = true);
  while (!isDone) {
    for (const fn of waiting.splice(0)) fn();
    await Promise.resolve();
  }
}

const CASES: readonly Case[] = [
  {
    rule: "help",
    wrong: (t) => t.metrics.counter("jobs_total", "").inc(),
    right: (t) => t.metrics.counter("jobs_total", "Jobs done").inc(),
    place: "metric jobs_total",
    value: "jobs_total",
  },
  {
    rule: "naming",
    wrong: (t) => t.metrics.counter("jobs", "Jobs done").inc(),
    right: (t) => t.metrics.counter("jobs_total", "Jobs done").inc(),
    place: "metric jobs",
    value: "jobs",
  },
  {
    rule: "naming",
    wrong: (t) => t.tracer.span(`load order ${ID}`, () => {}),
    right: (t) => t.tracer.span("load order", (span) => span.set("order.id", ID)),
    place: 'span "load order …"',
    value: ID,
  },
  {
    rule: "units",
    wrong: (t) => t.metrics.gauge("wait_milliseconds", "Time in the queue").set(2),
    right: (t) => t.metrics.gauge("wait_seconds", "Time in the queue").set(2),
    place: "metric wait_milliseconds",
    value: "wait_milliseconds",
  },
  {
    rule: "cardinality",
    wrong: (t) => {
      const orders = t.metrics.counter("orders_total", "Orders", ["customer"]);
      for (let i = 0; i < 20; i++) orders.inc({ customer: `c${i}` });
    },
    right: (t) => {
      const orders = t.metrics.counter("orders_total", "Orders", ["country"]);
      for (let i = 0; i < 200; i++) orders.inc({ country: `c${i % 20}` });
    },
    place: "metric orders_total, label customer",
    value: "c0",
  },
  {
    rule: "cardinality",
    wrong: (t) => {
      const orders = t.metrics.gauge("last_order", "Orders", ["order"]);
      for (const order of [ID, ID.replace("5f", "6f")]) orders.set(1, { order });
    },
    right: (t) => t.metrics.gauge("last_order", "Orders", ["shop"]).set(1, { shop: "north" }),
    place: "metric last_order, label order",
    value: ID,
  },
  {
    rule: "cardinality",
    wrong: (t) => {
      for (let i = 0; i < 20; i++) t.log.info(`order ${i} placed`);
    },
    right: (t) => {
      for (let i = 0; i < 20; i++) t.log.info("order placed", { order_id: i });
    },
    place: 'log line "order # placed"',
    value: '"order 0 placed"',
  },
  {
    rule: "secret",
    wrong: (t) => t.log.info("paid", { note: "card 4111 1111 1111 1111" }),
    right: (t) => t.log.info("paid", { password: "x", order: "411111111", password_count: 2 }),
    place: "log line paid, field note",
    value: "card [REDACTED]",
  },
  {
    rule: "secret",
    wrong: (t) => t.metrics.counter("logins_total", "Logins", ["token"]).inc({ token: "abc" }),
    right: (t) => t.metrics.counter("logins_total", "Logins", ["method"]).inc({ method: "token" }),
    place: "metric logins_total, label token",
    value: "[REDACTED]",
  },
  {
    rule: "secret",
    wrong: (t) =>
      t.tracer.span("call", (span) => span.event("sent", { key: "AKIAIOSFODNN7EXAMPLE" })),
    right: (t) => t.tracer.span("call", (span) => span.event("sent", { key: "primary" })),
    place: "span call, event sent, attribute key",
    value: "[REDACTED]",
  },
  {
    rule: "personal-data",
    wrong: (t) => t.log.info("signed up", { user: { homeEmail: "ada" } }),
    right: (t) => t.log.info("signed up", { user: { emails_sent: 2, plan: "pro" } }),
    place: 'log line "signed up", field user.homeEmail',
    value: "[REDACTED]",
  },
  {
    rule: "personal-data",
    wrong: (t) => t.event("mail ada@example.org", () => {}),
    right: (t) => t.event("mail", () => {}),
    place: "name of a span",
    value: "mail [REDACTED]",
  },
  {
    rule: "span-not-ended",
    wrong: (t) => void t.tracer.start("open"),
    right: (t) => t.tracer.start("closed").end(),
    place: "span open",
    value: "open",
  },
  {
    rule: "span-without-parent",
    wrong: (t) =>
      request(t, () => pool(lost(() => t.tracer.span("query", { parent: null }, () => {})))),
    right: async (t) => {
      await request(t, () => t.tracer.span("query", () => {}));
      t.tracer.span("cleanup", () => {});
      await request(t, () => t.event("import", () => {}));
    },
    place: "span query",
    value: /^[0-9a-f]{32}$/,
  },
  {
    rule: "error-recorded-twice",
    wrong: (t) =>
      t.tracer.span("charge", (span) => {
        span.fail(new Error("declined"));
        span.event("exception", { "exception.type": "Error", "exception.message": "declined" });
      }),
    right: (t) => t.tracer.span("charge", (span) => span.fail(new Error("declined")).fail(1)),
    place: "span charge",
    value: '"Error: declined"',
  },
  {
    rule: "error-recorded-twice",
    wrong: (t) =>
      request(t, () => {
        const error = new Error("no route");
        t.log.error("charge failed", { error });
        throw error;
      }),
    right: (t) => request(t, () => t.log.error("charge failed", { error: new Error("no route") })),
    place: 'log lines "charge failed" and "request failed"',
    value: '"Error: no route"',
  },
  {
    rule: "error-not-recorded",
    wrong: (t) => request(t, () => new Response("", { status: 503 })),
    right: async (t) => {
      await request(t, () => {
        t.log.error("payments is down");
        return new Response("", { status: 503 });
      });
      await request(t, () => {
        throw new Error("bug");
      });
      await request(t, () => new Response("", { status: 404 }));
    },
    place: "span GET",
    value: "503",
  },
  {
    rule: "error-not-recorded",
    wrong: (t) =>
      t.tracer.span("charge", (span) => span.event("exception", { "exception.type": "E" })),
    right: (t) => t.tracer.span("charge", (span) => span.fail(new Error("declined"))),
    place: "span charge",
    value: '"E: undefined"',
  },
  {
    rule: "line-without-trace",
    wrong: (t) => request(t, () => outside(() => t.log.info("query done", { rows: 2 }))),
    right: async (t) => {
      await request(t, () => t.log.info("query done"));
      outside(() => t.log.info("cleaned up"));
    },
    place: 'log line "query done"',
    value: 'info "query done"  rows=2',
  },
  {
    rule: "attribute-convention",
    wrong: (t) => t.tracer.span("GET", (span) => span.set("http.method", "GET")),
    right: (t) =>
      t.tracer.span("GET", (span) => {
        span.set("http.request.method", "GET").set("http.request.header.accept", ["*/*"]);
        span.set("order.id", 7).set("user.plan", "pro").set("plain", 1);
      }),
    place: "span GET, attribute http.method",
    value: "http.method",
  },
  {
    rule: "histogram-bounds",
    wrong: (t) => {
      const items = t.metrics.histogram("items", "Items", { buckets: [100, 200, 500] });
      for (let i = 0; i < 30; i++) items.observe(i);
    },
    right: (t) => {
      const items = t.metrics.histogram("items", "Items", { buckets: [5, 10, 20, 50] });
      const sizes = t.metrics.histogram("sizes", "Sizes");
      for (let i = 0; i < 30; i++) {
        items.observe(i);
        sizes.observe(1);
      }
    },
    place: "metric items",
    value: "value <= 100",
  },
  {
    rule: "histogram-bounds",
    wrong: (t) => {
      const widths = t.metrics.histogram("widths", "Widths", { buckets: [1, 2] });
      for (let i = 0; i < 30; i++) widths.observe(i);
    },
    right: (t) => t.metrics.histogram("widths", "Widths", { buckets: [1, 2] }).observe(9),
    place: "metric widths",
    value: "2",
  },
  {
    rule: "exemplars",
    wrong: async (t) => {
      const items = t.metrics.histogram("items", "Items", { exemplars: false });
      await request(t, () => items.observe(2));
    },
    right: async (t) => {
      const items = t.metrics.histogram("items", "Items");
      await request(t, () => items.observe(2));
    },
    place: "metric items",
    value: "1 observations",
  },
];

/** Runs `fn` in the observer's scope, and in no context of Telltale. */
function outside(fn: () => void): void {
  run(undefined, fn);
}

for (const { rule, wrong, right, place, value } of CASES) {
  test(`lint() finds ${rule} at ${place}, and nothing where it is right`, async () => {
    await using t = telltale(quiet);
    using seen = observe(t);
    await wrong(t);
    const found = await lint(seen);
    const finding = found.find((one) => one.rule === rule && one.place === place);
    assert.ok(finding !== undefined, JSON.stringify(found, undefined, 2));
    if (value instanceof RegExp) assert.match(finding.value, value);
    else assert.equal(finding.value, value);
    assert.ok(finding.problem.length > 10 && finding.remedy.length > 10);
    seen.close();

    await using other = telltale(quiet);
    using calm = observe(other);
    await right(other);
    assert.deepEqual(await lint(calm), []);
  });
}

test("lint() of a composition finds the same without an observer", async () => {
  await using t = telltale(quiet);
  const orders = t.metrics.counter("orders", "", ["customer"]);
  await request(t, () => {
    orders.inc({ customer: "ada@example.org" });
    t.log.info("mail to ada@example.org");
    t.tracer.span("GET", (span) => span.set("http.method", "GET"));
    t.tracer.start("open");
  });
  const places = (found: LintFinding[]) => found.map(({ rule, place }) => `${rule}: ${place}`);
  const all = await lint(t);
  assert.deepEqual(places(all), [
    "help: metric orders",
    "naming: metric orders",
    "personal-data: message of a log line",
    "personal-data: metric orders_total, label customer".replace("_total", ""),
    'span-not-ended: span "(1 unnamed)"',
    "attribute-convention: span GET, attribute http.method",
  ]);
  assert.ok(!JSON.stringify(all).includes("ada@"), "no value of a person is shown");
  assert.deepEqual(places(await lint(t, { rules: ["help"] })), ["help: metric orders"]);
  const except = ({ rule }: LintFinding) => rule !== "naming";
  assert.deepEqual(places(await lint(t, { except })), ["naming: metric orders"]);
});

test("lint() of an observer does not tell what other tests did", async () => {
  await using t = telltale(quiet);
  t.metrics.counter("bad", "").inc();
  using seen = observe(t);
  t.metrics.counter("good_total", "Good").inc();
  assert.deepEqual(await lint(seen), []);
});

test("lint() takes no id of a trace and no digest for a card's number, whatever their digits", async () => {
  const card = "4111111111111111";
  const rows = (fields: object) => ({ events: [{ route: "/", ...fields }] }) as LintedParts;
  assert.deepEqual(await lint(rows({ span: card, trace: `a${card}`, etag: `d${card}b` })), []);
  const [finding] = await lint(rows({ order: card }));
  assert.equal(finding?.place, "row of /, field order");
});

test("lint() refuses what can't be linted, and unknown options", () => {
  const table: [() => unknown, RegExp][] = [
    [() => lint({}), /it must be an observer or have one of tracer, log, metrics, events/],
    [
      () => lint({ events: [] }, { rule: [] } as never),
      /unknown option "rule", did you mean "rules"/,
    ],
    [() => lint({ events: [] }, { rules: ["x"] } as never), /each of rules must be one of help, /],
    [() => lint({ events: [] }, { except: 1 } as never), /except must be a function/],
  ];
  for (const [fn, message] of table) assert.throws(fn, { name: "TypeError", message });
});

test("the table of conventions is what the published package says", () => {
  const url = new URL("../../src/testing/rules/conventions_table.ts", import.meta.url);
  assert.equal(readFileSync(url, "utf8"), tableText());
  assert.equal(VERSION, "1.45.0");
});
