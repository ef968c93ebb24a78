import assert from "node:assert/strict";
import { test } from "node:test";
import { type NumberFamily, Registry } from "../../src/metrics/mod.ts";

async function value(registry: Registry, labels = ""): Promise<number | undefined> {
  const [family] = await registry.collect() as NumberFamily[];
  return family?.samples.find((sample) => sample.labels.text === labels)?.value;
}

test("Gauge goes up and down, unbound and bound", async () => {
  const registry = new Registry();
  const carts = registry.gauge("active_carts", "Carts", ["shop"]);
  carts.set(10, { shop: "a" });
  carts.inc({ shop: "a" });
  carts.dec({ shop: "a" });
  carts.dec({ shop: "a" });
  carts.add(-2.5, { shop: "a" });
  const bound = carts.with({ shop: "a" });
  bound.inc();
  bound.add(1);
  bound.dec();
  assert.equal(await value(registry, 'shop="a"'), 7.5);
});

test("Gauge takes NaN and infinities, and drops what is not a number", async () => {
  const registry = new Registry();
  const gauge = registry.gauge("g", "G");
  for (const n of [NaN, -Infinity, Infinity]) {
    gauge.set(n);
    assert.equal(await value(registry), n);
  }
  gauge.set("7" as unknown as number);
  gauge.add(7n as unknown as number);
  assert.equal(await value(registry), Infinity);
  assert.equal(registry.counts.badValues, 2);
});

test("Gauge is set by its collect callback at each scrape", async () => {
  const registry = new Registry();
  let length = 3;
  registry.gauge("queue_length", "Jobs", [], {
    collect: async (gauge) => {
      await Promise.resolve();
      gauge.set(length);
    },
  });
  assert.equal(await value(registry), 3);
  length = 4;
  assert.equal(await value(registry), 4);
});

test("Gauge whose collect callback throws keeps its value and is counted", async () => {
  const registry = new Registry();
  registry.gauge("queue_length", "Jobs", [], {
    collect: () => {
      throw new Error("no queue");
    },
  }).set(9);
  assert.equal(await value(registry), 9);
  assert.equal(registry.faults.counts().get("collector"), 1);
});

test("Gauge.remove and Gauge.clear forget series", async () => {
  const registry = new Registry();
  const gauge = registry.gauge("g", "G", ["a"]);
  gauge.set(1, { a: "1" });
  gauge.set(2, { a: "2" });
  assert.equal(gauge.remove({ a: "1" }), true);
  assert.equal(gauge.size, 1);
  gauge.clear();
  assert.equal(gauge.size, 0);
  assert.equal(await value(registry, 'a="2"'), undefined);
});
