import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { type Context, current } from "../../src/core/context.ts";
import { Faults } from "../../src/core/faults.ts";
import { instrument } from "../../src/http/server/instrument.ts";
import { b3 } from "../../src/trace/propagation/b3.ts";
import type { Carrier } from "../../src/trace/propagation/carrier.ts";
import {
  composite,
  extract,
  inject,
  type Propagator,
  w3c,
} from "../../src/trace/propagation/propagator.ts";
import { Tracer } from "../../src/trace/tracer.ts";
import { growsLinearly } from "../growth.ts";

const T = "0af7651916cd43dd8448eb211c80319c", S = "b7ad6b7169203331";
const traceparent = `00-${T}-${S}-03`;
const context: Context = {
  traceId: T,
  spanId: S,
  flags: 3,
  tracestate: "a=1",
  requestId: "",
  baggage: new Map([["tenant", { value: "acme" }]]),
  remote: true,
};
const sent = { traceparent, tracestate: "a=1", baggage: "tenant=acme" };

test("inject() writes Headers, a Map and a record; extract() reads them back", () => {
  const headers = new Headers(), map = new Map<string, string>();
  const record: Record<string, unknown> = { other: 1 };
  for (const carrier of [headers, map, record]) {
    inject(context, carrier);
    deepEqual(extract(carrier), context);
  }
  deepEqual(Object.fromEntries(headers), sent);
  deepEqual(Object.fromEntries(map), sent);
  deepEqual(record, { other: 1, ...sent });
});

test("inject() leaves out baggage on request, and empty values", () => {
  const record = {};
  inject(context, record, { baggage: false });
  deepEqual(record, { traceparent, tracestate: "a=1" });
  const bare = {};
  inject({ ...context, tracestate: "", baggage: new Map() }, bare);
  deepEqual(bare, { traceparent });
});

test("inject() replaces a name that a record holds in another case", () => {
  const record = { Traceparent: "old", TRACESTATE: "old" };
  inject(context, record, { baggage: false });
  deepEqual(record, { traceparent, tracestate: "a=1" });
});

test("inject() of a context without ids writes no trace", () => {
  const record = {};
  inject({ ...context, traceId: "", spanId: "" }, record);
  deepEqual(record, { baggage: "tenant=acme" });
});

test("extract() finds names in any case and lists of values", () => {
  deepEqual(
    extract({ TraceParent: [traceparent], tracestate: ["a=1", "b=2"] })?.tracestate,
    "a=1,b=2",
  );
});

test("extract() ignores tracestate when traceparent is invalid, but not baggage", () => {
  equal(extract({ traceparent: "x", tracestate: "a=1" }), undefined);
  deepEqual(extract({ traceparent: "x", tracestate: "a=1", baggage: "tenant=acme" }), {
    traceId: "",
    spanId: "",
    flags: 0,
    tracestate: "",
    requestId: "",
    baggage: context.baggage,
    remote: true,
  });
});

test("extract() ignores two traceparents", () => {
  equal(extract({ traceparent: [traceparent, traceparent] }), undefined);
});

test("extract() keeps traceparent when tracestate is invalid", () => {
  const { tracestate, traceId } = extract({ traceparent, tracestate: "A=1" })!;
  deepEqual([tracestate, traceId], ["", T]);
});

test("extract() never throws", () => {
  const hostile: unknown[] = [
    {},
    { traceparent: 7 },
    { traceparent: { toString: () => traceparent } },
    Object.defineProperty({}, "traceparent", {
      enumerable: true,
      get() {
        throw new Error("no");
      },
    }),
    {
      get() {
        throw new Error("no");
      },
      set() {},
    },
  ];
  for (const carrier of hostile) equal(extract(carrier as Carrier), undefined);
});

const B3 = "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1";

test("composite() takes the trace of the first that finds one", () => {
  const both = composite(w3c, b3);
  equal(both.extract({ traceparent, b3: B3 })?.traceId, T);
  equal(composite(b3, w3c).extract({ traceparent, b3: B3 })?.traceId, B3.slice(0, 32));
  equal(both.extract({ b3: B3 })?.traceId, B3.slice(0, 32));
  equal(both.extract({ traceparent: "x", b3: B3 })?.traceId, B3.slice(0, 32));
  equal(both.extract({}), undefined);
  equal(composite().extract({ traceparent }), undefined);
});

test("composite() takes the baggage of the first that finds any", () => {
  for (const both of [composite(w3c, b3), composite(b3, w3c)]) {
    const found = both.extract({ b3: B3, baggage: "tenant=acme" });
    deepEqual([found?.traceId, found?.baggage], [B3.slice(0, 32), context.baggage]);
  }
});

test("composite() writes what each of them writes", () => {
  const mark: Propagator = {
    inject: ({ spanId }, carrier) => void ((carrier as Record<string, unknown>)["x-span"] = spanId),
    extract: () => undefined,
  };
  const record = {};
  composite(w3c, b3, mark).inject(context, record, { baggage: false });
  deepEqual(record, { traceparent, tracestate: "a=1", "x-span": S });
});

test("a tracer uses its propagator, and counts what it throws", () => {
  const faults = new Faults();
  const tracer = new Tracer({ faults, propagator: composite(w3c, b3) });
  const parent = tracer.extract({ b3: B3 });
  const span = tracer.start("work", { parent });
  deepEqual([span.traceId, span.flags], [B3.slice(0, 32), 1]);
  const hostile = {
    get: () => null,
    set() {
      throw new Error("frozen");
    },
  };
  tracer.inject(hostile, {}, span);
  const broken = new Tracer({
    faults,
    propagator: {
      inject() {},
      extract() {
        throw new Error("no");
      },
    },
  });
  equal(broken.extract({ traceparent }), undefined);
  deepEqual([...faults.counts()], [["inject", 1], ["extract", 1]]);
});

test("baggage without a trace is propagated in a new trace", () => {
  const tracer = new Tracer();
  const span = tracer.start("work", { parent: tracer.extract({ baggage: "tenant=acme" }) });
  deepEqual([span.traceId.length, span.flags, span.baggage], [32, 3, context.baggage]);
});

test("a job queue carries a trace from its producer to its consumer", () => {
  const tracer = new Tracer(), queue: { headers: Record<string, string> }[] = [];
  tracer.span("orders publish", { kind: "producer" }, () => {
    const headers = {};
    tracer.inject(headers);
    queue.push({ headers });
  });
  for (const { headers } of queue) {
    tracer.span("orders process", { kind: "consumer", parent: tracer.extract(headers) }, () => {});
  }
  const [sent, done] = tracer.finished.since(0);
  deepEqual([done!.traceId, done!.parentSpanId], [sent!.traceId, sent!.spanId]);
});

test("hostile headers of a megabyte cost linear time", () => {
  const pieces = ["a", " ", "\t", ",", "=", ";", "%", "-", "0"]
    .concat(["a=1,", " ,", "%f", "%zz", "a=%41,", "a=1;b=2;", ",a=", "a b", "k=v ,"]);
  const forms: readonly ((repeat: (text: string) => string) => string)[] = [
    ...pieces.map((piece) => (repeat: (text: string) => string) => repeat(piece)),
    (repeat) => `00-${repeat("0")}`,
    (repeat) => `cc-${T}-${S}-01-${repeat("-")}`,
    (repeat) => `${repeat(" ")}${traceparent}${repeat(" ")}x`,
    (repeat) => `a=${repeat(" ")}b`,
  ];
  for (const form of forms) {
    const header = (size: number) => form((text) => text.repeat(size / text.length));
    growsLinearly(JSON.stringify(header(8)), (size) => {
      const value = header(size);
      composite(w3c, b3).extract({
        traceparent: value,
        tracestate: value,
        baggage: value,
        b3: value,
      });
      extract({ traceparent, tracestate: value });
    }, 1 << 17);
  }
});

test("an inbound request is continued through b3, and through baggage alone", async () => {
  const tracer = new Tracer({ propagator: composite(w3c, b3) });
  const seen: unknown[] = [];
  const handler = instrument(() => {
    seen.push([current()!.traceId, current()!.baggage?.get("tenant")?.value]);
    return new Response();
  }, { tracer, trust: () => true });
  await handler(new Request("http://localhost/", { headers: { b3: B3 } }));
  await handler(new Request("http://localhost/", { headers: { baggage: "tenant=acme" } }));
  const [first, second] = tracer.finished.since(0);
  deepEqual(seen, [[B3.slice(0, 32), undefined], [second!.traceId, "acme"]]);
  deepEqual([first!.parentSpanId, second!.parentSpanId], [B3.slice(33, 49), ""]);
});

test("inject() removes the tracestate of another trace from a reused carrier", () => {
  const context = extract({
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  });
  const record = { TraceState: "a=1", tracestate: "a=1" };
  const headers = new Headers({ tracestate: "a=1" });
  const map = new Map([["tracestate", "a=1"]]);
  for (const carrier of [record, headers, map]) inject(context!, carrier);
  deepEqual([Object.keys(record), [...headers.keys()], [...map.keys()]], [
    ["traceparent"],
    ["traceparent"],
    ["traceparent"],
  ]);
});

test("inject() writes no invalid trace, but its baggage", () => {
  const zero = { traceId: "0".repeat(32), spanId: "0".repeat(16) };
  const odd = [
    { traceId: crypto.randomUUID(), spanId: "7" },
    { traceId: T, spanId: "y".repeat(16) },
    { traceId: T.toUpperCase(), spanId: S },
    { traceId: T, spanId: zero.spanId },
    zero,
  ];
  for (const ids of odd) {
    const carrier = {};
    inject({ ...context, ...ids, remote: undefined }, carrier);
    deepEqual(carrier, { baggage: "tenant=acme" });
  }
  const bare = {};
  inject({ traceId: T, spanId: S, flags: 1 } as Context, bare);
  deepEqual(bare, { traceparent: `00-${T}-${S}-01` });
});
