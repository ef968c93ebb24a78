import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { OtelBridge } from "../../src/bridge/otel/mod.ts";
import type { OtelTime } from "../../src/bridge/otel/shapes.ts";
import type { Clock } from "../../src/core/clock.ts";
import { Logger } from "../../src/log/logger.ts";
import { Registry } from "../../src/metrics/registry.ts";
import { Tracer } from "../../src/trace/tracer.ts";

const HOUR = 3_600_000, EPOCH = Date.UTC(2026, 0, 1);

/** A machine that may sleep: its wall clock goes on, its monotonic one stands still. */
class Machine implements Clock {
  wallMs = EPOCH;
  monotonicMs = 5000;
  now = () => this.wallMs;
  monotonic = () => this.monotonicMs;
  after = () => () => {};
  every = () => () => {};
  run(ms: number): void {
    this.wallMs += ms;
    this.monotonicMs += ms;
  }
  sleep(ms: number): void {
    this.wallMs += ms;
  }
}

function make(clock?: Clock) {
  const tracer = new Tracer({ clock }), log = new Logger({ sinks: [], clock });
  const bridge = new OtelBridge({ tracer, log, metrics: new Registry() });
  /** What each signal shows of a time: a span's start, an event, a span's end, and a log record. */
  const shown = (time: OtelTime) => {
    const lib = bridge.tracerProvider.getTracer("lib");
    lib.startSpan("starts", { startTime: time }).end();
    lib.startSpan("event").addEvent("event", time).end();
    lib.startSpan("event").addEvent("event", {}, time).end();
    lib.startSpan("ends", { startTime: new Date(0) }).end(time);
    bridge.loggerProvider.getLogger("lib").emit({ timestamp: time, observedTimestamp: time });
    const [starts, event, other, ends] = tracer.finished.since(tracer.finished.next - 4);
    const [record] = log.ring.since(log.ring.next - 1);
    return [
      starts!.startTimeMs,
      event!.events[0]!.timeMs,
      other!.events[0]!.timeMs,
      ends!.startTimeMs + ends!.durationMs,
      record!.timeMs,
      record!.observedTimeMs!,
    ];
  };
  return { tracer, bridge, log, shown };
}

/** Every form of one time. */
const forms = (unixMs: number): [form: string, time: OtelTime][] => [
  ["Date", new Date(unixMs)],
  ["hrtime", [Math.floor(unixMs / 1000), unixMs % 1000 * 1e6]],
  ["milliseconds", unixMs],
];

test("every form of time is right in every signal, whenever it was taken", () => {
  const machine = new Machine();
  machine.run(10_000);
  const { shown } = make(machine), now = machine.now();
  const times: [when: string, unixMs: number][] = [
    ["long before the process began", Date.UTC(2001, 8, 9)],
    ["an hour before it began", EPOCH - HOUR],
    ["a moment before it began", EPOCH - 5001],
    ["in it", EPOCH + 7],
    ["now", now],
    ["ahead of now", now + 250],
    ["an hour ahead", now + HOUR],
  ];
  for (const [when, unixMs] of times) {
    const readingMs = machine.monotonic() + unixMs - now;
    const all = [...forms(unixMs), ["reading", readingMs] as [string, number]];
    for (const [form, time] of all) {
      if (form === "reading" && when.startsWith("long")) continue;
      for (const ms of shown(time)) equal(ms, unixMs, `${form} ${when}`);
    }
  }
});

test("the forms agree on the machine's own clocks, of times before the process too", () => {
  const { shown } = make();
  for (const ago of [0, 50, HOUR, 24 * HOUR, -HOUR]) {
    const unixMs = Date.now() - ago, reading = performance.now() - ago;
    for (const [form, time] of forms(unixMs)) {
      for (const ms of shown(time)) equal(ms, unixMs, `${form} ${ago}`);
    }
    for (const ms of shown(reading)) ok(Math.abs(ms - unixMs) < 1000, `${ms - unixMs} ${ago}`);
  }
});

test("after a suspend, every form of time is the time when it was taken", () => {
  const machine = new Machine(), { tracer, bridge, shown } = make(machine);
  const lib = bridge.tracerProvider.getTracer("lib");
  const open = lib.startSpan("open");
  const before = machine.monotonic();
  machine.run(300);
  machine.sleep(8 * HOUR);
  const woken = machine.now();
  for (const [form, time] of [...forms(woken), ["reading", machine.monotonic()] as const]) {
    for (const ms of shown(time)) equal(ms, woken, form);
  }
  for (const ms of shown(before)) equal(ms, EPOCH);
  open.addEvent("late", machine.monotonic()).addEvent("early", before).end(machine.monotonic());
  const record = tracer.finished.since(tracer.finished.next - 1)[0]!;
  deepEqual(
    [record.startTimeMs, ...record.events.map(({ timeMs }) => timeMs), record.durationMs],
    [EPOCH, woken, EPOCH, 300 + 8 * HOUR],
  );
});

test("an invalid time counts as now", () => {
  const machine = new Machine(), { shown } = make(machine), now = machine.now();
  const none = [
    NaN,
    Infinity,
    -Infinity,
    2 ** 64,
    new Date(NaN),
    [],
    [1],
    ["a", "b"],
    {},
    "noon",
    null,
    true,
  ];
  for (const time of none) {
    const [starts, event, other, ends, time_] = shown(time as OtelTime);
    deepEqual([starts, ends, time_], [now, now, now], String(time));
    equal(other, now);
    ok(event === undefined || event === now);
  }
});
