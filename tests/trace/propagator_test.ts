import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import type { Context } from "../../src/core/context.ts";
import { type Carrier, extract, inject } from "../../src/trace/propagator.ts";

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

test("inject() leaves baggage out when told to, and what is empty", () => {
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

test("extract() takes two traceparents for none", () => {
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
