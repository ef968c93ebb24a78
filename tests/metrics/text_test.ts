import assert from "node:assert/strict";
import { test } from "node:test";
import { type Context, run } from "../../src/core/context.ts";
import { encodeOpenMetrics, encodeText, numberFamily, Registry } from "../../src/metrics/mod.ts";
import { ManualClock } from "../manual_clock.ts";

function filled(): Registry {
  const registry = new Registry({ clock: new ManualClock() });
  registry.counter("orders_total", 'Orders "placed"\nby \\ way', ["status"]).inc({
    status: 'a"b\\c\nd',
  });
  registry.counter("plain", "", []).add(1.5);
  registry.gauge("temperature_celsius", "Now", ["room"], { unit: "celsius" }).set(-3, {
    room: "é",
  });
  const h = registry.histogram("wait_seconds", "Wait", ["queue"], { buckets: [0.00001, 1, 1e6] });
  const context: Context = {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    flags: 1,
    tracestate: "",
    requestId: "",
  };
  run(context, () => h.observe(0.5, { queue: "mail" }));
  h.observe(3, { queue: "mail" });
  registry.histogram("signed", "Signed", [], { buckets: [-1, 1] }).observe(-2);
  return registry;
}

test("encodeText() writes format 0.0.4", async () => {
  assert.equal(
    encodeText(await filled().collect()),
    `# HELP orders_total Orders "placed"\\nby \\\\ way
# TYPE orders_total counter
orders_total{status="a\\"b\\\\c\\nd"} 1
# TYPE plain counter
plain 1.5
# HELP temperature_celsius Now
# TYPE temperature_celsius gauge
temperature_celsius{room="é"} -3
# HELP wait_seconds Wait
# TYPE wait_seconds histogram
wait_seconds_bucket{queue="mail",le="0.00001"} 0
wait_seconds_bucket{queue="mail",le="1"} 1
wait_seconds_bucket{queue="mail",le="1000000"} 2
wait_seconds_bucket{queue="mail",le="+Inf"} 2
wait_seconds_sum{queue="mail"} 3.5
wait_seconds_count{queue="mail"} 2
# HELP signed Signed
# TYPE signed histogram
signed_bucket{le="-1"} 1
signed_bucket{le="1"} 1
signed_bucket{le="+Inf"} 1
signed_sum -2
signed_count 1
`,
  );
});

test("encodeOpenMetrics() writes OpenMetrics 1.0, exemplars included", async () => {
  const seconds = (new ManualClock().now() / 1000).toFixed(3);
  assert.equal(
    encodeOpenMetrics(await filled().collect()),
    `# TYPE orders counter
# HELP orders Orders \\"placed\\"\\nby \\\\ way
orders_total{status="a\\"b\\\\c\\nd"} 1
# TYPE plain counter
plain_total 1.5
# TYPE temperature_celsius gauge
# UNIT temperature_celsius celsius
# HELP temperature_celsius Now
temperature_celsius{room="é"} -3
# TYPE wait_seconds histogram
# HELP wait_seconds Wait
wait_seconds_bucket{queue="mail",le="1e-05"} 0
wait_seconds_bucket{queue="mail",le="1.0"} 1 # {trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331"} 0.5 ${seconds}
wait_seconds_bucket{queue="mail",le="1e+06"} 2
wait_seconds_bucket{queue="mail",le="+Inf"} 2
wait_seconds_count{queue="mail"} 2
wait_seconds_sum{queue="mail"} 3.5
# TYPE signed histogram
# HELP signed Signed
signed_bucket{le="-1.0"} 1
signed_bucket{le="1.0"} 1
signed_bucket{le="+Inf"} 1
# EOF
`,
  );
});

test("encodeOpenMetrics() writes created times when asked", async () => {
  const registry = new Registry({ clock: new ManualClock() });
  registry.counter("jobs_total", "", ["a"]).inc({ a: "1" });
  const seconds = (new ManualClock().now() / 1000).toFixed(3);
  assert.equal(
    encodeOpenMetrics(await registry.collect(), { created: true }),
    `# TYPE jobs counter\njobs_total{a="1"} 1\njobs_created{a="1"} ${seconds}\n# EOF\n`,
  );
});

test("encodeText() without families is empty, encodeOpenMetrics() has its end", () => {
  assert.equal(encodeText([]), "");
  assert.equal(encodeOpenMetrics([]), "# EOF\n");
});

test("encodeText() writes families made by hand, NaN and infinities", () => {
  const family = numberFamily("unknown", "x", "X", [[NaN], [Infinity, { a: 1 }], [-Infinity]]);
  assert.equal(
    encodeText([family]),
    '# HELP x X\n# TYPE x untyped\nx NaN\nx{a="1"} +Inf\nx -Inf\n',
  );
});
