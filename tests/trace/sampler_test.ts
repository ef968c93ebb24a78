import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import type { Context } from "../../src/core/context.ts";
import { Faults } from "../../src/core/faults.ts";
import { Ids } from "../../src/core/ids.ts";
import {
  alwaysOff,
  alwaysOn,
  parentBased,
  rateLimited,
  ratioBased,
} from "../../src/trace/sampling/sampler.ts";
import { Tracer } from "../../src/trace/tracer.ts";
import { keepAtMost, keepFailed } from "../../src/trace/sampling/tail_rules.ts";
import { instrument } from "../../src/http/server/instrument.ts";
import { setRoute } from "../../src/http/server/route.ts";
import { ManualClock } from "../manual_clock.ts";

const id = (random: string) => "0123456789abcdef01" + random;
const parent = (flags: number, tracestate = "", traceId = id("80000000000000")): Context => ({
  traceId,
  spanId: "b7ad6b7169203331",
  flags,
  tracestate,
  requestId: "",
});

test("parentBased() follows the parent, and the root sampler for roots", () => {
  const sampler = parentBased(alwaysOff);
  equal(sampler(id("80000000000000"), "x", {}, undefined).sampled, false);
  equal(sampler(id("80000000000000"), "x", {}, parent(1)).sampled, true);
  equal(parentBased(alwaysOn)(id("80000000000000"), "x", {}, parent(2)).sampled, false);
  equal(parentBased(alwaysOn)(id("80000000000000"), "x", {}, undefined).sampled, true);
});

test("ratioBased() compares the 56 random bits with its threshold, and adds it to tracestate", () => {
  const cases: [share: number, random: string, sampled: boolean, tracestate?: string][] = [
    [0.25, "bfffffffffffff", false],
    [0.25, "c0000000000000", true, "ot=th:c"],
    [0.25, "ffffffffffffff", true, "ot=th:c"],
    [0.5, "7fffffffffffff", false],
    [0.5, "80000000000000", true, "ot=th:8"],
    [1, "00000000000000", true, "ot=th:0"],
    [0, "ffffffffffffff", false],
    [2 ** -56, "ffffffffffffff", true, "ot=th:ffffffffffffff"],
    [2 ** -56, "fffffffffffffe", false],
    [0.1, "e6666666666666", true, "ot=th:e6666666666666"],
    [0.1, "e6666666666665", false],
  ];
  for (const [share, random, sampled, tracestate] of cases) {
    const decision = ratioBased(share)(id(random), "x", {}, undefined);
    deepEqual([decision.sampled, decision.tracestate], [sampled, tracestate], `${share} ${random}`);
  }
});

test("ratioBased() of a lower share keeps a part of what a higher one keeps", () => {
  const ids = new Ids(), half = ratioBased(0.5), tenth = ratioBased(0.1);
  let halves = 0, tenths = 0;
  for (let i = 0; i < 10_000; i++) {
    const traceId = ids.traceId();
    const inHalf = half(traceId, "x", {}, undefined).sampled;
    const inTenth = tenth(traceId, "x", {}, undefined).sampled;
    if (inTenth) equal(inHalf, true);
    halves += Number(inHalf);
    tenths += Number(inTenth);
  }
  // 10 standard deviations.
  equal(Math.abs(halves - 5000) < 500, true);
  equal(Math.abs(tenths - 1000) < 300, true);
});

test("ratioBased() uses explicit randomness and keeps the rest of tracestate", () => {
  const sampler = ratioBased(0.25);
  const keep = sampler(id("00000000000000"), "x", {}, parent(0, "a=1,ot=rv:c0000000000000;x:y"));
  deepEqual(keep, { sampled: true, tracestate: "ot=th:c;rv:c0000000000000;x:y,a=1" });
  const drop = sampler(id("ffffffffffffff"), "x", {}, parent(1, "ot=th:8;rv:bfffffffffffff,a=1"));
  deepEqual(drop, { sampled: false, tracestate: "ot=rv:bfffffffffffff,a=1" });
  const alone = sampler(id("00000000000000"), "x", {}, parent(1, "ot=th:8,a=1"));
  deepEqual(alone, { sampled: false, tracestate: "a=1" });
  const invalid = sampler(id("ffffffffffffff"), "x", {}, parent(0, "ot=rv:0"));
  deepEqual(invalid, { sampled: true, tracestate: "ot=th:c;rv:0" });
});

test("ratioBased() refuses an invalid share", () => {
  for (const share of [-0.1, 1.1, NaN, Infinity]) {
    throws(() => ratioBased(share), {
      name: "RangeError",
      message: `Cannot create sampler: share must be 0 to 1, got ${share}`,
    });
  }
});

test("rateLimited() limits the rate of each route, and recorded spans stand for the others", () => {
  const clock = new ManualClock(),
    tracer = new Tracer({ clock, sampler: rateLimited(2, { clock }) });
  const recorded = (route: string) =>
    tracer.start("GET", { attributes: { "http.route": route } }).recording;
  deepEqual([1, 2, 3, 4].map(() => recorded("/a")), [true, true, false, false]);
  equal(recorded("/b"), true);
  clock.advance(499);
  equal(recorded("/a"), false);
  clock.advance(1);
  const span = tracer.start("GET", { attributes: { "http.route": "/a" } });
  span.end();
  equal(tracer.finished.since(0)[0]!.attributes["sampling.ratio"], 1 / 4);
  clock.advance(60_000);
  deepEqual([1, 2, 3].map(() => recorded("/a")), [true, true, false]);
});

test("rateLimited() limits requests by the route that a router sets, not by their first name", async () => {
  const clock = new ManualClock();
  const tracer = new Tracer({ clock, sampler: parentBased(rateLimited(2, { clock })) });
  const handler = instrument((request: Request) => {
    const { pathname } = new URL(request.url);
    if (pathname !== "/none") setRoute(request, `/${pathname.split("/")[1]}/:id`);
    tracer.span("work", () => {});
    return new Response();
  }, { tracer, clock, trust: () => true });
  const ask = (path: string, headers?: HeadersInit) =>
    handler(new Request(`http://localhost${path}`, { headers }));
  const kept = (from = 0) => {
    const names = tracer.finished.since(from).map(({ name }) => name);
    return Object.fromEntries(
      [...new Set(names)].map((name) => [name, names.filter((other) => other === name).length]),
    );
  };
  for (let i = 0; i < 10; i++) {
    await ask(`/orders/${i}`);
    await ask(`/users/${i}`);
    await ask("/none");
  }
  // The children of a request share its fate.
  deepEqual(kept(), { work: 6, "GET /orders/:id": 2, "GET /users/:id": 2, GET: 2 });
  equal(tracer.counts.unkept, 48);

  clock.advance(1000);
  const next = tracer.finished.next;
  await ask("/users/11");
  const [, request] = tracer.finished.since(next);
  deepEqual([request!.name, request!.attributes["sampling.ratio"]], ["GET /users/:id", 1 / 9]);

  // What a caller decided is not decided again.
  const before = tracer.finished.next,
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  for (let i = 0; i < 5; i++) await ask("/orders/1", { traceparent });
  deepEqual(kept(before), { work: 5, "GET /orders/:id": 5 });
});

test("rateLimited() decides about requests before the rules of tail sampling", () => {
  const clock = new ManualClock(), faults = new Faults();
  const tracer = new Tracer({
    clock,
    faults,
    sampler: parentBased(rateLimited(1, { clock })),
    tail: { rules: [keepAtMost(1), keepFailed] },
  });
  const serve = (route: string, error?: Error) => {
    const span = tracer.start("GET", { kind: "server", parent: null });
    tracer.start("child", { parent: span }).end();
    span.set("http.route", route);
    if (error !== undefined) span.fail(error);
    span.end();
  };
  serve("/a");
  serve("/a", new Error("over the limit"));
  serve("/b");
  serve("/b");
  clock.advance(1000);
  serve("/b");
  deepEqual(
    tracer.finished.since(0).map(({ name, attributes }) => [name, attributes["sampling.ratio"]]),
    [
      ["child", undefined],
      ["GET", undefined],
      // The limiter had turned one away, and the rule another.
      ["child", undefined],
      ["GET", 1 / 4],
    ],
  );
  equal(faults.counts().size, 0);
});

test("a sampler decides at the end for local roots only, and no other span waits for it", () => {
  const asked: string[] = [], told: string[] = [];
  const tracer = new Tracer({
    sampler: (_traceId, name) => ({
      sampled: true,
      atEnd: name === "plain" ? undefined : (root) => {
        asked.push(root.name);
        return 0;
      },
    }),
  });
  tracer.onEnd((span) => told.push(span.record().name));
  tracer.span("late", () => tracer.span("plain", () => {}));
  deepEqual([asked, told], [["late"], []]);
  tracer.span("plain", () => {
    tracer.span("plain", () => {});
    deepEqual(told, ["plain"], "kept at once");
    tracer.span("inner", () => {});
  });
  deepEqual([asked, told], [["late"], ["plain", "inner", "plain"]]);
});

test("a sampler that throws at the end is counted, and the trace is kept", () => {
  const faults = new Faults();
  const atEnd = () => {
    throw new Error("no");
  };
  const tracer = new Tracer({ faults, sampler: () => ({ sampled: true, atEnd }) });
  tracer.start("a").end();
  const open = tracer.start("open");
  tracer.start("in open", { parent: open }).end();
  tracer.flush();
  deepEqual(tracer.finished.since(0).map(({ name }) => name), ["a", "in open"]);
  equal(faults.counts().get("sampler"), 2);
});

test("rateLimited() limits by the given key, of which it knows 256", () => {
  const sampler = rateLimited(1, { by: (name) => name.split(" ")[1]!, clock: new ManualClock() });
  const recorded = (name: string) => sampler(id("0"), name, {}, undefined).sampled;
  deepEqual([recorded("GET /a"), recorded("PUT /a"), recorded("GET /b")], [true, false, true]);
  for (let i = 2; i < 256; i++) equal(recorded(`GET /${i}`), true);
  deepEqual([recorded("GET /x"), recorded("GET /y"), recorded("GET /b")], [true, false, false]);
});

test("rateLimited() of less than one a second lets the first one pass", () => {
  const clock = new ManualClock(), sampler = rateLimited(0.1, { clock });
  const recorded = () => sampler(id("0"), "job", {}, undefined).sampled;
  deepEqual([recorded(), recorded()], [true, false]);
  clock.advance(9_999);
  equal(recorded(), false);
  clock.advance(1);
  equal(recorded(), true);
});

test("rateLimited() uses a span's own time, and counts a key function that throws", () => {
  const faults = new Faults();
  const tracer = new Tracer({
    faults,
    sampler: rateLimited(1, {
      by: () => {
        throw new Error("no");
      },
    }),
  });
  equal(tracer.start("GET", { startedAtMs: 0 }).recording, true);
  equal(faults.counts().get("sampler"), 1);
  throws(() => rateLimited(-1), { name: "RangeError" });
});

test("a local root has the share of its sampler as an attribute; children do not", () => {
  const tracer = new Tracer({ sampler: parentBased(ratioBased(1)) });
  tracer.start("all").end();
  tracer.start("continued", { parent: { ...parent(1, "ot=th:c"), remote: true } }).end();
  const root = tracer.start("root", { parent: { ...parent(1, "ot=th:8"), remote: true } });
  tracer.start("child", { parent: root }).end();
  deepEqual(
    tracer.finished.since(0).map(({ name, attributes }) => [name, attributes["sampling.ratio"]]),
    [["all", undefined], ["continued", 0.25], ["child", undefined]],
  );
});

test("rateLimited() refills once for a period, in whatever order spans have their times", () => {
  const sampler = rateLimited(2);
  const recorded = (startedAtMs: number) =>
    sampler(id("0"), "job", { startedAtMs }, undefined).sampled;
  deepEqual([1000, 1000, 0, 1000, 0, 1000].map(recorded), [true, true, false, false, false, false]);
  equal(recorded(1500), true);
});

test("rateLimited() survives an invalid time, or one of another clock", () => {
  for (const odd of [NaN, Infinity, -Infinity, 1.8e12]) {
    const sampler = rateLimited(2);
    const recorded = (startedAtMs: number) =>
      sampler(id("0"), "job", { startedAtMs }, undefined).sampled;
    deepEqual([odd, 0, 0, 0, 500].map(recorded), [true, true, false, false, true], String(odd));
  }
});

test("a decision at the end does not hold back spans that started before the first one", () => {
  const tracer = new Tracer({ sampler: parentBased(rateLimited(100)) });
  const before = tracer.start("began before");
  const request = tracer.start("GET", { kind: "server" });
  tracer.start("child", { parent: before }).end();
  tracer.start("of the request", { parent: request }).end();
  const names = () => tracer.finished.since(0).map(({ name }) => name);
  deepEqual(names(), ["child"]);
  request.end();
  before.end();
  deepEqual(names(), ["child", "of the request", "GET", "began before"]);
});

test("roots that never end hold back a bounded number of spans, and each is counted", () => {
  const tracer = new Tracer({ sampler: parentBased(rateLimited(1e9)), maxSpans: 1 });
  const roots = Array.from({ length: 20 }, () => tracer.start("GET", { kind: "server" }));
  const children = 1000;
  for (const parent of roots) {
    for (let i = 0; i < children; i++) tracer.start("child", { parent }).end();
  }
  const held = 16384;
  equal(tracer.counts.trimmed >= roots.length * children - held, true);
  equal(tracer.finished.next, 0);
  for (const root of roots) root.end();
  const { finished, trimmed, unkept } = tracer.counts;
  deepEqual([finished, unkept], [roots.length * (children + 1), 0]);
  equal(tracer.finished.next, finished - trimmed);
});
