import { test } from "node:test";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { EventStore } from "../../src/events/event_store.ts";
import { Routes } from "../../src/console/routes.ts";
import { Flags } from "../../src/flags/flags.ts";
import { Logger } from "../../src/log/logger.ts";
import { Tracer } from "../../src/trace/tracer.ts";
import { ManualClock } from "../manual_clock.ts";
import { restOf } from "./rest.ts";

function setup({ maxRows = 1000, maxRecords = 1024 } = {}) {
  const clock = new ManualClock(), events = new EventStore({ clock, maxRows });
  const log = new Logger({ sinks: [], clock, maxRecords }), tracer = new Tracer({ clock });
  const stop = new AbortController(),
    resource = { service: "orders", version: "1.4.0", attributes: { "service.name": "orders" } };
  const { ring } = log, { finished } = tracer, { signal: stopping } = stop;
  const flags = () => new Flags();
  const parts = { ...restOf(clock), events, ring, finished, resource, clock, stopping, flags };
  const routes = new Routes(parts, "/telltale/");
  const get = (
    path: "api/stream" | "api/logs" | "api/overview" | "",
    query = "",
    id?: string,
  ) =>
    routes.answer(
      path,
      new Request(`http://localhost/telltale/${path}${query}`, {
        headers: id === undefined ? {} : { "last-event-id": id },
      }),
    );
  return { clock, events, log, tracer, stop, get };
}

/** The events of one read of a stream. */
function eventsOf(bytes: Uint8Array | undefined) {
  return new TextDecoder().decode(bytes).split("\n\n").filter((text) => text !== "").map((text) => {
    const [event, id, data] = text.split("\n").map((line) => line.replace(/^\w+: /, ""));
    return { event, id, data: JSON.parse(data!) };
  });
}

async function open(response: Promise<Response>) {
  const { status, headers, body } = await response;
  equal(status, 200);
  equal(headers.get("content-type"), "text/event-stream");
  const reader = body!.getReader();
  return {
    read: async () => eventsOf((await reader.read()).value),
    isDone: async () => (await reader.read()).done,
    cancel: () => reader.cancel(),
    reader,
  };
}

test("a stream goes on from the numbers of last-event-id, and each row and line comes once", async () => {
  const { events, log, get } = setup();
  for (const ms of [1, 2, 3]) events.add({ ms });
  for (const text of ["a", "b"]) log.info(text);
  const { read, cancel } = await open(get("api/stream", "", "1.1.0"));
  const [rows, logs, tick] = await read();
  equal(rows!.event, "rows");
  deepEqual(rows!.data.rows.map(({ ms }: { ms: number }) => ms), [2, 3]);
  deepEqual([rows!.data.first, rows!.data.next, rows!.data.lost], [1, 3, 0]);
  deepEqual(logs!.data.rows.map(({ message }: { message: string }) => message), ["b"]);
  equal(logs!.id, "3.2.0");
  equal(tick!.event, "tick");
  equal(tick!.data.service, "orders");
  events.add({ ms: 4 });
  const [more, ...rest] = await read();
  deepEqual(more!.data.rows.map(({ ms }: { ms: number }) => ms), [4]);
  deepEqual(rest, []);
  await cancel();
});

test("a stream without last-event-id, or with one that is none, begins with what comes", async () => {
  for (const id of [undefined, "", "x", "-1.2", "1e9.0"]) {
    const { events, get } = setup();
    events.add({ ms: 1 });
    const { read, cancel } = await open(get("api/stream", "", id));
    deepEqual((await read()).map(({ event }) => event), ["tick"]);
    await cancel();
  }
});

test("a reader of the process before gets everything: its numbers are yet to come", async () => {
  const { events, log, get } = setup();
  for (const ms of [1, 2]) events.add({ ms });
  log.info("a");
  const { read, cancel } = await open(get("api/stream", "", "5000.70.0"));
  const [rows, logs] = await read();
  deepEqual([rows!.data.first, rows!.data.next, rows!.data.lost], [0, 2, 0]);
  deepEqual([logs!.data.first, logs!.data.next, logs!.data.lost], [0, 1, 0]);
  await cancel();
});

test("a stream sends what want names, and nothing else; what it does not know is refused", async () => {
  for (
    const [want, names] of [
      ["rows", ["rows"]],
      ["logs", ["logs"]],
      ["tick", ["tick"]],
      ["logs,tick", ["logs", "tick"]],
      ["tick,rows,logs", ["rows", "logs", "tick"]],
    ] as const
  ) {
    const { events, log, get } = setup();
    events.add({ ms: 1 });
    log.info("a");
    const { reader, cancel } = await open(get("api/stream", `?want=${want}`, "0.0.0"));
    const text = new TextDecoder().decode((await reader.read()).value);
    deepEqual([...text.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name), names);
    // A proxy, and Bun, end a connection that is silent: a comment says that it lives.
    equal(/^: alive$/m.test(text), !want.includes("tick"));
    await cancel();
  }
  for (const want of ["", "rows,", "findings", "rows;logs", "ROWS"]) {
    const { status, headers, body } = await setup().get("api/stream", `?want=${want}`);
    equal(status, 400, want);
    match(headers.get("content-type")!, /json/);
    match(await new Response(body).text(), /want must be of tick, rows, logs/);
  }
});

test("what the rings let go is counted as lost", async () => {
  const { events, log, get } = setup({ maxRows: 4, maxRecords: 4 });
  for (let i = 0; i < 10; i++) {
    events.add({ ms: i });
    log.info(`line ${i}`);
  }
  const { read, cancel } = await open(get("api/stream", "", "2.3.0"));
  const [rows, logs] = await read();
  deepEqual([rows!.data.lost, rows!.data.rows.length], [4, 4]);
  deepEqual([logs!.data.lost, logs!.data.rows.length], [3, 4]);
  await cancel();
});

test("the state comes every 5 seconds, and a timer runs only while somebody waits", async () => {
  const { clock, get } = setup();
  const { read, cancel, reader } = await open(get("api/stream"));
  equal(clock.waiting, 0, "nobody reads yet");
  deepEqual((await read()).map(({ event }) => event), ["tick"]);
  equal(clock.waiting, 0, "what was sent is not read on");
  let isThere = false;
  const next = reader.read().then((result) => {
    isThere = true;
    return result;
  });
  for (let i = 0; i < 19; i++) {
    await Promise.resolve();
    clock.advance(250);
    await new Promise(setImmediate);
  }
  equal(isThere, false);
  clock.advance(250);
  deepEqual(eventsOf((await next).value).map(({ event }) => event), ["tick"]);
  await cancel();
  equal(clock.waiting, 0);
});

test("nothing is kept for a reader that stalls: what it missed it gets from the rings, in parts", async () => {
  const { events, get } = setup({ maxRows: 10_000 });
  const { read, cancel } = await open(get("api/stream", "", "0.0.0"));
  for (let i = 0; i < 10_000; i++) events.add({ ms: i, route: "/orders/:id/with/a/longer/name" });
  const seen: number[] = [];
  let parts = 0;
  while (seen.length < 10_000) {
    for (const { event, data } of await read()) {
      if (event !== "rows") continue;
      parts++;
      ok(JSON.stringify(data).length < 70_000);
      for (const { ms } of data.rows) seen.push(ms);
    }
  }
  ok(parts > 5);
  deepEqual(seen, Array.from({ length: 10_000 }, (_, i) => i));
  await cancel();
});

test("a reader rests 40 times as long as encoding took for each that reads, and 4 times in the past", async () => {
  for (const readers of [1, 2]) {
    const { clock, events, get } = setup({ maxRows: 10_000 });
    const add = () => {
      for (let i = 0; i < 1000; i++) events.add({ ms: i, route: "/orders/:id/with/a/long/name" });
    };
    add();
    const row = events.row.bind(events);
    events.row = (number) => {
      clock.advance(0.01);
      return row(number);
    };
    const { read, reader, cancel } = await open(get("api/stream", "", "0.0.0"));
    const other = readers === 2 ? await open(get("api/stream")) : undefined;
    /** Reads once; the next is there only after so many times what this one took. */
    const rests = async (times: number) => {
      const begun = clock.monotonic();
      await read();
      const cost = clock.monotonic() - begun;
      ok(cost > 0.1 && cost < 3, `${cost} ms`);
      let next: number | undefined;
      const reading = reader.read().then(({ value }) => next = eventsOf(value)[0]!.data.next);
      await new Promise(setImmediate);
      clock.advance(times * readers * cost - 1);
      await new Promise(setImmediate);
      equal(next, undefined);
      clock.advance(2);
      await reading;
      return next!;
    };
    let next = await rests(4);
    ok(next < 1000, "the past is not read by now");
    add();
    for (; next < 1000; next = (await read())[0]!.data.next) clock.advance(250);
    clock.advance(250);
    await rests(40);
    await cancel();
    await other?.cancel();
  }
});

test("eight read at once, the ninth is asked to come back, and a place is free when one leaves", async () => {
  const { get } = setup();
  const streams = [];
  for (let i = 0; i < 8; i++) streams.push(await open(get("api/stream")));
  const refused = await get("api/stream");
  deepEqual([refused.status, refused.headers.get("retry-after")], [503, "5"]);
  await streams[0]!.cancel();
  const again = await open(get("api/stream"));
  for (const { cancel } of [...streams.slice(1), again]) await cancel();
});

test("streams end when the service stops, those that wait too", async () => {
  const { clock, stop, get } = setup();
  const { read, isDone } = await open(get("api/stream"));
  await read();
  const done = isDone();
  stop.abort();
  equal(await done, true);
  equal(clock.waiting, 0);
  const late = await open(get("api/stream"));
  equal(await late.isDone(), true);
});

test("api/logs has the lines from a number on, with fields as plain data", async () => {
  const { log, get } = setup({ maxRecords: 4 });
  for (let i = 0; i < 6; i++) log.warn(`line ${i}`, { i, big: 1n, at: new Date(0) });
  const read = async (query: string) =>
    (await (await get("api/logs", query)).text()).trimEnd().split("\n").map((line) =>
      JSON.parse(line)
    );
  const [head, first, ...rest] = await read("?since=1");
  deepEqual([head.first, head.next, head.lost, rest.length], [2, 6, 1, 3]);
  equal(first.number, 2);
  deepEqual(first.fields.fields, { i: 2, big: "1", at: "1970-01-01T00:00:00.000Z" });
  deepEqual([first.fields.level, first.fields.message], ["warn", "line 2"]);
  // A number of an earlier process: everything that is held.
  deepEqual((await read("?since=99")).length, 5);
});

test("api/overview says who the service is and how it does", async () => {
  const { clock, get } = setup();
  const first = await (await get("api/overview")).json();
  equal(first.timeMs, clock.now());
  match(first.runtime, /^(Deno|Bun|Node) \d/);
  ok(first.heapBytes > 1e6);
  equal(first.cpu, undefined);
  clock.advance(2000);
  const { cpu } = await (await get("api/overview")).json();
  ok(cpu >= 0, String(cpu));
});
