import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Faults, type NumberFamily, Registry } from "../../src/metrics/mod.ts";

async function values(registry: Registry, name: string): Promise<Record<string, number>> {
  const family = (await registry.collect()).find((family) => family.name === name) as NumberFamily;
  return Object.fromEntries(family.samples.map(({ labels, value }) => [labels.text, value]));
}

test("Counter counts by label set, unbound and bound", async () => {
  const registry = new Registry();
  const orders = registry.counter("orders_total", "Orders", ["status", "method"]);
  orders.inc({ status: "ok", method: "card" });
  orders.inc({ method: "card", status: "ok" });
  orders.add(2.5, { status: "failed", method: "cash" });
  orders.with({ status: "ok", method: "card" }).add(3);
  assert.deepEqual(await values(registry, "orders_total"), {
    'status="ok",method="card"': 5,
    'status="failed",method="cash"': 2.5,
  });
});

test("Counter without labels is zero before the first sample", async () => {
  const registry = new Registry();
  const jobs = registry.counter("jobs_total", "Jobs");
  assert.deepEqual(await values(registry, "jobs_total"), { "": 0 });
  jobs.inc();
  jobs.inc(undefined);
  assert.deepEqual(await values(registry, "jobs_total"), { "": 2 });
});

test("Counter counts invalid values as dropped", async () => {
  const registry = new Registry();
  const jobs = registry.counter("jobs_total", "Jobs");
  for (const n of [-1, NaN, Infinity, -Infinity, "3", 3n, undefined, null, {}]) {
    jobs.add(n as number);
  }
  jobs.add(0);
  assert.deepEqual(await values(registry, "jobs_total"), { "": 0 });
  assert.equal(registry.counts.badValues, 9);
});

test("Counter takes numbers and booleans as label values and writes them as text", async () => {
  const registry = new Registry();
  const c = registry.counter("c_total", "C", ["code", "cached"]);
  c.inc({ code: 200, cached: true });
  c.inc({ code: "200", cached: "true" });
  assert.deepEqual(await values(registry, "c_total"), { 'code="200",cached="true"': 2 });
});

const MISFITS: [name: string, labels: unknown, problem: RegExp][] = [
  ["nothing", undefined, /it takes the labels status, method, none given/],
  ["null", null, /none given/],
  ["a text", "ok", /none given/],
  ["a missing label", { status: "ok" }, /label "method" is missing/],
  ["an unknown label", { status: "ok", method: "card", x: "1" }, /label "x" is unknown/],
  ["a misspelt label", { status: "ok", metod: "card" }, /label "method" is missing/],
  [
    "an object as value",
    { status: "ok", method: {} },
    /label "method" must be text, a number or a boolean, got object/,
  ],
  [
    "null as value",
    { status: "ok", method: null },
    /label "method" must be text, a number or a boolean, got null/,
  ],
  ["an inherited function as value", { status: "ok", method: Object }, /got function/],
];

for (const [name, labels, problem] of MISFITS) {
  test(`Counter drops and counts ${name}, warns once, and binding it throws`, async () => {
    const told: unknown[] = [];
    const registry = new Registry({ faults: new Faults((_, error) => told.push(error)) });
    const orders = registry.counter("orders_total", "Orders", ["status", "method"]);
    orders.inc(labels as never);
    orders.add(2, labels as never);
    assert.deepEqual(await values(registry, "orders_total"), {});
    assert.equal(registry.counts.badLabels, 2);
    assert.equal(told.length, 1);
    assert.match(String(told[0]), problem);
    assert.throws(() => orders.with(labels as never), { name: "TypeError", message: problem });
  });
}

test("Counter warns once for each metric", () => {
  const told: string[] = [];
  const registry = new Registry({ faults: new Faults((_, error) => told.push(String(error))) });
  const a = registry.counter("a_total", "A", ["x"]), b = registry.counter("b_total", "B", ["x"]);
  for (let i = 0; i < 3; i++) {
    a.inc(undefined as never);
    b.inc(undefined as never);
  }
  assert.equal(told.length, 2);
});

test("Counter survives label objects that throw", () => {
  const registry = new Registry();
  const c = registry.counter("c_total", "C", ["x"]);
  c.inc({
    get x(): string {
      throw new Error("getter");
    },
  });
  const { proxy, revoke } = Proxy.revocable({ x: "1" }, {});
  revoke();
  c.inc(proxy);
  assert.equal(registry.counts.badLabels, 2);
  assert.equal(registry.faults.counts().get("metric labels"), 2);
});

test("Counter past its cap counts in one overflow series, so that the sum stays exact", async () => {
  const registry = new Registry({ maxSeries: 3 });
  const c = registry.counter("c_total", "C", ["user"]);
  for (let i = 0; i < 1000; i++) c.inc({ user: `u${i}` });
  c.inc({ user: "u1" });
  assert.deepEqual(await values(registry, "c_total"), {
    'user="u0"': 1,
    'user="u1"': 2,
    'user="u2"': 1,
    'user="_overflow"': 997,
  });
  assert.equal(registry.counts.overflowed, 997);
  assert.equal(registry.counts.series, 3);
});

test("Counter.remove forgets a series and makes room for another", async () => {
  const registry = new Registry({ maxSeries: 1 });
  const c = registry.counter("c_total", "C", ["a", "b"]);
  c.inc({ a: "1", b: "2" });
  assert.equal(c.remove({ a: "1", b: "3" }), false);
  assert.equal(c.remove({ a: "2", b: "2" }), false);
  assert.equal(c.remove({ a: "1", b: "2" }), true);
  c.inc({ a: "3", b: "4" });
  assert.deepEqual(await values(registry, "c_total"), { 'a="3",b="4"': 1 });
});

test("Counter.clear starts over", async () => {
  const registry = new Registry();
  const plain = registry.counter("plain_total", "P"),
    labelled = registry.counter("l_total", "L", ["a"]);
  plain.inc();
  labelled.inc({ a: "1" });
  plain.clear();
  labelled.clear();
  plain.inc();
  assert.deepEqual(await values(registry, "plain_total"), { "": 1 });
  assert.deepEqual(await values(registry, "l_total"), {});
});

test("Counter keeps label sets apart that a separator would join", async () => {
  const registry = new Registry();
  const c = registry.counter("c_total", "C", ["a", "b"]);
  for (const [a, b] of [["x|y", "z"], ["x", "y|z"], ["x,y", "z"], ["x", "y,z"], ["x\0y", "z"]]) {
    c.inc({ a: a!, b: b! });
  }
  assert.equal(Object.keys(await values(registry, "c_total")).length, 5);
});

test("Counter gives any two distinct label sets distinct series", async () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.constantFrom("a|b", "", "_"),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(text, text), { maxLength: 20 }), async (sets) => {
      const registry = new Registry();
      const c = registry.counter("c_total", "C", ["a", "b"]);
      for (const [a, b] of sets) c.inc({ a, b });
      const distinct = new Set(sets.map((set) => JSON.stringify(set.map((v) => v.toWellFormed()))));
      assert.equal(Object.keys(await values(registry, "c_total")).length, distinct.size);
    }),
  );
});

test("Counter makes one series of label values with the same text", async () => {
  const registry = new Registry();
  const c = registry.counter("c_total", "C", ["a"]);
  c.inc({ a: "\ud800" });
  c.inc({ a: "\udbff" });
  assert.deepEqual(await values(registry, "c_total"), { 'a="\ufffd"': 2 });
});

test("Counter checks label names by type", () => {
  const c = new Registry().counter("c_total", "C", ["method"]);
  // @ts-expect-error a misspelt label
  c.inc({ metod: "GET" });
  // @ts-expect-error a missing label
  c.add(1, {});
});

test("Counter cuts long label values, so that a page is bounded in bytes", async () => {
  const registry = new Registry();
  const c = registry.counter("c_total", "C", ["a"]);
  c.inc({ a: "x".repeat(1_000_000) });
  c.inc({ a: "x".repeat(2_000_000) });
  assert.deepEqual(await values(registry, "c_total"), { [`a="${"x".repeat(1024)}"`]: 2 });
});

test("A number in the place of labels, as in prom-client's inc(5), is dropped with a hint", () => {
  const told: string[] = [];
  const registry = new Registry({
    faults: new Faults((_where, error) => told.push((error as Error).message)),
  });
  const plain = registry.counter("plain_total", "P");
  const labelled = registry.counter("labelled_total", "L", ["a"]);
  const gauge = registry.gauge("depth", "D"), histogram = registry.histogram("h", "H", ["a"]);
  // deno-lint-ignore no-explicit-any
  for (const wrong of [plain, plain.with(), labelled, gauge, gauge.with()] as any[]) wrong.inc(5);
  // deno-lint-ignore no-explicit-any
  (gauge as any).dec(5);
  // deno-lint-ignore no-explicit-any
  (histogram as any).observe({ a: "x" }, 0.2);
  assert.deepEqual([plain.with().value, gauge.with().value], [0, 0]);
  assert.deepEqual([labelled.family().samples, histogram.family().samples], [[], []]);
  assert.equal(registry.counts.badLabels, 7);
  const hint = "inc() and dec() count one, add(n, labels) adds n, and set and observe take the " +
    "value first";
  assert.deepEqual(told, [
    `Dropped a sample of "plain_total": it takes no labels, got a number: ${hint}`,
    `Dropped a sample of "labelled_total": it takes the labels a, got a number: ${hint}`,
    `Dropped a sample of "depth": it takes no labels, got a number: ${hint}`,
    `Dropped a sample of "h": it takes the labels a, got a number: ${hint}`,
  ]);
});

/** Never run: only compiled. */
export function wrongUse(registry: Registry): void {
  const plain = registry.counter("p_total", "P"),
    labelled = registry.counter("l_total", "L", ["a"]);
  const gauge = registry.gauge("g", "G", ["a"]), histogram = registry.histogram("h", "H", ["a"]);
  // @ts-expect-error add() adds a number
  plain.inc(5);
  // @ts-expect-error the same of a handle
  plain.with().inc(5);
  // @ts-expect-error labels are missing
  labelled.inc();
  // @ts-expect-error labels are missing
  labelled.add(1);
  // @ts-expect-error labels are missing
  labelled.with();
  // @ts-expect-error labels are missing
  labelled.with(undefined);
  // @ts-expect-error it has no such label
  labelled.inc({ b: 1 });
  // @ts-expect-error it has no labels
  plain.inc({ a: 1 });
  // @ts-expect-error labels are missing
  gauge.set(1);
  // @ts-expect-error labels are missing
  histogram.observe(1);
  // @ts-expect-error labels are missing
  histogram.time();
}

test("Registering again in another shape is refused with both shapes and the first call site", () => {
  const registry = new Registry();
  registry.counter("a_total", "A", ["x"]);
  assert.throws(() => registry.counter("a_total", "A", ["y"], { maxSeries: 5 }), (error: Error) => {
    assert.match(
      error.message,
      /^Cannot register counter "a_total": it is already registered with other options \(labels: \["x"\] before, \["y"\] now; maxSeries: 2000 before, 5 now\); it was registered .*counter_test\.ts:\d+/,
    );
    return true;
  });
});

test("Counter.with() says which label is missing and which is unknown", () => {
  const orders = new Registry().counter("orders_total", "O", ["status"]);
  assert.throws(() => orders.with({ state: "x" } as never), {
    name: "TypeError",
    message:
      'Cannot bind "orders_total": label "status" is missing, and "state" is unknown: it takes the labels status',
  });
});
