import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeOpenMetrics, encodeProtobuf, encodeText, Faults } from "../../src/metrics/mod.ts";
import type { Snapshot } from "../../src/metrics/data/snapshot.ts";
import { copyAll } from "../../src/metrics/reading.ts";
import { type Format, Registry } from "../../src/metrics/mod.ts";
import { PageBytes } from "../../src/metrics/page/bytes.ts";
import { writePage } from "../../src/metrics/page/page.ts";
import { Pause } from "../../src/core/pause.ts";

const SERIES = 5000;
/** The cost of copying a series, making a sample or writing one, on the test's clock. */
const COST_MS = 0.005;

/** A clock that moves by work alone, and records the longest time without a pause. */
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

/** The snapshot with a cost for every step: writers read these fields of each sample. */
function costly(snapshot: Snapshot, clock: WorkClock): Snapshot {
  let copied = 0;
  return {
    head: snapshot.head,
    length: snapshot.length,
    copy: snapshot.copy && ((end) => {
      for (; copied < end; copied++) clock.work();
      snapshot.copy!(end);
    }),
    at(i) {
      clock.work();
      const sample = snapshot.at(i);
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

const FAMILIES: { readonly [type: string]: (registry: Registry) => Snapshot } = {
  counter(registry) {
    const counter = registry.counter("c_total", "C", ["a"]);
    for (let i = 0; i < SERIES; i++) counter.inc({ a: i });
    return counter["snapshot"]();
  },
  gauge(registry) {
    const gauge = registry.gauge("g", "G", ["a"]);
    for (let i = 0; i < SERIES; i++) gauge.set(i, { a: i });
    return gauge["snapshot"]();
  },
  histogram(registry) {
    const histogram = registry.histogram("h", "H", ["a"]);
    for (let i = 0; i < SERIES; i++) histogram.observe(i, { a: i });
    return histogram["snapshot"]({ native: true });
  },
  summary(registry) {
    const summary = registry.summary("s", "S", ["a"]);
    for (let i = 0; i < SERIES; i++) summary.observe(i, { a: i });
    return summary["snapshot"]();
  },
  "state set"(registry) {
    const states = registry.stateSet("t", "T", ["on", "off"], ["a"]);
    for (let i = 0; i < SERIES; i++) states.set("on", { a: i });
    return states["snapshot"]();
  },
};

for (const [type, make] of Object.entries(FAMILIES)) {
  for (const format of ["text", "openmetrics", "protobuf"] as const satisfies Format[]) {
    test(`writePage() of a large ${type} family as ${format} does not hold the loop`, async () => {
      const clock = new WorkClock();
      const snapshot = costly(make(new Registry({ maxSeries: SERIES })), clock);
      await copyAll(snapshot, clock.pause);
      const chunks = await writePage([snapshot], {
        format,
        escaping: "allow-utf-8",
        created: false,
        faults: new Faults(),
        pause: clock.pause,
      });
      // 5 ms and the current slice: at most 1000 samples made and written.
      const sizeBytes = chunks.reduce((sum, { length }) => sum + length, 0);
      assert.ok(sizeBytes > SERIES * 5);
      assert.ok(clock.longestMs > 5, `${clock.longestMs} ms`);
      assert.ok(clock.longestMs < 20, `${clock.longestMs} ms`);
    });
  }
}

test("writePage() writes what the encoders write, however many slices it takes", async () => {
  const registry = new Registry({ maxSeries: SERIES });
  const all = Object.values(FAMILIES).map((make) => make(registry));
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

test("A snapshot does not change when its series do", () => {
  const registry = new Registry();
  const histogram = registry.histogram("h", "H", [], { buckets: [1] });
  const summary = registry.summary("s", "S");
  const states = registry.stateSet("t", "T", ["on"]);
  histogram.observe(1);
  summary.observe(1);
  const snapshots = [
    histogram["snapshot"]({ native: true }),
    summary["snapshot"](),
    states["snapshot"](),
  ] as const;
  for (const snapshot of snapshots as readonly Snapshot[]) snapshot.copy?.(snapshot.length);
  histogram.observe(-3);
  histogram.observe(1);
  summary.observe(5);
  states.set("on");
  const [h, s, t] = [snapshots[0].at(0), snapshots[1].at(0), snapshots[2].at(0)];
  assert.deepEqual([h.count, h.sum, h.buckets, h.native?.positive, h.native?.negative], [
    ...[1, 1, [1], [[0, 1]], []],
  ]);
  assert.deepEqual([s.count, t.value], [1, 0]);
});

test("writePage() forgets the slices of a protobuf family that can't be ended", async () => {
  const faults = new Faults();
  const fine = new Registry().counter("fine_total", "")["snapshot"]();
  const broken: Snapshot = {
    head: { type: "gauge", name: "broken", help: "" },
    length: 100,
    at(i) {
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

test("PageBytes keeps texts whole where a piece ends within one", () => {
  const texts = ["a€".repeat(40), "", "😀ä", "\n", "€".repeat(70_000), "end"];
  for (let sizeBytes = 0; sizeBytes < 200; sizeBytes++) {
    const page = new PageBytes(sizeBytes);
    for (const text of texts) page.text(text);
    const pieces = page.finish();
    assert.equal(Buffer.concat(pieces).toString(), texts.join(""));
  }
});
