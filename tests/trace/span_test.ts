import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import { Ids } from "../../src/core/ids.ts";
import type { Attributes, AttributeValue } from "../../src/core/attributes.ts";
import type { Context } from "../../src/core/context.ts";
import { Tally } from "../../src/core/tally.ts";
import { alwaysOff } from "../../src/trace/sampling/sampler.ts";
import type { Span } from "../../src/trace/span/span.ts";
import { Tracer } from "../../src/trace/tracer.ts";
import type { TracerOptions } from "../../src/trace/options.ts";
import { ManualClock } from "../manual_clock.ts";

const EPOCH = Date.UTC(2026, 0, 1);
const remote: Context = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  flags: 3,
  tracestate: "a=1",
  requestId: "",
  remote: true,
};

/** Ids that count: every word is the one before plus one. */
function countingIds(): Ids {
  let word = 0;
  return new Ids((words) => {
    const view = new DataView(words.buffer);
    for (let i = 0; i < words.length; i++) view.setUint32(i * 4, ++word);
  });
}

function setUp(options: TracerOptions = {}): { tracer: Tracer; clock: ManualClock } {
  const clock = new ManualClock(EPOCH);
  return { tracer: new Tracer({ clock, ids: countingIds(), ...options }), clock };
}

test("Span gives a whole record when it has ended", () => {
  const { tracer, clock } = setUp();
  clock.advance(250.25);
  const span = tracer.start("charge", {
    kind: "client",
    parent: remote,
    attributes: { "payment.method": "card" },
    links: [{ context: { ...remote, spanId: "00000000000000ff" }, attributes: { why: "retry" } }],
  });
  clock.advance(1.5);
  span.set("amount", 12.5).event("accepted", { by: "bank" });
  clock.advance(0.25);
  span.setStatus("error", "declined");
  span.end();
  deepEqual(tracer.finished.since(0), [{
    traceId: remote.traceId,
    spanId: "0000000100000002",
    parentSpanId: remote.spanId,
    parentRemote: true,
    name: "charge",
    kind: "client",
    startTimeMs: EPOCH + 250.25,
    durationMs: 1.75,
    status: "error",
    statusMessage: "declined",
    attributes: { "payment.method": "card", amount: 12.5 },
    events: [{
      name: "accepted",
      timeMs: EPOCH + 251.75,
      attributes: { by: "bank" },
      droppedAttributes: 0,
    }],
    links: [{
      traceId: remote.traceId,
      spanId: "00000000000000ff",
      flags: 3,
      tracestate: "a=1",
      remote: true,
      attributes: { why: "retry" },
      droppedAttributes: 0,
    }],
    flags: 3,
    tracestate: "a=1",
    requestId: "",
    droppedAttributes: 0,
    droppedEvents: 0,
    droppedLinks: 0,
  }]);
});

test("Span without attributes, events and links has an empty record", () => {
  const { tracer } = setUp();
  tracer.start("bare").end();
  const [record] = tracer.finished.since(0);
  deepEqual(
    [record!.parentSpanId, record!.parentRemote, record!.kind, record!.status, record!.flags],
    ["", false, "internal", "unset", 3],
  );
  deepEqual([record!.attributes, record!.events, record!.links], [{}, [], []]);
});

test("Span.end() of a clock that jumped back gives no negative duration", () => {
  const { tracer, clock } = setUp();
  const span = tracer.start("work");
  clock.advance(-5000);
  span.end();
  tracer.start("work", { startedAtMs: 10 }).end(NaN);
  deepEqual(tracer.finished.since(0).map((record) => record.durationMs), [0, 0]);
});

test("Span takes its times from the caller, if given", () => {
  const { tracer, clock } = setUp();
  clock.advance(100);
  tracer.start("work", { startedAtMs: 90 }).end(97.5);
  const [record] = tracer.finished.since(0);
  deepEqual([record!.startTimeMs, record!.durationMs], [EPOCH + 90, 7.5]);
});

test("Span ignores and counts every method call after its end", () => {
  const { tracer } = setUp();
  const span = tracer.start("work");
  span.end();
  const before = tracer.finished.since(0);
  span.end();
  span.set("a", 1).event("b").fail(new Error("c")).link(remote).setStatus("ok").rename("d");
  span[Symbol.dispose]();
  deepEqual(tracer.finished.since(0), before);
  deepEqual([tracer.counts.misuse, tracer.counts.finished], [8, 1]);
});

test("Span.recording is true until the end of a recorded span", () => {
  const { tracer } = setUp();
  const span = tracer.start("work");
  equal(span.recording, true);
  span.end();
  equal(span.recording, false);
});

test("Span.fail() records the exception with its causes, and the type", () => {
  const { tracer } = setUp();
  const span = tracer.start("work");
  const cause = new AggregateError([new TypeError("first"), "second"], "both");
  span.fail(new RangeError("too far", { cause }));
  span.end();
  const [record] = tracer.finished.since(0);
  deepEqual([record!.status, record!.statusMessage], ["error", "too far"]);
  deepEqual(record!.attributes, { "error.type": "RangeError" });
  equal(record!.events.length, 1);
  const { name, attributes } = record!.events[0]!;
  deepEqual(
    [name, attributes["exception.type"], attributes["exception.message"]],
    ["exception", "RangeError", "too far"],
  );
  const stacktrace = attributes["exception.stacktrace"] as string;
  match(stacktrace, /span_test/);
  match(stacktrace, /Caused by: /);
  match(stacktrace, /Error 1 of 2: [^]*first/);
  match(stacktrace, /Error 2 of 2: string: second/);
});

test("Span.fail() takes any thrown value", () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  for (const thrown of [undefined, null, "text", 7, Symbol("s"), {}, () => 1, proxy]) {
    const { tracer } = setUp();
    tracer.start("work").fail(thrown).end();
    const [record] = tracer.finished.since(0);
    deepEqual([record!.status, record!.events.length], ["error", 1], typeof thrown);
  }
});

test("Span.fail() of the same error again records it once", () => {
  const { tracer } = setUp();
  const error = new Error("once"), span = tracer.start("work");
  span.fail(error).fail(error).fail(new Error("another")).end();
  const messages = tracer.finished.since(0)[0]!.events.map((event) =>
    event.attributes["exception.message"]
  );
  deepEqual(messages, ["once", "another"]);
});

test("Span.setStatus() treats ok as final and ignores unset", () => {
  const { tracer } = setUp();
  tracer.start("a").setStatus("ok").setStatus("error", "late").end();
  tracer.start("b").setStatus("error", "x").setStatus("unset").end();
  tracer.start("c").setStatus("error", "x").setStatus("ok", "ignored").end();
  deepEqual(
    tracer.finished.since(0).map(({ status, statusMessage }) => [status, statusMessage]),
    [["ok", ""], ["error", "x"], ["ok", ""]],
  );
});

test("Span.rename() changes the name", () => {
  const { tracer } = setUp();
  tracer.start("GET").rename("GET /orders/{id}").end();
  equal(tracer.finished.since(0)[0]!.name, "GET /orders/{id}");
});

test("Span.link() ignores a context without a trace", () => {
  const { tracer } = setUp();
  tracer.start("a").link({ ...remote, traceId: "" }).link(undefined as unknown as Context).end();
  deepEqual(tracer.finished.since(0)[0]!.links, []);
});

test("Span drops and counts what exceeds its limits", () => {
  const { tracer } = setUp({
    limits: { attributes: 2, events: 1, links: 1, detailAttributes: 1, valueLength: 4 },
  });
  const span = tracer.start("long name");
  span.set("a", "12345").set("b", 2).set("c", 3).set("d", 4);
  span.event("e", { x: 1, y: 2 }).event("f").event("g");
  span.link(remote, { x: 1, y: 2 }).link(remote);
  span.end();
  const [record] = tracer.finished.since(0);
  equal(record!.name, "long");
  deepEqual(record!.attributes, { a: "1234", b: 2 });
  deepEqual([record!.droppedAttributes, record!.droppedEvents, record!.droppedLinks], [2, 2, 1]);
  deepEqual([record!.events[0]!.attributes, record!.events[0]!.droppedAttributes], [{ x: 1 }, 1]);
  deepEqual([record!.links[0]!.attributes, record!.links[0]!.droppedAttributes], [{ x: 1 }, 1]);
  const { droppedAttributes, droppedEvents, droppedLinks } = tracer.counts;
  deepEqual([droppedAttributes, droppedEvents, droppedLinks], [4, 2, 1]);
});

test("Span is bounded in size", () => {
  const { tracer } = setUp({ limits: { size: 1000 } });
  const span = tracer.start("work");
  for (let i = 0; i < 100; i++) span.set(`k${i}`, "v".repeat(97)).event("e", { a: "v".repeat(98) });
  span.end();
  const [record] = tracer.finished.since(0);
  const size = (attributes: Attributes) =>
    Object.entries(attributes).reduce((sum, [k, v]) => sum + k.length + String(v).length, 0);
  equal(size(record!.attributes), 990);
  deepEqual([record!.events.length, record!.droppedEvents], [10, 90]);
  equal(record!.droppedAttributes, 90);
});

test("Span keeps what it was given, whatever the caller changes later", () => {
  const { tracer } = setUp();
  const tags = ["a"], attributes: Record<string, AttributeValue> = { x: 1 };
  const span = tracer.start("work").set("tags", tags).event("e", attributes).link(
    remote,
    attributes,
  );
  tags.push("b");
  attributes.x = 2;
  span.end();
  const [record] = tracer.finished.since(0);
  deepEqual(
    [record!.attributes.tags, record!.events[0]!.attributes, record!.links[0]!.attributes],
    [["a"], { x: 1 }, { x: 1 }],
  );
});

test("Span does not throw for values of wrong types", () => {
  const { tracer } = setUp();
  const start = tracer.start as unknown as (this: Tracer, ...given: unknown[]) => Span;
  const span = start.call(tracer, undefined, {
    attributes: {
      get a(): string {
        throw new Error("no");
      },
    },
    links: [null, 7],
  });
  const loose = span as unknown as Record<string, (...given: unknown[]) => unknown>;
  for (const verb of ["set", "event", "link", "setStatus", "rename", "fail"]) {
    for (const value of [undefined, null, 7, {}, Symbol("s")]) loose[verb]!(value, value);
  }
  span.end();
  equal(tracer.counts.finished, 1);
  equal(tracer.finished.since(0).length, 1);
});

test("Span takes the current time in place of an invalid one", () => {
  const { tracer, clock } = setUp();
  clock.advance(5);
  for (const bad of [NaN, Infinity, -Infinity]) {
    const span = tracer.start("work", { startedAtMs: bad }).event("e", {}, bad);
    clock.advance(1);
    span.end(bad);
  }
  tracer.start("work").event("early", {}, 2).end();
  const records = tracer.finished.since(0);
  deepEqual(
    records.map(({ startTimeMs, durationMs }) => [startTimeMs - EPOCH, durationMs]),
    [[5, 0], [6, 0], [7, 0], [8, 0]],
  );
  deepEqual(records.map(({ events }) => events[0]!.timeMs - EPOCH), [5, 6, 7, 2]);
});

test("Tracer.monotonicMsAt() finds a Unix time on the clock of spans", () => {
  const { tracer, clock } = setUp();
  clock.advance(100.25);
  const startedAtMs = tracer.monotonicMsAt(EPOCH + 50.125);
  tracer.start("work", { startedAtMs }).end(tracer.monotonicMsAt(EPOCH + 60));
  const [record] = tracer.finished.since(0);
  deepEqual([record!.startTimeMs, record!.durationMs], [EPOCH + 50.125, 9.875]);
});

test("link() and end() ignore an invalid context and an invalid time", () => {
  const clock = new ManualClock(), tracer = new Tracer({ clock });
  const span = tracer.start("odd");
  const traceId = "0af7651916cd43dd8448eb211c80319c", spanId = "b7ad6b7169203331";
  const hostile = {
    get traceId(): string {
      throw new Error("no");
    },
  };
  for (const context of [null, 7, {}, { traceId: 5, spanId: 6 }, { traceId }, hostile]) {
    span.link(context as unknown as Span);
  }
  span.link({ traceId, spanId } as unknown as Span);
  clock.advance(5);
  span.end(10n as unknown as number);
  const [record] = tracer.finished.since(0);
  equal(record!.durationMs, 5);
  deepEqual(record!.links.map((link) => [link.traceId, link.spanId, link.flags, link.tracestate]), [
    [traceId, spanId, 0, ""],
  ]);
});

test("a recorded span counts in the tally that it inherits, at any depth, not in one that it begins", () => {
  const { tracer } = setUp(), tally = new Tally();
  tracer.span("request", { tally }, () => {
    tracer.span("child", () => tracer.start("grandchild").end());
    tracer.start("elsewhere", { parent: null }).end();
    tracer.start("other request", { tally: new Tally() }).end();
  });
  equal(tally.spans, 2);
  const off = new Tracer({ sampler: alwaysOff });
  off.span("request", { tally }, () => off.start("child").end());
  equal(tally.spans, 2);
});
