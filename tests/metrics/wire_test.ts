import assert from "node:assert/strict";
import { test } from "node:test";
import { Faults } from "../../src/core/faults.ts";
import { FamilyAssembly, familyParts } from "../../src/metrics/cluster/wire.ts";
import { type Family, numberFamily, Registry } from "../../src/metrics/mod.ts";
import { Pause } from "../../src/core/pause.ts";

/** As a member sends families, and another reads them. */
function sent(families: readonly Family[]): { sizes: number[]; read: Promise<Family[]> } {
  const assembly = new FamilyAssembly(), sizes: number[] = [];
  for (const parts = familyParts(families, new Faults());;) {
    const { value, done } = parts.next();
    const text = JSON.stringify(value);
    sizes.push(text.length);
    assembly.add(JSON.parse(text));
    if (done) return { sizes, read: assembly.finish(new Pause()) };
  }
}

test("Families of every type arrive as they were sent, with NaN and infinities", async () => {
  const registry = new Registry({ names: "utf-8", histograms: "both" });
  registry.counter("a.total", "Help", ["x.y"]).inc({ "x.y": 'NaN" \n' });
  for (const value of [NaN, Infinity, -Infinity, -0.5]) {
    registry.gauge("g", "", ["v"], { aggregation: "max" }).set(value, { v: `${value}` });
  }
  registry.info("i_info", "", ["v"]).set({ v: "NaN" });
  registry.stateSet("s", "", ["on", "off"]).set("on");
  const histogram = registry.histogram("h_seconds", "", [], { buckets: [1, 2], unit: "seconds" });
  for (const value of [0.1, -3, Infinity]) histogram.observe(value);
  registry.summary("q", "", ["l"]).with({ l: "empty" });
  registry.summary("q", "", ["l"]).observe(5, { l: "some" });
  registry.collector(() => [
    { ...numberFamily("counter", "p_total", "", [[1]]), perProcess: true },
    numberFamily("unknown", "u", "", []),
  ]);
  const families = await registry.collect({ native: true });
  // The beginnings of lines are each reader's own.
  const plain = (all: readonly Family[]) =>
    all.map(({ samples, ...head }) => ({
      ...JSON.parse(JSON.stringify(head)),
      samples: samples.map((sample) =>
        Object.fromEntries(
          Object.entries(sample).filter(([key, value]) => !/^heads?$/.test(key) && value != null),
        )
      ),
    }));
  assert.deepEqual(plain(await sent(families).read), plain(families));
});

test("10 000 series are sent in small parts and put together as one family", async () => {
  const samples = Array.from({ length: 10_000 }, (_, n) => [n, { n, path: "/a" }] as const);
  const { sizes, read } = sent([numberFamily("counter", "c_total", "", samples)]);
  assert.ok(sizes.length > 10 && sizes.every((size) => size < 200_000), sizes.join(" "));
  const [family, ...more] = await read;
  assert(family?.type === "counter");
  assert.deepEqual([family.samples.length, more], [10_000, []]);
  assert.equal(family.samples[9999]!.labels.text, 'n="9999",path="/a"');
});

test("A family that throws when it is read is counted as a fault, and the others are sent", () => {
  const faults = new Faults();
  const broken = { ...numberFamily("gauge", "g", "", [[1]]), samples: [null] } as unknown as Family;
  const { value } = familyParts([broken, numberFamily("gauge", "ok", "", [[1]])], faults).next();
  assert.deepEqual([...faults.counts()], [["cluster", 1]]);
  assert.equal((value as Family[]).at(-1)!.samples.length, 1);
});

test("More samples than a member may have are refused", () => {
  const assembly = new FamilyAssembly();
  const part = [{ ...numberFamily("gauge", "g", "", []), samples: { length: 2_000_001 } }];
  assert.throws(() => assembly.add(part as never), /too many samples/);
});
