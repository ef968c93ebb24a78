import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import MurmurHash3 from "imurmurhash";
import { murmur3, murmur3Bytes } from "../../src/flags/rule/hash.ts";

/** Of the reference implementation (SMHasher), as published; the last by flagd's documentation. */
const VECTORS: readonly (readonly [text: string, seed: number, hash: number])[] = [
  ["", 0, 0],
  ["", 1, 0x514e28b7],
  ["", 0xffffffff, 0x81f16f39],
  ["test", 0, 0xba6bd213],
  ["test", 0x9747b28c, 0x704b81dc],
  ["Hello, world!", 0, 0xc0363e43],
  ["Hello, world!", 0x9747b28c, 0x24884cba],
  ["The quick brown fox jumps over the lazy dog", 0, 0x2e4ff723],
  ["The quick brown fox jumps over the lazy dog", 0x9747b28c, 0x2fa826cd],
  ["headerColorjon@company.com", 0, 2152463623],
];

test("murmur3() hashes as the reference implementation", () => {
  assert.deepEqual(
    VECTORS.map(([text, seed]) => murmur3(text, seed)),
    VECTORS.map((one) => one[2]),
  );
});

test("murmur3() is the hash of the text's UTF-8 bytes", () => {
  const encoder = new TextEncoder();
  fc.assert(fc.property(fc.string({ unit: "binary" }), fc.nat(), (text, seed) => {
    assert.equal(murmur3(text, seed), murmur3Bytes(encoder.encode(text), seed));
  }));
});

test("murmur3() agrees with another implementation on ASCII", () => {
  fc.assert(fc.property(fc.string({ unit: "binary-ascii" }), fc.nat(), (text, seed) => {
    assert.equal(murmur3(text, seed), MurmurHash3(text, seed).result());
  }));
});
