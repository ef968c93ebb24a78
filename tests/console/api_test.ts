import { test } from "node:test";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { EventStore } from "../../src/events/event_store.ts";
import { ask as answerOf } from "../../src/events/ask/ask.ts";
import { Routes } from "../../src/console/routes.ts";
import type { ConsolePath } from "../../src/console/paths.ts";
import { requests, START } from "../events/service.ts";
import { Flags } from "../../src/flags/flags.ts";
import { Logger } from "../../src/log/logger.ts";
import { Tracer } from "../../src/trace/tracer.ts";
import { ManualClock } from "../manual_clock.ts";
import { restOf } from "./rest.ts";

const MAX = 16_384;
const BLNS: readonly string[] = JSON.parse(
  readFileSync(new URL("../data/blns.json", import.meta.url), "utf8"),
);

function setup(options: ConstructorParameters<typeof EventStore>[0] = {}) {
  const clock = new ManualClock(START + 600_000);
  const events = new EventStore({ clock, ...options });
  const resource = {
    service: "orders",
    version: "1.4.0",
    attributes: { "service.name": "orders" },
  };
  const { ring } = new Logger({ sinks: [], clock }), { finished } = new Tracer({ clock });
  const stopping = new AbortController().signal;
  const flags = () => new Flags();
  const parts = { ...restOf(clock), events, ring, finished, resource, clock, stopping, flags };
  const routes = new Routes(parts, "/telltale/");
  const get = (path: ConsolePath, query = "", headers: Record<string, string> = {}) =>
    routes.answer(path, new Request(`http://localhost:8080/telltale/${path}${query}`, { headers }));
  /** Status and JSON of an answer, whose size is checked. */
  async function ask(question: string, more = "") {
    const response = await get("api/ask", `?q=${encodeURIComponent(question)}${more}`);
    const text = await response.text();
    ok(Buffer.byteLength(text) <= MAX, `${text.length} for ${question}`);
    return { status: response.status, body: JSON.parse(text) };
  }
  const read = async (question: string) => {
    const response = await get("api/ask", `?q=${encodeURIComponent(question)}`, {
      accept: "text/markdown",
    });
    const text = await response.text();
    ok(Buffer.byteLength(text) <= MAX, `${text.length} for ${question}`);
    return text;
  };
  return { clock, events, get, ask, read };
}

const slow = (row: { ms: number; segment?: unknown }) => {
  if (row.segment === "enterprise") row.ms += 400;
};

function filled(count = 3000) {
  const service = setup();
  for (const row of requests(count, 7, slow)) service.events.add(row);
  return service;
}

async function linesOf(response: Response) {
  return (await response.text()).trimEnd().split("\n").map((line) => JSON.parse(line));
}

test("api/ask answers as ask() does", async () => {
  const { events, clock, ask } = filled();
  for (
    const question of [
      "status>=500",
      "by route",
      "route:/orders by segment show count,p50(ms),p99(ms)",
      "route:/orders why ms>250",
      "by route every 1m show rate",
      "ms>300 last 5m sort -ms top 7",
    ]
  ) {
    const { status, body } = await ask(question);
    const { leftOff, ...answer } = body;
    const expected = JSON.parse(JSON.stringify(answerOf(events, question, { now: clock.now() })));
    equal(status, 200);
    if (leftOff === undefined || answer.kind === "table") deepEqual(answer, expected, question);
    else equal(answer.matched, expected.matched);
  }
});

test("api/ask names the cause first", async () => {
  const { body } = await filled().ask("why ms>250");
  match(body.summary, /What distinguishes them best is segment=enterprise/);
});

test("api/ask counts last from now, not from the newest row", async () => {
  const { clock, ask } = filled();
  equal((await ask("last 10m")).body.looked, 3000);
  clock.advance(600_001);
  equal((await ask("last 10m")).body.looked, 0);
});

test("api/ask takes as many rows, groups and series as the limit says, and says what is left off", async () => {
  const { ask } = filled();
  const table: readonly (readonly [question: string, list: string, leftOff: RegExp])[] = [
    ["sort -ms", "rows", /^2998 more rows\. To see them, ask for more, as in "top 200"/],
    ["by user", "groups", /^\d+ more groups\. .*\/telltale\/api\/rows\.$/],
    ["by route every 1m", "series", /^3 more series\./],
  ];
  for (const [question, list, leftOff] of table) {
    const { body } = await ask(question, "&limit=2");
    equal(body[list].length, 2, question);
    match(body.leftOff, leftOff);
  }
  equal((await ask("by route")).body.leftOff, undefined);
});

test("api/ask cuts an answer to 16 KB, from the end, and counts what it cut", async () => {
  const { ask, read } = filled();
  const { body: rows } = await ask("sort -ms top 1000");
  equal(rows.more + rows.rows.length, 3000);
  ok(rows.rows.length > 10 && rows.rows.length < 1000);
  match(rows.leftOff, /more rows\. An answer has at most 16 KB\./);
  const { body: groups } = await ask("by user top 1000");
  const all = answerOf(filled().events, "by user show count top 1000");
  ok(all.kind === "table");
  equal(groups.more + groups.groups.length, all.more + all.groups.length);
  const { body: series } = await ask("every 1s show count,p50(ms),p95(ms),p99(ms),max(ms)");
  deepEqual([series.series.length, series.more], [1, 0]);
  equal(series.count, series.series[0].buckets.length);
  match(series.leftOff, /^The oldest buckets\./);
  // The newest one ends where the rows do.
  equal(series.startMs + series.count * series.everyMs, START + 600_000);
  match(await read("sort -ms top 1000"), /^\d+ more rows\. An answer has at most 16 KB\./m);
});

test("api/ask keeps to 16 KB whatever is in the rows", async () => {
  const { events, ask, read } = setup({ maxLength: 65_536, maxBytes: 1 << 28 });
  const huge = "\u0001".repeat(9000);
  for (let i = 0; i < 40; i++) {
    events.add({ time: START + i, ms: i, huge, status: i < 20 ? 500 : 200 });
  }
  for (let i = 0; i < 90; i++) {
    events.add({ time: START + i, ms: i, ["f".repeat(60) + i]: "é".repeat(900) });
  }
  for (
    const question of [
      "ms>=0",
      "why status>=500",
      "by huge",
      "by huge every 1s",
      `${huge.slice(0, 990)}`,
    ]
  ) {
    equal((await ask(question)).status, 200, question.slice(0, 20));
    await read(question);
  }
});

test("api/ask answers 400 with the place for a question that can't be parsed", async () => {
  const { ask, get } = setup();
  deepEqual(await ask("status>="), {
    status: 400,
    body: { error: "At 9: expected a value", position: 9 },
  });
  const response = await get("api/ask", "?q=by", { accept: "text/markdown, text/plain;q=0.5" });
  equal(response.status, 400);
  equal(await response.text(), "At 3: expected a field\n");
});

test("the routes refuse parameters that they do not take, or can't use", async () => {
  const { get } = setup();
  const table: readonly (readonly [ConsolePath, query: string, error: string])[] = [
    ["api", "?q=1", 'Unknown parameter "q": this route takes none'],
    [
      "api/ask",
      "",
      "q must be a question, as in /telltale/api/ask?q=status>=500+by+route",
    ],
    ["api/ask", "?query=a", 'Unknown parameter "query": this route takes q, limit'],
    [
      "api/ask",
      "?q=a&limit=0",
      'limit must be a whole number from 1 to 1000, got "0"',
    ],
    [
      "api/ask",
      "?q=a&limit=1e3",
      'limit must be a whole number from 1 to 1000, got "1e3"',
    ],
    ["api/ask", `?q=${"a".repeat(1001)}`, "q must have at most 1000 characters, got 1001"],
    [
      "api/rows",
      "?since=-1",
      'since must be a whole number from 0 to 9007199254740991, got "-1"',
    ],
    [
      "api/rows",
      "?since=9007199254740993",
      'since must be a whole number from 0 to 9007199254740991, got "9007199254740993"',
    ],
    ["api/rows", "?limit=", 'limit must be a whole number from 1 to 65536, got ""'],
  ];
  for (const [path, query, error] of table) {
    const response = await get(path, query);
    deepEqual([response.status, await response.json()], [400, { error }], path + query);
  }
});

test("api/rows gives the rows from a number on, and says what is lost", async () => {
  const { events, get } = setup({ maxRows: 3 });
  const run = (await linesOf(await get("api/rows")))[0].run;
  match(run, /^[0-9a-f]{8}$/);
  for (let i = 0; i < 5; i++) events.add({ time: i, n: i });
  const line = (n: number) => ({ number: n, fields: { time: n, n } });
  const table: readonly (readonly [query: string, lines: unknown[]])[] = [
    ["", [{ run, first: 2, next: 5, lost: 2 }, line(2), line(3), line(4)]],
    ["?since=3", [{ run, first: 3, next: 5, lost: 0 }, line(3), line(4)]],
    ["?since=5", [{ run, first: 5, next: 5, lost: 0 }]],
    ["?since=3&limit=1", [{ run, first: 3, next: 4, lost: 0 }, line(3)]],
    ["?since=1&limit=1", [{ run, first: 2, next: 3, lost: 1 }, line(2)]],
    // Numbers of an earlier process: everything, from the start.
    ["?since=6", [{ run, first: 2, next: 5, lost: 2 }, line(2), line(3), line(4)]],
  ];
  for (const [query, lines] of table) {
    deepEqual(await linesOf(await get("api/rows", query)), lines, query);
  }
});

test("api/rows says how many rows left the store while it was read", async () => {
  const { events, get } = setup({ maxRows: 3000 });
  const wide = "x".repeat(200);
  for (let i = 0; i < 3000; i++) events.add({ n: i, wide });
  const reader = (await get("api/rows")).body!.getReader();
  let text = new TextDecoder().decode((await reader.read()).value);
  const had = text.split("\n").length - 2;
  ok(had < 300, `${had} rows before the second read`);
  for (let i = 3000; i < 4000; i++) events.add({ n: i, wide });
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    text += new TextDecoder().decode(part.value);
  }
  const lines = text.trimEnd().split("\n").slice(1).map((line) => JSON.parse(line));
  const lost = lines.filter((line) => "lost" in line);
  deepEqual(lost, [{ lost: 1000 - had }]);
  deepEqual(lines.filter((line) => "number" in line).map(({ number }) => number), [
    ...Array.from({ length: had }, (_, i) => i),
    ...Array.from({ length: 2000 }, (_, i) => 1000 + i),
  ]);
});

test("api/rows is compressed for those who take it", async () => {
  const { get } = filled(100);
  const plain = await (await get("api/rows")).text();
  const packed = await get("api/rows", "", { "accept-encoding": "br, gzip" });
  equal(packed.headers.get("content-encoding"), "gzip");
  equal(gunzipSync(await packed.bytes()).toString(), plain);
  equal(
    (await get("api/rows", "", { "accept-encoding": "br, gzip;q=0" })).headers.get(
      "content-encoding",
    ),
    null,
  );
});

test("api tells what there is in at most 4 KB, with five lines for curl that work", async () => {
  const { events, get } = filled();
  for (let i = 0; i < 60; i++) events.add({ [`field ${i} ${"n".repeat(40)}`]: 1 });
  const response = await get("api");
  equal(response.headers.get("content-type"), "text/markdown; charset=utf-8");
  const text = await response.text();
  ok(Buffer.byteLength(text) <= 4096, `${text.length}`);
  const urls = [...text.matchAll(/^ {4}curl '(.*?)'/gm)].map(([, url]) => new URL(url!));
  equal(urls.length, 5);
  for (const { pathname, search } of urls) {
    const path = pathname.replace("/telltale/", "") as ConsolePath;
    equal((await get(path, search)).status, 200, search);
  }
});

test("Markdown has one line for each row, whatever the texts are", async () => {
  for (const text of BLNS) {
    if (text === "") continue;
    const { events, read } = setup();
    events.add({ time: START, text, [text.slice(0, 60)]: 1 });
    const lines = (await read("time?")).split("\n");
    const table = lines.filter((line) => line.startsWith("| "));
    equal(table.length, 3, JSON.stringify(lines));
    const cells = table.map((line) => line.replace(/\\./g, "").split("|").length);
    deepEqual(cells, cells.map(() => cells[0]), JSON.stringify(lines));
  }
});

test("whatever is asked, the answer is a 200 or a 400 that says why", async () => {
  const { ask } = filled(200);
  const word = fc.constantFrom(
    "by",
    "show",
    "why",
    "vs",
    "every",
    "1s",
    "top",
    "5",
    "route",
    "ms",
    ">",
    "250",
    ":",
    "(",
    ")",
    ",",
    "p99(ms)",
    "/orders",
    '"',
    "-",
    "or",
    "not",
    "~",
    "?",
    "last",
    "5m",
    "sort",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 12 }), async (words) => {
      const { status, body } = await ask(words.join(" "));
      if (status === 200) ok(body.matched <= 200);
      else {
        equal(status, 400);
        match(body.error, /^At \d+: /);
      }
    }),
  );
});

test("a table of rows begins with what a reader wants first, and ends with what seldom explains", async () => {
  const { events, get } = setup();
  events.add({
    trace: "a".repeat(32),
    version: "1",
    segment: "pro",
    route: "/",
    status: 200,
    ms: 7,
  });
  const answer = await get("api/ask", "?q=status:200", { accept: "text/markdown" });
  const columns = "row time ms status route segment version trace".split(" ").join(" | ");
  ok((await answer.text()).includes(`| ${columns} |`));
});

test("api/findings gives what is unusual as JSON and as Markdown, and says when nothing is", async () => {
  const sound = setup();
  for (const row of requests(1000, 7, () => {})) sound.events.add(row);
  const quiet = await sound.get("api/findings", "", { accept: "text/markdown" });
  match(
    await quiet.text(),
    /^# Findings\n\nNothing unusual\.\n\nLooked at 1000 rows of requests and jobs of the last 10 minutes, 0 spans, /,
  );

  const { events, get } = setup();
  for (let i = 0; i < 200; i++) {
    const sku = `sku-${i % 7}`, status = i % 7 === 3 ? 500 : 200;
    events.add({ time: START + 3000 * i, ms: 5, status, route: "/<b>|pay", sku, trace: `t${i}` });
  }
  const { findings, more } = await (await get("api/findings")).json();
  equal(more, 0);
  deepEqual(findings.map(({ kind, causes }: Record<string, unknown>) => [kind, causes]), [
    ["failed", ["sku=sku-3"]],
  ]);
  const read = await (await get("api/findings", "", { accept: "text/markdown" })).text();
  match(read, /^1\. \*\*1[45] % of \/\\<b\\>\\\|pay fail: sku=sku-3\*\* \(failing\)$/m);
  match(read, /^ {3}- ask: `route:"?\/<b>\|pay"? why status>=500`$/m);
  equal((await get("api/findings", "?verbose=1")).status, 400);
});
