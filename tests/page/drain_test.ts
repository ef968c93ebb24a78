import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Drain } from "../../src/console/line/drain.ts";
import { masked } from "../../src/console/line/mask.ts";

/** Messages, and the pattern that each has at the end, as `patternsOf` gives them. */
type Patterns = readonly (readonly [message: string, pattern: string])[];

/** The patterns that messages have once all were added. */
function patternsOf(messages: readonly string[]): string[] {
  const drain = new Drain();
  return messages.map((message) => drain.add(message)).map(({ text }) => text);
}

test("Drain finds the patterns that Drain3 finds", () => {
  // Written by patterns.py, beside it.
  const file = new URL("../data/patterns.json", import.meta.url);
  const expected: Patterns = JSON.parse(readFileSync(file, "utf8"));
  assert.ok(new Set(expected.map(([, pattern]) => pattern)).size > 100);
  const found = patternsOf(expected.map(([message]) => message));
  assert.deepEqual(expected.map(([message], i) => [message, found[i]]), expected);
});

test("A message changes the pattern of those before it, and the same ones give the same patterns", () => {
  const messages = [
    "user ada logged in",
    "user bob logged in",
    "user 7 left",
    "user bob logged in",
  ];
  const drain = new Drain(), [first] = messages.map((message) => drain.add(message));
  assert.deepEqual(drain.add(messages[3]!), first);
  assert.equal(new Drain().add(messages[0]!).text, "user ada logged in");
  const found = ["user * logged in", "user * logged in", "user * left", "user * logged in"];
  assert.deepEqual(patternsOf(messages), found);
});

test("Drain keeps a bounded number of patterns: what has none past it shares one", () => {
  const drain = new Drain(), found = new Set<string>();
  const letters = (i: number) => i.toString(26).replace(/\d/g, (digit) => "qrstuvwxyz"[+digit]!);
  for (let i = 0; i < 3000; i++) {
    found.add(drain.add(Array(i % 60 + 1).fill(letters(i)).join(" ")).text);
  }
  assert.equal(found.size, 1001);
  assert.equal(drain.add("surely like nothing before it").text, "*");
  assert.equal(drain.add(letters(0)).text, letters(0));
});

test("What surely differs is masked", () => {
  for (
    const [message, expected] of [
      ["took 250 ms", "took * ms"],
      ["no file \"a b\", or 'c'", "no file *, or *"],
      ["order 0x3fa8 of 8f14e45fceea167a", "order * of *"],
      ["ids 1, 2, 3", "ids *"],
      ["user=ada17 ok", "user=* ok"],
    ] as const
  ) assert.equal(masked(message), expected);
});
