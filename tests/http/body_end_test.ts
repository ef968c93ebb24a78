import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { current } from "../../src/core/context.ts";
import { Faults } from "../../src/core/faults.ts";
import { instrument } from "../../src/http/server/instrument.ts";
import { isRecorded } from "../../src/http/server/note.ts";
import { Logger } from "../../src/log/logger.ts";
import { Registry } from "../../src/metrics/registry.ts";
import { encodeText } from "../../src/metrics/page/text.ts";
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
  /** The line at the end of the request, and the state of the span. */
  const end = () => {
    const line = logger.ring.since(0).at(-1)!;
    const { status, durationMs } = tracer.finished.since(0)[0]!;
    const { body, size_bytes, status: code } = line.fields;
    return {
      message: line.message,
      level: line.severity,
      body,
      size_bytes,
      code,
      status,
      durationMs,
    };
  };
  return { clock, faults, tracer, logger, lines, end, handler: instrument(handler, options) };
}

/** A stream of events: a string is sent, a number is a time to wait, an error is thrown. */
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

test("watchBody: a disconnect ends the body, and reaches the source", async () => {
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

test("watchBody: a response that is not wanted, has no body or answers HEAD is the same object", async () => {
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

interface Runtime {
  Bun?: { serve(options: object): { port: number; stop(closeAll: boolean): void } };
  Deno?: {
    serve(options: object, handler: object): { addr: { port: number }; shutdown(): Promise<void> };
  };
}

/** Serves with the runtime's own server. */
function served(handler: (request: Request) => unknown): [port: number, stop: () => unknown] {
  const { Bun, Deno } = globalThis as unknown as Runtime;
  if (Bun !== undefined) {
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: handler });
    return [server.port, () => server.stop(true)];
  }
  const options = { port: 0, hostname: "127.0.0.1", onListen() {} };
  const server = Deno!.serve(options, handler);
  return [server.addr.port, () => server.shutdown()];
}

/** Streams by kind; each records what it does, and ends after three chunks unless cancelled. */
const STREAMS: Readonly<Record<string, (tell: (what: string) => void) => BodyInit>> = {
  pulled: (tell) => pulled(tell, undefined),
  "pulled when asked": (tell) => pulled(tell, { highWaterMark: 0 }),
  "of bytes": (tell) => pulled(tell, undefined, "bytes"),
  piped: (tell) => pulled(tell, { highWaterMark: 0 }).pipeThrough(new TransformStream()),
  "of a generator": (tell) => ReadableStream.from(generated(tell)),
  "a generator": (tell) => generated(tell) as unknown as BodyInit,
};

function pulled(tell: (what: string) => void, strategy?: QueuingStrategy, type?: "bytes") {
  let n = 0;
  const source = {
    type,
    async pull(controller: ReadableStreamDefaultController<Uint8Array>) {
      tell("pull");
      await Promise.resolve();
      tell("pull, later");
      controller.enqueue(encoder.encode("x"));
      if (++n === 3) controller.close();
    },
    cancel: () => tell("cancel"),
  };
  return new ReadableStream(source as UnderlyingSource<Uint8Array<ArrayBuffer>>, strategy);
}

async function* generated(tell: (what: string) => void) {
  try {
    for (let n = 0; n < 3; n++) {
      tell("next");
      await Promise.resolve();
      tell("next, later");
      yield encoder.encode("x");
    }
  } finally {
    tell("return");
  }
}

for (const [kind, stream] of Object.entries(STREAMS)) {
  test(`watchBody: a stream ${kind} runs in its request's context to its end`, async () => {
    const tracer = new Tracer(), seen: [string, string | undefined][] = [];
    const ended = Promise.withResolvers<void>();
    tracer.onEnd(() => ended.resolve());
    const handler = instrument(
      () => new Response(stream((what) => void seen.push([what, current()?.traceId]))),
      { tracer, watchBody: () => true },
    );
    // The server's own context is none of a request's.
    const [port, stop] = tracer.span("starts the server", () => served(handler));
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), "xxx");
    await ended.promise;
    await stop();
    const span = tracer.finished.since(0).find(({ kind }) => kind === "server")!;
    assert.ok(seen.length >= 6, JSON.stringify(seen));
    for (const [what, traceId] of seen) assert.equal(traceId, span.traceId, what);
  });
}

test("watchBody: a disconnect cancels the stream in its request's context", async () => {
  const tracer = new Tracer(), cancelled = Promise.withResolvers<string | undefined>();
  const handler = instrument(() => {
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(encoder.encode("x".repeat(65_536))),
      cancel: () => cancelled.resolve(current()?.traceId),
    });
    return new Response(body);
  }, { tracer, watchBody: () => true });
  const [port, stop] = served(handler);
  const socket = connect(port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await once(socket, "data");
  socket.destroy();
  const traceId = await cancelled.promise;
  assert.equal(traceId, tracer.finished.since(0)[0]!.traceId);
  await stop();
});
