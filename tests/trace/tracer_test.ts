import { deepEqual, equal, match, rejects, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Context, current, run } from "../../src/core/context.ts";
import { Faults } from "../../src/core/faults.ts";
import { alwaysOff, parentBased, type Sampler } from "../../src/trace/sampling/sampler.ts";
import type { Span, SpanOptions } from "../../src/trace/span/span.ts";
import { Tracer } from "../../src/trace/tracer.ts";

const remote = (flags: number): Context => ({
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  flags,
  tracestate: "a=1",
  requestId: "",
  baggage: new Map([["tenant", { value: "acme" }]]),
  remote: true,
});
const names = (tracer: Tracer) => tracer.finished.since(0).map((record) => record.name);

test("Tracer.span() is active for a synchronous function, and ends itself", () => {
  const tracer = new Tracer();
  const result = tracer.span("outer", (outer) => {
    equal(current(), outer);
    tracer.span("inner", (inner) => {
      equal(current(), inner);
      equal(inner.traceId, outer.traceId);
    });
    equal(current(), outer);
    return 7;
  });
  equal(result, 7);
  equal(current(), undefined);
  const [inner, outer] = tracer.finished.since(0);
  deepEqual([inner!.name, outer!.name], ["inner", "outer"]);
  deepEqual([inner!.parentSpanId, inner!.traceId], [outer!.spanId, outer!.traceId]);
});

test("Tracer.span() ends after an asynchronous function", async () => {
  const tracer = new Tracer();
  const promise = tracer.span("work", { kind: "server" }, async (span) => {
    await Promise.resolve();
    equal(current(), span);
    return "done";
  });
  equal(tracer.counts.finished, 0);
  equal(await promise, "done");
  deepEqual(tracer.finished.since(0).map(({ name, kind }) => [name, kind]), [["work", "server"]]);
});

test("Tracer.span() records a throw and rethrows the same value", async () => {
  for (const thrown of [new Error("no"), "text", undefined, null]) {
    const tracer = new Tracer();
    let caught: unknown = "nothing";
    try {
      tracer.span("sync", () => {
        throw thrown;
      });
    } catch (error) {
      caught = error;
    }
    equal(caught, thrown);
    caught = "nothing";
    await tracer.span("async", () => Promise.reject(thrown)).catch((error) => caught = error);
    equal(caught, thrown);
    for (const record of tracer.finished.since(0)) {
      deepEqual([record.status, record.events.length], ["error", 1]);
    }
    equal(tracer.counts.finished, 2);
  }
});

test("Tracer.span() leaves a span alone that was ended before", async () => {
  const tracer = new Tracer();
  tracer.span("sync", (span) => span.end());
  await tracer.span("async", async (span) => {
    await Promise.resolve();
    span.end();
  });
  throws(() =>
    tracer.span("throws", (span) => {
      span.end();
      throw new Error("late");
    }), /late/);
  deepEqual([tracer.counts.finished, tracer.counts.misuse], [3, 0]);
});

test("Tracer.span() waits for thenables", async () => {
  const tracer = new Tracer();
  const query = (then: unknown) => ({ then }) as unknown as PromiseLike<number>;
  const promise = tracer.span(
    "query",
    () => query((done: (value: number) => void) => queueMicrotask(() => done(7))),
  );
  equal(tracer.counts.finished, 0);
  equal(await promise, 7);
  equal(tracer.counts.finished, 1);
  const failing = query(() => {
    throw new Error("lazy");
  });
  await rejects(async () => await tracer.span("query", () => failing), /lazy/);
  equal(tracer.finished.since(1)[0]!.status, "error");
});

test("Tracer.span() returns the same object if it is not a promise", () => {
  const tracer = new Tracer();
  const result = {
    get then() {
      throw new Error("no");
    },
  };
  equal(tracer.span("work", () => result), result);
  equal(tracer.counts.finished, 1);
});

test("Tracer.start() is a child of the active span and not active itself", () => {
  const tracer = new Tracer();
  tracer.span("outer", (outer) => {
    const span = tracer.start("inner");
    equal(current(), outer);
    span.end();
  });
  const [inner, outer] = tracer.finished.since(0);
  equal(inner!.parentSpanId, outer!.spanId);
});

test("Tracer.start() ends with `using`", () => {
  const tracer = new Tracer();
  {
    using span = tracer.start("work");
    span.set("a", 1);
  }
  deepEqual(names(tracer), ["work"]);
});

test("Tracer.start() takes an explicit parent, a remote one, or none", () => {
  const tracer = new Tracer();
  const other = tracer.start("other");
  tracer.span("active", () => {
    const child = tracer.start("child", { parent: other });
    equal(child.traceId, other.traceId);
    const root = tracer.start("root", { parent: null });
    equal(root.traceId === other.traceId || root.traceId === current()?.traceId, false);
    const joined = tracer.start("joined", { parent: remote(1) });
    deepEqual(
      [joined.traceId, joined.flags, joined.tracestate, joined.baggage?.get("tenant")?.value],
      [remote(1).traceId, 1, "a=1", "acme"],
    );
  });
});

test("Tracer.start() passes requestId, baggage and fields on to children", () => {
  const tracer = new Tracer();
  const baggage = new Map([["a", { value: "1" }]]), fields = { user: 7 };
  for (const sampler of [undefined, parentBased(alwaysOff)]) {
    const tracer = new Tracer({ sampler });
    const root = tracer.start("root", { requestId: "r1", baggage, fields });
    const child = tracer.start("child", { parent: root });
    deepEqual([child.requestId, child.baggage, child.fields], ["r1", baggage, fields]);
    const changed = tracer.start("child", { parent: child, fields: { user: 8 } });
    deepEqual([changed.requestId, changed.fields], ["r1", { user: 8 }]);
  }
  const server = tracer.start("GET", { kind: "server", parent: remote(1) });
  equal(server.requestId, server.traceId);
  equal(tracer.start("job").requestId, "");
  run({ ...remote(1), traceId: "", spanId: "", requestId: "r2" }, () => {
    const span = tracer.start("in a context without a trace");
    deepEqual([span.traceId.length, span.requestId], [32, "r2"]);
    span.end();
  });
  equal(tracer.finished.since(0)[0]!.parentSpanId, "");
});

test("Tracer sets the random flag on its own traces and keeps it on others", () => {
  const tracer = new Tracer();
  equal(tracer.start("root").flags, 3);
  equal(tracer.start("child", { parent: remote(1) }).flags, 1);
  equal(tracer.start("child", { parent: remote(3) }).flags, 3);
  equal(tracer.start("child", { parent: remote(2) }).flags, 2);
  equal(tracer.start("child", { parent: remote(0) }).flags, 0);
});

test("Tracer propagates valid ids through unrecorded spans", () => {
  const tracer = new Tracer();
  const root = tracer.start("root", { parent: remote(0), kind: "server" });
  deepEqual([root.recording, root.traceId, root.flags], [false, remote(0).traceId, 0]);
  equal(root.spanId === remote(0).spanId, false);
  run(root, () =>
    tracer.span("child", (child) => {
      equal(current(), child);
      const carrier: Record<string, string> = {};
      tracer.inject(carrier);
      equal(carrier.traceparent, `00-${root.traceId}-${root.spanId}-00`);
      child.set("a", 1).event("b").fail(new Error("c")).link(root).rename("d").end();
    }));
  root.end();
  deepEqual([tracer.counts.unsampled, tracer.counts.started, tracer.counts.misuse], [2, 0, 0]);
  deepEqual(names(tracer), []);
});

test("Tracer.span() of an unrecorded span passes results and throws on unchanged", async () => {
  const tracer = new Tracer({ sampler: alwaysOff });
  const promise = Promise.resolve(1);
  equal(tracer.span("a", () => promise), promise);
  const error = new Error("no");
  await rejects(tracer.span("b", () => Promise.reject(error)), error);
  throws(() =>
    tracer.span("c", () => {
      throw error;
    }), error);
});

test("Tracer calls the sampler for every span", () => {
  const asked: unknown[] = [];
  const sampler: Sampler = (traceId, name, options, parent) => {
    asked.push([traceId.length, name, options, parent?.spanId]);
    return { sampled: name !== "dropped", tracestate: "s=1" };
  };
  const tracer = new Tracer({ sampler });
  const root = tracer.start("root", { kind: "server" });
  const options = { parent: root };
  const dropped = tracer.start("dropped", options);
  deepEqual(asked, [
    [32, "root", { kind: "server" }, undefined],
    [32, "dropped", options, root.spanId],
  ]);
  deepEqual([root.flags, root.tracestate, dropped.flags], [3, "s=1", 2]);
  equal(dropped === root, false);
  equal(dropped.traceId, root.traceId);
});

test("Tracer counts a sampler that throws, and records the span", () => {
  const faults = new Faults();
  const tracer = new Tracer({
    faults,
    sampler: () => {
      throw new Error("no");
    },
  });
  tracer.start("work").end();
  deepEqual([names(tracer), faults.counts().get("sampler")], [["work"], 1]);
});

test("Tracer.onEnd() calls every processor until it is removed, even after one that throws", () => {
  const faults = new Faults();
  const tracer = new Tracer({ faults });
  const told: string[] = [];
  tracer.onEnd(() => {
    throw new Error("no");
  });
  const remove = tracer.onEnd((span) => told.push(span.record().name));
  tracer.start("a").end();
  tracer.start("b").end();
  remove();
  tracer.start("c").end();
  deepEqual([told, faults.counts().get("span processor")], [["a", "b"], 3]);
});

test("Tracer.finished keeps the newest and numbers them", () => {
  const tracer = new Tracer({ maxSpans: 4 });
  for (let i = 0; i < 6; i++) tracer.start(`s${i}`).end();
  const { finished } = tracer;
  deepEqual([finished.capacity, finished.first, finished.next], [4, 2, 6]);
  deepEqual(finished.since(0).map(({ name }) => name), ["s2", "s3", "s4", "s5"]);
  deepEqual([...finished], finished.since(0));
  deepEqual(finished.since(5).map(({ name }) => name), ["s5"]);
  const [record] = finished.since(5);
  deepEqual(finished.ofTrace(record!.traceId), [record]);
  finished.clear();
  deepEqual([finished.since(0), finished.next], [[], 6]);
});

test("Tracer.inject() and extract() carry the active span and its baggage", () => {
  const tracer = new Tracer(), message: Record<string, unknown> = {};
  tracer.inject(message);
  deepEqual(message, {});
  const baggage = new Map([["tenant", { value: "acme" }]]);
  tracer.span("send", { kind: "producer", baggage }, () => tracer.inject(message));
  const parent = tracer.extract(message);
  tracer.span("receive", { kind: "consumer", parent }, (span) => equal(span.baggage?.size, 1));
  const [send, receive] = tracer.finished.since(0);
  deepEqual(
    [receive!.traceId, receive!.parentSpanId, receive!.parentRemote],
    [send!.traceId, send!.spanId, true],
  );
});

test("Tracer refuses maxSpans or a limit out of range", () => {
  throws(() => new Tracer({ maxSpans: 0 }), { name: "RangeError" });
  throws(() => new Tracer({ limits: { events: -1 } }), {
    name: "RangeError",
    message: "Cannot create tracer: limits.events must be a whole number from 0, got -1",
  });
});

test("Tracer counts add up, whatever is done with spans", () => {
  const verb = fc.constantFrom("start", "child", "set", "event", "end", "dispose");
  fc.assert(
    fc.property(fc.array(fc.tuple(verb, fc.nat(5)), { maxLength: 60 }), (steps) => {
      const tracer = new Tracer({ maxSpans: 8 });
      const spans: Span[] = [], open = new Set<Span>();
      let misuse = 0;
      for (const [verb, index] of steps) {
        const span = spans[index];
        if (verb === "start" || span === undefined) {
          const options: SpanOptions = verb === "child" ? { parent: spans[0] } : {};
          const started = tracer.start("s", options);
          spans.push(started);
          open.add(started);
          continue;
        }
        if (verb !== "child" && !open.has(span)) misuse++;
        if (verb === "set") span.set("a", 1);
        if (verb === "event") span.event("a");
        if (verb === "end") span.end();
        if (verb === "dispose") span[Symbol.dispose]();
        if (verb === "end" || verb === "dispose") open.delete(span);
      }
      const { counts, finished } = tracer;
      deepEqual(
        [counts.started, counts.finished, counts.misuse],
        [spans.length, spans.length - open.size, misuse],
      );
      equal(finished.next, counts.finished);
      equal(finished.since(0).length, Math.min(8, counts.finished));
    }),
  );
});

test("Tracer ignores invalid ids of a parent or a link", () => {
  const tracer = new Tracer();
  const odd = {
    traceId: crypto.randomUUID(),
    spanId: "7",
    flags: 1,
    tracestate: "",
    requestId: "r",
  };
  const bare = {} as Context;
  for (const context of [odd, bare]) {
    const span = tracer.start("work", { parent: context, links: [{ context }] });
    span.end();
    match(span.traceId, /^[0-9a-f]{32}$/);
  }
  const records = tracer.finished.since(0);
  deepEqual(records.map(({ parentSpanId, requestId, links }) => [parentSpanId, requestId, links]), [
    ["", "r", []],
    ["", "", []],
  ]);
});

test("Tracer.start() and span() ignore options and parents that throw", () => {
  const throws = (key: string, rest: object = {}) =>
    Object.defineProperty({ ...rest }, key, {
      enumerable: true,
      get(): never {
        throw new Error("mine");
      },
    }) as never;
  const ids = { traceId: "1".repeat(32), spanId: "1".repeat(16), flags: 1 };
  const cases: readonly SpanOptions[] = [
    null as never,
    throws("kind"),
    throws("parent"),
    throws("attributes"),
    throws("links"),
    throws("startedAtMs"),
    throws("requestId"),
    throws("fields"),
    { parent: throws("traceId") },
    { parent: throws("flags", { ...ids, flags: undefined }) },
    { parent: throws("baggage", ids) },
  ];
  for (const options of cases) {
    const faults = new Faults(() => {}), tracer = new Tracer({ faults });
    tracer.span("outer", (outer) => {
      tracer.start("started", options).end();
      equal(tracer.span("run", options, () => 42), 42);
      // What it was active in still counts.
      deepEqual(
        tracer.finished.since(0).map(({ name, traceId }) => [name, traceId]),
        [["started", outer.traceId], ["run", outer.traceId]],
      );
    });
    equal(faults.counts().get("span options"), 2);
    equal(tracer.counts.finished, 3);
  }
  const tracer = new Tracer({ faults: new Faults(() => {}) });
  run(throws("traceId"), () => tracer.start("in a context that throws").end());
  equal(tracer.counts.finished, 1);
});

test("Tracer takes ids of the right length only if they are hex", () => {
  const tracer = new Tracer();
  const context = {
    traceId: "z".repeat(32),
    spanId: "y".repeat(16),
    flags: 1,
    tracestate: "",
    requestId: "",
  };
  tracer.start("work", { parent: context, links: [{ context }] }).end();
  const [record] = tracer.finished.since(0);
  match(record!.traceId, /^[0-9a-f]{32}$/);
  deepEqual([record!.parentSpanId, record!.links], ["", []]);
});

test("Span.setStatus() ignores an invalid status", () => {
  const tracer = new Tracer();
  tracer.start("work").setStatus("failed" as never, "why").end();
  const [record] = tracer.finished.since(0);
  deepEqual([record!.status, record!.statusMessage], ["unset", ""]);
});
