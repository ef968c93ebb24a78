import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { clip, copy, flat, head, visible } from "../../src/core/text.ts";
import { runtime } from "../../src/core/platform.ts";

test("clip() gives the length of the cut part, and splits no surrogate pair", () => {
  assert.deepEqual([clip("abc", 3), clip("abcd", 3), clip("ab😀", 3), clip("", 0)], [
    "abc",
    "abc…[1 cut]",
    "ab…[2 cut]",
    "",
  ]);
});

test("head() is the start of any text, even with lone surrogates", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), fc.nat(20), (text, max) => {
    const kept = head(text, max);
    assert.ok(text.startsWith(kept) && kept.length <= max);
    assert.ok(kept.length >= Math.min(text.length, max) - 1);
  }));
  assert.equal(head("a\udc00\ud800b", 3), "a\udc00");
  assert.equal(head("\udc00abc", 2), "\udc00a");
  assert.equal(head("\uFEFFab", 2), "\uFEFFa");
});

test("flat() and copy() change no text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), fc.string(), (a, b) => {
    assert.equal(flat(a + b), a + b);
    assert.equal(copy((a + b).slice(1)), (a + b).slice(1));
  }));
  assert.equal(flat("ends in\0"), "ends in\0");
});

test("visible() escapes what could forge a line or a color", () => {
  assert.equal(visible("a\nb\u001b[31m\u2028\ud800c"), "a\\nb\\u001b[31m\\u2028\\ud800c");
});

test("a cut text does not keep the rest of it in memory", () => {
  const child = fileURLToPath(new URL("./text_child.ts", import.meta.url));
  const flags = runtime.name === "deno" ? ["run", "-A", "--v8-flags=--expose-gc"] : ["--expose-gc"];
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, child], { encoding: "utf8" });
  const heldBytes = Number(stdout);
  assert.ok(stdout !== "" && heldBytes < 30e6, `${stdout} of 100 MB are held ${stderr}`);
});
