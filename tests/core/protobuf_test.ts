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

test("ProtoWriter writes what a decoder written elsewhere reads back equal", () => {
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
