import assert from "node:assert/strict";
import { test } from "node:test";
import { Faults } from "../../src/core/faults.ts";
import { instrument } from "../../src/http/instrument.ts";
import { isRecorded } from "../../src/http/thrown.ts";
import { Logger } from "../../src/log/logger.ts";
import { Registry } from "../../src/metrics/registry.ts";
import { encodeText } from "../../src/metrics/text.ts";
import { Tracer } from "../../src/trace/tracer.ts";
import { ManualClock } from "../manual_clock.ts";

const encoder = new TextEncoder();

function observed(handler: () => Response | Promise<Response>) {
  const clock = new ManualClock();
  const faults = new Faults();
  const registry = new Registry({ clock, faults });
  const tracer = new Tracer({ clock, faults });
  const logger = new Logger({ clock, faults, sinks: [] });
  const watchBody = (_request: Request, response: Response) =>
    response.headers.get("content-type") === "text/event-stream";
  const options = { registry, tracer, logger, clock, faults, watchBody };
  const lines = async (prefix: string) =>
    encodeText(await registry.collect()).split("\n").filter((line) => line.startsWith(prefix));
  /** The line at the end of the request, and the span's state. */
  const end = () => {
    const line = logger.ring.since(0).at(-1)!;
    const { status, durationMs } = tracer.finished.since(0)[0]!;
    const { body, size_bytes, status: code } = line.fields;
    return { message: line.message, level: line.level, body, size_bytes, code, status, durationMs };
  };
  return { clock, faults, tracer, logger, lines, end, handler: instrument(handler, options) };
}

/** A stream of events: a string is sent, a number passes so much time, an error is thrown. */
function events(clock: () => ManualClock, steps: readonly (string | number | Error)[]): Response {
  const left = [...steps];
  const body = new ReadableStream({
    pull(controller) {
      for (;;) {
        const step = left.shift();
        if (step === undefined) return controller.close();
        if (step instanceof Error) throw step;
        if (typeof step === "string") return controller.enqueue(encoder.encode(step));
        clock().advance(step);
      }
    },
  }, { highWaterMark: 0 });
  const headers = { "content-type": "text/event-stream", "x-own": "kept" };
  return new Response(body, { status: 202, statusText: "Accepted", headers });
}

function ask(method = "GET"): Request {
  return new Request("http://localhost/", { method });
}

test("watchBody: a stream is observed to its end", async () => {
  const o = observed(() => events(() => o.clock, [10, "ab", 20, "cde", 30]));
  const response = await o.handler(ask());
  const { status, statusText, headers } = response;
  assert.deepEqual([status, statusText, headers.get("x-own")], [202, "Accepted", "kept"]);
  assert.match(headers.get("x-request-id")!, /^[0-9a-f]{32}$/);
  assert.equal(o.tracer.finished.since(0).length, 0);
  assert.deepEqual(await o.lines("http_requests_in_progress"), [
    'http_requests_in_progress{method="GET"} 1',
  ]);
  assert.equal(await response.text(), "abcde");
  assert.deepEqual(o.end(), {
    message: "request completed",
    level: 9,
    body: "done",
    size_bytes: 5,
    code: 202,
    status: "unset",
    durationMs: 60,
  });
  const labels = '{method="GET",route="unmatched",status="202"}';
  for (
    const line of [
      `http_requests_total${labels} 1`,
      `http_request_duration_seconds_sum${labels} 0.06`,
      `http_response_size_bytes_sum${labels} 5`,
      `http_response_first_byte_seconds_sum${labels} 0.01`,
      'http_requests_in_progress{method="GET"} 0',
    ]
  ) {
    assert.deepEqual(await o.lines(line.slice(0, line.indexOf("{"))), [line]);
  }
});

test("watchBody: a disconnect is an end, and reaches the source", async () => {
  let reason: unknown;
  const o = observed(() => {
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(encoder.encode("x")),
      cancel: (given) => void (reason = given),
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  });
  const reader = (await o.handler(ask())).body!.getReader();
  await reader.read();
  await reader.cancel("gone");
  assert.equal(reason, "gone");
  const { message, body, size_bytes, status } = o.end();
  assert.deepEqual([message, body, size_bytes, status], [
    "request completed",
    "cancel",
    1,
    "unset",
  ]);
});

test("watchBody: a failure midway is the same error, recorded once", async () => {
  const midway = new Error("midway");
  const o = observed(() => events(() => o.clock, ["ab", midway]));
  const response = await o.handler(ask());
  await assert.rejects(response.text(), (error) => error === midway);
  const { message, level, body, size_bytes, code, status } = o.end();
  assert.deepEqual([message, level, body, size_bytes, code, status], [
    "request failed",
    17,
    "error",
    2,
    202,
    "error",
  ]);
  assert.equal(isRecorded(midway), true);
  assert.equal(o.tracer.finished.since(0).length, 1);
});

test("watchBody: what nobody asked for, has no body or answers HEAD is the same object", async () => {
  const plain = new Response("plain");
  const empty = new Response(null, { headers: { "content-type": "text/event-stream" } });
  for (const [response, method] of [[plain, "GET"], [empty, "GET"], [null, "HEAD"]] as const) {
    const given = response ?? events(() => o.clock, ["x"]);
    const o = observed(() => given);
    assert.equal(await o.handler(ask(method)), given);
    assert.equal(o.tracer.finished.since(0).length, 1);
    assert.equal(o.faults.counts().size, 0);
  }
});

test("watchBody: a body that is in use is left alone, and counted", async () => {
  const given = events(() => new ManualClock(), ["x"]);
  given.body!.getReader();
  const o = observed(() => given);
  assert.equal(await o.handler(ask()), given);
  assert.deepEqual([...o.faults.counts()], [["watch body", 1]]);
  assert.equal(o.tracer.finished.since(0).length, 1);
});

test("watchBody: nothing is read ahead of the client", async () => {
  let pulled = 0;
  const o = observed(() => {
    const body = new ReadableStream({
      pull(controller) {
        pulled++;
        controller.enqueue(encoder.encode("x"));
      },
    }, { highWaterMark: 0 });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  });
  const reader = (await o.handler(ask())).body!.getReader();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(pulled, 0);
  await reader.read();
  assert.equal(pulled, 1);
  await reader.cancel();
});
