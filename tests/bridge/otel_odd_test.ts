import * as api from "@opentelemetry/api";
import { deepEqual, equal, throws } from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { test } from "node:test";
import { OtelBridge } from "../../src/bridge/otel/mod.ts";
import type { OtelAttributes } from "../../src/bridge/otel/shapes.ts";
import { Faults } from "../../src/core/faults.ts";
import type { HistogramSample } from "../../src/metrics/data/family.ts";
import { Logger } from "../../src/log/logger.ts";
import { Registry } from "../../src/metrics/registry.ts";
import { Tracer } from "../../src/trace/tracer.ts";

function make() {
  const faults = new Faults(() => {}), metrics = new Registry({ faults });
  const tracer = new Tracer({ faults }), log = new Logger({ sinks: [] });
  const bridge = new OtelBridge({ tracer, log, metrics });
  const last = () => tracer.finished.since(tracer.finished.next - 1)[0]!;
  return { bridge, tracer, metrics, faults, lib: bridge.tracerProvider.getTracer(""), last };
}

const arrays: [given: unknown[], shown: unknown][] = [
  [["a", null, "c"], ["a", "", "c"]],
  [[null, 1, undefined], [0, 1, 0]],
  [[true, null], [true, false]],
  // deno-lint-ignore no-sparse-arrays -- a hole is tested
  [["a", , "c"], ["a", "", "c"]],
  [[null, undefined], ["", ""]],
  [[false, true], [false, true]],
  [[], []],
  [["a", null, 1], undefined],
  [[null, {}], undefined],
];

test("empty items in a list of an attribute keep their place", () => {
  const { lib, last } = make();
  for (const [given, shown] of arrays) {
    const attributes = { a: given } as OtelAttributes, value = given as string[];
    const expected = shown === undefined ? {} : { a: shown };
    const context = { traceId: "a".repeat(32), spanId: "b".repeat(16), traceFlags: 1 };
    lib.startSpan("s", { attributes, links: [{ context, attributes }] })
      .addEvent("e", attributes).addLink({ context, attributes }).end();
    const { events, links, attributes: own } = last();
    const all = [own, events[0]!.attributes, ...links.map((link) => link.attributes)];
    deepEqual(all, [expected, expected, expected, expected]);
    lib.startSpan("s").setAttribute("a", value).end();
    deepEqual(last().attributes, expected);
    lib.startSpan("s").setAttributes(attributes).end();
    deepEqual(last().attributes, expected);
  }
});

test("an invalid option costs itself, and not the span its parent", () => {
  const { lib, tracer, last } = make();
  const hostile = {
    get a(): string {
      throw new Error("no");
    },
  };
  const context = { traceId: "a".repeat(32), spanId: "b".repeat(16), traceFlags: 1 };
  const odd: Record<string, unknown>[] = [
    { attributes: hostile },
    { links: [null, {}, { context: null }, { attributes: { a: 1 } }, { context }] },
    { links: 7 },
    { kind: 99 },
    { startTime: "noon" },
  ];
  tracer.span("parent", (parent) => {
    for (const options of odd) {
      lib.startSpan("child", { attributes: { b: 1 }, ...options }).end();
      const { parentSpanId, kind, links, attributes } = last(), what = Object.keys(options).join();
      equal(parentSpanId, parent.spanId, what);
      equal(kind, "internal");
      equal(links.length, Array.isArray(options.links) ? 1 : 0, what);
      if (!("attributes" in options)) deepEqual(attributes, { b: 1 });
    }
    for (const given of [undefined, null]) {
      lib.startSpan("child", given as never, given as never).end();
      equal(last().parentSpanId, parent.spanId);
      lib.startActiveSpan("child", given as never, given as never, (span) => span.end());
      equal(last().parentSpanId, parent.spanId);
    }
  });
  const span = lib.startSpan("named");
  for (const name of [undefined, null, 7, Symbol("x"), {}]) span.updateName(name as never);
  span.updateName("renamed").updateName(undefined as never).end();
  equal(last().name, "renamed");
});

const SPECIFIED = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000];
const bounds: [what: string, unit: string | undefined, advised: unknown, shown: number[]][] = [
  ["milliseconds", "ms", undefined, SPECIFIED],
  ["bytes", "By", undefined, SPECIFIED],
  ["no unit", undefined, undefined, SPECIFIED],
  ["in braces", "{request}", undefined, SPECIFIED],
  ["advised", "ms", [1, 2], [1, 2]],
  ["one bucket", "ms", [], []],
  ["below zero", "ms", [-10, 0, 10], [-10, 0, 10]],
  ["out of order", "ms", [5, 1, 5], [1, 5]],
  ["infinite", "ms", [1, Infinity], [1]],
  ["typed", "ms", new Float64Array([1, 2]), [1, 2]],
  ["null", "ms", null, SPECIFIED],
  ["no numbers", "ms", ["1"], SPECIFIED],
  ["nothing", "ms", [NaN], SPECIFIED],
];

test("a histogram has the bounds of the specification, or the advised ones", async () => {
  for (const names of ["legacy", "utf-8"] as const) {
    const { metrics } = make();
    const bridge = new OtelBridge(
      { tracer: new Tracer(), log: new Logger({ sinks: [] }), metrics },
      {
        names,
      },
    );
    for (const [what, unit, advised, shown] of bounds) {
      const histogram = bridge.meterProvider.getMeter("lib").createHistogram(what, {
        unit,
        advice: { explicitBucketBoundaries: advised as number[] },
      });
      for (const ms of [80, 250, 900, 4000]) histogram.record(ms);
      const family = (await metrics.collect()).at(-1)!,
        sample = family.samples[0] as HistogramSample;
      deepEqual([sample.bounds, sample.count], [shown, 4], what);
      bridge.meterProvider.detach();
      bridge.meterProvider.attach();
    }
  }
});

test("a histogram of seconds has bounds for seconds", async () => {
  const { bridge, metrics } = make();
  bridge.meterProvider.getMeter("lib").createHistogram("seconds", { unit: "s" }).record(0.08);
  const sample = (await metrics.collect()).at(-1)!.samples[0] as HistogramSample;
  deepEqual([sample.bounds[0], sample.bounds.at(-1)], [2 ** -10, 64]);
});

const KEY = api.createContextKey("key");

test("bind() of an emitter: its listeners run in the context, and are found again", async () => {
  const { bridge } = make(), contexts: api.ContextManager = bridge.contextManager;
  const emitter = new EventEmitter(), before: unknown[] = [], seen: unknown[] = [];
  const value = () => contexts.active().getValue(KEY);
  emitter.on("x", () => before.push(value()));
  equal(contexts.bind(contexts.active().setValue(KEY, 1), emitter), emitter);
  function listener(this: unknown, ...given: unknown[]) {
    seen.push(value(), this === emitter, ...given);
  }
  const verbs = ["on", "addListener", "once", "prependListener", "prependOnceListener"] as const;
  for (const add of verbs) {
    for (const remove of ["off", "removeListener"] as const) {
      equal(emitter[add]("x", listener), emitter);
      equal(emitter.emit("x", "a", 2), true);
      deepEqual(seen.splice(0), [1, true, "a", 2], add);
      if (add.includes("nce")) {
        equal(emitter.emit("x"), true);
        deepEqual(seen, []);
        emitter[add]("x", listener);
      }
      equal(emitter.listenerCount("x"), 2);
      emitter[remove]("x", listener);
      equal(emitter.listenerCount("x"), 1, `${add}, ${remove}`);
    }
  }
  deepEqual(new Set(before), new Set([undefined]));
  emitter.on("x", listener);
  deepEqual(emitter.listeners("x").at(-1), listener);
  emitter.removeAllListeners("x");
  equal(emitter.emit("x"), false);
  throws(() => emitter.on("x", 7 as never), TypeError);

  const told = once(emitter, "y");
  emitter.emit("y", 3);
  deepEqual(await told, [3]);
  // Bound again it is not bound twice.
  contexts.bind(contexts.active().setValue(KEY, 2), emitter);
  emitter.once("x", listener);
  emitter.emit("x");
  deepEqual(seen, [2, true]);
});

test("bind() returns a value that is neither function nor emitter", () => {
  const { bridge: { contextManager }, faults } = make();
  const frozen = Object.freeze(new EventEmitter());
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  for (const target of [undefined, null, 7, "x", {}, { on: 1 }, new EventTarget(), frozen, proxy]) {
    equal(contextManager.bind(contextManager.active(), target), target);
  }
  equal(faults.counts().get("otel context"), 2);
});
