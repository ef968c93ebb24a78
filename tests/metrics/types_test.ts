import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeOpenMetrics, encodeText, Registry } from "../../src/metrics/mod.ts";
import { ManualClock } from "../manual_clock.ts";

test("Info replaces its earlier facts", async () => {
  const registry = new Registry();
  const build = registry.info("build_info", "Build", ["commit"]);
  build.set({ commit: "a" });
  build.set({ commit: "b" });
  const families = await registry.collect();
  assert.equal(
    encodeText(families),
    '# HELP build_info Build\n# TYPE build_info gauge\nbuild_info{commit="b"} 1\n',
  );
  assert.equal(
    encodeOpenMetrics(families),
    '# TYPE build info\n# HELP build Build\nbuild_info{commit="b"} 1\n# EOF\n',
  );
  assert.throws(() => new Registry().info("build", "Build"), /must end in "_info"/);
});

test("StateSet has a sample for each state", async () => {
  const registry = new Registry();
  const light = registry.stateSet("light", "", ["red", "green"], ["where"]);
  light.set("green", { where: "a" });
  light.turn("red", true, { where: "a" });
  light.set("blue" as "red", { where: "a" });
  const families = await registry.collect();
  const lines = 'light{where="a",light="red"} 1\nlight{where="a",light="green"} 1\n';
  assert.equal(encodeText(families), `# TYPE light gauge\n${lines}`);
  assert.equal(encodeOpenMetrics(families), `# TYPE light stateset\n${lines}# EOF\n`);
  assert.equal(registry.counts.badValues, 1);
  light.set("red", { where: "a" });
  assert.match(encodeText(await registry.collect()), /light="green"\} 0/);
});

test("StateSet refuses invalid states and labels", () => {
  const registry = new Registry();
  assert.throws(() => registry.stateSet("s", "S", []), { name: "TypeError" });
  assert.throws(() => registry.stateSet("s", "S", ["a", "a"]), { name: "TypeError" });
  assert.throws(() => registry.stateSet("s", "S", ["a"], ["s"]), /label "s" is reserved/);
});

test("A series without samples for its time to live is forgotten, unless a handle to it exists", async () => {
  const clock = new ManualClock();
  const registry = new Registry({ clock });
  const c = registry.counter("c_total", "C", ["user"], { ttlMs: 1000 });
  c.inc({ user: "idle" });
  c.inc({ user: "busy" });
  c.with({ user: "held" });
  const users = async () => {
    const [family] = await registry.collect();
    return family!.samples.map(({ labels }) => labels.values[0]);
  };
  assert.deepEqual(await users(), ["idle", "busy", "held"]);
  clock.advance(999);
  c.inc({ user: "busy" });
  assert.deepEqual(await users(), ["idle", "busy", "held"]);
  clock.advance(1);
  assert.deepEqual(await users(), ["busy", "held"]);
  c.inc({ user: "idle" });
  assert.deepEqual(await users(), ["busy", "held", "idle"]);
  assert.throws(() => registry.gauge("g", "G", [], { ttlMs: 0 }), { name: "RangeError" });
});

test("A time to live does not depend on the wall clock", async () => {
  const clock = new ManualClock();
  const registry = new Registry({ clock });
  const jobs = registry.counter("jobs_total", "Jobs", ["queue"], { ttlMs: 3_600_000 });
  jobs.inc({ queue: "a" });
  const series = async () => (await registry.collect())[0]!.samples.length;
  assert.equal(await series(), 1);
  clock.advance(15_000);
  clock.step(7_200_000);
  assert.equal(await series(), 1);
  clock.step(-86_400_000);
  clock.advance(3_600_000);
  assert.equal(await series(), 0);
});

test("A series past its time to live makes room at the cap, without a scrape", () => {
  const clock = new ManualClock();
  const registry = new Registry({ clock });
  const c = registry.counter("c_total", "C", ["user"], { ttlMs: 1000, maxSeries: 2 });
  const users = () => c.family().samples.map(({ labels }) => labels.values[0]);
  c.inc({ user: "a" });
  c.inc({ user: "b" });
  c.inc({ user: "c" }); // The first look: it counts from here.
  clock.advance(1000);
  c.inc({ user: "b" });
  c.inc({ user: "c" });
  assert.deepEqual(users(), ["b", "c", "_overflow"]);
  c.inc({ user: "d" });
  assert.deepEqual([users(), registry.counts.overflowed], [["b", "c", "_overflow"], 2]);
});

test("A registry of UTF-8 names takes any well-formed text", async () => {
  const registry = new Registry({ names: "utf-8" });
  registry.counter("http.requests", "H", ["status code"]).inc({ "status code": "200" });
  registry.histogram("größe", "", [], { buckets: [1] }).observe(1);
  const families = await registry.collect();
  assert.equal(
    encodeText(families),
    `# HELP "http.requests" H
# TYPE "http.requests" counter
{"http.requests","status code"="200"} 1
# TYPE "größe" histogram
{"größe_bucket",le="1"} 1
{"größe_bucket",le="+Inf"} 1
{"größe_sum"} 1
{"größe_count"} 1
`,
  );
  assert.match(encodeOpenMetrics(families), /^\{"http\.requests_total","status code"="200"\} 1$/m);
  assert.throws(() => registry.gauge("\ud800", "G"), /must be non-empty, well-formed text/);
  assert.throws(() => registry.gauge("", "G"), /"": name must be non-empty, well-formed text/);
});
