import { test } from "node:test";
import { deepEqual, equal, ok } from "node:assert/strict";
import { TraceHistory } from "../../src/console/trace_history.ts";
import { Faults } from "../../src/core/faults.ts";
import { EventStore } from "../../src/events/event_store.ts";
import { Tracer } from "../../src/trace/tracer.ts";
import { ManualClock } from "../manual_clock.ts";

function setup({ maxRows = 10_000, maxSpans = 64 } = {}) {
  const clock = new ManualClock(), tracer = new Tracer({ clock, maxSpans });
  const events = new EventStore({ clock, maxRows }), faults = new Faults();
  const history = new TraceHistory(events, tracer.finished, faults);
  /** A request with a child span, and its row. */
  const serve = (ms: number, { route = "/orders", status = 200 } = {}) =>
    tracer.span(route, (span) => {
      tracer.span("child", () => clock.advance(ms));
      events.add({ route, status, ms, trace: span.traceId });
      return span.traceId;
    });
  return { tracer, events, faults, history, serve };
}

test("the slowest and the last failed traces of each route outlast the ring of spans", () => {
  const { tracer, history, serve, faults } = setup();
  const slow = serve(900), other = serve(700, { route: "/search" });
  const failed = serve(1, { status: 503 });
  const usual = Array.from({ length: 500 }, () => serve(10));
  deepEqual(tracer.finished.ofTrace(slow), []);
  for (const trace of [slow, other, failed]) {
    deepEqual(history.ofTrace(trace).map(({ name }) => name).slice(0, 1), ["child"]);
    equal(history.ofTrace(trace).length, 2);
  }
  deepEqual(history.ofTrace(usual[200]!), []);
  equal(history.ofTrace(usual.at(-1)!).length, 2);
  deepEqual([...faults.counts()], []);
});

test("of each kind eight are kept, the slowest and the last", () => {
  const { history, serve } = setup();
  const slow = Array.from({ length: 20 }, (_, i) => serve(100 + i));
  const failed = Array.from({ length: 20 }, () => serve(1, { status: 500 }));
  for (let i = 0; i < 500; i++) serve(1);
  const held = (traces: readonly string[]) =>
    traces.map((trace) => history.ofTrace(trace).length > 0);
  deepEqual(held(slow), Array.from({ length: 20 }, (_, i) => i >= 12));
  deepEqual(held(failed), Array.from({ length: 20 }, (_, i) => i >= 12));
});

test("a trace goes when its row is gone, so that what was slow at the start makes room", () => {
  const { history, serve } = setup({ maxRows: 300 });
  const slow = serve(900);
  for (let i = 0; i < 200; i++) serve(10);
  equal(history.ofTrace(slow).length, 2);
  for (let i = 0; i < 400; i++) serve(10);
  deepEqual(history.ofTrace(slow), []);
});

test("routes and spans are bounded whatever comes", () => {
  const { history, serve } = setup({ maxSpans: 256 });
  for (let i = 0; i < 4000; i++) serve(i % 97, { route: `/${i % 300}`, status: i % 3 ? 500 : 200 });
  ok(history.pinned.count <= 4096, String(history.pinned.count));
  ok(history.pinned.count > 0);
});

test("rows of requests that were not sampled keep nothing", () => {
  const { events, history } = setup();
  for (let i = 0; i < 100; i++) {
    events.add({ route: "/", ms: i, status: 500, trace: i.toString(16).padStart(32, "0") });
  }
  history.look();
  equal(history.pinned.count, 0);
});
