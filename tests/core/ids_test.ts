import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import { Ids, isSpanId, isTraceId } from "../../src/core/ids.ts";

test("Ids makes 32 and 16 lower-case hex digits, across many refills, none twice", () => {
  const ids = new Ids(), seen = new Set<string>();
  for (let i = 0; i < 1000; i++) {
    const traceId = ids.traceId(), spanId = ids.spanId();
    match(traceId, /^[0-9a-f]{32}$/);
    match(spanId, /^[0-9a-f]{16}$/);
    seen.add(traceId).add(spanId);
  }
  equal(seen.size, 2000);
});

test("Ids never makes an id of zeros, not even from a broken source", () => {
  const ids = new Ids((words) => words.fill(0));
  match(ids.traceId(), /[1-9a-f]/);
  for (let i = 0; i < 300; i++) match(ids.spanId(), /[1-9a-f]/);
});

test("Ids is determined by its source", () => {
  const make = () => {
    let word = 0;
    return new Ids((words) => {
      for (let i = 0; i < words.length; i++) words[i] = word++;
    });
  };
  const a = make(), b = make();
  deepEqual([a.traceId(), a.spanId(), a.traceId()], [b.traceId(), b.spanId(), b.traceId()]);
});

test("Ids draws nothing before the first id", () => {
  let fills = 0;
  const ids = new Ids((words) => {
    fills++;
    crypto.getRandomValues(words as Uint32Array<ArrayBuffer>);
  });
  equal(fills, 0);
  ids.spanId();
  equal(fills, 1);
});

test("Ids.fraction() stays in [0, 1) at both ends of the source", () => {
  equal(new Ids((words) => words.fill(0xffffffff)).fraction() < 1, true);
  const low = new Ids((words) => words.fill(0)).fraction();
  equal(low >= 0 && low < 1, true);
});

test("Ids.fraction() is evenly distributed", () => {
  const ids = new Ids();
  let sum = 0;
  for (let i = 0; i < 10_000; i++) sum += ids.fraction();
  // 12 standard deviations of the mean of 10 000 uniform numbers.
  equal(Math.abs(sum / 10_000 - 0.5) < 0.035, true);
});

test("isTraceId() and isSpanId() follow W3C Trace Context", () => {
  const { traceId, spanId } = { traceId: new Ids().traceId(), spanId: new Ids().spanId() };
  deepEqual([isTraceId(traceId), isSpanId(spanId)], [true, true]);
  const zeros = "0".repeat(15);
  deepEqual([isTraceId(`${zeros}${zeros}01`), isSpanId(`${zeros}1`)], [true, true]);
  const none = [
    "",
    traceId.slice(1),
    `${traceId}0`,
    "G".repeat(32),
    "A".repeat(32),
    "0".repeat(32),
  ];
  for (const id of [...none, undefined, null, 7, [traceId]]) equal(isTraceId(id), false, `${id}`);
  for (
    const id of ["", spanId.slice(1), `${spanId}0`, "A".repeat(16), "0".repeat(16), 7, [spanId]]
  ) {
    equal(isSpanId(id), false, `${id}`);
  }
});
