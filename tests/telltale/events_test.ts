import { deepEqual, equal, match, ok, rejects, throws } from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import { setRoute } from "../../src/http/mod.ts";
import { alwaysOff } from "../../src/trace/mod.ts";
import { current, type Row, telltale, type TelltaleOptions } from "../../mod.ts";
import { ManualClock } from "../manual_clock.ts";

const quiet: TelltaleOptions = { service: "orders", log: { sinks: [] }, otlp: false };

function newestRow(t: ReturnType<typeof telltale>): Row {
  return t.events!.row(t.events!.next - 1)!;
}

test("a request leaves one row with what is known of it", async () => {
  const clock = new ManualClock();
  await using t = telltale({ ...quiet, clock, version: "1.4.0" });
  const handler = t.instrument(async (request) => {
    setRoute(request, "/orders/:id");
    clock.advance(2);
    await null;
    clock.advance(5);
    t.log.warn("low stock");
    t.log.error("no stock");
    return new Response("", { status: 503, headers: { "content-length": "0" } });
  });
  const startMs = clock.now();
  await handler(
    new Request("http://localhost/orders/7?token=1", {
      method: "POST",
      headers: { "content-length": "12", "x-request-id": "r1" },
    }),
  );
  const { trace, span, ...rest } = newestRow(t);
  match(String(trace), /^[0-9a-f]{32}$/);
  match(String(span), /^[0-9a-f]{16}$/);
  deepEqual(rest, {
    time: startMs,
    route: "/orders/:id",
    method: "POST",
    path: "/orders/7",
    status: 503,
    "error.type": "503",
    ms: 7,
    "sync.ms": 2,
    inflight: 1,
    "body.bytes": 12,
    "bytes.out": 0,
    "log.warn": 1,
    "log.error": 1,
    request: "r1",
    version: "1.4.0",
  });
});

test("a handler's throw names its error; a synchronous handler has no other time than its own", async () => {
  const clock = new ManualClock();
  await using t = telltale({ ...quiet, clock });
  const handler = t.instrument(() => {
    clock.advance(3);
    throw new TypeError("no");
  });
  throws(() => handler(new Request("http://localhost/")));
  const { status, ms, route, "error.type": type, "sync.ms": syncMs } = newestRow(t);
  deepEqual([status, ms, route, type, syncMs], [500, 3, "unmatched", "TypeError", 3]);
});

test("the rows do not depend on sampling, and notes reach row and span", async () => {
  for (const sampler of [undefined, alwaysOff]) {
    await using t = telltale({ ...quiet, trace: { sampler } });
    const handler = t.instrument(async () => {
      t.note({ segment: "free", items: 3, vip: true, none: undefined });
      await t.tracer.span("inner", () => t.note({ segment: "pro" }));
      return new Response("ok");
    });
    await handler(new Request("http://localhost/orders"));
    const { segment, items, vip } = newestRow(t);
    deepEqual([segment, items, vip], ["pro", 3, true]);
    const attributes = [...t.tracer.finished].at(-1)?.attributes;
    equal(attributes?.segment, sampler === undefined ? "pro" : undefined);
  }
});

test("who blocked the event loop, and who waited for it", async () => {
  const clock = new ManualClock();
  await using t = telltale({ ...quiet, clock });
  const waits = Promise.withResolvers<void>();
  const handler = t.instrument(async (request) => {
    if (request.url.endsWith("/report")) clock.advance(300);
    else await waits.promise;
    return new Response("ok");
  });
  const waiting = handler(new Request("http://localhost/orders"));
  await handler(new Request("http://localhost/report"));
  waits.resolve();
  await waiting;
  await handler(new Request("http://localhost/orders"));
  deepEqual([...t.events!].map((row) => [row.path, row["sync.ms"], row["loop.ms"]]), [
    ["/report", 300, 300],
    ["/orders", 0, 300],
    ["/orders", 0, undefined],
  ]);
});

test("the lag that the runtime's timer sees is in the rows of the requests that were open", async () => {
  let tick = () => {};
  class LateClock extends ManualClock {
    override every(ms: number, fn: () => void) {
      if (ms === 500) tick = fn;
      return () => {};
    }
  }
  const clock = new LateClock();
  await using t = telltale({ ...quiet, clock });
  await t.metrics.scrape();
  const handler = t.instrument(async () => {
    await null;
    clock.advance(800);
    tick();
    return new Response("ok");
  });
  await handler(new Request("http://localhost/"));
  await t.instrument(() => new Response("ok"))(new Request("http://localhost/"));
  deepEqual([...t.events!].map((row) => row["loop.ms"]), [300, undefined]);
});

test("a sampler sees the first attributes of a request; what is set by name wins over them", async () => {
  let seen: unknown;
  await using t = telltale({
    ...quiet,
    trace: {
      sampler(_traceId, _name, { kind, attributes }) {
        seen = { kind, ...attributes };
        return { sampled: true };
      },
    },
    http: { attributes: () => ({ "url.path": "/other" }) },
  });
  const url = "http://localhost/orders?full=1&token=abc";
  await t.instrument(() => new Response("ok"))(new Request(url));
  deepEqual(seen, {
    kind: "server",
    "http.request.method": "GET",
    "url.path": "/orders",
    "url.scheme": "http",
    "url.query": "full=1&token=%5BREDACTED%5D",
  });
  deepEqual([...t.tracer.finished][0]!.attributes, {
    "http.request.method": "GET",
    "http.response.status_code": 200,
    "url.path": "/other",
    "url.scheme": "http",
    "url.query": "full=1&token=%5BREDACTED%5D",
  });
});

test("a note after the end is counted as a fault, in row and span alike", async () => {
  await using t = telltale(quiet);
  let later = () => {};
  await t.instrument(() => {
    later = AsyncLocalStorage.bind(() => t.note({ late: 1 }));
    return new Response("ok");
  })(new Request("http://localhost/"));
  later();
  equal(newestRow(t).late, undefined);
  equal([...t.tracer.finished][0]!.attributes.late, undefined);
  equal(t.faults.counts().get("note"), 1);
});

test("the record of a request that ended keeps neither the request nor the error", async () => {
  await using t = telltale(quiet);
  let kept: object = {};
  const request = new Request("http://localhost/"), error = new Error("no");
  await rejects(
    t.instrument(() => {
      kept = current()!.tally!;
      return Promise.reject(error);
    })(request),
    error,
  );
  const values: unknown[] = Object.values(kept);
  ok(values.includes("/") && !values.includes(request));
  ok(!values.some((value) => Object.values(value ?? {}).includes(error)));
});

test("a note by a name of ours gets a _ in the row", async () => {
  await using t = telltale(quiet);
  await t.instrument(() => {
    t.note({ status: "gold", ms: 1, route: "x" });
    return new Response("ok");
  })(new Request("http://localhost/"));
  const { status, status_, ms_, route, route_ } = newestRow(t);
  deepEqual([status, status_, ms_, route, route_], [200, "gold", 1, "unmatched", "x"]);
});

test("secrets of notes are hidden", async () => {
  await using t = telltale(quiet);
  await t.instrument(() => {
    t.note({ password: "hunter2", text: "at postgres://app:hunter3@db/orders" });
    return new Response("ok");
  })(new Request("http://localhost/"));
  const shown = JSON.stringify([newestRow(t), [...t.tracer.finished].at(-1)]);
  ok(!/hunter\d/.test(shown), shown);
});

test("note throws nothing: what can't be kept is counted", async () => {
  await using t = telltale(quiet);
  const note = t.note.bind(t) as (fields: unknown) => void;
  note({ a: 1 });
  equal(t.faults.counts().get("note"), 1);
  await t.instrument(() => {
    note(null);
    note({ a: [], b: NaN, kept: 1 });
    note({
      get a() {
        throw new Error("no");
      },
    });
    return new Response("ok");
  })(new Request("http://localhost/"));
  equal(t.faults.counts().get("note"), 5);
  equal(newestRow(t).kept, 1);
});

test("an outgoing request is counted and timed in the row, and a second try after a failure is a retry", async () => {
  const { fetch } = globalThis;
  let status = 503;
  globalThis.fetch = (() => Promise.resolve(new Response("", { status }))) as typeof fetch;
  try {
    const clock = new ManualClock();
    await using t = telltale({ ...quiet, clock });
    await t.instrument(async () => {
      await t.fetch("http://payments.internal/charge", { method: "POST" });
      status = 200;
      await t.fetch("http://payments.internal/charge", { method: "POST" });
      await t.fetch("http://stock.internal/");
      return new Response("ok");
    })(new Request("http://localhost/"));
    const row = newestRow(t);
    deepEqual([row["http.n"], row["http.retries"], row["http.ms"]], [3, 1, 0]);
    equal(row["http.host"], "payments.internal");
  } finally {
    globalThis.fetch = fetch;
  }
});

test("an event is a row for a job, ended by its value, promise, throw or generator", async () => {
  for (const sampler of [undefined, alwaysOff]) {
    const clock = new ManualClock();
    await using t = telltale({ ...quiet, clock, trace: { sampler } });
    const startMs = clock.now();
    equal(t.event("sum up", () => 42), 42);
    equal(
      await t.event("import", async (span) => {
        t.note({ lines: 7 });
        await null;
        clock.advance(9);
        equal(t.tracer.span("inner", (inner) => inner.traceId), span.traceId);
        t.log.warn("slow");
        return "done";
      }),
      "done",
    );
    await rejects(t.event("fail", () => Promise.reject(new RangeError("no"))), RangeError);
    throws(() =>
      t.event("throw", () => {
        throw new TypeError("no");
      }), TypeError);
    const steps = t.event("steps", function* () {
      t.note({ step: 1 });
      yield 1;
      t.note({ step: 2 });
    });
    deepEqual([...steps], [1]);
    const rows = [...t.events!].map(({ trace: _trace, span: _span, time, spans, ...row }) => {
      equal(spans, row.job === "import" && sampler === undefined ? 1 : undefined);
      ok(Number(time) >= startMs);
      return row;
    });
    deepEqual(rows, [
      { job: "sum up", ms: 0 },
      { job: "import", ms: 9, lines: 7, "log.warn": 1 },
      { job: "fail", ms: 0, "error.type": "RangeError" },
      { job: "throw", ms: 0, "error.type": "TypeError" },
      { job: "steps", ms: 0, step: 2 },
    ]);
  }
});

test("an event in a request has a row of its own, and the request's goes on", async () => {
  await using t = telltale(quiet);
  await t.instrument(async () => {
    await t.event("refresh", () => t.note({ part: "job" }));
    t.note({ part: "request" });
    return new Response("ok");
  })(new Request("http://localhost/"));
  const [job, request] = [...t.events!];
  deepEqual([job!.job, job!.part, request!.part], ["refresh", "job", "request"]);
  equal(job!.trace, request!.trace);
});

test("ask answers about rows, and refuses what it can't parse", async () => {
  await using t = telltale(quiet);
  const handler = t.instrument(() => new Response("ok"));
  for (let i = 0; i < 3; i++) await handler(new Request("http://localhost/orders"));
  const answer = await t.ask("method:GET by status show count");
  ok(answer.kind === "table");
  deepEqual(answer.groups, [{ keys: [200], cells: [3] }]);
  await rejects(t.ask("by"), { name: "QuestionError" });
});

test("events: false keeps no rows; notes still reach the span", async () => {
  await using t = telltale({ ...quiet, events: false });
  equal(t.events, undefined);
  await t.instrument(() => {
    t.note({ segment: "pro" });
    return new Response("ok");
  })(new Request("http://localhost/"));
  equal([...t.tracer.finished].at(-1)?.attributes.segment, "pro");
  equal(await t.event("job", () => Promise.resolve(1)), 1);
  await rejects(t.ask("ms>1"), { name: "TypeError", message: /Cannot ask: rows must be kept/ });
});

test("what the store drops is on the page", async () => {
  await using t = telltale({ ...quiet, events: { maxFields: 40 } });
  const handler = t.instrument(() => {
    for (let i = 0; i < 30; i++) t.note({ [`field${i}`]: i });
    return new Response("ok");
  });
  await handler(new Request("http://localhost/"));
  const page = await (await t.metrics.scrape()).text();
  match(page, /^telltale_events_total 1$/m);
  match(page, /^telltale_events_fields_dropped_total{reason="fields"} [1-9]/m);
});
