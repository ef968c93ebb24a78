import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LazyLine } from "../../src/log/record/lazy_line.ts";
import { Lanes, RecordRing } from "../../src/log/record/ring.ts";
import { recordOf as record } from "./record.ts";

test("RecordRing keeps the newest within its capacity, numbered in order of arrival", () => {
  const ring = new RecordRing(3, 1000);
  assert.equal(ring.capacity, 4);
  for (let i = 0; i < 10; i++) assert.equal(ring.push(record(`${i}`, 1)), i);
  assert.deepEqual([ring.first, ring.next, ring.bytes], [6, 10, 4]);
  assert.deepEqual(ring.since(0).map((each) => each.message), ["6", "7", "8", "9"]);
  assert.deepEqual(ring.since(8).map((each) => each.message), ["8", "9"]);
  assert.deepEqual([5, 6, 9, 10].map((i) => ring.at(i)?.message), [
    undefined,
    "6",
    "9",
    undefined,
  ]);
});

test("RecordRing keeps a record that is larger than all it may hold", () => {
  const ring = new RecordRing(4, 10);
  ring.push(record("a", 1));
  ring.push(record("large", 100));
  assert.deepEqual(ring.since(0).map((each) => each.message), ["large"]);
  ring.push(record("b", 1));
  assert.deepEqual(ring.since(0).map((each) => each.message), ["b"]);
});

test("RecordRing holds its bounds and its count for any sizes", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 100 });
  fc.assert(fc.property(fc.integer({ min: 1, max: 20 }), sizes, (capacity, each) => {
    const ring = new RecordRing(capacity, 100);
    each.forEach((size, i) => ring.push(record(`${i}`, size)));
    const held = ring.since(0);
    assert.equal(held.length, ring.next - ring.first);
    assert.equal(held.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), ring.bytes);
    assert.ok(ring.bytes <= 100 && held.length <= ring.capacity);
    assert.deepEqual(
      held.map(({ message }) => message),
      each.map((_, i) => `${i}`).slice(ring.first),
    );
  }));
});

test("new RecordRing() refuses bounds that are out of range", () => {
  assert.throws(() => new RecordRing(0), {
    name: "RangeError",
    message: "Cannot keep log records: maxRecords must be a whole number from 1 to 1048576, got 0",
  });
  assert.throws(() => new RecordRing(1.5), RangeError);
  assert.throws(() => new RecordRing(8, NaN), RangeError);
});

/** A line of a request whose record has a message alone. */
class Line extends LazyLine {
  readonly timeMs = 0;
  readonly severity = 9;
  readonly level = "info";
  readonly message: string;
  readonly service = "";
  readonly category = "";
  readonly traceId = "";
  readonly spanId = "";
  readonly requestId = "";
  readonly sizeBytes: number;

  constructor(message: string, sizeBytes: number) {
    super();
    this.message = message;
    this.sizeBytes = sizeBytes;
  }

  record() {
    return record(this.message, this.sizeBytes);
  }

  members() {
    return "";
  }
}

test("The lines of requests drive out no record, and stand where they belong", () => {
  const lanes = new Lanes(4, 100_000);
  lanes.push(record("a"));
  for (let i = 0; i < 100; i++) lanes.pushLine(new Line(`line ${i}`, 1));
  lanes.push(record("b"));
  lanes.pushLine(new Line("line 100", 1));
  const held = lanes.since(0).map(({ message }) => message);
  assert.deepEqual(held, ["a", "line 97", "line 98", "line 99", "b", "line 100"]);
  assert.deepEqual([lanes.first, lanes.next], [0, 103]);
  assert.equal(lanes.at(1), undefined);
  assert.deepEqual([0, 98, 101, 102].map((i) => lanes.at(i)?.message), [
    "a",
    "line 97",
    "b",
    "line 100",
  ]);
  assert.deepEqual(lanes.since(99).map(({ message }) => message), held.slice(2));
});

test("Records and lines together hold their bounds, and are read in order", () => {
  const each = fc.record({ isLine: fc.boolean(), size: fc.integer({ min: 1, max: 60 }) });
  fc.assert(fc.property(fc.integer({ min: 1, max: 20 }), fc.array(each), (capacity, pushed) => {
    const lanes = new Lanes(capacity, 100);
    pushed.forEach(({ isLine, size }, i) => {
      assert.equal(
        isLine ? lanes.pushLine(new Line(`${i}`, size)) : lanes.push(record(`${i}`, size)),
        i,
      );
      const held = lanes.since(0);
      assert.equal(held.at(-1)?.message, `${i}`);
      assert.ok(lanes.bytes <= 100 || held.length === 1);
      assert.equal(held.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), lanes.bytes);
      const numbers = held.map(({ message }) => Number(message));
      assert.deepEqual(numbers, numbers.toSorted((a, b) => a - b));
      assert.equal(lanes.first, numbers[0]);
      for (const number of numbers) assert.equal(lanes.at(number)?.message, `${number}`);
    });
  }));
});
