import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeProtobuf, type Family, Registry } from "../../src/metrics/mod.ts";
import { arbitraryFamilies } from "./arbitrary.ts";
import { decodeProtobuf } from "./decode_protobuf.ts";
import { everything, naughty } from "./pages.ts";

/** Without undefined fields, and without those that only make text cheap. */
function plain(families: readonly Family[]): unknown {
  return JSON.parse(JSON.stringify(families, (key, value) => {
    if (key === "head" || key === "heads" || key === "aggregation") return undefined;
    return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
  }));
}

/** Families as protocol buffers represent them: fewer types, one exemplar a bucket. */
function asProtobuf(families: readonly Family[]): Family[] {
  return families.map((family) => ({
    ...family,
    type: family.type === "info" || family.type === "stateset" ? "gauge" : family.type,
    samples: family.samples.map((sample) => {
      if (!("native" in sample) || sample.native === undefined) return sample;
      return {
        ...sample,
        nativeExemplars: sample.exemplars?.length ? sample.exemplars : undefined,
      };
    }),
  } as unknown as Family));
}

test("encodeProtobuf() is decoded equal by protobufjs, whatever the families", () => {
  fc.assert(fc.property(arbitraryFamilies(true), (families) => {
    const decoded = decodeProtobuf(encodeProtobuf(families));
    assert.deepEqual(plain(decoded), plain(asProtobuf(families)));
  }));
});

test("encodeProtobuf() of registries is decoded equal, native histograms included", async () => {
  for (const registry of [everything(), everything({ utf8: true }), naughty()]) {
    for (const native of [false, true]) {
      const families = await registry.collect({ native });
      const decoded = decodeProtobuf(encodeProtobuf(families));
      // A classic bucket shows one exemplar of several.
      assert.deepEqual(withoutExemplars(decoded), withoutExemplars(asProtobuf(families)));
    }
  }
});

function withoutExemplars(families: readonly Family[]): unknown {
  return plain(families.map((family) => ({
    ...family,
    samples: family.samples.map((sample) => ({ ...sample, exemplars: undefined })),
  } as unknown as Family)));
}

test("encodeProtobuf() of arbitrary observations gives all of them back as native buckets", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.double({ noNaN: true }), { maxLength: 300 }),
    async (values) => {
      const registry = new Registry();
      const histogram = registry.histogram("a", "A", [], { native: { maxBuckets: 20 } });
      for (const value of values) histogram.observe(value);
      const families = await registry.collect({ native: true });
      const [family] = decodeProtobuf(encodeProtobuf(families));
      assert.ok(family!.type === "histogram");
      const { native, count } = family!.samples[0]!;
      const { zeroCount, positive, negative } = native!;
      const sum = [...positive, ...negative].reduce((sum, [, count]) => sum + count, zeroCount);
      assert.equal(count, values.length);
      assert.equal(sum, values.length);
      assert.ok(positive.length + negative.length <= 20 || native!.schema === -4);
    },
  ));
});
