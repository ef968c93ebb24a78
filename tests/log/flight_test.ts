import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { run } from "../../src/core/context.ts";
import { type FlightOptions, FlightRecorder } from "../../src/log/gate/flight.ts";
import { Logger } from "../../src/log/logger.ts";
import { telltale } from "../../src/telltale.ts";
import { ManualClock } from "../manual_clock.ts";

function make(options: FlightOptions = {}, level = "info") {
  const flight = new FlightRecorder(options);
  const clock = new ManualClock();
  const log = new Logger({ level, sinks: [], clock, flight });
  const within = (requestId: string, fn: () => void) =>
    run({ traceId: "", spanId: "", flags: 0, tracestate: "", requestId }, fn);
  const messages = () => log.ring.since(0).map(({ message }) => message);
  return { clock, log, within, messages };
}

test("FlightRecorder writes a request's lines when it failed or was slow, and drops them otherwise", () => {
  const table: [failed: boolean, durationMs: number, written: boolean][] = [
    [false, 10, false],
    [true, 10, true],
    [false, 1000, true],
    [false, 999, false],
  ];
  for (const [failed, durationMs, written] of table) {
    const { clock, log, within, messages } = make();
    log.flight!.begin("r");
    within("r", () => {
      log.debug("step", { n: 1 });
      clock.advance(5);
      log.info("seen anyway");
      log.trace("detail");
    });
    assert.deepEqual(messages(), ["seen anyway"]);
    log.flight!.end("r", failed, durationMs);
    assert.deepEqual(messages(), written ? ["seen anyway", "step", "detail"] : ["seen anyway"]);
    assert.deepEqual([log.flight!.open, log.flight!.bytes], [0, 0]);
    if (!written) continue;
    const [, step] = log.ring.since(0);
    assert.deepEqual([step!.timeMs, step!.severity, step!.fields, step!.requestId], [
      Date.UTC(2026, 0, 1),
      5,
      { n: 1 },
      "r",
    ]);
  }
});

test("FlightRecorder keeps lines of open requests only, each its own", () => {
  const { log, within, messages } = make();
  log.debug("outside");
  within("never begun", () => log.debug("unknown"));
  log.flight!.begin("a");
  log.flight!.begin("b");
  within("a", () => log.debug("of a"));
  within("b", () => log.debug("of b"));
  log.flight!.end("b", true, 0);
  log.flight!.end("a", false, 0);
  within("a", () => log.debug("too late"));
  log.flight!.end("a", true, 0);
  assert.deepEqual(messages(), ["of b"]);
});

test("FlightRecorder writes requests of one id together and drops their lines when the last has ended", () => {
  const { log, within, messages } = make();
  log.flight!.begin("same");
  log.flight!.begin("same");
  within("same", () => log.debug("first"));
  log.flight!.end("same", false, 0);
  within("same", () => log.debug("second"));
  log.flight!.end("same", true, 0);
  assert.deepEqual(messages(), ["first", "second"]);
  assert.equal(log.flight!.open, 0);
});

test("FlightRecorder.dump() writes the request at hand, one by name or all, and goes on", () => {
  const { log, within, messages } = make();
  for (const id of ["a", "b", "c"]) {
    log.flight!.begin(id);
    within(id, () => log.debug(`1 of ${id}`));
  }
  within("a", () => assert.equal(log.flight!.dump(), 1));
  assert.equal(log.flight!.dump("b"), 1);
  assert.equal(log.flight!.dump("unknown"), 0);
  within("a", () => log.debug("2 of a"));
  assert.equal(log.flight!.dump(), 2);
  assert.equal(log.flight!.dump(), 0);
  assert.deepEqual(messages(), ["1 of a", "1 of b", "2 of a", "1 of c"]);
});

test("FlightRecorder writes at its trigger, before the line that it is, and is armed again", () => {
  const { log, within, messages } = make({ trigger: "error" });
  log.flight!.begin("r");
  within("r", () => {
    log.debug("before");
    log.warn("no trigger");
    log.error("trigger");
    log.debug("after");
    log.error("trigger again");
  });
  log.flight!.end("r", false, 0);
  assert.deepEqual(messages(), ["no trigger", "before", "trigger", "after", "trigger again"]);
});

test("FlightRecorder keeps the newest within its bytes, of a request and in all", () => {
  const { log, within, messages } = make({ maxRequestBytes: 1000, maxBytes: 1500 });
  for (const id of ["a", "b"]) log.flight!.begin(id);
  for (let i = 0; i < 20; i++) within("a", () => log.debug(`a${i}`.padEnd(39, ".")));
  assert.equal(log.flight!.bytes, 1000);
  for (let i = 0; i < 4; i++) within("b", () => log.debug(`b${i}`.padEnd(39, ".")));
  assert.equal(log.flight!.bytes, 1400);
  assert.equal(log.flight!.dropped, 17);
  log.flight!.dump();
  const names = messages().map((message) => message.replaceAll(".", ""));
  assert.deepEqual(names, ["a17", "a18", "a19", "b0", "b1", "b2", "b3"]);
});

test("FlightRecorder lets go of what is too old, without being asked", () => {
  const { clock, log, within, messages } = make({ maxAgeMs: 1000 });
  log.flight!.begin("r");
  within("r", () => log.debug("old"));
  clock.advance(600);
  within("r", () => log.debug("new"));
  clock.advance(400);
  assert.equal(log.flight!.dropped, 1);
  log.flight!.dump("r");
  assert.deepEqual(messages(), ["new"]);
  within("r", () => log.debug("forgotten"));
  clock.advance(10_000);
  assert.deepEqual([log.flight!.bytes, log.flight!.dropped, clock.waiting], [0, 2, 0]);
});

test("FlightRecorder holds its bounds and order for any calls", () => {
  const call = fc.tuple(fc.constantFrom("a", "b", "c"), fc.nat(9), fc.integer({ max: 60, min: 1 }));
  fc.assert(fc.property(fc.array(call, { maxLength: 120 }), (calls) => {
    const { clock, log, within } = make({
      maxRequestBytes: 900,
      maxBytes: 2000,
      maxAgeMs: 100,
      slowMs: Infinity,
    });
    let n = 0, logged = 0;
    for (const [id, what, size] of calls) {
      if (what === 0) log.flight!.begin(id);
      else if (what === 1) log.flight!.end(id, size % 2 === 0, 0);
      else if (what === 2) clock.advance(size);
      else if (what === 3) log.flight!.dump(id);
      else {
        if (log.flight!.watches(id)) logged++;
        within(id, () => log.debug(`${n++}`.padEnd(size), { id }));
      }
      assert.ok(log.flight!.bytes >= 0 && log.flight!.bytes <= 2000);
    }
    const kept = log.flight!.dump();
    assert.equal(log.flight!.bytes, 0);
    assert.ok(kept + log.flight!.dropped <= logged);
    for (const id of ["a", "b", "c"]) {
      const order = log.ring.since(0).filter(({ fields }) => fields.id === id)
        .map(({ message }) => Number(message));
      assert.deepEqual(order, order.toSorted((x, y) => x - y));
    }
  }));
});

test("FlightRecorder keeps from its level on; what the logger records is not kept", () => {
  const { log, within, messages } = make({ level: "debug" }, "warn");
  assert.deepEqual(["trace", "debug", "info"].map((level) => log.enabled(level)), [
    false,
    true,
    true,
  ]);
  log.flight!.begin("r");
  within("r", () => {
    log.trace("below");
    log.category("db").debug("kept");
    log.info("kept too");
  });
  log.flight!.end("r", true, 0);
  assert.deepEqual(messages(), ["kept", "kept too"]);
});

test("a category that is off is off for the flight recorder too", () => {
  const { log, within, messages } = make();
  log.category("noisy").level = "off";
  log.flight!.begin("r");
  within("r", () => {
    log.category("noisy").debug("not kept");
    log.debug("kept");
  });
  log.flight!.end("r", true, 0);
  assert.deepEqual(messages(), ["kept"]);
});

test("a logger without a flight recorder stops at its level", () => {
  const log = new Logger({ level: "info", sinks: [] });
  assert.equal(log.enabled("debug"), false);
  const context = { traceId: "", spanId: "", flags: 0, tracestate: "", requestId: "r" };
  run(context, () => log.debug("kept by nobody"));
  assert.deepEqual([log.flight, log.ring.next], [undefined, 0]);
});

test("FlightRecorder bounds the requests that never end, and records new ones all the same", () => {
  const { log, within } = make();
  log.flight!.begin("0");
  within("0", () => log.debug("hangs"));
  for (let i = 1; i < 20_000; i++) log.flight!.begin(`${i}`);
  assert.equal(log.flight!.open, 10_000);
  assert.deepEqual([log.flight!.watches("0"), log.flight!.watches("19999")], [false, true]);
  assert.deepEqual([log.flight!.bytes, log.flight!.dropped], [0, 1]);
});

test("a flight recorder refuses wrong options and a second logger", () => {
  assert.throws(() => make({ maxBytes: -1 }), {
    name: "RangeError",
    message: "Cannot record flights: maxBytes must be at least 0, got -1",
  });
  assert.throws(() => make({ maxAgeMs: 2 ** 31 }), RangeError);
  assert.throws(() => make({ level: "loud" }), RangeError);
  const { log } = make();
  assert.throws(() => new Logger({ sinks: [], flight: log.flight }), {
    name: "TypeError",
    message: "Cannot record flights: a recorder must be of one logger, got a second",
  });
});

test("instrument writes the lines of a request that threw, answered 5xx or was slow", async () => {
  const clock = new ManualClock();
  await using t = telltale({
    clock,
    log: { level: "info", sinks: [], flight: new FlightRecorder({ slowMs: 500 }) },
  });
  const handler = t.instrument(async (request) => {
    const path = new URL(request.url).pathname;
    t.log.debug(`debug ${path}`);
    await t.tracer.span("inner", () => t.log.trace(`inner ${path}`));
    if (path === "/slow") clock.advance(500);
    if (path === "/throws") throw new Error("bad");
    return new Response("", { status: path === "/500" ? 500 : 200 });
  });
  const get = (path: string) => handler(new Request(`http://localhost${path}`));
  await Promise.all([get("/ok"), get("/404"), get("/throws").catch(() => {}), get("/500")]);
  await get("/slow");
  await get("/ok");
  const messages = t.log.ring.since(0).map(({ message }) => message);
  for (const path of ["/throws", "/500", "/slow"]) {
    for (const line of [`debug ${path}`, `inner ${path}`]) assert.ok(messages.includes(line), line);
  }
  assert.equal(messages.filter((message) => /^(?:debug|inner)/.test(message)).length, 6);
  const [start, ...rest] = t.log.ring.since(0).filter(({ fields, message }) =>
    fields.path === "/throws" || message.endsWith("/throws")
  );
  assert.deepEqual([start!, ...rest].map(({ message }) => message), [
    "request started",
    "debug /throws",
    "inner /throws",
    "request failed",
  ]);
  assert.equal(new Set([start!, ...rest].map(({ requestId }) => requestId)).size, 1);
  assert.deepEqual([t.log.flight!.open, t.log.flight!.bytes], [0, 0]);
});

test("the last line of a failed request is part of what is written", async () => {
  await using t = telltale({ log: { level: "error", sinks: [], flight: new FlightRecorder() } });
  const handler = t.instrument(() => new Response("", { status: 503 }));
  await handler(new Request("http://localhost/"));
  assert.deepEqual(t.log.ring.since(0).map(({ message }) => message), [
    "request started",
    "request failed",
  ]);
});

test("FlightRecorder leaves requests alone when its trigger is pulled outside any", () => {
  const { log, within, messages } = make({ trigger: "error" });
  log.flight!.begin("r");
  within("r", () => log.debug("step"));
  log.error("background job");
  assert.deepEqual(messages(), ["background job"]);
  within("r", () => log.error("failed"));
  assert.deepEqual(messages(), ["background job", "step", "failed"]);
});
