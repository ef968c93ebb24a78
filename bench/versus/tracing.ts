/**
 * Tracing beside OpenTelemetry's SDK, set up as applications set it up: through the API, with a
 * context manager, keeping its spans as ours are kept. On either side every span reads the clock at
 * least twice; the cost of one reading is printed last.
 *
 * `deno task bench:versus tracing`, or with either runtime: `deno run -A bench/versus/tracing.ts`.
 *
 * @module
 */
import {
  type Context,
  context,
  type ContextManager,
  ROOT_CONTEXT,
  trace,
} from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  type SpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { AsyncLocalStorage } from "node:async_hooks";
import { formatTraceparent, parseTraceparent } from "../../src/trace/propagation/traceparent.ts";
import { extract, inject } from "../../src/trace/propagation/propagator.ts";
import { alwaysOff } from "../../src/trace/sampling/sampler.ts";
import { Tracer } from "../../src/trace/tracer.ts";
import { measure, print, type Row } from "./rounds.ts";

/** Keeps the last 2048 ended spans, as our tracer does; an exporter would come on top. */
class Keep implements SpanProcessor {
  readonly #spans: unknown[] = new Array(2048).fill(undefined);
  #next = 0;
  onStart(): void {}
  onEnd(span: unknown): void {
    this.#spans[this.#next++ & 2047] = span;
  }
  shutdown = () => Promise.resolve();
  forceFlush = () => Promise.resolve();
}
/** As `NodeTracerProvider` registers it: without it no span would find its parent. */
class Contexts implements ContextManager {
  readonly #slot = new AsyncLocalStorage<Context>();
  active(): Context {
    return this.#slot.getStore() ?? ROOT_CONTEXT;
  }
  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#slot.run(context, () => fn.call(thisArg as ThisParameterType<F>, ...args));
  }
  bind<T>(_context: Context, target: T): T {
    return target;
  }
  enable = () => this;
  disable = () => this;
}
context.setGlobalContextManager(new Contexts());
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new Keep()] }));
const sdk = trace.getTracer("bench");
const batching = new BasicTracerProvider({
  spanProcessors: [
    new BatchSpanProcessor({
      export: (_spans, done) => done({ code: 0 }),
      shutdown: () => Promise.resolve(),
    }),
  ],
}).getTracer("bench");
const sdkOff = new BasicTracerProvider({ sampler: new AlwaysOffSampler() }).getTracer("bench");
const w3c = new W3CTraceContextPropagator();
const getter = {
  get: (carrier: Record<string, string>, key: string) => carrier[key],
  keys: (carrier: Record<string, string>) => Object.keys(carrier),
};
const setter = {
  set(carrier: Record<string, string>, key: string, value: string) {
    carrier[key] = value;
  },
};

const tracer = new Tracer();
const off = new Tracer({ sampler: alwaysOff });
const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const sdkParent = trace.setSpan(ROOT_CONTEXT, sdk.startSpan("parent"));
const ourParent = { parent: tracer.start("parent") };
// A request's clock reads serve its metrics and its log lines too: `instrument` hands them over.
const ourTimes = { ...ourParent, startedAtMs: 1 };
const sdkTimes = { startTime: [1_800_000_000, 1] as [number, number] };
const sdkEnd: [number, number] = [1_800_000_000, 2];

const rival = "OTel JS";
const one = () => 1;
const oneEnded = (span: { end(): void }) => {
  span.end();
  return 1;
};
const later = async () => await 1;
const laterEnded = async (span: { end(): void }) => {
  await 1;
  span.end();
};

/** Results go here, so that no engine removes the work as dead code. */
let kept: unknown;

const rows: readonly Row[] = [
  {
    work: "span: start, 3 attributes, end",
    target: 6,
    ours: () =>
      tracer.start("work").set("db.system.name", "sqlite").set("db.operation.name", "INSERT")
        .set("db.rows", 1).end(),
    rival,
    theirs: () =>
      sdk.startSpan("work").setAttribute("db.system.name", "sqlite")
        .setAttribute("db.operation.name", "INSERT").setAttribute("db.rows", 1).end(),
  },
  {
    work: "the same, with a parent",
    target: 6,
    ours: () =>
      tracer.start("work", ourParent).set("db.system.name", "sqlite")
        .set("db.operation.name", "INSERT").set("db.rows", 1).end(),
    rival,
    theirs: () =>
      sdk.startSpan("work", {}, sdkParent).setAttribute("db.system.name", "sqlite")
        .setAttribute("db.operation.name", "INSERT").setAttribute("db.rows", 1).end(),
  },
  {
    work: "100 active spans in one of a request",
    target: 4,
    ours: () =>
      tracer.span("request", () => {
        for (let n = 0; n < 100; n++) tracer.span("work", one);
      }),
    rival,
    theirs: () =>
      sdk.startActiveSpan("request", (request) => {
        for (let n = 0; n < 100; n++) sdk.startActiveSpan("work", oneEnded);
        request.end();
      }),
  },
  {
    work: "the same, async",
    target: 4,
    ours: () =>
      tracer.span("request", async () => {
        for (let n = 0; n < 100; n++) await tracer.span("work", later);
      }),
    rival,
    theirs: () =>
      sdk.startActiveSpan("request", async (request) => {
        for (let n = 0; n < 100; n++) await sdk.startActiveSpan("work", laterEnded);
        request.end();
      }),
  },
  {
    work: "span with a parent, both clock reads taken before",
    ours: () =>
      tracer.start("work", ourTimes).set("db.system.name", "sqlite")
        .set("db.operation.name", "INSERT").set("db.rows", 1).end(2),
    rival,
    theirs: () =>
      sdk.startSpan("work", sdkTimes, sdkParent).setAttribute("db.system.name", "sqlite")
        .setAttribute("db.operation.name", "INSERT").setAttribute("db.rows", 1).end(sdkEnd),
  },
  {
    work: "span, theirs into its batch processor",
    ours: () =>
      tracer.start("work").set("db.system.name", "sqlite").set("db.operation.name", "INSERT")
        .set("db.rows", 1).end(),
    rival,
    theirs: () =>
      batching.startSpan("work").setAttribute("db.system.name", "sqlite")
        .setAttribute("db.operation.name", "INSERT").setAttribute("db.rows", 1).end(),
  },
  {
    work: "unsampled: start, 3 attributes, end (50 ns wanted)",
    ours: () =>
      off.start("work").set("db.system.name", "sqlite").set("db.operation.name", "INSERT")
        .set("db.rows", 1).end(),
    rival,
    theirs: () =>
      sdkOff.startSpan("work").setAttribute("db.system.name", "sqlite")
        .setAttribute("db.operation.name", "INSERT").setAttribute("db.rows", 1).end(),
  },
  {
    work: "traceparent: parse and format",
    target: 5,
    ours: () => kept = formatTraceparent(parseTraceparent(traceparent)!),
    rival,
    theirs: () => {
      const carrier: Record<string, string> = {};
      w3c.inject(w3c.extract(ROOT_CONTEXT, { traceparent }, getter), carrier, setter);
      kept = carrier.traceparent;
    },
  },
  {
    work: "extract and inject, carriers on both sides",
    ours: () => {
      const carrier: Record<string, string> = {};
      inject(extract({ traceparent })!, carrier);
      kept = carrier.traceparent;
    },
    rival,
    theirs: () => {
      const carrier: Record<string, string> = {};
      w3c.inject(w3c.extract(ROOT_CONTEXT, { traceparent }, getter), carrier, setter);
      kept = carrier.traceparent;
    },
  },
];

const results = [];
for (const row of rows) results.push(await measure(row));
print("Tracing", results);

const clock = await measure({
  work: "a reading of the clock",
  ours: () => kept = performance.now(),
  rival: "Date.now()",
  theirs: () => kept = Date.now(),
});
print("The clock", [clock]);
void kept;
