import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import vm from "node:vm";
import fc from "fast-check";
import { Pause } from "../../src/core/pause.ts";
import { Redactor } from "../../src/core/redact/redactor.ts";
import { ask } from "../../src/events/ask/ask.ts";
import { EventStore } from "../../src/events/event_store.ts";
import { parse } from "../../src/events/question/parse.ts";
import { printName, printValue } from "../../src/events/question/print.ts";
import { askInSlices } from "../../src/events/slices.ts";
import { Frame } from "../../src/events/store/frame.ts";
import type { Row } from "../../src/events/store/rows.ts";
import { bun } from "../size/bundle.ts";
import { HANG_MS } from "../tool.ts";
import { groups, holds } from "./by_hand.ts";

const START = Date.UTC(2026, 0, 1, 12);

/** What the examples are asked of: small enough to check by eye. */
const SHOP = ([
  {
    time: 0,
    route: "/orders",
    ms: 40,
    status: 201,
    segment: "pro",
    user: "u-4711",
    version: "1.4.0",
  },
  { time: 1, route: "/orders", ms: 60, status: 201, segment: "free", "db.repeat": 2, "db.ms": 3 },
  { time: 2, route: "/orders", ms: 300, status: 504, segment: "pro", "error.type": "TimeoutError" },
  { time: 3, route: "/login", ms: 20, status: 200, "log.warn": 1, "flag.new_checkout": true },
  { time: 64, route: "/orders", ms: 80, status: 201, "db.repeat": 41, "db.ms": 25, "log.warn": 2 },
  { time: 65, route: "/report", ms: 900, status: 200, "loop.ms": 312, "sync.ms": 290 },
  { time: 66, path: "/wp-admin", ms: 1, status: 404, "loop.ms": 130, "sync.ms": 0.5 },
  { time: 67, path: "/wp-admin", ms: 1, status: 404, "flag.new_checkout": false },
  { time: 68, path: "/.env", ms: 1, status: 404, "http.retries": 2, "http.host": "ledger" },
  { time: 69, route: "/carts", ms: 70, status: 503, "http.retries": 1, "http.host": "ledger" },
] as Row[]).map((row): Row => ({ ...row, time: START + 1000 * (row.time as number) }));

function filled(rows: readonly Row[]): EventStore {
  const events = new EventStore({ redactor: new Redactor({ keys: [] }) });
  for (const row of rows) events.add(row);
  return events;
}

const shop = filled(SHOP);
/** What an answer has besides its question. */
function told(question: string): unknown {
  const { question: _, ...answer } = ask(shop, question);
  return answer;
}

test("ask() answers with rows, newest first", () => {
  const rows = (question: string) => {
    const answer = ask(shop, question);
    assert.equal(answer.kind, "rows");
    return answer.kind === "rows" ? answer.rows.map((row) => row.number) : [];
  };
  assert.deepEqual(told("status>=500"), {
    kind: "rows",
    looked: 10,
    matched: 2,
    more: 0,
    rows: [{ number: 9, fields: SHOP[9] }, { number: 2, fields: SHOP[2] }],
  });
  assert.deepEqual(rows("user:u-4711"), [0]);
  assert.deepEqual(rows("timeout"), [2]);
  assert.deepEqual(rows("loop.ms>100 last 5m sort -sync.ms top 20"), [5, 6]);
  assert.deepEqual(rows("last 5s sort ms top 2"), [8, 7]);
  assert.deepEqual(rows("sort -db.ms top 3"), [4, 1, 9]);
});

test("ask() answers with a table, the largest group first", () => {
  const table = (
    by: string[],
    show: string[],
    groups: [unknown[], unknown[]][],
    matched: number,
    more = 0,
  ) => ({
    ...{ kind: "table", looked: 10, matched, more, by, show },
    groups: groups.map(([keys, cells]) => ({ keys, cells })),
  });
  const usual = ["count", "errors", "p50(ms)", "p95(ms)", "p99(ms)"];
  assert.deepEqual(
    told("by route"),
    table(
      ["route"],
      usual,
      [
        [["/orders"], [4, 0.25, 60, 300, 300]],
        [[null], [3, 0, 1, 1, 1]],
        [["/carts"], [1, 1, 70, 70, 70]],
        [["/login"], [1, 0, 20, 20, 20]],
        [["/report"], [1, 0, 900, 900, 900]],
      ],
      10,
    ),
  );
  assert.deepEqual(
    told("route:/orders by segment show count,p50(ms),p99(ms)"),
    table(["segment"], ["count", "p50(ms)", "p99(ms)"], [
      [["pro"], [2, 40, 300]],
      [["free"], [1, 60, 60]],
      [[null], [1, 80, 80]],
    ], 4),
  );
  assert.deepEqual(
    told("db.repeat>10 by route show count,max(db.repeat),sum(db.ms)"),
    table(["route"], ["count", "max(db.repeat)", "sum(db.ms)"], [[["/orders"], [1, 41, 25]]], 1),
  );
  assert.deepEqual(
    told("flag.new_checkout? by flag.new_checkout"),
    table(["flag.new_checkout"], usual, [
      [[false], [1, 0, 1, 1, 1]],
      [[true], [1, 0, 20, 20, 20]],
    ], 2),
  );
  assert.deepEqual(
    told("-route? by path top 1 show count, share"),
    table(["path"], ["count", "share"], [[["/wp-admin"], [2, 2 / 3]]], 3, 1),
  );
  assert.deepEqual(
    told("status>=500 show share,rate"),
    table([], ["share", "rate"], [[[], [0.2, 2 / 69]]], 2),
  );
  assert.deepEqual(
    told("by status sort -status show distinct(route)"),
    table(["status"], ["distinct(route)"], [
      [[504], [1]],
      [[503], [1]],
      [[404], [0]],
      [[201], [1]],
      [[200], [2]],
    ], 10),
  );
});

test("ask() answers bucket by bucket, the empty ones too", () => {
  assert.deepEqual(told("http.retries>0 by http.host every 10s show rate"), {
    ...{ kind: "buckets", looked: 10, matched: 2, more: 0, by: ["http.host"], show: ["rate"] },
    ...{ startMs: START + 60_000, everyMs: 10_000, count: 1 },
    series: [{ keys: ["ledger"], cells: [2 / 69], buckets: [[0.2]] }],
  });
  assert.deepEqual(told("log.warn>0 -route:/login every 1m show count"), {
    ...{ kind: "buckets", looked: 10, matched: 1, more: 0, by: [], show: ["count"] },
    ...{ startMs: START + 60_000, everyMs: 60_000, count: 1 },
    series: [{ keys: [], cells: [1], buckets: [[1]] }],
  });
  assert.deepEqual(told("by route show count,share,max(ms) every 30s top 1"), {
    ...{ kind: "buckets", looked: 10, matched: 10, more: 4, by: ["route"] },
    ...{ show: ["count", "share", "max(ms)"], startMs: START, everyMs: 30_000, count: 3 },
    series: [{
      keys: ["/orders"],
      cells: [4, 0.4, 300],
      buckets: [[3, 0.75, 300], [0, null, null], [1, 1 / 6, 80]],
    }],
  });
});

test("ask() shows the newest buckets where there are too many", () => {
  const answer = ask(shop, "every 1ms show count");
  assert.ok(answer.kind === "buckets");
  assert.deepEqual([answer.count, answer.startMs], [1000, START + 68_001]);
  assert.deepEqual(answer.series[0]!.buckets.at(-1), [1]);
});

test("ask() counts last back from now, and keeps to the limit", () => {
  const count = (question: string, now?: number) => ask(shop, question, { now }).matched;
  assert.deepEqual([count("last 5s"), count("last 5s", START + 72_000)], [6, 3]);
  const { more, ...answer } = ask(shop, "by route top 4", { limit: 2 });
  assert.ok(answer.kind === "table");
  assert.deepEqual([answer.groups.length, more], [2, 3]);
});

test("ask() and askInSlices() refuse options that are wrong", async () => {
  assert.throws(() => ask(shop, "a", { limit: 0 }), {
    name: "RangeError",
    message: "Cannot ask: limit must be a whole number from 1 to 1000, got 0",
  });
  const misspelt = { limits: 5 } as object;
  const message = 'Cannot ask: unknown option "limits", did you mean "limit"?';
  assert.throws(() => ask(shop, "a", misspelt), { name: "TypeError", message });
  await assert.rejects(askInSlices(shop, "a", misspelt), { name: "TypeError", message });
});

test("ask() says nothing of an empty store, and of fields that do not exist", () => {
  const empty = new EventStore();
  for (const question of ["", "a:1", "by a", "every 1s", "why a:1", "why last 5m", "sort a"]) {
    const { kind, looked, matched, more } = ask(empty, question);
    assert.deepEqual([looked, matched, more], [0, 0, 0], `${question}: ${kind}`);
    JSON.stringify(ask(shop, question));
  }
  assert.equal(ask(shop, "none!=1").matched, 10);
  assert.equal(ask(shop, "none?").matched, 0);
  assert.deepEqual(
    (ask(shop, "show max(none),sum(none),p50(route)") as { groups: unknown }).groups,
    [{ keys: [], cells: [null, null, null] }],
  );
});

const FIELDS = ["a", "b", "status", "error.type", "by"];
const value = fc.oneof(
  fc.constantFrom("x", "X y", "/orders/1", "5", "1.50", "true", "", "by", "*"),
  fc.constantFrom(0, 1, 5, 200, 404, 500, 503, 1.5, -2),
  fc.boolean(),
);
const row = fc.dictionary(fc.constantFrom(...FIELDS), value, { noNullPrototype: true });
const written = fc.oneof(
  value.map(printValue),
  fc.constantFrom("5xx", "0..5", "..1", "200..", "x*", "*/o*1", "**", "1.50", "true", "5ms", "X"),
);
const field = fc.constantFrom(...FIELDS, "none").map(printName);
const order = fc.constantFrom(">", ">=", "<", "<=");
const { terms } = fc.letrec<{ terms: string; term: string }>((tie) => ({
  terms: fc.array(fc.array(tie("term"), { minLength: 1, maxLength: 3 }), {
    minLength: 1,
    maxLength: 2,
  }).map((any) => any.map((all) => all.join(" ")).join(" or ")),
  term: fc.oneof(
    { maxDepth: 3 },
    fc.tuple(
      field,
      fc.constantFrom(":", "=", "!=", "~"),
      fc.array(written, { minLength: 1, maxLength: 2 }),
    )
      .map(([name, op, values]) => `${name}${op}${values.join(",")}`),
    fc.tuple(field, order, fc.constantFrom("1", "1.5", "-2", "500")).map((parts) => parts.join("")),
    field.map((name) => `${name}?`),
    fc.constantFrom("x", "5", "true", "orders", '"X y"'),
    tie("term").map((term) => `-${term}`),
    tie("terms").map((terms) => `(${terms})`),
  ),
}));
const MEASURES = [
  "count",
  "errors",
  "share",
  "p50(a)",
  "p99.9(b)",
  "avg(a)",
  "sum(b)",
  "min(a)",
  "max(b)",
  "distinct(a)",
];
const clauses = fc.record({
  by: fc.subarray(FIELDS.map(printName), { maxLength: 3 }),
  show: fc.subarray(MEASURES, { minLength: 1 }),
});

test("ask() says what a look at each row says", { timeout: HANG_MS }, () => {
  const store = fc.record({
    rows: fc.array(row, { maxLength: 40 }),
    maxValues: fc.constantFrom(2, 4096),
  });
  fc.assert(
    fc.property(store, terms, clauses, ({ rows, maxValues }, where, { by, show }) => {
      const events = new EventStore({ maxValues, redactor: new Redactor({ keys: [] }) });
      for (const [i, each] of rows.entries()) events.add({ time: i * 1000, ...each });
      const all = [...events];
      const matched = all.filter((each) => holds(each, parse(where).where));
      const answer = ask(events, `${where} top 1000`);
      assert.ok(answer.kind === "rows");
      assert.deepEqual(answer.rows.map(({ fields }) => fields), matched.toReversed());

      const question = `${where}${by.length > 0 ? ` by ${by}` : ""} show ${show} top 1000`;
      const table = ask(events, question);
      assert.ok(table.kind === "table");
      const whole = by.length === 0 ? all.length : matched.length;
      const expected = groups(matched, parse(question), whole, 1);
      const sorted = (groups: unknown[]) => groups.map((each) => JSON.stringify(each)).sort();
      assert.deepEqual(
        sorted(table.groups.map(({ keys, cells }) => [keys, cells])),
        sorted(expected),
      );
      const first = table.groups.map(({ cells }) => cells[0]!).filter((cell) => cell !== null);
      assert.deepEqual(first, first.toSorted((a, b) => b - a));
    }),
    { numRuns: 300 },
  );
});

test("ask() sees the rows that are held, wherever they lie in the columns", () => {
  for (const rows of [1, 100, 511, 512, 513, 700, 1500]) {
    const events = new EventStore({ maxRows: 200, maxValues: 50 });
    for (let n = 0; n < rows; n++) {
      events.add({ n, few: n % 7 ? `v${n % 7}` : true, many: `m${n}` });
    }
    for (const isCopy of [false, true]) {
      const frame = Frame.of(events, isCopy);
      const seen = Array.from({ length: frame.count }, (_, i) => frame.row(i));
      assert.deepEqual(seen, [...events]);
    }
    const answer = ask(events, `n>=${rows - 150} -few:true many~m`);
    const held = [...events].filter(({ n, few }) => (n as number) >= rows - 150 && few !== true);
    assert.equal(answer.matched, held.length);
  }
});

test("askInSlices() answers as of the call, and lets others run when it is time", async () => {
  const events = new EventStore({ maxRows: 5000 });
  const add = (n: number) =>
    events.add({ time: n, n, route: `/r${n % 5}`, ms: n % 97, id: `i${n}` });
  for (let n = 0; n < 5200; n++) add(n);
  const questions = [
    "route:/r1 show count,p99(ms)",
    "by id top 3",
    "why n>5000",
    "i51",
    "sort -ms top 5",
  ];
  for (const question of questions) {
    const expected = ask(events, question);
    let turns = 0;
    const answer = await askInSlices(events, question, {
      turns: {
        isDue: true,
        take(): Promise<void> {
          turns++;
          for (let n = 0; n < 50; n++) add(-n);
          events.note(`new.${turns % 50}`, "x");
          return Promise.resolve();
        },
      },
    });
    assert.deepEqual(answer, expected);
    assert.ok(turns >= 3, `${question}: ${turns} turns`);
  }
  await assert.rejects(askInSlices(events, "a:"), { name: "QuestionError" });
});

test("askInSlices() holds the event loop no longer than it is told", async () => {
  const events = new EventStore();
  for (let n = 0; n < 3000; n++) events.add({ time: n, n, route: `/r${n % 5}` });
  let now = 0, since = 0, longest = 0, turns = 0;
  // Each look at the clock takes a millisecond: there is one a step.
  const others = () => {
    longest = Math.max(longest, now - since);
    since = now;
    turns++;
    return Promise.resolve();
  };
  const answer = await askInSlices(events, "why n>2000", {
    turns: new Pause(() => now++, others, 3),
  });
  assert.equal(answer.matched, 999);
  assert.ok(turns >= 4 && longest <= 4, `${turns} turns, ${longest} ms`);
});

test("Rows with a time that is none have no bucket", () => {
  const events = new EventStore();
  for (const time of [Infinity, "noon", 5000, -Infinity]) events.add({ time, a: 1 });
  const answer = ask(events, "every 1s show count");
  assert.ok(answer.kind === "buckets");
  assert.deepEqual([answer.startMs, answer.count, answer.series], [5000, 1, [
    { keys: [], cells: [4], buckets: [[1]] },
  ]]);
  assert.equal(ask(events, "-time>1e9 last 1s").matched, 1);
});

test("The questions and their store are one module for a browser", { timeout: HANG_MS }, () => {
  const folder = mkdtempSync(join(tmpdir(), "telltale-ask-"));
  const file = (name: string) =>
    JSON.stringify(fileURLToPath(new URL(`../../src/events/${name}`, import.meta.url)));
  try {
    writeFileSync(
      join(folder, "entry.ts"),
      `import { ask } from ${file("ask/ask.ts")};
       import { Rows } from ${file("store/rows.ts")};
       const rows = new Rows({}, () => 0);
       for (let ms = 0; ms < 100; ms++) rows.add({ ms, route: ms % 3 ? "/a" : "/b" });
       globalThis.answer = JSON.stringify(ask(rows, "ms>=10 by route show count"));`,
    );
    const args = ["build", "--target=browser", `--outfile=${join(folder, "out.js")}`];
    const built = spawnSync(bun, [...args, join(folder, "entry.ts")], { encoding: "utf8" });
    assert.equal(built.status, 0, built.stderr);
    const text = readFileSync(join(folder, "out.js"), "utf8");
    assert.doesNotMatch(text, /\bfrom\s*"|\bimport\b|\brequire\b|node:/);
    const browser: { answer?: string } = vm.createContext({});
    vm.runInContext(text, browser);
    assert.deepEqual(JSON.parse(browser.answer!).groups, [
      { keys: ["/a"], cells: [60] },
      { keys: ["/b"], cells: [30] },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("ask() and parse() refuse what is no question, and a now that is no time", async () => {
  const events = new EventStore();
  for (const wrong of [undefined, null, 5, Symbol("q")]) {
    const refused = /^TypeError: Cannot ask: question must be a text or a parsed question, got /;
    assert.throws(() => ask(events, wrong as unknown as string), refused);
    await assert.rejects(askInSlices(events, wrong as unknown as string), refused);
    assert.throws(
      () => parse(wrong as unknown as string),
      /^TypeError: Cannot parse question: text must be a string, got /,
    );
  }
  for (const now of [NaN, Infinity, 1e16]) {
    assert.throws(() => ask(events, "last 5m", { now }), /^RangeError: Cannot ask: now must be /);
  }
  assert.throws(
    () => ask(events, "", { now: "5" as unknown as number }),
    /^TypeError: Cannot ask: /,
  );
});

test("A time that no date has does not move last, every and rate", () => {
  const events = new EventStore();
  for (const time of [1e300, -1e300, Infinity, -Infinity, 8.64e15 + 2]) events.add({ time });
  for (let k = 0; k < 10; k++) events.add({ time: 1_800_000_000_000 + k * 1000 });
  const buckets = ask(events, "time? every 5s show count");
  assert.ok(buckets.kind === "buckets");
  assert.equal(buckets.startMs, 1_800_000_000_000);
  assert.deepEqual(buckets.series[0]!.buckets, [[5], [5]]);
  const rate = ask(events, "time<1e14 time>0 show rate");
  assert.ok(rate.kind === "table");
  assert.deepEqual(rate.groups[0]!.cells, [10 / 9]);
  const last = ask(events, "time<1e14 last 3s show count");
  assert.ok(last.kind === "table");
  assert.deepEqual(last.groups[0]!.cells, [4]);
});

test("Groups with infinite numbers are in order", () => {
  const events = new EventStore();
  const sums: [string, number][] = [["a", Infinity], ["b", 3], ["c", -Infinity], ["d", 1]];
  for (const [name, x] of sums) events.add({ name, x });
  events.add({ name: "none", x: Infinity });
  events.add({ name: "none", x: -Infinity });
  const answer = ask(events, "by name show sum(x),avg(x)");
  assert.ok(answer.kind === "table");
  assert.deepEqual(answer.groups.map(({ keys }) => keys[0]), ["a", "b", "d", "c", "none"]);
  assert.deepEqual(answer.groups.at(-1)!.cells, [null, null]);
});
