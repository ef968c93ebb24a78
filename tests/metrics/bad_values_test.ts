import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { Faults } from "../../src/core/faults.ts";
import { Registry } from "../../src/metrics/registry.ts";

/** Values that untyped code, or a cast, passes for a number. */
const WRONG: readonly (readonly [given: unknown, got: string])[] = [
  [{ status: "ok" }, "object"],
  ["3", "string"],
  [3n, "bigint"],
  [undefined, "undefined"],
  [null, "null"],
  [[1], "array"],
  [() => 1, "function"],
];

function setUp() {
  const told: string[] = [];
  const faults = new Faults((_, error) => told.push((error as Error).message));
  const registry = new Registry({ faults });
  return { registry, told };
}

/** The methods of each type, by a handle and by labels. */
function verbs(registry: Registry): Record<string, (value: never) => void> {
  const counter = registry.counter("c_total", "C", ["a"]), of = { a: "1" };
  const gauge = registry.gauge("g", "G", ["a"]), histogram = registry.histogram("h", "H", ["a"]);
  const summary = registry.summary("s", "S", ["a"]);
  const handles = [counter.with(of), gauge.with(of), histogram.with(of), summary.with(of)] as const;
  const [boundCounter, boundGauge, boundHistogram, boundSummary] = handles;
  return {
    "counter.with().add": (value) => boundCounter.add(value),
    "gauge.with().set": (value) => boundGauge.set(value),
    "gauge.with().add": (value) => boundGauge.add(value),
    "histogram.with().observe": (value) => boundHistogram.observe(value),
    "summary.with().observe": (value) => boundSummary.observe(value),
    "counter.add": (value) => counter.add(value, of),
    "gauge.set": (value) => gauge.set(value, of),
    "gauge.add": (value) => gauge.add(value, of),
    "histogram.observe": (value) => histogram.observe(value, of),
    "summary.observe": (value) => summary.observe(value, of),
  };
}

for (const verb of Object.keys(verbs(new Registry()))) {
  test(`${verb}() drops and counts what is not a number, and warns once`, async () => {
    for (const [given, got] of WRONG) {
      const { registry, told } = setUp();
      const use = verbs(registry)[verb]!;
      const before = await registry.collect();
      for (let i = 0; i < 3; i++) use(given as never);
      deepEqual([registry.counts.badValues, told.length], [3, 1], got);
      const name = { c: "c_total", g: "g", h: "h", s: "s" }[verb[0]!];
      deepEqual(told, [`Dropped a sample of "${name}": value must be a number, got ${got}`]);
      deepEqual(await registry.collect(), before);
    }
  });
}

test("a number that can't be counted is counted as dropped, without a warning", () => {
  const { registry, told } = setUp();
  const all = verbs(registry);
  for (const verb of ["counter.add", "histogram.observe", "summary.observe"]) {
    all[verb]!(NaN as never);
  }
  all["counter.with().add"]!(-1 as never);
  deepEqual([registry.counts.badValues, told], [4, []]);
});

test("inc() and dec() of a handle drop a sample with an argument, and say why", () => {
  const table: readonly (readonly [given: unknown, why: string])[] = [
    [
      { a: "1" },
      "a handle has its labels, and inc() and dec() take no argument, got object",
    ],
    [
      2,
      "inc() and dec() count one, add(n, labels) adds n, and set and observe take the value first",
    ],
  ];
  for (const [given, why] of table) {
    const { registry, told } = setUp();
    const counter = registry.counter("c_total", "C", ["a"]).with({ a: "1" });
    const gauge = registry.gauge("g", "G", ["a"]).with({ a: "1" });
    counter.inc(given as never);
    gauge.inc(given as never);
    gauge.dec(given as never);
    deepEqual([counter.value, gauge.value, registry.counts.badLabels], [0, 0, 3]);
    deepEqual(told, [`Dropped a sample of "c_total": ${why}`, `Dropped a sample of "g": ${why}`]);
  }
});
