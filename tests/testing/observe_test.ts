import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "../manual_clock.ts";
import { type Telltale, telltale } from "../../mod.ts";
import { observe, type Observed } from "../../src/testing/mod.ts";
import { Counter } from "../../src/metrics/instrument/counter.ts";
import { Registry } from "../../src/metrics/registry.ts";
import { HANG_MS } from "../tool.ts";
import { serve } from "../../src/serve/node.ts";

const quiet = { log: { sinks: [] }, console: false, otlp: false } as const;

/** An order service with every kind of telemetry. */
function shop(t: Telltale) {
  const orders = t.metrics.counter("orders_total", "Orders placed", ["status", "shop"]);
  const carts = t.metrics.gauge("open_carts", "Carts that are open");
  const sizes = t.metrics.histogram("order_items", "Items of an order");
  return t.instrument(async (request) => {
    const { searchParams } = new URL(request.url), id = searchParams.get("id") ?? "1";
    await Promise.resolve();
    t.note({ order_id: id });
    const status = await t.tracer.span("charge card", async (span) => {
      span.set("payment.method", "card");
      await Promise.resolve();
      try {
        t.tracer.span("POST payments", { kind: "client" }, () => {
          if (searchParams.has("decline")) throw new Error("card declined");
        });
      } catch (error) {
        span.fail(error);
        return "failed";
      }
      return "completed";
    });
    carts.inc();
    sizes.observe(Number(id));
    orders.inc({ status, shop: "north" });
    t.log.info("order placed", { order_id: id, status });
    return new Response(id);
  });
}

/** The message of what an assertion throws. */
function messageOf(fn: () => unknown): string {
  try {
    fn();
  } catch (error) {
    assert.equal((error as Error).name, "AssertionError");
    return (error as Error).message;
  }
  assert.fail("the assertion should fail");
}

test("observe() captures spans, lines, metrics and rows of a handler", async () => {
  await using t = telltale(quiet);
  const handler = shop(t);
  using seen = observe(t);
  await handler(new Request("http://localhost/orders?id=456&decline"));
  seen.span("charge card").has({ "payment.method": "card" }).failed("card declined")
    .child("POST payments").failed(/declined/).event("exception", {
      "exception.message": "card declined",
    });
  seen.metric("orders_total", { status: "failed" }).by(1);
  seen.metric("orders_total", { status: "completed" }).by(0);
  seen.metric("orders_total").by(1);
  seen.metric("open_carts").by(1).is(1);
  seen.metric("order_items").by(1).observed(456).observed((value) => value > 400);
  seen.metric("http_requests_total").by(1);
  seen.line("order placed").has({ order_id: "456", status: /fail/ }).level("info").times(1);
  seen.row({ order_id: "456" }).has({ status: 200, spans: 2 }).times(1);
  seen.span(/^GET/).succeeded();
});

test("observe() of a handler takes paths, and captures whatever runs in it", async () => {
  await using t = telltale(quiet);
  using seen = observe(shop(t));
  assert.equal(await (await seen.fetch("/orders?id=7")).text(), "7");
  seen.metric("orders_total", { status: "completed" }).by(1);
  seen.span("charge card").succeeded().times(1);
});

test("tests side by side on one composition see their own telemetry, exactly", async () => {
  await using t = telltale(quiet);
  const handler = shop(t);
  await Promise.all(Array.from({ length: 20 }, async (_, i) => {
    using seen = observe(t);
    await Promise.resolve();
    for (let n = 0; n <= i; n++) {
      const path = `http://localhost/orders?id=${i}${n % 2 ? "&decline" : ""}`;
      // Half by the context of the function, half by that of run().
      const send = () => handler(new Request(path));
      await (i % 2 ? seen.run(send) : send());
    }
    const failed = Math.floor((i + 1) / 2);
    seen.span("charge card").times(i + 1);
    seen.line("order placed").has({ order_id: `${i}` }).times(i + 1);
    seen.metric("orders_total", { status: "failed" }).by(failed);
    seen.metric("orders_total", { status: "completed" }).by(i + 1 - failed);
    assert.deepEqual(seen.metric("order_items").values, Array(i + 1).fill(i));
    assert.equal(seen.rows.length, i + 1);
    assert.ok(seen.rows.every((row) => row.order_id === `${i}`));
    assert.equal(seen.unclear, 0);
  }));
});

test(
  "requests over a connection belong to the test that sent them",
  { timeout: HANG_MS },
  async () => {
    await using t = telltale(quiet);
    // Instrumented once: the server gets it as it is.
    const handler = shop(t);
    const server = serve(t, { port: 0, hostname: "127.0.0.1" }, (request) => handler(request));
    await new Promise<void>((resolve) => void server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    try {
      await Promise.all([3, 4].map(async (count) => {
        using seen = observe(t);
        for (let n = 0; n < count; n++) {
          const url = `http://127.0.0.1:${port}/orders?id=${count}`;
          await (await (n % 2 ? seen.fetch(url) : seen.run(() => t.fetch(url)))).text();
        }
        await seen.eventually(() => seen.row({ order_id: `${count}` }).times(count));
        seen.metric("orders_total", { status: "completed" }).by(count);
        seen.span("charge card").times(count);
        seen.line("order placed").has({ order_id: `${count}` }).times(count);
      }));
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  },
);

test("a message shows what was there, the nearest first", async () => {
  await using t = telltale(quiet);
  const handler = shop(t);
  using seen = observe(t);
  await handler(new Request("http://localhost/orders?id=456&decline"));
  assert.equal(
    messageOf(() => seen.span("charge crad")),
    `No span "charge crad" was recorded

There were 3 spans:
  charge card error: "card declined"  payment.method=card error.type=Error   <- did you mean this one?
  POST payments (client) error: "card declined"  error.type=Error
  ${seen.spans[2]!.name} (server)  ${
      messageOf(() => seen.span("x")).split("\n").at(-1)!.split("(server)  ")[1]
    }`,
  );
  assert.match(
    messageOf(() => seen.span("charge card").child("POST payment")),
    /^No child "POST payment" of span "charge card" was recorded\n\nThere was 1 child:\n {2}POST payments \(client\) error: "card declined".*did you mean/,
  );
  assert.equal(
    messageOf(() => seen.line("order placed").has({ order_id: 457, status: /completed/ })),
    `Line "order placed" has other fields (- expected, + actual)

- order_id: 457
- status: /completed/
+ order_id: 456
+ status: failed
`,
  );
});

test("a message of a metric shows its other series", async () => {
  await using t = telltale(quiet);
  const handler = shop(t);
  using seen = observe(t);
  await handler(new Request("http://localhost/orders?id=5&decline"));
  assert.equal(
    messageOf(() => seen.metric("orders_total", { status: "completed" }).by(1)),
    `orders_total{status="completed"} was changed by 0, not by 1

There was 1 series of orders_total:
  orders_total{status="failed",shop="north"} +1`,
  );
  assert.match(
    messageOf(() => seen.metric("order_totals").by(0)),
    /^No metric "order_totals" is registered, did you mean "orders_total"\?$/,
  );
  assert.match(messageOf(() => seen.metric("open_carts").is(2)), /^open_carts is 1, not 2\n/);
  assert.match(messageOf(() => seen.metric("order_items").observed(6)), /observe 6, but 5\n/);
});

test("messages of other assertions", async () => {
  await using t = telltale(quiet);
  const handler = shop(t);
  using seen = observe(t);
  assert.match(messageOf(() => seen.row({ order_id: "1" })), /There was no row at all\.$/);
  await handler(new Request("http://localhost/orders?id=1"));
  const table: [() => unknown, RegExp][] = [
    [() => seen.line("order paid"), /No line "order paid" was logged\n\nThere were 3 lines:/],
    [() => seen.line("order placed").level("warn"), /is not at level "warn"/],
    [() => seen.row({ order_id: "2" }), /the nearest[^]*- order_id: 2\n\+ order_id: 1\n/],
    [() => seen.span("charge card").times(2), /Expected 2 times span "charge card", got 1/],
    [
      () => seen.span("charge card").failed(),
      /Span "charge card" did not fail[^]*└─ POST payments/,
    ],
    [
      () => seen.span("charge card").event("paid"),
      /has no such event "paid"\n\nThere was no event/,
    ],
    [() => seen.span("charge card").line("x"), /No line "x" in span "charge card" was logged/],
    [
      () => seen.span("charge card").has({ "payment.method": undefined }),
      /\+ payment.method: card/,
    ],
  ];
  for (const [fn, message] of table) assert.match(messageOf(fn), message);
  seen.noErrors();
  await handler(new Request("http://localhost/orders?decline"));
  assert.match(messageOf(() => seen.noErrors()), /There were errors:\n {2}POST payments/);
  assert.match(messageOf(() => seen.span("POST payments").failed().succeeded()), /failed\n\n/);
});

test("Observed.trace() draws a tree with events and lines", async () => {
  await using t = telltale(quiet);
  using seen = observe(t);
  t.tracer.span("order", (span) => {
    t.log.info("begun", { items: 2 });
    t.tracer.span("charge", (inner) => inner.event("accepted", { by: "bank" }));
    span.set("id", 7);
  });
  assert.equal(
    seen.trace().replace(/\d+(\.\d+)? ms/g, "N ms"),
    `order  N ms
├─ - info begun  items=2
└─ charge  N ms
   └─ * accepted  by=bank`,
  );
});

test("Observed.trace() has lines where they were written, though their clock is another", async () => {
  const clock = new ManualClock();
  await using t = telltale({ ...quiet, clock });
  t.tracer.span("before", () => {});
  using seen = observe(t);
  t.tracer.span("order", () => {
    // As the wall clock and a monotonic one differ, by less than a step that is corrected.
    clock.step(1);
    t.log.info("begun");
    t.tracer.span("charge", () => clock.advance(20));
    t.log.info("charged");
    clock.step(-2);
    t.tracer.span("pack", () => {});
    t.log.info("packed");
  });
  assert.deepEqual(seen.trace().replace(/ {2}\d+ ms/g, "").split("\n"), [
    "order",
    "├─ - info begun",
    "├─ charge",
    "├─ - info charged",
    "├─ pack",
    "└─ - info packed",
  ]);
});

test("Observed.eventually() waits for what comes later, and says what is missing", async () => {
  await using t = telltale(quiet);
  using seen = observe(t);
  const later = seen.eventually(() => seen.span("later").times(2));
  t.tracer.span("later", () => {});
  t.tracer.span("later", () => {});
  assert.equal((await later).all.length, 2);
  await assert.rejects(seen.eventually(() => seen.span("never"), 1), /No span "never"/);
});

test("what comes outside of all scopes is of the only observer, or of none", async () => {
  await using t = telltale(quiet);
  const timers: (() => void)[] = [() => t.log.info("tick")];
  const first = observe(t);
  // A timer of before has no scope: the runner of another test.
  const tick = outsideOfAll(timers[0]!);
  await tick();
  first.line("tick").times(1);
  const second = observe(t);
  await tick();
  first.line("tick").times(1);
  assert.match(
    messageOf(() => second.line("tick")),
    /1 things were recorded outside of all scopes while several observers were open/,
  );
  second.close();
  first.close();
});

test("observers leave the methods as they were, and capture nothing after close()", async () => {
  await using t = telltale(quiet);
  const before = Counter.prototype.inc;
  const methodsOf = () => [
    t.metrics.counter("a_total", "A").with().inc,
    t.tracer.start,
    t.log.ring.push,
  ];
  const plain = methodsOf(), seen = observe(t), other = observe(t);
  assert.notEqual(methodsOf()[0], plain[0]);
  seen.close();
  seen.close();
  assert.notEqual(methodsOf()[0], plain[0]);
  other.close();
  assert.deepEqual(methodsOf(), plain);
  assert.equal(Counter.prototype.inc, before);
  t.tracer.span("after", () => {});
  assert.equal(other.spans.length, 0);
});

test("parts are observed alone; refused samples are no change", () => {
  const registry = new Registry(), other = new Registry();
  using seen = observe({ metrics: registry });
  const jobs = registry.counter("jobs_total", "Jobs"), depth = registry.gauge("depth", "Depth");
  other.counter("jobs_total", "Jobs").inc();
  jobs.add(3);
  jobs.add(-1);
  depth.set(4);
  depth.set("x" as never);
  registry.summary("waits", "Waits").observe(2);
  registry.histogram("sizes", "Sizes").observe(NaN);
  seen.metric("jobs_total").by(3);
  seen.metric("depth").by(4).is(4);
  seen.metric("waits").by(1).observed(2);
  seen.metric("sizes").by(0);
});

test("what is kept is bounded", () => {
  const registry = new Registry();
  using seen = observe({ metrics: registry }, { maxItems: 2 });
  const jobs = registry.counter("jobs_total", "Jobs", ["kind"]);
  for (const kind of ["a", "b", "c"]) jobs.inc({ kind });
  assert.equal(seen.changes.length, 2);
  assert.equal(seen.dropped, 1);
  assert.match(messageOf(() => seen.metric("jobs_total").by(3)), /1 things were not kept/);
});

test("flags are captured with their variants", async () => {
  await using t = telltale(quiet);
  t.flags.define({ checkout: { default: "old", variants: { old: 1, new: 2 } } });
  using seen = observe(t);
  t.flags.number("checkout");
  assert.deepEqual(seen.flag("checkout"), ["old"]);
  assert.deepEqual(seen.flag("other"), []);
});

test("observe() refuses what is no target, and unknown options", () => {
  const table: [() => Observed, string, RegExp][] = [
    [() => observe(undefined as never), "TypeError", /target must be an object, got undefined/],
    [() => observe({}), "TypeError", /handler or have one of tracer, log, metrics, events/],
    [
      () => observe({ metrics: new Registry() }, { maxItem: 1 } as never),
      "TypeError",
      /did you mean "maxItems"/,
    ],
    [() => observe({ metrics: new Registry() }, { maxItems: 0 }), "RangeError", /from 1, got 0/],
  ];
  for (const [fn, name, message] of table) assert.throws(fn, { name, message });
});

/** Calls a function in the context of the module. */
function outsideOfAll(fn: () => void): () => Promise<void> {
  return () => atStart(fn);
}

const atStart = startOf();

/** A loop that runs what it is given, in no context. */
function startOf(): (fn: () => void) => Promise<void> {
  const given: { fn: () => void; done: () => void }[] = [];
  let wake = () => {};
  (async () => {
    for (;;) {
      await new Promise<void>((resolve) => wake = resolve);
      for (const { fn, done } of given.splice(0)) {
        fn();
        done();
      }
    }
  })();
  return (fn) =>
    new Promise<void>((done) => {
      given.push({ fn, done });
      wake();
    });
}
