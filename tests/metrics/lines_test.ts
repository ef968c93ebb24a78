import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Pause } from "../../src/core/pause.ts";
import { NO_LABELS } from "../../src/metrics/data/labels.ts";
import { Lines } from "../../src/metrics/data/lines.ts";
import type { Snapshot } from "../../src/metrics/data/snapshot.ts";
import {
  encodeOpenMetrics,
  encodeText,
  type Family,
  type Format,
  Registry,
} from "../../src/metrics/mod.ts";
import { writePage } from "../../src/metrics/page/page.ts";

/** Values of every width, whose widths change often. */
const value = fc.oneof(
  fc.integer({ min: 0, max: 12 }),
  fc.constantFrom(-0, 9, 10, 99, 100, 999_999_999, 1e9, 2 ** 31, 2 ** 53, 1e21, -1, 0.1, 1e-7),
  fc.double(),
);
const key = fc.integer({ min: 0, max: 40 });
const commands = fc.array(
  fc.oneof(
    { weight: 20, arbitrary: fc.record({ set: key, value }) },
    { weight: 4, arbitrary: fc.record({ remove: key }) },
    { weight: 1, arbitrary: fc.constant({ clear: true } as const) },
    { weight: 4, arbitrary: fc.constantFrom("text", "openmetrics").map((page) => ({ page })) },
  ),
  { minLength: 1, maxLength: 120 },
);

async function written(snapshot: Snapshot, format: Format, change: () => void): Promise<string> {
  const pause = new Pause(() => 0, () => Promise.resolve(change()), 0);
  const options = { escaping: "allow-utf-8", created: false, pause } as const;
  const { faults } = new Registry();
  const pieces = await writePage([snapshot], { ...options, format, faults });
  return new TextDecoder().decode(Buffer.concat(pieces));
}

const ENCODERS: { readonly [format: string]: (families: readonly Family[]) => string } = {
  text: encodeText,
  openmetrics: encodeOpenMetrics,
};

for (const [kind, long] of [["few blocks", 1], ["several blocks", 1000]] as const) {
  test(`Kept lines are the page of their moment, whatever changes in between: ${kind}`, async () => {
    await fc.assert(
      fc.asyncProperty(commands, async (list) => {
        const registry = new Registry({ names: "utf-8", maxSeries: 30 });
        const gauge = registry.gauge("größe", "Ä", ["a", "b.c", "d", "e"]);
        const d = "d".repeat(long), e = "€".repeat(long);
        const of = (n: number) => ({ a: `${n} ü"\\\n`, "b.c": "x".repeat(n % 3 * long), d, e });
        let next = 0;
        const step = () => {
          const command = list[next++];
          if (command === undefined) return;
          if ("set" in command) gauge.set(command.value, of(command.set));
          else if ("remove" in command) gauge.remove(of(command.remove));
          else if ("clear" in command) gauge.clear();
          return "page" in command ? command.page as "text" : undefined;
        };
        while (next < list.length) {
          const format = step();
          if (format === undefined) continue;
          const expected = ENCODERS[format]!([gauge.family()]);
          assert.equal(await written(gauge["snapshot"](), format, step), expected);
        }
      }),
    );
  });
}

test("Kept lines stay right when one value gets as much wider as another gets narrower", async () => {
  const gauge = new Registry().gauge("g", "G", ["n"]);
  const page = (...values: number[]) => {
    values.forEach((value, n) => gauge.set(value, { n }));
    return written(gauge["snapshot"](), "text", () => {});
  };
  for (const [a, b, c] of [[100, 1, 7], [1, 100, 7], [1, 100, 8], [10, 10, 8]] as const) {
    const lines = [a, b, c].map((value, n) => `g{n="${n}"} ${value}\n`);
    assert.equal(await page(a, b, c), `# HELP g G\n# TYPE g gauge\n${lines.join("")}`);
  }
});

test("Kept lines have the overflow last, whenever it was made", async () => {
  const gauge = new Registry().gauge("g", "G", ["n"], { maxSeries: 3 });
  const page = () => written(gauge["snapshot"](), "text", () => {});
  for (let n = 0; n < 4; n++) gauge.set(n, { n });
  assert.match(await page(), /"1"} 1\n.*"2"} 2\n.*"_overflow"} 3\n$/);
  gauge.remove({ n: 0 });
  gauge.remove({ n: 1 });
  assert.match(await page(), /gauge\n.*"2"} 2\n.*"_overflow"} 3\n$/);
  gauge.set(5, { n: 5 });
  assert.match(await page(), /gauge\n.*"2"} 2\n.*"5"} 5\n.*"_overflow"} 3\n$/);
});

test("Two pages at one time have the values of their own moments", async () => {
  const registry = new Registry({ maxSeries: 2000 });
  const counter = registry.counter("c_total", "C", ["n"]);
  for (let n = 0; n < 1500; n++) counter.add(n, { n });
  const first = counter["snapshot"](), before = encodeText([counter.family()]);
  for (let n = 0; n < 2000; n++) counter.add(10 ** (n % 7), { n });
  const second = counter["snapshot"](), after = encodeText([counter.family()]);
  const pages = [first, second, first].map((snapshot) => written(snapshot, "text", () => {}));
  assert.deepEqual(await Promise.all(pages), [before, after, before]);
});

test("Lines of many series are written with pauses, after a removal too", async () => {
  const registry = new Registry({ maxSeries: 20_000 });
  const gauge = registry.gauge("g", "G", ["n"]);
  for (let n = 0; n < 20_000; n++) gauge.set(n, { n });
  let pauses = 0;
  for (const removed of [0, 7000, 19_999]) {
    gauge.remove({ n: removed });
    pauses = 0;
    await written(gauge["snapshot"](), "text", () => pauses++);
    // A pause may be taken at least once for every thousand lines.
    assert.ok(pauses >= 19, `${pauses} pauses`);
  }
});

test("Lines of series that come and go are bounded without any reading", () => {
  const lines = new Lines("g", 10), series = () => ({ labels: NO_LABELS, value: 1 });
  for (let i = 0; i < 1000; i++) lines.add(series());
  assert.ok(lines.length <= 22, `${lines.length} lines`);
  const left = [series(), series()].map((one) => lines.add(one));
  const parts = lines.parts(left, Float64Array.of(1, 2));
  assert.deepEqual(parts.flatMap(({ block }) => block.series), left);
  assert.equal(lines.length, 2);
});
