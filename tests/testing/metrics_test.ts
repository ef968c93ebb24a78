import assert, { AssertionError } from "node:assert/strict";
import { test } from "node:test";
import { encodeOpenMetrics, encodeText, numberFamily, Registry } from "../../src/metrics/mod.ts";
import { ParseError } from "../../src/testing/mod.ts";
import { compareExposition, countSeries, seriesValue } from "../../src/testing/mod.ts";
import { everything } from "../metrics/pages.ts";

function shop(): Registry {
  const registry = new Registry();
  const orders = registry.counter("orders_total", "Orders placed", ["status", "card"]);
  orders.inc({ status: "new", card: true });
  orders.add(2, { status: "paid", card: false });
  registry.gauge("stock", "On the shelf").set(-1);
  const waits = registry.histogram("wait_seconds", "In the queue", ["queue"], { buckets: [1, 2] });
  for (const seconds of [0.5, 1, 1.5, 9]) waits.observe(seconds, { queue: "mail" });
  registry.summary("size_bytes", "Sizes", [], { quantiles: [0.5] }).observe(8);
  registry.stateSet("light", "Which is on", ["red", "green"]).set("green");
  return registry;
}

const VALUES: readonly (readonly [string, Record<string, string | number | boolean>?, number?])[] =
  [
    ["orders_total", { status: "new", card: true }, 1],
    ["orders_total", { card: "false", status: "paid" }, 2],
    ["orders_total", { status: "new" }, undefined],
    ["orders_total", { status: "new", card: true, more: 1 }, undefined],
    ["orders_total", { status: "none", card: true }, undefined],
    ["orders_total", {}, undefined],
    ["orders", { status: "new", card: true }, undefined],
    ["stock", undefined, -1],
    ["stock", { a: "b" }, undefined],
    ["stock_count", undefined, undefined],
    ["wait_seconds", { queue: "mail" }, undefined],
    ["wait_seconds_count", { queue: "mail" }, 4],
    ["wait_seconds_count", { queue: "print" }, undefined],
    ["wait_seconds_sum", { queue: "mail" }, 12],
    ["wait_seconds_bucket", { queue: "mail", le: 1 }, 2],
    ["wait_seconds_bucket", { queue: "mail", le: "2.0" }, 3],
    ["wait_seconds_bucket", { queue: "mail", le: "+Inf" }, 4],
    ["wait_seconds_bucket", { le: Infinity, queue: "mail" }, 4],
    ["wait_seconds_bucket", { queue: "mail", le: 3 }, undefined],
    ["wait_seconds_bucket", { queue: "mail" }, undefined],
    ["size_bytes_count", undefined, 1],
    ["size_bytes_sum", undefined, 8],
    ["size_bytes", { quantile: 0.9 }, undefined],
    ["light", { light: "green" }, 1],
    ["light", { light: "red" }, 0],
    ["nothing", undefined, undefined],
  ];

test("seriesValue() returns the value of a series by its name on a page", async () => {
  const registry = shop();
  for (const [name, labels, value] of VALUES) {
    assert.equal(await seriesValue(registry, name, labels), value, name + JSON.stringify(labels));
  }
  const median = await seriesValue(registry, "size_bytes", { quantile: "0.5" });
  assert.ok(Math.abs(median! - 8) < 0.5);
});

test("seriesValue() reads families as well as a registry", async () => {
  const families = [numberFamily("gauge", "a", "", [[7, { b: 1 }]])];
  assert.equal(await seriesValue(families, "a", { b: "1" }), 7);
});

test("countSeries() counts the series of one family, or of all of them", async () => {
  const registry = shop();
  assert.equal(await countSeries(registry, "orders_total"), 2);
  assert.equal(await countSeries(registry, "wait_seconds"), 1);
  assert.equal(await countSeries(registry, "nothing"), 0);
  assert.equal(await countSeries(registry), 7);
});

const EXPECTED = `
# TYPE stock gauge
# HELP stock On the shelf
stock -1

# HELP orders_total Orders placed
# TYPE orders_total counter
orders_total{status="paid",card="false"} 2
orders_total{card="true",status="new"} 1
`;

test("compareExposition() ignores every order", async () => {
  await compareExposition(shop(), EXPECTED, ["orders_total", "stock"]);
});

test("compareExposition() holds for a registry and its own page, in both formats", async () => {
  const registry = everything();
  const families = await registry.collect();
  await compareExposition(registry, encodeText(families));
  // OpenMetrics leaves out sums of negative observations.
  const names = families.map(({ name }) => name)
    .filter((name) => !/change|depth|balance/.test(name));
  await compareExposition(registry, encodeOpenMetrics(families, { created: true }), names);
});

test("compareExposition() shows the differences and the lines around them", async () => {
  const expected = EXPECTED
    .replace("stock -1", "stock 5")
    .replace("On the shelf", "In the shop") + "gone 1\n";
  await assert.rejects(
    compareExposition(shop(), expected, ["orders_total", "stock", "gone", "light"]),
    (error) => {
      assert.ok(error instanceof AssertionError);
      assert.equal(
        error.message,
        `Metrics are not as expected (- expected, + actual)

- # TYPE gone untyped
- gone 1
+ # HELP light Which is on
+ # TYPE light gauge
+ light{light="green"} 1
+ light{light="red"} 0
  # HELP orders_total Orders placed
  # TYPE orders_total counter
  orders_total{card="false",status="paid"} 2
  orders_total{card="true",status="new"} 1
- # HELP stock In the shop
+ # HELP stock On the shelf
  # TYPE stock gauge
- stock 5
+ stock -1
`,
      );
      return true;
    },
  );
});

test("compareExposition() leaves out lines far from any difference", async () => {
  const page = Array.from({ length: 100 }, (_, i) => `a{b="${100 + i}"} 1\n`).join("");
  const actual = Array.from({ length: 100 }, (_, i): [number, { b: number }] => [
    i === 0 || i === 50 ? 2 : 1,
    { b: 100 + i },
  ]);
  await assert.rejects(
    compareExposition([numberFamily("unknown", "a", "", actual)], page),
    (error: Error) => {
      assert.equal(
        error.message.split("\n\n")[1],
        `  # TYPE a untyped
- a{b="100"} 1
+ a{b="100"} 2
  a{b="101"} 1
  a{b="102"} 1
  …
  a{b="148"} 1
  a{b="149"} 1
- a{b="150"} 1
+ a{b="150"} 2
  a{b="151"} 1
  a{b="152"} 1
`,
      );
      return true;
    },
  );
});

test("compareExposition() of two pages with nothing in common is not slow", async () => {
  const page = Array.from({ length: 5000 }, (_, i) => `a{b="${i}"} 1\n`).join("");
  const other = Array.from({ length: 5000 }, (_, i): [number, { c: number }] => [1, { c: i }]);
  await assert.rejects(
    compareExposition([numberFamily("unknown", "a", "", other)], page),
    (error: Error) => error.message.split("\n- ").length === 5001,
  );
});

test("compareExposition() rejects with the ParseError of a bad page", async () => {
  await assert.rejects(compareExposition(shop(), "stock\n"), ParseError);
});
