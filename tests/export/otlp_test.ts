import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import fc from "fast-check";
import { systemClock } from "../../src/core/clock.ts";
import { current, run, UNTRACED } from "../../src/core/context.ts";
import { Faults } from "../../src/core/faults.ts";
import { OtlpExporter } from "../../src/export/otlp/exporter.ts";
import type { OtlpExporterOptions } from "../../src/export/otlp/options.ts";
import { type Family, numberFamily } from "../../src/metrics/data/family.ts";
import { until } from "../e2e/wait.ts";
import { ManualClock } from "../manual_clock.ts";
import type { Decoded } from "./decode.ts";
import { Receiver, spansOf } from "./receiver.ts";
import { spanRecord } from "./span_record.ts";

const ENDPOINT = { endpoint: "http://receiver:4318" };

function open(options: OtlpExporterOptions = {}) {
  const clock = new ManualClock(), receiver = new Receiver(), faults = new Faults();
  const exporter = new OtlpExporter({
    ...ENDPOINT,
    resource: { "service.name": "orders" },
    clock,
    faults,
    fetch: receiver.fetch,
    random: () => 0.5,
    ...options,
  });
  return { clock, receiver, faults, exporter };
}

function plainCounts(exporter: OtlpExporter, signal: "traces" | "metrics" | "logs" = "traces") {
  const { accepted, exported, dropped, queued } = exporter.counts(signal)!;
  return { accepted, exported, queued, dropped: Object.fromEntries(dropped) };
}

test("OtlpExporter sends spans when the first one has waited long enough", async () => {
  const { clock, receiver, exporter } = open({ traces: { delayMs: 5000 } });
  exporter.span(spanRecord("a"));
  clock.advance(4000);
  exporter.span(spanRecord("b"));
  assert.equal(receiver.tries, 0);
  clock.advance(1000);
  await until("the spans", () => receiver.taken.length === 1);
  assert.deepEqual(receiver.spanNames, ["a", "b"]);
  await until("the count", () => exporter.counts("traces")!.exported === 2);
  exporter.close();
  assert.equal(clock.waiting, 0);
});

test("OtlpExporter sends a full batch at once, but not in the call that filled it", async () => {
  const { clock, receiver, exporter } = open({ traces: { maxBatchItems: 3 } });
  for (const name of ["a", "b", "c", "d"]) exporter.span(spanRecord(name));
  assert.equal(receiver.tries, 0);
  clock.advance(0);
  await until("the batch", () => exporter.counts("traces")!.exported === 3);
  assert.deepEqual(receiver.spanNames, ["a", "b", "c"]);
  assert.equal(exporter.counts("traces")!.queued, 1);
  exporter.close();
});

test("OtlpExporter cuts batches by what the spans occupy", async () => {
  const { receiver, exporter } = open();
  const size = 1.5 * 1024 * 1024;
  for (const name of ["a", "b", "c"]) exporter.span({ record: () => spanRecord(name), size });
  await exporter.flush();
  assert.deepEqual(receiver.taken.map(({ request }) => spansOf(request).length), [2, 1]);
  exporter.close();
});

test("OtlpExporter sends both encodings, plain and compressed", async () => {
  for (const protocol of ["http/protobuf", "http/json"] as const) {
    for (const compression of ["none", "gzip"] as const) {
      const { receiver, exporter } = open({ protocol, compression, headers: { "X-Key": "k" } });
      exporter.span(spanRecord("a"));
      await exporter.flush();
      assert.deepEqual(receiver.spanNames, ["a"], `${protocol} ${compression}`);
      const { headers } = receiver.taken[0]!;
      assert.deepEqual([...headers].filter(([name]) => name !== "user-agent"), [
        ...(compression === "gzip" ? [["content-encoding", "gzip"]] : []),
        ["content-type", protocol === "http/json" ? "application/json" : "application/x-protobuf"],
        ["x-key", "k"],
      ]);
      exporter.close();
    }
  }
});

test("OtlpExporter tries five times with growing pauses, rests, and tries again", async () => {
  const { clock, receiver, exporter, faults } = open({ traces: { deadlineMs: 60_000 } });
  receiver.answer = () => new Response("", { status: 503 });
  exporter.span(spanRecord("a"));
  void exporter.flush();
  const gaps: number[] = [];
  for (let tries = 1; tries <= 6; tries++) {
    let gap = 0;
    // Steps of 125 ms: every pause is a multiple of it.
    while (receiver.tries < tries) {
      await turn();
      if (receiver.tries >= tries) break;
      clock.advance(125);
      gap += 125;
    }
    await turn();
    gaps.push(gap);
  }
  assert.deepEqual(gaps, [0, 1000, 1500, 2250, 3375, 10_000]);
  assert.deepEqual(plainCounts(exporter), { accepted: 1, exported: 0, queued: 1, dropped: {} });
  assert.equal(faults.counts().get("otlp traces"), 2); // At the first try of each round.
  receiver.answer = () => new Response();
  await exporter.flush();
  assert.deepEqual(plainCounts(exporter), { accepted: 1, exported: 1, queued: 0, dropped: {} });
  exporter.close();
});

/** Lets promises and streams proceed. */
async function turn(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}

test("OtlpExporter waits as long as Retry-After says, even in a flush", async () => {
  const { clock, receiver, exporter } = open();
  receiver.answer = () => new Response("", { status: 429, headers: { "retry-after": "20" } });
  exporter.span(spanRecord("a"));
  const flushed = exporter.flush();
  await turn();
  clock.advance(19_999);
  await turn();
  assert.equal(receiver.tries, 1);
  receiver.answer = () => new Response();
  clock.advance(1);
  await flushed;
  assert.deepEqual(receiver.spanNames, ["a"]);
  exporter.close();
});

test("a flush sits out a pause that ends within its deadline, and leaves what must wait longer", async () => {
  const { clock, receiver, exporter } = open();
  receiver.answer = () => new Response("", { status: 429, headers: { "retry-after": "20" } });
  exporter.span(spanRecord("a"));
  assert.deepEqual(await exporter.flush(5000), { queued: 1, retryAfterMs: 20_000 });
  exporter.span(spanRecord("b"));
  clock.advance(14_000);
  assert.deepEqual(await exporter.flush(5000), { queued: 2, retryAfterMs: 6000 });
  assert.equal(receiver.tries, 1);
  receiver.answer = () => new Response();
  const flushed = exporter.flush(7000);
  clock.advance(5999);
  await turn();
  assert.equal(receiver.tries, 1);
  clock.advance(1);
  assert.deepEqual(await flushed, { queued: 0, retryAfterMs: 0 });
  assert.deepEqual(receiver.spanNames, ["a", "b"]);
  exporter.close();
  assert.equal(clock.waiting, 0);
});

test("a flush ends at its deadline although the receiver hangs", async () => {
  const { clock, receiver, exporter } = open();
  receiver.answer = () => new Promise(() => {});
  exporter.span(spanRecord("a"));
  const flushed = exporter.flush(3000);
  await turn();
  clock.advance(3000);
  assert.deepEqual(await flushed, { queued: 1, retryAfterMs: 0 });
  exporter.close();
});

test("a receiver that sends Retry-After each time is tried five times, then left alone", async () => {
  const { clock, receiver, exporter, faults } = open();
  const triedAt: number[] = [];
  receiver.answer = () => {
    triedAt.push(clock.monotonic());
    return new Response("", { status: 503, headers: { "retry-after": "4" } });
  };
  exporter.span(spanRecord("a"));
  const flushed = exporter.flush();
  for (let ms = 0; ms < 30_000; ms += 500) {
    await turn();
    clock.advance(500);
  }
  await flushed;
  assert.deepEqual(triedAt, [0, 4000, 8000, 12_000, 16_000, 26_000]);
  assert.equal(faults.counts().get("otlp traces"), 2); // At the first try of each round.
  exporter.close();
});

test("without a spool, a batch that waits for Retry-After is dropped at the end and counted", async () => {
  const { receiver, exporter } = open();
  receiver.answer = () => new Response("", { status: 429, headers: { "retry-after": "60" } });
  exporter.span(spanRecord("a"));
  await exporter.flush(5000);
  exporter.close();
  assert.deepEqual(plainCounts(exporter), {
    accepted: 1,
    exported: 0,
    queued: 0,
    dropped: { shutdown: 1 },
  });
  assert.equal(receiver.tries, 1);
});

test("OtlpExporter never sends again what was refused or taken in part", async () => {
  const { receiver, exporter, faults } = open({ protocol: "http/json" });
  const answers = [
    new Response("", { status: 400 }),
    Response.json({ partialSuccess: { rejectedSpans: "2", errorMessage: "too old" } }),
    Response.json({ partialSuccess: { rejectedSpans: "99" } }),
  ];
  receiver.answer = () => answers.shift()!;
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 3; i++) exporter.span(spanRecord("a"));
    await exporter.flush();
  }
  assert.equal(receiver.tries, 3);
  assert.deepEqual(plainCounts(exporter), {
    accepted: 9,
    exported: 1,
    queued: 0,
    dropped: { refused: 3, rejected: 5 },
  });
  assert.equal(faults.counts().get("otlp traces"), 3);
  exporter.close();
});

test("OtlpExporter reports the warning of a receiver that took everything once", async () => {
  const { receiver, exporter, faults } = open({ protocol: "http/json" });
  const told: unknown[] = [];
  faults.listener = (...words) => told.push(words);
  receiver.answer = () => Response.json({ partialSuccess: { errorMessage: "tenant is\nold" } });
  for (let round = 0; round < 2; round++) {
    exporter.span(spanRecord("a"));
    await exporter.flush();
  }
  assert.equal(exporter.counts("traces")!.exported, 2);
  assert.equal(faults.counts().get("otlp traces"), undefined);
  assert.deepEqual(told, [
    ["otlp traces warning", "receiver:4318 took all, and says: tenant is old"],
  ]);
  exporter.close();
});

test("OtlpExporter drops items that the queue has no room for, and those after close()", async () => {
  const { exporter, receiver } = open({ traces: { maxItems: 3 } });
  for (let i = 0; i < 5; i++) exporter.span(spanRecord(String(i)));
  assert.deepEqual(plainCounts(exporter).dropped, { queue_full: 2 });
  receiver.answer = () => new Promise(() => {});
  void exporter.flush();
  await turn();
  assert.equal(exporter.counts("traces")!.inFlight, 3);
  exporter.close();
  exporter.span(spanRecord("late"));
  assert.deepEqual(plainCounts(exporter), {
    accepted: 6,
    exported: 0,
    queued: 0,
    dropped: { queue_full: 2, shutdown: 4 },
  });
});

test("OtlpExporter drops a batch that could not be delivered for an hour", async () => {
  const { clock, receiver, exporter } = open();
  receiver.answer = () => new Response("", { status: 503, headers: { "retry-after": "3600" } });
  exporter.span(spanRecord("old"));
  await exporter.flush();
  clock.advance(3_600_001);
  receiver.answer = () => new Response();
  exporter.span(spanRecord("new"));
  await exporter.flush();
  assert.deepEqual(receiver.spanNames, ["new"]);
  assert.deepEqual(plainCounts(exporter).dropped, { expired: 1 });
  exporter.close();
});

test("a batch in memory ages by the monotonic clock", async () => {
  const { clock, receiver, exporter } = open();
  receiver.answer = () => new Response("", { status: 503, headers: { "retry-after": "60" } });
  exporter.span(spanRecord("a"));
  await exporter.flush();
  clock.advance(60_001);
  clock.step(30 * 86_400_000);
  receiver.answer = () => new Response();
  exporter.span(spanRecord("b"));
  await exporter.flush();
  assert.deepEqual(receiver.spanNames, ["a", "b"]);
  assert.deepEqual(plainCounts(exporter), { accepted: 2, exported: 2, queued: 0, dropped: {} });
  exporter.close();
});

test("OtlpExporter survives a span that can't be encoded", async () => {
  const { receiver, exporter, faults } = open();
  exporter.span(spanRecord("a"));
  exporter.span({
    record: () => {
      throw new Error("broken");
    },
  });
  exporter.span(spanRecord("b"));
  await exporter.flush();
  assert.deepEqual(receiver.spanNames, ["a", "b"]);
  assert.deepEqual(plainCounts(exporter).dropped, { unsendable: 1 });
  assert.ok(faults.counts().get("otlp traces encoder")! >= 1);
  exporter.close();
});

test("OtlpExporter sends outside the context of the request that woke it", async () => {
  const { receiver, exporter, clock } = open({ traces: { delayMs: 10 } });
  const context = { traceId: "t", spanId: "s", flags: 1, tracestate: "", requestId: "r" };
  const seen: unknown[] = [];
  receiver.answer = () => {
    seen.push(current());
    return new Response();
  };
  run(context, () => exporter.span(spanRecord("a")));
  run(context, () => clock.advance(10));
  await until("the span", () => receiver.taken.length === 1);
  assert.equal(seen.length, 1);
  assert.equal(seen[0], UNTRACED);
  exporter.close();
});

test("OtlpExporter collects metrics each interval and at a flush, never over one that waits", async () => {
  const { clock, receiver, exporter } = open({ metrics: { intervalMs: 1000 } });
  let collected = 0;
  exporter.metrics(() => {
    collected++;
    return Promise.resolve([
      numberFamily("gauge", "target_info", "", [[1]]),
      numberFamily("counter", "c_total", "", [[collected]]),
    ]);
  });
  clock.advance(1000);
  await until("the metrics", () => receiver.taken.length === 1);
  receiver.answer = () => new Response("", { status: 503 });
  clock.advance(1000);
  await until("a failed try", () => receiver.tries === 2);
  clock.advance(500);
  const before = collected;
  assert.equal(before, 2);
  receiver.answer = () => new Response();
  await exporter.flush();
  const values = receiver.taken.map(({ request }) => {
    const { metrics } = request.resourceMetrics[0].scopeMetrics[0];
    return metrics.map((m: Decoded) => [m.name, m.sum.dataPoints[0].asDouble]);
  });
  assert.deepEqual(values.slice(0, 2), [[["c_total", 1]], [["c_total", 2]]]);
  assert.deepEqual(values.at(-1), [["c_total", collected]]);
  const { accepted, exported, queued } = exporter.counts("metrics")!;
  assert.deepEqual([accepted, exported, queued], [collected, collected, 0]);
  exporter.close();
});

test("OtlpExporter cuts large collections into requests of 2000 points", async () => {
  const { receiver, exporter } = open();
  exporter.metrics(() =>
    Promise.resolve(
      [4500, 10].map((size, i) =>
        numberFamily("gauge", `g${i}`, "", Array.from({ length: size }, (_, n) => [n, { n }]))
      ),
    )
  );
  await exporter.flush();
  const sizes = receiver.taken.map(({ request }) => {
    const { metrics } = request.resourceMetrics[0].scopeMetrics[0];
    return metrics.map((m: Decoded) => m.gauge.dataPoints.length);
  });
  assert.deepEqual(sizes, [[2000], [2000], [500, 10]]);
  assert.equal(exporter.counts("metrics")!.exported, 4510);
  exporter.close();
});

test("OtlpExporter with a faulty receiver: accepted = exported + dropped + queued, at any time", async () => {
  const fault = fc.constantFrom(
    ..."ok ok 503 429 400 partial throw hang garbage".split(" "),
  );
  const action = fc.oneof(
    { weight: 5, arbitrary: fc.record({ spans: fc.integer({ min: 1, max: 12 }) }) },
    { weight: 3, arbitrary: fc.record({ advanceMs: fc.constantFrom(0, 100, 1000, 7000, 40_000) }) },
    { weight: 1, arbitrary: fc.constant("flush" as const) },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fault, { maxLength: 30 }),
      fc.array(action, { maxLength: 40 }),
      fc.boolean(),
      async (faults, actions, gzip) => {
        const { clock, receiver, exporter } = open({
          compression: gzip ? "gzip" : "none",
          protocol: "http/json",
          timeoutMs: 500,
          traces: { maxItems: 20, maxBatchItems: 5, delayMs: 100 },
        });
        const hang = () => new Promise<Response>(() => {});
        let patientUntilMs = 0;
        receiver.answer = () => {
          assert.ok(clock.monotonic() >= patientUntilMs, "a receiver that asked for patience");
          switch (faults.shift()) {
            case "429":
              patientUntilMs = clock.monotonic() + 3000;
              return new Response("", { status: 429, headers: { "retry-after": "3" } });
            case "503":
              return new Response("", { status: 503 });
            case "400":
              return new Response("", { status: 400 });
            case "partial":
              return Response.json({ partialSuccess: { rejectedSpans: 2 } });
            case "throw":
              throw new TypeError("connection refused");
            case "hang":
              return hang();
            case "garbage":
              return new Response("{", { headers: { "content-type": "application/json" } });
            default:
              return new Response();
          }
        };
        const check = () => {
          const { accepted, exported, dropped, queued } = exporter.counts("traces")!;
          const lost = [...dropped.values()].reduce((sum, count) => sum + count, 0);
          assert.equal(accepted, exported + lost + queued);
          assert.ok(queued <= 20 + 5);
        };
        let accepted = 0;
        for (const step of actions) {
          if (step === "flush") void exporter.flush(accepted % 2 === 0 ? undefined : 5000);
          else if ("spans" in step) {
            for (let i = 0; i < step.spans; i++) exporter.span(spanRecord(String(accepted++)));
          } else clock.advance(step.advanceMs);
          check();
          await turn();
          check();
        }
        assert.equal(exporter.counts("traces")!.accepted, accepted);
        assert.ok(receiver.mostOpen <= 1, "two exports at once");
        const arrived = receiver.spanNames;
        assert.equal(new Set(arrived).size, arrived.length, "a span was taken twice");
        exporter.close();
        assert.equal(exporter.counts("traces")!.queued, 0);
        check();
      },
    ),
    { numRuns: 60 },
  );
});

test("OtlpExporter ignores a collection that close() overtook, and begins no other", async () => {
  const { clock, receiver, exporter } = open({ metrics: { intervalMs: 1000 } });
  let give = (_families: Family[]) => {};
  exporter.metrics(() => new Promise((resolve) => give = resolve));
  const flushed = exporter.flush();
  await new Promise((resolve) => setImmediate(resolve));
  exporter.close();
  give([numberFamily("counter", "c_total", "", [[1]])]);
  await flushed;
  const { accepted, queued } = exporter.counts("metrics")!;
  assert.deepEqual([accepted, queued, receiver.tries, clock.waiting], [0, 0, 0, 0]);

  const closed = open({ metrics: { intervalMs: 1000 } });
  closed.exporter.close();
  closed.exporter.metrics(() => assert.fail("nobody wants it"));
  closed.clock.advance(5000);
  assert.deepEqual([closed.exporter.counts("metrics"), closed.clock.waiting], [undefined, 0]);
});

test("a flush with an infinite deadline waits for the receiver", async () => {
  const { receiver, exporter } = open({ clock: systemClock });
  const answered = Promise.withResolvers<Response>();
  receiver.answer = () => answered.promise;
  exporter.span(spanRecord("a"));
  setImmediate(() => answered.resolve(new Response()));
  assert.deepEqual(await exporter.flush(Infinity), { queued: 0, retryAfterMs: 0 });
  exporter.close();
});

test("OtlpExporter.close() ends it for good, also by await using and twice", async () => {
  const { clock, exporter } = open({ metrics: { intervalMs: 1000 } });
  {
    await using used = exporter;
    used.metrics(() => Promise.resolve([]));
    used.span(spanRecord("a"));
  }
  await exporter.close();
  exporter.span(spanRecord("b"));
  assert.deepEqual(plainCounts(exporter).dropped, { shutdown: 2 });
  assert.equal(clock.waiting, 0);
});

test("OtlpExporters share one listener for the end of the process: runtimes warn of many", async () => {
  const before = process.listenerCount("beforeExit");
  const exporters = Array.from({ length: 12 }, () =>
    new OtlpExporter({
      endpoint: "http://receiver",
      fetch: () => Promise.resolve(new Response()),
      signals: false,
    }));
  assert.ok(process.listenerCount("beforeExit") <= before + 1);
  for (const exporter of exporters) await exporter.close();
  assert.equal(process.listenerCount("beforeExit"), before);
});
