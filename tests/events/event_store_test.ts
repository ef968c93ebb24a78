import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { CARD_NUMBERS, EMAILS } from "../../src/core/redact/pattern.ts";
import { Redactor } from "../../src/core/redact/redactor.ts";
import { EventStore } from "../../src/events/event_store.ts";
import type { Row } from "../../src/events/store/rows.ts";
import { ManualClock } from "../manual_clock.ts";
import { HANG_MS, skipWhen } from "../tool.ts";

const clock = new ManualClock(0);

test("EventStore keeps the newest rows, numbered in order of arrival", () => {
  const events = new EventStore({ maxRows: 3, clock });
  for (let n = 0; n < 1000; n++) assert.equal(events.add({ n }), n);
  assert.deepEqual([events.first, events.next], [997, 1000]);
  assert.deepEqual([...events].map((row) => row.n), [997, 998, 999]);
  assert.deepEqual([996, 997, 999, 1000, 997.5, NaN].map((n) => events.row(n)?.n), [
    ...[undefined, 997, 999, undefined, undefined, undefined],
  ]);
  const since = (from: number, most?: number) => {
    const { first, next, lost, rows } = events.since(from, most);
    return [first, next, lost, ...rows.map((row) => row.n)];
  };
  assert.deepEqual(since(0), [997, 1000, 997, 997, 998, 999]);
  assert.deepEqual(since(998), [998, 1000, 0, 998, 999]);
  assert.deepEqual(since(0, 2), [997, 999, 997, 997, 998]);
  assert.deepEqual(since(-5, 1), [997, 998, 997, 997]);
  assert.deepEqual(since(5000), [1000, 1000, 0]);
  assert.deepEqual(since(997.5), [998, 1000, 0, 998, 999]);
  assert.deepEqual(since(NaN, 1), [997, 998, 997, 997]);
});

test("A row that sets no time has the time it ended at", () => {
  const own = new ManualClock(1_000), events = new EventStore({ clock: own });
  events.begin();
  own.advance(5);
  events.end();
  events.add({ time: 7 });
  assert.deepEqual([...events], [{ time: 1005 }, { time: 7 }]);
});

test("A row that is begun and not ended leaves nothing behind", () => {
  const events = new EventStore({ clock }), route = events.field("route");
  const id = events.field("id", { unique: true });
  events.add({ ms: 4, route: "/a", id: "y", segment: "pro" });
  const { bytes } = events;
  events.begin();
  events.set(route, "/a");
  events.set(id, "x");
  events.note("segment", "pro");
  events.begin();
  events.note("ms", 5);
  events.end();
  assert.deepEqual(events.row(1), { time: 0, ms: 5 });
  assert.equal(events.bytes, bytes);
});

test("What is set without a row begins one", () => {
  const events = new EventStore({ maxRows: 5, clock }), n = events.field("n");
  for (let i = 0; i < 2000; i++) {
    if (i % 3 === 0) events.set(n, i);
    else if (i % 3 === 1) events.note("note", i);
    assert.equal(events.end(), i);
  }
  assert.deepEqual([...events], [
    ...[{ time: 0, n: 1995 }, { time: 0, note: 1996 }, { time: 0 }, { time: 0, n: 1998 }],
    { time: 0, note: 1999 },
  ]);
});

const value = fc.oneof(
  fc.constantFrom("a", "b", "", "a text that is longer than most", true, false, undefined, null),
  fc.string({ maxLength: 30, unit: "binary" }),
  fc.integer({ min: -5, max: 5 }),
  fc.double({ noNaN: true }),
);
const row = fc.dictionary(
  fc.constantFrom("a", "b", "c", "__proto__", "constructor", "d.e"),
  value,
  { noNullPrototype: true },
);

test("EventStore gives back what was written, whatever kinds a field has, in any dictionary", () => {
  const plain = fc.record({
    rows: fc.array(row, { maxLength: 40 }),
    maxRows: fc.constantFrom(1, 20, 50, 300, 1500),
    maxValues: fc.integer({ min: 1, max: 6 }),
    times: fc.integer({ min: 1, max: 60 }),
  });
  fc.assert(fc.property(plain, ({ rows, maxRows, maxValues, times }) => {
    const hideNothing = new Redactor({ keys: [] });
    const events = new EventStore({ maxRows, maxValues, clock, redactor: hideNothing });
    const model: [string, unknown][][] = [];
    for (let time = 0; time < times; time++) {
      for (const each of rows) {
        events.add(each);
        model.push(Object.entries({ time: 0, ...each }).filter(([, kept]) => kept != null));
      }
    }
    const sorted = (entries: readonly [string, unknown][]) =>
      [...entries].sort(([a], [b]) => a < b ? -1 : 1);
    const held = [...events].map((kept) => sorted(Object.entries(kept)));
    assert.deepEqual(held, model.slice(-maxRows).map(sorted));
    assert.deepEqual(events.drops, { fields: 0, names: 0, kinds: 0, cut: 0, rows: 0 });
  }));
});

test("A field set twice has the later value, of whatever kind", () => {
  const values = ["text", 5, "other text of some length", true, 1n, "text", -0, false];
  for (const unique of [false, true]) {
    const events = new EventStore({ clock }), field = events.field("f", { unique });
    for (const first of values) {
      for (const second of values) {
        events.begin();
        events.set(field, first);
        events.set(field, second);
        events.set(field, undefined);
        const kept = events.row(events.end())!.f;
        assert.equal(kept, typeof second === "bigint" ? Number(second) : second);
      }
    }
  }
});

test("A field with too many texts keeps each as it is, unless those of rows held are few", () => {
  const events = new EventStore({ maxRows: 300, maxValues: 64, clock });
  for (let n = 0; n < 2000; n++) events.add({ few: `v${n / 20 | 0}`, many: `v${n}` });
  assert.equal(events.column("many")!.codes, undefined);
  assert.ok(events.column("few")!.values!.length <= 65);
  assert.deepEqual(
    [...events].map(({ few, many }) => [few, many]),
    Array.from({ length: 300 }, (_, i) => [`v${(1700 + i) / 20 | 0}`, `v${1700 + i}`]),
  );
});

test("What rows do not keep is counted by reason", () => {
  const events = new EventStore({ maxFields: 3, maxLength: 5, clock });
  events.add({ a: 1, b: 1, c: 1, d: 1 });
  events.add({ "": 1, ["n".repeat(65)]: 1 });
  events.add({ a: {}, b: [1] });
  events.add({ a: NaN, b: () => 1 });
  events.add({ a: "123456", b: Symbol("s") });
  assert.deepEqual(events.drops, { fields: 2, names: 2, kinds: 5, cut: 1, rows: 0 });
  assert.equal(events.row(4)!.a, "12345");
});

test("A field that no row has any more makes room for another; a declared one stays", () => {
  const events = new EventStore({ maxRows: 10, maxFields: 4, clock });
  events.field("mine");
  events.add({ bomb1: "x", bomb2: 2, bomb3: 3 });
  assert.equal(events.drops.fields, 1);
  const { bytes } = events;
  for (let n = 0; n < 300; n++) events.add({});
  events.add({ a: 1, b: "y" });
  assert.deepEqual([...events.columns.keys()], ["time", "mine", "a", "b"]);
  assert.equal(events.bytes, bytes);
  assert.deepEqual(events.row(300), { time: 0 });
  assert.deepEqual(events.row(301), { a: 1, b: "y", time: 0 });
});

test("Declaring a field fails where it could not hold", () => {
  const events = new EventStore({ maxFields: 2 });
  assert.equal(events.field("a"), events.field("a"));
  assert.throws(() => events.field("b"), {
    name: "RangeError",
    message: 'Cannot declare field "b": fields must be at most 2 (maxFields), got one more',
  });
  assert.throws(() => events.field("a", { uniqe: true } as object), {
    name: "TypeError",
    message: 'Cannot declare field "a": unknown option "uniqe", did you mean "unique"?',
  });
  assert.throws(() => events.field(""), {
    name: "TypeError",
    message: "Cannot declare field: name must be text of 1 to 64 characters, got one of 0",
  });
});

test("EventStore refuses limits that are out of range and options that are unknown", () => {
  const make = (options: object) => () => new EventStore(options);
  assert.throws(
    make({ maxRows: 0 }),
    /^RangeError: Cannot keep rows: maxRows must be a whole number from 1 to 65536/,
  );
  assert.throws(
    make({ maxBytes: 1000 }),
    /^RangeError: Cannot keep rows: maxBytes must be a whole number from 65536/,
  );
  assert.throws(make({ maxFields: 2.5 }), /^RangeError: Cannot keep rows: maxFields .* got 2.5$/);
  assert.throws(make({ maxrows: 5 }), {
    name: "TypeError",
    message: 'Cannot make event store: unknown option "maxrows", did you mean "maxRows"?',
  });
});

test("Rows hide what spans hide: by name, in texts, by path, and long numbers", () => {
  const redactor = new Redactor({ patterns: [EMAILS, CARD_NUMBERS], paths: ["user.mail"] });
  const events = new EventStore({ redactor, clock });
  events.add({
    "api_key": "k",
    "db.password": 42,
    "user.mail": "x",
    path: "/a?token=abc&b=1",
    who: "paid by ada@example.org",
    card: 4111111111111111,
    big: 1234567890123,
    ok: "fine",
  });
  assert.deepEqual(events.row(0), {
    "api_key": "[REDACTED]",
    "db.password": "[REDACTED]",
    "user.mail": "[REDACTED]",
    path: "/a?token=%5BREDACTED%5D&b=1",
    who: "paid by [REDACTED]",
    card: "[REDACTED]",
    big: 1234567890123,
    ok: "fine",
    time: 0,
  });
});

test("A secret is hidden in every row and every kind of column, and cut whole", () => {
  const redactor = new Redactor({ patterns: [EMAILS] });
  const events = new EventStore({ maxRows: 500, maxValues: 8, maxLength: 20, redactor, clock });
  const id = events.field("id", { unique: true });
  for (let n = 0; n < 400; n++) {
    events.begin();
    events.set(id, `u${n}@example.org`);
    events.note("coded", n % 2 ? "me@example.org" : "x");
    events.note("turned", `${n} u${n}@example.org`);
    events.note("long", `${"-".repeat(15)} ada@example.org`);
    events.end();
  }
  const seen = JSON.stringify([...events].map((each: Row) => Object.values(each)));
  assert.doesNotMatch(seen, /@|example/);
  assert.equal(events.row(1)!.coded, "[REDACTED]");
});

test("Trusted values are not read", () => {
  const events = new EventStore({ clock });
  const token = events.field("token", { trusted: true });
  events.begin();
  events.set(token, "?token=x");
  assert.equal(events.row(events.end())!.token, "?token=x");
});

test("Rows leave early when their texts are too large, and only so many", () => {
  const events = new EventStore({ maxRows: 1000, maxBytes: 200_000, maxLength: 1000, clock });
  const filled = (n: number) => String(n).padEnd(1000, "x");
  for (let n = 0; n < 5000; n++) {
    events.add({ text: filled(n), more: n % 5 });
    assert.ok(events.bytes <= 200_000);
  }
  const held = events.next - events.first;
  assert.ok(held > 50 && held < 180, `${held} rows`);
  assert.equal(events.drops.rows, 5000 - held);
  assert.deepEqual(events.row(events.first)!.text, filled(events.first));
  for (let n = 0; n < 2000; n++) events.add({ text: "short" });
  assert.equal(events.next - events.first, 1000);
});

test("Columns of numbers leave a quarter of the bytes to texts", () => {
  const events = new EventStore({ maxRows: 1000, maxBytes: 100_000, clock });
  const fields = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}`, i]));
  for (let n = 0; n < 10; n++) events.add(fields);
  assert.equal(Object.keys(events.row(0)!).length, 7);
  assert.equal(events.drops.fields, 34 * 10);
  assert.ok(events.bytes <= 75_000);
});

test("A text wider than Latin-1 counts twice", () => {
  const bytes = (text: string) => {
    const events = new EventStore({ clock }), field = events.field("f", { unique: true });
    events.add({});
    events.begin();
    events.set(field, "");
    const before = events.bytes;
    events.set(field, text);
    return events.bytes - before;
  };
  assert.deepEqual([bytes("a".repeat(100)), bytes("é".repeat(100)), bytes("猫".repeat(100))], [
    ...[100, 100, 200],
  ]);
});

test("10 000 rows of 30 fields are held in 4 MB, and no more of a URL than its path", {
  skip: skipWhen(!("Deno" in globalThis), "the heap is measured on Deno"),
  timeout: HANG_MS,
}, () => {
  const child = fileURLToPath(new URL("store_child.ts", import.meta.url));
  const args = ["run", "--no-check", "--v8-flags=--expose-gc", child];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  const { heap, told, rows } = JSON.parse(stdout);
  assert.equal(rows, 10_000);
  assert.ok(heap <= 4 * 1024 * 1024, `${heap} bytes`);
  assert.ok(told > 0.75 * heap && told < 1.33 * heap, `told ${told}, measured ${heap}`);
});

test("since() returns whole rows and a number to go on from, however odd its arguments", () => {
  const events = new EventStore();
  for (let k = 0; k < 3; k++) events.add({ k });
  const ask = (number: number, most?: number) => {
    const { first, next, lost, rows } = events.since(number, most);
    return [first, next, lost, rows.length];
  };
  assert.deepEqual(ask(0, -5), [0, 0, 0, 0]);
  assert.deepEqual(ask(0, NaN), [0, 0, 0, 0]);
  assert.deepEqual(ask(0, 1.5), [0, 1, 0, 1]);
  assert.deepEqual(ask(0.5, Infinity), [1, 3, 0, 2]);
  assert.deepEqual(ask(NaN), [0, 3, 0, 3]);
  assert.deepEqual(ask(Infinity), [3, 3, 0, 0]);
});

test("EventStore refuses bytes that have no room for the times of its rows", () => {
  assert.throws(() => new EventStore({ maxBytes: 65_536 }), {
    name: "RangeError",
    message: "Cannot keep rows: maxBytes must be at least 111958 for 10000 rows, got 65536",
  });
  const events = new EventStore({ maxBytes: 111_958 });
  events.add({ a: 1 });
  assert.equal(typeof events.row(0)!.time, "number");
});
