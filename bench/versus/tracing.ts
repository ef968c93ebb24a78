/**
 * The tracing rows of PEERS: Telltale beside the OpenTelemetry SDK for JavaScript, in one process,
 * in turns. Ratios of one run mean something on a noisy machine; absolute times do not.
 *
 *     deno run -A bench/versus/tracing.ts        bun bench/versus/tracing.ts
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
import { formatTraceparent, parseTraceparent } from "../../src/trace/traceparent.ts";
import { extract, inject } from "../../src/trace/propagator.ts";
import { alwaysOff } from "../../src/trace/sampler.ts";
import { Tracer } from "../../src/trace/tracer.ts";

/** A piece of work done by both sides, and how much better PEERS wants ours to be. */
interface Row {
  readonly work: string;
  readonly ours: () => unknown;
  readonly theirs: () => unknown;
  /** Their time over ours, at least. */
  readonly ratio?: number;
  /** Nanoseconds, at most. */
  readonly floorNs?: number;
}

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
/** What `NodeTracerProvider` registers: without it no span would find its parent. */
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

const rows: readonly Row[] = [
  {
    work: "span: start, 3 attributes, end",
    ratio: 6,
    ours: () =>
      tracer.start("work").set("db.system.name", "sqlite").set("db.operation.name", "INSERT")
        .set("db.rows", 1).end(),
    theirs: () =>
      sdk.startSpan("work").setAttribute("db.system.name", "sqlite")
        .setAttribute("db.operation.name", "INSERT").setAttribute("db.rows", 1).end(),
  },
  {
    work: "the same, with a parent",
    ratio: 6,
    ours: () =>
      tracer.start("work", ourParent).set("db.system.name", "sqlite")
        .set("db.operation.name", "INSERT").set("db.rows", 1).end(),
    theirs: () =>
      sdk.startSpan("work", {}, sdkParent).setAttribute("db.system.name", "sqlite")
        .setAttribute("db.operation.name", "INSERT").setAttribute("db.rows", 1).end(),
  },
  {
    work: "the same, both clock reads taken before",
    ours: () =>
      tracer.start("work", ourTimes).set("db.system.name", "sqlite")
        .set("db.operation.name", "INSERT").set("db.rows", 1).end(2),
    theirs: () =>
      sdk.startSpan("work", sdkTimes, sdkParent).setAttribute("db.system.name", "sqlite")
        .setAttribute("db.operation.name", "INSERT").setAttribute("db.rows", 1).end(sdkEnd),
  },
  {
    work: "the same, theirs into its batch processor",
    ours: () =>
      tracer.start("work").set("db.system.name", "sqlite").set("db.operation.name", "INSERT")
        .set("db.rows", 1).end(),
    theirs: () =>
      batching.startSpan("work").setAttribute("db.system.name", "sqlite")
        .setAttribute("db.operation.name", "INSERT").setAttribute("db.rows", 1).end(),
  },
  {
    work: "unsampled: start, 3 attributes, end",
    floorNs: 50,
    ours: () =>
      off.start("work").set("db.system.name", "sqlite").set("db.operation.name", "INSERT")
        .set("db.rows", 1).end(),
    theirs: () =>
      sdkOff.startSpan("work").setAttribute("db.system.name", "sqlite")
        .setAttribute("db.operation.name", "INSERT").setAttribute("db.rows", 1).end(),
  },
  {
    work: "traceparent: parse and format",
    ratio: 5,
    ours: () => formatTraceparent(parseTraceparent(traceparent)!),
    theirs: () => {
      const carrier: Record<string, string> = {};
      w3c.inject(w3c.extract(ROOT_CONTEXT, { traceparent }, getter), carrier, setter);
      return carrier.traceparent;
    },
  },
  {
    work: "extract and inject, carriers on both sides",
    ours: () => {
      const carrier: Record<string, string> = {};
      inject(extract({ traceparent })!, carrier);
      return carrier.traceparent;
    },
    theirs: () => {
      const carrier: Record<string, string> = {};
      w3c.inject(w3c.extract(ROOT_CONTEXT, { traceparent }, getter), carrier, setter);
      return carrier.traceparent;
    },
  },
];

const ROUNDS = 21, ROUND_MS = 12;
/** Results go here, so that no engine takes the work for dead. */
let kept: unknown;

/** Nanoseconds a call, over one round of `calls`. */
function timeNs(work: () => unknown, calls: number): number {
  const start = performance.now();
  for (let i = 0; i < calls; i++) kept = work();
  return (performance.now() - start) * 1e6 / calls;
}

function callsFor(work: () => unknown): number {
  timeNs(work, 20_000);
  return Math.max(1000, Math.round(ROUND_MS * 1e6 / timeNs(work, 20_000)));
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

console.log("work".padEnd(44), "ours".padStart(9), "OTel JS".padStart(10), "ratio".padStart(8));
for (const { work, ours, theirs, ratio, floorNs } of rows) {
  const ourCalls = callsFor(ours), theirCalls = callsFor(theirs);
  const ourNs: number[] = [], theirNs: number[] = [], ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    ourNs.push(timeNs(ours, ourCalls));
    theirNs.push(timeNs(theirs, theirCalls));
    ratios.push(theirNs.at(-1)! / ourNs.at(-1)!);
  }
  const ourMedian = median(ourNs), measured = median(ratios);
  const reached = (ratio === undefined || measured >= ratio) &&
    (floorNs === undefined || ourMedian <= floorNs);
  const aim = ratio !== undefined ? `aim ${ratio}×` : floorNs ? `aim ${floorNs} ns` : "";
  console.log(
    work.padEnd(44),
    `${ourMedian.toFixed(0)} ns`.padStart(9),
    `${median(theirNs).toFixed(0)} ns`.padStart(10),
    `${measured.toFixed(1)}×`.padStart(8),
    aim && `  ${aim}${reached ? "" : ", missed"}`,
  );
}

console.log(
  "\nA clock read costs",
  `${timeNs(() => performance.now(), 200_000).toFixed(0)} ns here;`,
);
console.log("each span of either side takes two or more.");
void kept;
