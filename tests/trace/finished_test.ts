import { test } from "node:test";
import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { type FinishedSpan, FinishedSpans } from "../../src/trace/span/finished.ts";
import { Tracer } from "../../src/trace/tracer.ts";

/** A span of which only what the ring reads is there. */
function span(
  traceId: string,
  { isLocalRoot = false, size = 100, spanId = "", endedMs = 0 } = {},
) {
  return { traceId, isLocalRoot, size, spanId, endedMs } as unknown as FinishedSpan & {
    spanId: string;
  };
}

/** A generator of numbers that is the same in each run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = Math.imul(state, 1664525) + 1013904223 >>> 0) / 2 ** 32;
}

test("FinishedSpans finds the spans of any trace as a search through all of them does", () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const random = numbers(seed), whole = (most: number) => Math.floor(random() * most);
    const maxTraces = 1 + whole(40), maxBytes = 1000 + whole(20_000), all: FinishedSpan[] = [];
    const ring = new FinishedSpans({ maxSpans: 1 + whole(200), maxTraces, maxBytes });
    for (let i = 0; i < 3000; i++) {
      // Few traces, of which some have the same last digits, and one no digits at all.
      const id = whole(60), digits = String(id % 12).padStart(8, "0");
      const trace = id === 0 ? "" : String(id).padStart(24, "0") + digits;
      const one = span(trace, { isLocalRoot: whole(4) === 0, size: whole(400) });
      ring.push(one);
      all.push(one);
      if (whole(500) === 0) ring.clear();
      if (whole(10) > 0) continue;
      const held = all.slice(ring.first), asked = all[whole(all.length)]!.traceId;
      const wanted = held.filter(({ traceId }) => traceId === asked);
      deepEqual(ring.spansOf(asked), wanted);
      deepEqual(ring.spansOf(asked, 2), wanted.slice(-2));
      equal(ring.has(asked), wanted.length > 0);
      equal(ring.bytes, held.reduce((sum, { size }) => sum + size, 0));
      ok(ring.bytes <= maxBytes && held.length <= ring.capacity);
      ok(held.filter(({ isLocalRoot }) => isLocalRoot).length <= maxTraces);
    }
  }
});

test("FinishedSpans keeps the newest traces, whatever the number of their spans", () => {
  const ring = new FinishedSpans({ maxSpans: 1024, maxTraces: 10 });
  for (let trace = 0; trace < 100; trace++) {
    for (let i = 0; i < trace % 5; i++) ring.push(span(String(trace)));
    ring.push(span(String(trace), { isLocalRoot: true }));
  }
  for (let trace = 0; trace < 100; trace++) {
    // The last span of a trace is its root: those of the tenth last have just left.
    equal(ring.spansOf(String(trace)).length, trace < 90 ? 0 : trace % 5 + 1);
  }
  equal(ring.crowded, 0);
});

test("FinishedSpans keeps a share of what comes too fast, whole traces that reach further back", () => {
  const ring = new FinishedSpans({ maxSpans: 16_384, maxTraces: 2000 }), PER_TRACE = 6;
  const random = numbers(7), traces: string[] = [];
  let endedMs = 0;
  const serve = (count: number, everyMs: number) => {
    for (let i = 0; i < count; i++) {
      const trace = Math.floor(random() * 2 ** 32).toString(16).padStart(32, "0");
      for (let k = 1; k < PER_TRACE; k++) ring.push(span(trace));
      ring.push(span(trace, { isLocalRoot: true, endedMs: endedMs += everyMs }));
      traces.push(trace);
    }
  };
  const lengths = (some: readonly string[]) => some.map((trace) => ring.spansOf(trace).length);
  const isWhole = (length: number) => length === PER_TRACE;
  // At 100 a second, every trace stays: the newest 2000.
  serve(3000, 10);
  ok(lengths(traces.slice(-1999)).every(isWhole));
  equal(lengths(traces.slice(0, 900)).filter((length) => length > 0).length, 0);
  // At 10 000 a second, the newest stay, and 2 of 100 before them: they reach ten seconds back, not 0.2.
  traces.length = 0;
  serve(100_000, 0.1);
  ok(lengths(traces.slice(-340)).every(isWhole));
  const before = lengths(traces.slice(1000, -400)), held = before.filter((length) => length > 0);
  ok(held.length > 1500 && held.length < 2000, `${held.length}`);
  ok(held.filter(isWhole).length > held.length * 0.98, "they are whole");
  ok(lengths(traces.slice(1000, 20_000)).some(isWhole));
  ok(ring.count <= 16_384);
  // When it is over, all stay again, from the first that ends on.
  traces.length = 0;
  serve(1, 1000);
  traces.length = 0;
  serve(1999, 1000);
  ok(lengths(traces).every(isWhole));
});

test("FinishedSpans counts what leaves early for its size, and keeps the newest whatever it is", () => {
  const ring = new FinishedSpans({ maxSpans: 1024, maxBytes: 1000 });
  for (let i = 0; i < 15; i++) ring.push(span("a"));
  deepEqual([ring.count, ring.bytes, ring.crowded], [10, 1000, 5]);
  ring.push(span("b", { size: 5000 }));
  deepEqual([ring.count, ring.bytes, ring.crowded], [1, 5000, 15]);
  ring.push(span("c", { size: Infinity }));
  ring.push(span("d"));
  deepEqual([ring.count, ring.bytes], [1, 100]);
});

test("onLeave is called before a span leaves that came since the last call", () => {
  for (const bounds of [{ maxSpans: 64 }, { maxSpans: 64, maxTraces: 9 }, { maxSpans: 1 }]) {
    const ring = new FinishedSpans(bounds);
    let seen = 0, calls = 0;
    ring.onLeave = () => {
      ok(ring.first <= seen, `${ring.first} of ${seen}`);
      seen = ring.next;
      calls++;
    };
    for (let i = 0; i < 1000; i++) ring.push(span(String(i), { isLocalRoot: true }));
    ok(calls > 0 && (ring.capacity === 1 || calls <= 1000 / (Math.min(64, 9) / 2)));
  }
});

test("new Tracer() keeps as many traces and bytes as it is told, and refuses odd bounds", () => {
  const tracer = new Tracer({ maxTraces: 2, maxBytes: 1e6 });
  for (const name of ["a", "b", "c"]) {
    tracer.span(name, () => tracer.span(`child of ${name}`, () => {}));
  }
  deepEqual([...tracer.finished].map(({ name }) => name), ["child of b", "b", "child of c", "c"]);
  throws(() => new Tracer({ maxTraces: 0 }), {
    name: "RangeError",
    message: "Cannot create tracer: maxTraces must be a whole number from 1, got 0",
  });
  throws(() => new Tracer({ maxBytes: "1" as never }), {
    name: "TypeError",
    message: 'Cannot create tracer: maxBytes must be at least 1, got "1"',
  });
});
