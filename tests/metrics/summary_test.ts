import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeOpenMetrics, encodeText, Registry } from "../../src/metrics/mod.ts";
import { ManualClock } from "../manual_clock.ts";

test("Summary slides its window and keeps count and sum", () => {
  const clock = new ManualClock();
  const registry = new Registry({ clock });
  const sizes = registry.summary("s", "S", [], { quantiles: [0, 0.5, 1], maxAgeMs: 5000 });
  const quantiles = () => sizes.family().samples[0]!.quantiles.map(([, value]) => value);
  assert.deepEqual(quantiles(), [NaN, NaN, NaN]);
  sizes.observe(1);
  clock.advance(3000);
  sizes.observe(1024);
  assert.deepEqual(quantiles().map(Math.round), [1, 1, 1008]);
  clock.advance(2500); // The first observation is now older than the window.
  assert.deepEqual(quantiles().map(Math.round), [1008, 1008, 1008]);
  clock.advance(1_000_000);
  assert.deepEqual(quantiles(), [NaN, NaN, NaN]);
  sizes.observe(7);
  const { count, sum } = sizes.family().samples[0]!;
  assert.deepEqual([count, sum], [3, 1032]);
});

test("Summary is written with its quantiles in both text formats", async () => {
  const registry = new Registry({ clock: new ManualClock() });
  registry.summary("s", "", ["a"], { quantiles: [0.5, 1] }).observe(0, { a: "1" });
  const families = await registry.collect();
  const body = 's_sum{a="1"} 0\ns_count{a="1"} 1\n';
  assert.equal(
    encodeText(families),
    `# TYPE s summary\ns{a="1",quantile="0.5"} 0\ns{a="1",quantile="1"} 0\n${body}`,
  );
  assert.equal(
    encodeOpenMetrics(families),
    `# TYPE s summary\ns{a="1",quantile="0.5"} 0\ns{a="1",quantile="1.0"} 0\n${body}# EOF\n`,
  );
});

test("Summary refuses invalid options", () => {
  const summary = (options: object, labels: string[] = []) =>
    new Registry().summary("s", "S", labels, options);
  assert.throws(() => summary({ quantiles: [2] }), { name: "RangeError" });
  assert.throws(() => summary({ ageBuckets: 0 }), { name: "RangeError" });
  assert.throws(() => summary({ maxAgeMs: 0 }), { name: "RangeError" });
  assert.throws(() => summary({}, ["quantile"]), { name: "TypeError" });
});

test("BoundHistogram.quantile is within its documented error, for every precision", () => {
  const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(fc.property(
    fc.array(value, { minLength: 1, maxLength: 50 }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.integer({ min: 0, max: 8 }),
    (values, q, precision) => {
      const h = new Registry().histogram("h", "H", [], { precision }).with();
      for (const v of values) h.observe(v);
      const exact = values.sort((a, b) => a - b)[Math.max(1, Math.ceil(q * values.length)) - 1]!;
      const limit = Math.abs(exact) / (2 ** (precision + 1) + 1);
      assert.ok(
        Math.abs(h.quantile(q) - exact) <= limit * (1 + 1e-12) + 2 ** -128,
        `${h.quantile(q)} for ${exact}`,
      );
    },
  ));
});

test("BoundHistogram.quantile without values, of infinities and of an invalid share", () => {
  const h = new Registry().histogram("h", "H").with();
  assert.equal(h.quantile(0.5), NaN);
  for (const v of [-Infinity, 0, Infinity]) h.observe(v);
  assert.deepEqual([h.quantile(0), h.quantile(0.5), h.quantile(1)], [-Infinity, 0, Infinity]);
  assert.equal(h.quantile(1.1), NaN);
});
