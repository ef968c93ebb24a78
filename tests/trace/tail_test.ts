import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Context } from "../../src/core/context.ts";
import { Faults } from "../../src/core/faults.ts";
import { ratioBased } from "../../src/trace/sampling/sampler.ts";
import type { TailOptions } from "../../src/trace/sampling/tail.ts";
import {
  keepAtMost,
  keepFailed,
  keepShare,
  keepSlowerThan,
  keepSlowerThanQuantile,
  keepWhen,
  type TailRule,
} from "../../src/trace/sampling/tail_rules.ts";
import { Tracer } from "../../src/trace/tracer.ts";
import type { TracerOptions } from "../../src/trace/options.ts";
import { ManualClock } from "../manual_clock.ts";

function setUp(tail: TailOptions | readonly TailRule[], options: TracerOptions = {}) {
  const clock = new ManualClock(), faults = new Faults();
  const given = Array.isArray(tail) ? { rules: tail } : tail as TailOptions;
  const tracer = new Tracer({ clock, faults, tail: given, ...options });
  const told: string[] = [];
  tracer.onEnd((span) => told.push(span.record().name));
  const kept = () => tracer.finished.since(0).map(({ name }) => name);
  return { clock, faults, tracer, told, kept };
}

/** A trace of its own with these random bits, from a caller. */
const remote = (random: string, tracestate = ""): Context => ({
  traceId: `0123456789abcdef01${random}`,
  spanId: "b7ad6b7169203331",
  flags: 3,
  tracestate,
  requestId: "",
  remote: true,
});

test("spans are kept when their local root has ended, in the order in which they ended", () => {
  const { tracer, told, kept } = setUp([keepShare(1)]);
  tracer.span("root", () => {
    tracer.span("first", () => tracer.span("inner", () => {}));
    tracer.span("second", () => {});
    deepEqual([told, kept()], [[], []]);
  });
  deepEqual(told, ["inner", "first", "second", "root"]);
  deepEqual(kept(), told);
});

test("a trace is kept whole for an error anywhere in it, else dropped whole", () => {
  const { tracer, kept } = setUp([keepFailed]);
  tracer.span("fine", () => tracer.span("child", () => {}));
  tracer.span("recovered", () => tracer.start("attempt").fail(new Error("no")).end());
  tracer.start("broken").setStatus("error").end();
  deepEqual(kept(), ["attempt", "recovered", "broken"]);
  deepEqual([tracer.counts.finished, tracer.counts.unkept], [5, 2]);
});

test("keepSlowerThan() measures the local root", () => {
  const { clock, tracer, kept } = setUp([keepSlowerThan(100)]);
  for (const ms of [100, 101]) {
    const span = tracer.start(`${ms} ms`);
    clock.advance(ms);
    span.end();
  }
  deepEqual(kept(), ["101 ms"]);
});

test("keepSlowerThanQuantile() keeps the slowest of each name, after a hundred traces", () => {
  const { clock, tracer, kept } = setUp([keepSlowerThanQuantile(0.99)]);
  const work = (name: string, ms: number) => {
    const span = tracer.start(name);
    clock.advance(ms);
    span.end();
  };
  work("GET /a", 10_000);
  for (let i = 0; i < 1000; i++) {
    work("GET /a", 10 + i % 5);
    work("GET /slow", 1000 + i % 50);
  }
  equal(tracer.finished.next < 25, true);
  tracer.finished.clear();
  work("GET /a", 20);
  work("GET /slow", 1000);
  work("GET /a", 11);
  work("GET /slow", 2000);
  deepEqual(kept(), ["GET /a", "GET /slow"]);
});

test("keepShare() keeps by the trace's random bits, and gives the share in tracestate", () => {
  const { tracer } = setUp([keepShare(0.25)]);
  const cases: [
    random: string,
    tracestate: string,
    kept: boolean,
    state?: string,
    ratio?: number,
  ][] = [
    ["bfffffffffffff", "", false],
    ["c0000000000000", "", true, "ot=th:c", 0.25],
    ["ffffffffffffff", "a=1", true, "ot=th:c,a=1", 0.25],
    ["ffffffffffffff", "ot=th:8", true, "ot=th:c", 0.25],
    ["ffffffffffffff", "ot=th:f", true, "ot=th:f", 0.0625],
    ["00000000000000", "ot=rv:d0000000000000", true, "ot=th:c;rv:d0000000000000", 0.25],
  ];
  for (const [random, tracestate, kept, state, ratio] of cases) {
    tracer.finished.clear();
    tracer.span(
      "root",
      { parent: remote(random, tracestate) },
      () => tracer.span("child", () => {}),
    );
    const records = tracer.finished.since(tracer.finished.first);
    equal(records.length, kept ? 2 : 0, random);
    if (!kept) continue;
    deepEqual(records.map((record) => record.tracestate), [state, state]);
    deepEqual(records.map((record) => record.attributes["sampling.ratio"]), [undefined, ratio]);
  }
});

test("rules compose: the largest share wins, and a share of 1 at once", () => {
  const asked: string[] = [];
  const ask = (name: string, share: number): TailRule => () => {
    asked.push(name);
    return share;
  };
  const { tracer, kept } = setUp([
    keepWhen(({ name }) => name === "health", ask("health", 0.0625)),
    ask("low", 0.125),
    keepFailed,
    ask("half", 0.5),
    ask("last", 0.25),
  ]);
  tracer.start("a", { parent: remote("80000000000000") }).end();
  tracer.start("b", { parent: remote("7fffffffffffff") }).fail("x").end();
  tracer.start("health", { parent: remote("7fffffffffffff") }).end();
  deepEqual(kept(), ["a", "b"]);
  deepEqual(asked, ["low", "half", "last", "low", "health", "low", "half", "last"]);
  const [a, b] = tracer.finished.since(0);
  deepEqual([a!.tracestate, b!.tracestate], ["ot=th:8", ""]);
});

test("without a rule that keeps a trace, it is dropped", () => {
  const { tracer, kept } = setUp([]);
  tracer.start("a", { parent: remote("ffffffffffffff") }).end();
  deepEqual(kept(), []);
});

test("keepAtMost() limits the rate of each name, and kept traces stand for the others", () => {
  const { clock, tracer } = setUp([keepFailed, keepAtMost(2)]);
  const seen = { a: 0, b: 0 };
  for (let i = 0; i < 100; i++) {
    for (const name of ["a", "b"] as const) {
      if (name === "b" && i % 10 !== 0) continue;
      tracer.start(name).end();
      seen[name]++;
    }
    clock.advance(20);
  }
  // Two seconds: the first allowance at once, then two a second.
  const records = tracer.finished.since(0);
  equal(records.filter(({ name }) => name === "a").length, 5);
  let stands = 0;
  for (const { name, attributes } of records) {
    if (name === "a") stands += 1 / Number(attributes["sampling.ratio"] ?? 1);
  }
  equal(Math.abs(stands - seen.a) < 30, true, String(stands));
  tracer.finished.clear();
  tracer.start("a").fail("x").end();
  equal(tracer.finished.since(tracer.finished.first).length, 1);
});

test("spans that end after the local root are kept or dropped with it", () => {
  const { tracer, told } = setUp([keepFailed]);
  const good = tracer.start("good"), late = tracer.start("late of good", { parent: good });
  good.end();
  late.fail(new Error("too late")).end();
  const bad = tracer.start("bad"), also = tracer.start("late of bad", { parent: bad });
  bad.fail(new Error("x")).end();
  const child = tracer.start("child of late", { parent: also });
  also.end();
  child.end();
  deepEqual(told, ["bad", "late of bad", "child of late"]);
  equal(tracer.counts.unkept, 2);
});

test("two requests of one trace in this process are decided separately", () => {
  const { tracer, kept } = setUp([keepFailed]);
  const caller = remote("80000000000000");
  const a = tracer.start("a", { parent: caller }), b = tracer.start("b", { parent: caller });
  tracer.start("in a", { parent: a }).end();
  tracer.start("in b", { parent: b }).fail("x").end();
  a.end();
  b.end();
  deepEqual(kept(), ["in b", "b"]);
});

test("a changed copy of a span's context belongs to that span's trace", () => {
  const { tracer, kept } = setUp([keepFailed]);
  const root = tracer.start("root");
  const { traceId, spanId, flags, tracestate, requestId } = root;
  const copy = { traceId, spanId, flags, tracestate, requestId, span: root };
  tracer.start("child", { parent: copy }).end();
  deepEqual(kept(), []);
  root.fail("x").end();
  deepEqual(kept(), ["child", "root"]);
});

test("waiting spans are bounded in count: the oldest trace loses them, and is still decided", () => {
  const { tracer, kept } = setUp({ rules: [keepFailed], maxSpans: 4 });
  const first = tracer.start("first"), second = tracer.start("second");
  for (let i = 0; i < 3; i++) tracer.start(`first ${i}`, { parent: first }).fail("x").end();
  for (let i = 0; i < 2; i++) tracer.start(`second ${i}`, { parent: second }).end();
  equal(tracer.counts.trimmed, 3);
  second.fail("x").end();
  first.end();
  deepEqual(kept(), ["second 0", "second 1", "second", "first"]);
});

test("waiting spans are bounded in bytes", () => {
  const { tracer } = setUp({ rules: [keepFailed], maxBytes: 100_000 });
  const root = tracer.start("root");
  for (let i = 0; i < 20; i++) {
    tracer.start("child", { parent: root }).set("a", "x".repeat(8000)).end();
  }
  equal(tracer.counts.trimmed > 0, true);
  root.fail("x").end();
  const kept = tracer.finished.since(0).length;
  equal(kept <= 7, true);
  equal(kept + tracer.counts.trimmed, 21);
});

test("a rule that throws is counted and keeps the trace", () => {
  const { tracer, faults, kept } = setUp([() => {
    throw new Error("no");
  }]);
  tracer.start("work").end();
  deepEqual([kept(), faults.counts().get("tail rule")], [["work"], 1]);
});

test("a rule with an invalid verdict keeps nothing", () => {
  const { tracer, kept } = setUp([
    () => NaN,
    () => -1,
    () => undefined as unknown as number,
    () => null as unknown as number,
  ]);
  tracer.start("a", { parent: remote("ffffffffffffff") }).end();
  deepEqual(kept(), []);
});

test("rules see the ended trace", () => {
  const seen: unknown[] = [];
  const { clock, tracer } = setUp([(trace) => {
    const { name, durationMs, failed, spans } = trace;
    seen.push({ name, durationMs, failed, spans, user: trace.root().attributes.user });
    return 0;
  }]);
  tracer.span("GET", (span) => {
    tracer.span("child", () => {});
    clock.advance(5);
    span.set("user", 7).rename("GET /orders/{id}");
  });
  deepEqual(seen, [{ name: "GET /orders/{id}", durationMs: 5, failed: false, spans: 2, user: 7 }]);
});

test("of a head and a tail share the smaller one holds, for the same traces", () => {
  const { tracer } = setUp([keepShare(0.25)], { sampler: ratioBased(0.5) });
  let kept = 0, stands = 0;
  for (let i = 0; i < 4000; i++) tracer.start("root").end();
  for (const { attributes, tracestate } of tracer.finished.since(0)) {
    kept++;
    equal(tracestate, "ot=th:c");
    stands += 1 / Number(attributes["sampling.ratio"]);
  }
  // 10 standard deviations.
  equal(Math.abs(kept - 1000) < 274, true, String(kept));
  equal(stands, kept * 4);
});

test("bad rules and bounds are refused", () => {
  const cases: [make: () => unknown, message: string][] = [
    [() => keepSlowerThan(-1), "Cannot keep slow traces: ms must be at least 0, got -1"],
    [
      () => keepSlowerThanQuantile(1),
      "Cannot keep slow traces: q must be above 0 and below 1, got 1",
    ],
    [() => keepShare(2), "Cannot keep a share of traces: share must be 0 to 1, got 2"],
    [() => keepAtMost(0), "Cannot keep some traces: perSecond must be positive and finite, got 0"],
    [
      () => setUp({ rules: [], maxSpans: 0 }),
      "Cannot sample at the tail: maxSpans must be a whole number from 1, got 0",
    ],
  ];
  for (const [make, message] of cases) throws(make, { name: "RangeError", message });
  throws(() => setUp([7 as unknown as TailRule]), {
    name: "TypeError",
    message: "Cannot sample at the tail: each rule must be a function, got 7",
  });
});

test("every span is kept, unkept, trimmed or waits, whatever happens", () => {
  const step = fc.tuple(fc.constantFrom("root", "child", "end", "fail"), fc.nat(9));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const { tracer } = setUp({ rules: [keepFailed, keepShare(0.5)], maxSpans: 3 }, {
        maxSpans: 1024,
      });
      const spans = [tracer.start("root")];
      for (const [verb, index] of steps) {
        const span = spans[index % spans.length]!;
        if (verb === "root") spans.push(tracer.start("root", { parent: null }));
        if (verb === "child") spans.push(tracer.start("child", { parent: span }));
        if (verb === "fail") span.fail("x");
        if (verb === "end") span.end();
      }
      for (const span of spans.toReversed()) if (span.recording) span.end();
      const { finished, unkept, trimmed } = tracer.counts;
      equal(finished, spans.length);
      equal(tracer.finished.next + unkept + trimmed, finished);
    }),
  );
});

test("Tracer.flush() decides about waiting traces, and so about their later spans", () => {
  const { clock, tracer, told } = setUp([keepFailed, keepSlowerThan(100)]);
  const fast = tracer.start("fast"), slow = tracer.start("slow", { startedAtMs: -200 });
  tracer.start("in fast", { parent: fast }).end();
  tracer.start("in slow", { parent: slow }).end();
  clock.advance(1);
  tracer.flush();
  deepEqual(told, ["in slow"]);
  fast.fail("too late").end();
  slow.end();
  tracer.flush();
  deepEqual(told, ["in slow", "slow"]);
  equal(tracer.counts.unkept, 2);
});
