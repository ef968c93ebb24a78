import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import protobuf from "protobufjs";
import { ProtoWriter } from "../../src/core/protobuf.ts";

function bytes(write: (writer: ProtoWriter) => void, capacity = 1): string {
  const writer = new ProtoWriter(capacity);
  write(writer);
  return [...writer.finish()].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

test("ProtoWriter writes the examples of the specification", () => {
  assert.equal(bytes((w) => w.uint(1, 150)), "08 96 01");
  assert.equal(bytes((w) => w.text(2, "testing")), "12 07 74 65 73 74 69 6e 67");
  assert.equal(bytes((w) => w.message(3, () => w.uint(1, 150))), "1a 03 08 96 01");
  assert.equal(bytes((w) => w.uint(1, -2)), "08 fe ff ff ff ff ff ff ff ff 01");
  assert.equal(bytes((w) => w.sint(1, -2)), "08 03");
  assert.equal(bytes((w) => w.hex(1, "00ff7a0c")), "0a 04 00 ff 7a 0c");
  assert.equal(bytes((w) => w.delimited(() => w.bool(1, true))), "02 08 01");
  assert.equal(bytes((w) => w.uints(6, [3, 270, 86942])), "32 06 03 8e 02 9e a7 05");
});

const { root } = protobuf.parse(`
  syntax = "proto3";
  message All {
    uint64 u = 1; sint64 s = 2; bool b = 3; double d = 4; fixed64 f = 5; fixed32 g = 6;
    string t = 7; bytes y = 8; All m = 9; repeated double ds = 10; repeated fixed64 fs = 11;
    repeated uint64 us = 12;
  }`);
const All = root.lookupType("All");

test("ProtoWriter writes what an independent decoder reads back equal", () => {
  const whole = fc.maxSafeNat(), signed = fc.maxSafeInteger();
  const text = fc.oneof(fc.string(), fc.string({ unit: "binary", maxLength: 300 }));
  fc.assert(fc.property(
    fc.record({
      u: whole,
      s: signed,
      b: fc.boolean(),
      d: fc.double({ noNaN: true }),
      f: whole,
      g: fc.nat(2 ** 32 - 1),
      t: text,
      y: fc.uint8Array({ maxLength: 200 }),
      ds: fc.array(fc.double({ noNaN: true })),
      fs: fc.array(whole),
      us: fc.array(whole),
    }),
    fc.nat(3),
    (all, depth) => {
      const writer = new ProtoWriter(1);
      const write = (rest: number): void => {
        writer.uint(1, all.u);
        writer.sint(2, all.s);
        writer.bool(3, all.b);
        writer.double(4, all.d);
        writer.fixed64(5, all.f);
        writer.fixed32(6, all.g);
        writer.text(7, all.t);
        writer.bytes(8, all.y);
        if (rest > 0) writer.message(9, () => write(rest - 1));
        writer.doubles(10, all.ds);
        writer.fixed64s(11, all.fs);
        writer.uints(12, all.us);
      };
      write(depth);
      let message = All.decode(writer.finish());
      for (let i = 0; i <= depth; i++) {
        const read = All.toObject(message, { longs: Number, arrays: true });
        const { m: _, ...flat } = read;
        assert.deepEqual(
          { ...flat, y: [...flat.y] },
          { ...all, y: [...all.y], t: all.t.toWellFormed() },
        );
        message = (message as unknown as { m: typeof message }).m;
      }
    },
  ));
});

/** Nanoseconds of a double of milliseconds, every bit of it, rounded down. */
function exactNs(ms: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, ms);
  const bits = view.getBigUint64(0);
  const exponent = bits >> 52n & 0x7ffn, fraction = bits & (1n << 52n) - 1n;
  const whole = exponent === 0n ? fraction : fraction | 1n << 52n;
  const shift = (exponent === 0n ? 1n : exponent) - 1075n;
  const ns = whole * 1_000_000n;
  const magnitude = shift < 0n ? ns >> -shift : ns << shift;
  return ms < 0 ? -magnitude : magnitude;
}

function nanoOf(timeMs: number, laterMs?: number): bigint {
  const writer = new ProtoWriter();
  writer.unixNano(1, timeMs, laterMs);
  const { buffer, byteOffset } = writer.finish();
  return new DataView(buffer, byteOffset).getBigUint64(1, true);
}

test("ProtoWriter.unixNano() is exact to the nanosecond, over all that 64 bits hold", () => {
  const time = fc.oneof(
    fc.double({ min: 0, max: 2 ** 64 / 1e6, noNaN: true }),
    fc.double({ min: 1.7e12, max: 1.9e12, noNaN: true }),
    fc.maxSafeNat().map((n) => n / 1e3),
  );
  const later = fc.oneof(
    fc.double({ min: 0, max: 1e5, noNaN: true }),
    fc.double({ min: -1e5, max: 1e13, noNaN: true }),
  );
  fc.assert(
    fc.property(time, later, (timeMs, laterMs) => {
      // Each of the two is rounded once, and what is later has the 53 bits of a double.
      const slack = 2n + (exactNs(Math.abs(laterMs)) >> 52n);
      const exact = exactNs(timeMs) + exactNs(laterMs), given = nanoOf(timeMs, laterMs);
      const isClose = given >= exact - slack && given <= exact + slack;
      const isEdge = [0n, 1n << 64n].some((edge) => exact > edge - slack && exact < edge + slack);
      const isPossible = exact >= 0n && exact < 1n << 64n;
      assert.ok(isEdge ? given === 0n || isClose : isPossible ? isClose : given === 0n);
    }),
    { numRuns: 5000 },
  );
});

test("ProtoWriter.unixNano() writes 0 for an invalid time, or one that 64 bits can't hold", () => {
  const cases: [timeMs: number, laterMs: number, ns: bigint][] = [
    [1767225600000.125, 0.5, 1767225600000625000n],
    [0, 0, 0n],
    [-0, -0, 0n],
    [1, -1, 0n],
    [1, -0.5, 500000n],
    [18446744073709.553, 0, 0n],
    [18446744073709, 0, 18446744073709000000n],
    [18446744073709, 0.551615, 18446744073709551615n],
    [18446744073709, 0.551616, 0n],
    [2 ** 64, 0, 0n],
    [0, 2 ** 64, 0n],
    [Infinity, 0, 0n],
    [-Infinity, 0, 0n],
    [NaN, 0, 0n],
    [-1, 0, 0n],
    [-1, 5, 0n],
    [5, -6, 0n],
    [5, NaN, 0n],
    [5, Infinity, 0n],
    [5, -Infinity, 0n],
  ];
  for (const [timeMs, laterMs, ns] of cases) {
    assert.equal(nanoOf(timeMs, laterMs), ns, `${timeMs} and ${laterMs}`);
  }
});
