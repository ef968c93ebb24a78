import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeOpenMetrics, encodeProtobuf, encodeText, Faults } from "../../src/metrics/mod.ts";
import type { Frozen } from "../../src/metrics/instrument/metric.ts";
import { type Format, Registry } from "../../src/metrics/mod.ts";
import { fix } from "../../src/metrics/reader.ts";
import { writePage } from "../../src/metrics/page/page.ts";
import { Pause } from "../../src/core/pause.ts";

const SERIES = 5000;
/** What fixing a series, making a sample and writing one cost on the test's clock. */
const COST_MS = 0.005;

/** A clock that moves by work alone, and sees the longest stretch of it. */
class WorkClock {
  #nowMs = 0;
  #sinceMs = 0;
  longestMs = 0;
  readonly pause = new Pause(() => this.#nowMs, () => {
    this.#sinceMs = this.#nowMs;
    return Promise.resolve();
  });

  work(): void {
    this.#nowMs += COST_MS;
    this.longestMs = Math.max(this.longestMs, this.#nowMs - this.#sinceMs);
  }
}

/** The family, whose every step takes its time: writers read these fields of each sample. */
function costly(family: Frozen, clock: WorkClock): Frozen {
  let fixed = 0;
  return {
    head: family.head,
    length: family.length,
    fix: family.fix && ((end) => {
      for (; fixed < end; fixed++) clock.work();
      family.fix!(end);
    }),
    sample(i) {
      clock.work();
      const sample = family.sample(i);
      const field = "value" in sample ? "value" : "sum";
      const value = (sample as unknown as Record<string, number>)[field];
      return Object.defineProperty({ ...sample }, field, {
        enumerable: true,
        get() {
          clock.work();
          return value;
        },
      });
    },
  };
}

const FAMILIES: {
  readonly [type: string]: (registry: Registry) => { freeze(options: object): Frozen };
} = {
  counter(registry) {
    const counter = registry.counter("c_total", "C", ["a"]);
    for (let i = 0; i < SERIES; i++) counter.inc({ a: i });
    return counter;
  },
  gauge(registry) {
    const gauge = registry.gauge("g", "G", ["a"]);
    for (let i = 0; i < SERIES; i++) gauge.set(i, { a: i });
    return gauge;
  },
  histogram(registry) {
    const histogram = registry.histogram("h", "H", ["a"]);
    for (let i = 0; i < SERIES; i++) histogram.observe(i, { a: i });
    return histogram;
  },
  summary(registry) {
    const summary = registry.summary("s", "S", ["a"]);
    for (let i = 0; i < SERIES; i++) summary.observe(i, { a: i });
    return summary;
  },
  "state set"(registry) {
    const states = registry.stateSet("t", "T", ["on", "off"], ["a"]);
    for (let i = 0; i < SERIES; i++) states.set("on", { a: i });
    return states;
  },
};

for (const [type, make] of Object.entries(FAMILIES)) {
  for (const format of ["text", "openmetrics", "protobuf"] as const satisfies Format[]) {
    test(`writePage() of a large ${type} family as ${format} holds the loop for short`, async () => {
      const clock = new WorkClock();
      const frozen = make(new Registry({ maxSeries: SERIES })).freeze({ native: true });
      const family = costly(frozen, clock);
      await fix(family, clock.pause);
      const chunks = await writePage([family], {
        format,
        escaping: "allow-utf-8",
        created: false,
        faults: new Faults(),
        pause: clock.pause,
      });
      // 5 ms, and the slice that was begun before them: at most 1000 samples made and written.
      const sizeBytes = chunks.reduce((sum, { length }) => sum + length, 0);
      assert.ok(sizeBytes > SERIES * 5);
      assert.ok(clock.longestMs > 5, `${clock.longestMs} ms`);
      assert.ok(clock.longestMs < 20, `${clock.longestMs} ms`);
    });
  }
}

test("writePage() writes what the encoders write, in however many slices", async () => {
  const registry = new Registry({ maxSeries: SERIES });
  const all = Object.values(FAMILIES).map((make) => make(registry).freeze({ native: true }));
  const families = await registry.collect({ native: true });
  const expected = {
    text: new TextEncoder().encode(encodeText(families)),
    openmetrics: new TextEncoder().encode(encodeOpenMetrics(families)),
    protobuf: encodeProtobuf(families, { created: false }),
  };
  for (const format of ["text", "openmetrics", "protobuf"] as const) {
    const chunks = await writePage(all, {
      format,
      escaping: "allow-utf-8",
      created: false,
      faults: registry.faults,
      pause: new Pause(() => 0),
    });
    const page = Buffer.concat(chunks);
    assert.ok(page.equals(expected[format]), format);
  }
});

test("A frozen family does not change when its series do", () => {
  const registry = new Registry();
  const histogram = registry.histogram("h", "H", [], { buckets: [1] });
  const summary = registry.summary("s", "S");
  const states = registry.stateSet("t", "T", ["on"]);
  histogram.observe(1);
  summary.observe(1);
  const frozen = [histogram.freeze({ native: true }), summary.freeze(), states.freeze()];
  for (const family of frozen as Frozen[]) family.fix?.(family.length);
  histogram.observe(-3);
  histogram.observe(1);
  summary.observe(5);
  states.set("on");
  const [h, s, t] = [frozen[0]!.sample(0), frozen[1]!.sample(0), frozen[2]!.sample(0)] as [
    ReturnType<typeof histogram.freeze>["sample"] extends (i: number) => infer T ? T : never,
    { count: number },
    { value: number },
  ];
  assert.deepEqual([h.count, h.sum, h.buckets, h.native?.positive, h.native?.negative], [
    ...[1, 1, [1], [[0, 1]], []],
  ]);
  assert.deepEqual([s.count, t.value], [1, 0]);
});

test("writePage() forgets the slices of a protobuf family that can't be ended", async () => {
  const faults = new Faults();
  const fine = new Registry().counter("fine_total", "").freeze();
  const broken: Frozen = {
    head: { type: "gauge", name: "broken", help: "" },
    length: 100,
    sample(i) {
      if (i === 99) throw new Error("gone");
      return { labels: { names: [], values: [], legacy: true, text: "" }, value: i };
    },
  };
  const options = { escaping: "allow-utf-8", created: false, faults, pause: new Pause() } as const;
  const page = Buffer.concat(await writePage([broken, fine], { ...options, format: "protobuf" }));
  assert.doesNotMatch(page.toString(), /broken/);
  assert.match(page.toString(), /fine_total/);
  assert.equal(page.length, page[0]! + 1);
  assert.equal(faults.counts().get("collector"), 1);
});
