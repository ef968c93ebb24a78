import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import {
  asRecord,
  AttributeList,
  type Attributes,
  type AttributeValue,
} from "../../src/core/attributes.ts";

const list = (limits = {}) =>
  new AttributeList({ count: 8, valueLength: 16, size: 1000, ...limits });

test("AttributeList keeps every attribute type, in order", () => {
  const attributes = list();
  const given: Attributes = {
    s: "x",
    n: 1.5,
    b: false,
    i: 10n,
    ss: ["a"],
    ns: [1],
    bs: [true],
    e: [],
  };
  attributes.setAll(given);
  deepEqual(asRecord(attributes.pairs), given);
  deepEqual(Object.keys(asRecord(attributes.pairs)), Object.keys(given));
  equal(attributes.dropped, 0);
});

test("AttributeList keeps the last value of a key, also when it is full", () => {
  const attributes = list({ count: 2 });
  attributes.set("a", 1);
  attributes.set("b", 2);
  attributes.set("c", 3);
  for (let i = 0; i < 10; i++) attributes.set("a", i);
  deepEqual(asRecord(attributes.pairs), { a: 9, b: 2 });
  equal(attributes.dropped, 1);
});

test("AttributeList drops and counts values of other types", () => {
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  const getter = Object.defineProperty(["a"], 0, {
    get() {
      throw new Error("no");
    },
  });
  const refused = [
    null,
    {},
    () => 1,
    Symbol("x"),
    new Date(0),
    ["a", 1],
    [null],
    [{}],
    proxy,
    getter,
  ];
  const attributes = list({ count: 100 });
  for (const [i, value] of refused.entries()) attributes.set(`k${i}`, value as AttributeValue);
  attributes.set("", "empty key");
  attributes.set(7 as unknown as string, "no key");
  deepEqual(asRecord(attributes.pairs), {});
  equal(attributes.dropped, refused.length + 2);
});

test("AttributeList ignores undefined", () => {
  const attributes = list();
  attributes.set("a", undefined);
  deepEqual([asRecord(attributes.pairs), attributes.dropped], [{}, 0]);
});

test("AttributeList.setAll() survives a getter that throws", () => {
  const attributes = list();
  attributes.setAll({
    a: 1,
    get b(): string {
      throw new Error("no");
    },
  });
  deepEqual([asRecord(attributes.pairs), attributes.dropped], [{ a: 1 }, 1]);
});

test("AttributeList copies arrays, cuts strings and long arrays", () => {
  const attributes = list({ size: 10_000 });
  const array = ["a".repeat(20), "b"];
  attributes.set("array", array);
  array[1] = "changed later";
  attributes.set("text", "c".repeat(17));
  attributes.set("long", new Array(500).fill(1));
  const record = asRecord(attributes.pairs);
  deepEqual(record.array, ["a".repeat(16), "b"]);
  equal(record.text, "c".repeat(16));
  equal((record.long as number[]).length, 128);
});

test("AttributeList is bounded in size, and counts it exactly through replacements", () => {
  const attributes = list({ size: 30 });
  attributes.set("key1", "0123456789"); // 14
  attributes.set("key2", "0123456789"); // 28
  attributes.set("key3", "0"); // would be 33
  equal(attributes.size, 28);
  attributes.set("key1", "0123456789abc"); // would be 31
  equal(attributes.size, 28);
  attributes.set("key1", "0123456789ab"); // 30
  equal(attributes.size, 30);
  attributes.set("key2", 5); // 28: a number counts 8
  equal(attributes.size, 28);
  attributes.set("key1", ["ab", "c"]);
  equal(attributes.size, 19);
  deepEqual(asRecord(attributes.pairs), { key1: ["ab", "c"], key2: 5 });
  equal(attributes.dropped, 2);
});

test("AttributeList can hold __proto__ as a key", () => {
  const attributes = list();
  attributes.set("__proto__", ["x"]);
  const record = asRecord(attributes.pairs);
  deepEqual(Object.entries(record), [["__proto__", ["x"]]]);
  equal(Object.getPrototypeOf(record), Object.prototype);
});
