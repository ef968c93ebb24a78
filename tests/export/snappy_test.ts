import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { uncompress } from "snappyjs";
import { snappy } from "../../src/export/push/snappy.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);
const text = (text: string) => new TextEncoder().encode(text);

/** By hand, from the description of the format. */
const BLOCKS: readonly (readonly [what: string, input: Uint8Array, output: Uint8Array])[] = [
  ["nothing", bytes(), bytes(0)],
  ["one byte", bytes(7), bytes(1, 0 << 2, 7)],
  ["a short literal", text("abc"), bytes(3, 2 << 2, ...text("abc"))],
  ["the longest of one byte's length", text(noise(60)), bytes(60, 59 << 2, ...text(noise(60)))],
  [
    "a literal with a length of its own",
    text(noise(61)),
    bytes(61, 60 << 2, 60, ...text(noise(61))),
  ],
  // Four bytes repeated once more: copy 4 from 4 before.
  ["a copy", text("abcdabcd"), bytes(8, 3 << 2, ...text("abcd"), 1, 4)],
  // One byte, then 69 from 1 before: 64 and 5.
  ["a copy of itself", text("a".repeat(70)), bytes(70, 0, 97, 63 << 2 | 2, 1, 0, 1 << 2 | 1, 1)],
];

/** Text in which no four characters come twice. */
function noise(length: number): string {
  return Array.from({ length }, (_, i) => String.fromCharCode(33 + i)).join("");
}

for (const [what, input, output] of BLOCKS) {
  test(`snappy() writes ${what} by the format`, () => {
    assert.deepEqual([...snappy(input)], [...output]);
  });
}

test("snappy() is decompressed by another implementation", () => {
  const repetitive = fc.array(fc.constantFrom("a", "bc", "def", "ghijklmnop", "0".repeat(100)), {
    maxLength: 3000,
  }).map((parts) => text(parts.join("")));
  const any = fc.oneof(fc.uint8Array({ maxLength: 5000 }), repetitive);
  fc.assert(fc.property(any, (input) => {
    const output = snappy(input);
    assert.ok(output.length <= 32 + input.length * 7 / 6);
    assert.deepEqual([...uncompress(output)], [...input]);
  }));
});

test("snappy() compresses past 64 KiB, where a new block begins", () => {
  for (const length of [65_535, 65_536, 65_537, 200_000]) {
    const input = new Uint8Array(length).map((_, i) => i % 251 ^ i >> 12);
    assert.deepEqual(uncompress(snappy(input)), input, String(length));
  }
});

test("snappy() makes lists of series several times smaller, and noise hardly larger", () => {
  const lines = Array.from(
    { length: 5000 },
    (_, i) => `http_requests_total{instance="a",job="b",path="/orders",status="${i % 7}"} ${i}\n`,
  );
  const series = text(lines.join(""));
  assert.ok(snappy(series).length < series.length / 4, `${snappy(series).length}`);
  const random = crypto.getRandomValues(new Uint8Array(60_000));
  assert.ok(snappy(random).length < 60_000 * 1.01);
});
