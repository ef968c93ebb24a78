import { test } from "node:test";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { telltale } from "../../mod.ts";
import { Figures } from "../../src/console/figures.ts";
import { Faults } from "../../src/core/faults.ts";
import { RuntimeHistory } from "../../src/core/runtime/history.ts";
import { EventStore } from "../../src/events/event_store.ts";
import { ManualClock } from "../manual_clock.ts";
import { askingOf } from "./asking.ts";

function setup(maxRows = 10_000) {
  const clock = new ManualClock(), history = new RuntimeHistory(), faults = new Faults();
  const events = new EventStore({ clock, maxRows });
  const figures = new Figures({ events, history, clock, faults });
  /** Lets time pass as the watch of the event loop sees it. */
  const pass = (ms: number, lagMs = 0) => {
    clock.advance(ms);
    history.tick(clock.now(), clock.monotonic(), lagMs);
  };
  const all = () => figures.since(0, 1000);
  return { clock, events, figures, faults, pass, all };
}

test("a sample is taken every 5 seconds, of the rows that came since the last", () => {
  const { events, pass, all, figures, faults } = setup();
  for (let i = 1; i <= 100; i++) events.add({ ms: i, status: i <= 10 ? 503 : 200 });
  // Jobs and changes of flags are no requests.
  events.add({ job: "tidy", ms: 9000 });
  for (let i = 0; i < 9; i++) pass(500, i);
  deepEqual(all(), []);
  pass(500);
  const [first] = all();
  deepEqual([first!.requests, first!.failed, first!.p99, first!.loopMs], [100, 10, 100, 8]);
  equal(first!.seconds, 5);
  ok(first!.heapBytes > 1e6 && first!.cpu >= 0);
  pass(5000);
  const [, second] = all();
  deepEqual([second!.requests, second!.failed, second!.p99, second!.loopMs], [0, 0, NaN, 0]);
  equal(figures.count, 2);
  deepEqual([...faults.counts()], []);
});

test("where rows have left between two samples, those that are held stand for all", () => {
  const { events, pass, all } = setup(1000);
  for (let i = 0; i < 5000; i++) events.add({ ms: i % 10, status: i % 2 ? 500 : 200 });
  pass(5000);
  const [only] = all();
  deepEqual([only!.requests, only!.failed, only!.p99], [5000, 2500, 9]);
});

test("an hour is kept, whatever comes, and many points become few", () => {
  const { events, pass, figures, clock, all } = setup();
  for (let i = 0; i < 1000; i++) {
    for (let k = 0; k < 3; k++) events.add({ ms: i, status: 200 });
    pass(5000, i === 999 ? 70 : 1);
  }
  equal(figures.count, 720);
  equal(all().length, 720);
  const few = figures.since(0, 180);
  equal(few.length, 180);
  equal(few.reduce((sum, { requests }) => sum + requests, 0), 720 * 3);
  const last = few.at(-1)!;
  deepEqual([last.timeMs, last.seconds, last.p99, last.loopMs], [clock.now(), 20, 999, 70]);
  equal(figures.since(clock.now() - 60_000, 180).length, 13);
  ok(figures.bytes < 60_000);
});

test("api/overview?last= has the past in at most 16 KB, and without it the state alone", async () => {
  const clock = new ManualClock();
  const t = telltale({
    service: "orders",
    log: { sinks: [] },
    otlp: false,
    clock,
    console: { token: "correct-horse-battery" },
  });
  const get = askingOf(t), handler = t.instrument(() => new Response("ok"));
  equal((await get("api/overview")).body.past, undefined);
  const empty = (await get("api/overview?last=15m")).body;
  deepEqual(empty.past.timeMs, []);
  // The watch of the runtime starts with the service, and loads its code.
  clock.advance(1000);
  await t.metrics.scrape();
  for (let i = 0; i < 720; i++) {
    await handler(new Request("http://localhost/orders"));
    for (let k = 0; k < 10; k++) clock.advance(500);
  }
  const { body, text } = await get("api/overview?last=1h");
  ok(Buffer.byteLength(text) <= 16_384, `${text.length}`);
  const { past, kept } = body;
  ok(past.timeMs.length > 170 && past.timeMs.length <= 180, `${past.timeMs.length}`);
  for (const column of Object.values<unknown[]>(past)) equal(column.length, past.timeMs.length);
  deepEqual([past.rate.at(-1), past.errors.at(-1)], [0.2, 0]);
  equal(kept.figures.count, 720);
  for (const last of ["", "15", "4s", "61m", "2h", "-5m", "1e3s", "15M"]) {
    const { status, body } = await get(`api/overview?last=${last}`);
    equal(status, 400, last);
    match(body.error, /^last must be a length of time from 5s to 60m, such as 15m, got/);
  }
  deepEqual([...t.faults.counts()], []);
  await t.shutdown();
});

test("figures need no timer: without a watch of the runtime there are none", async () => {
  const t = telltale({
    log: { sinks: [] },
    otlp: false,
    metrics: { runtime: false },
    console: { token: "correct-horse-battery" },
  });
  const { body } = await askingOf(t)("api/overview?last=5m");
  deepEqual(body.past.rate, []);
  equal(body.kept.figures.count, 0);
  await t.shutdown();
});
