import { test } from "node:test";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { telltale } from "../../mod.ts";
import { askingOf } from "./asking.ts";

const MAX = 16_384;

function setup(maxRecords = 4096) {
  const t = telltale({
    service: "orders",
    log: { sinks: [], maxRecords },
    otlp: false,
    metrics: { runtime: false },
    console: { token: "correct-horse-battery" },
  });
  return { t, get: askingOf(t) };
}

const linesOf = (text: string) => text.trimEnd().split("\n").map((line) => JSON.parse(line));

test("api/logs?q= answers questions about the lines, in the language of the rows", async () => {
  const { t, get } = setup(), db = t.log.category("db");
  for (let i = 0; i < 1200; i++) {
    t.log.info(`placing order ${i}`, { order: { id: i }, big: i % 2 === 0 });
  }
  db.error("query failed", { code: "40P01", level: "mine" });
  const of = async (q: string, more = "") => {
    const { body, bytes, status } = await get(`api/logs?q=${encodeURIComponent(q)}${more}`);
    equal(status, 200, JSON.stringify(body));
    ok(bytes <= MAX);
    return body;
  };
  const { rows: [error], matched } = await of("level:error");
  equal(matched, 1);
  equal(t.log.ring.at(error.number)!.message, "query failed");
  const { time: _, ...fields } = error.fields;
  deepEqual(fields, {
    level: "error",
    message: "query failed",
    pattern: "query failed",
    category: "db",
    code: "40P01",
    // A field that has a name of ours.
    "field.level": "mine",
  });
  equal((await of("order.id:1000..1100 big:true")).matched, 51);
  const table = await of("by pattern show count");
  deepEqual(table.groups[0], { keys: ["placing order *"], cells: [1200] });
  equal((await of("why level:error")).kind, "why");
  equal((await of("placing", "&limit=3")).rows.length, 3);
  const long = await of("placing top 1000");
  match(long.leftOff, /more rows\..*\/telltale\/api\/logs\?since=0/);
  const { text, bytes } = await get("api/logs?q=level:error", { accept: "text/markdown" });
  match(text, /^\| row \| time \| level \| message \| category \|/m);
  ok(bytes <= MAX);
  await t.shutdown();
});

test("api/logs?since=&q= has the lines that a question chooses, in pages", async () => {
  const { t, get } = setup();
  for (let i = 0; i < 3000; i++) t.log.info("line", { i });
  const [head, ...lines] = linesOf((await get("api/logs?since=100&q=i%3C=2000&limit=2500")).text);
  deepEqual([head.first, head.next, head.lost], [100, 2600, 0]);
  deepEqual(lines.map(({ number }) => number), Array.from({ length: 1901 }, (_, i) => 100 + i));
  const [all] = linesOf((await get("api/logs?limit=5")).text);
  deepEqual([all.first, all.next], [0, 5]);
  // Lines of the time before: none.
  const none = linesOf((await get("api/logs?since=0&q=level:debug")).text);
  deepEqual([none.length, none[0].next], [1, 3000]);
  for (const q of ["by level", "why i>5", "top 5", "show count", "i>1 sort i", "every 5s"]) {
    const { status, body } = await get(`api/logs?since=0&q=${encodeURIComponent(q)}`);
    equal(status, 400, q);
    match(body.error, /terms and last alone where since is given/);
  }
  await t.shutdown();
});

test("a question about lines that have left, or about none, is answered", async () => {
  const { t, get } = setup(16);
  equal((await get("api/logs?q=level:info")).body.matched, 0);
  for (let i = 0; i < 100; i++) t.log.info("line", { i, text: "x".repeat(20_000) });
  const { body, bytes } = await get("api/logs?q=level:info");
  equal(body.matched, 16);
  ok(bytes <= MAX);
  deepEqual(body.rows[0].number, 99);
  await t.shutdown();
});

test("questions about lines that come at once are answered one after the other", async () => {
  const { t, get } = setup();
  for (let i = 0; i < 500; i++) t.log.info("line", { i });
  const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => get(`api/logs?q=i:${i}`)));
  deepEqual(answers.map(({ body }) => body.matched), Array(8).fill(1));
  // One that is wrong holds up nobody.
  const [wrong, right] = await Promise.all([get("api/logs?q=(("), get("api/logs?q=i:1")]);
  deepEqual([wrong.status, right.body.matched], [400, 1]);
  await t.shutdown();
});
