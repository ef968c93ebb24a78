import { deepEqual, equal } from "node:assert/strict";
import { connect } from "node:net";
import { once } from "node:events";
import { test } from "node:test";
import { Faults } from "../../src/core/faults.ts";
import type { Handler } from "../../src/http/request/handler.ts";
import { instrument } from "../../src/http/server/instrument.ts";
import { setError } from "../../src/http/server/route.ts";
import { FlightRecorder } from "../../src/log/gate/flight.ts";
import { Logger } from "../../src/log/logger.ts";
import { Registry } from "../../src/metrics/registry.ts";
import { encodeText } from "../../src/metrics/page/text.ts";
import { serve as serveNode } from "../../src/serve/node.ts";
import { telltale } from "../../src/telltale.ts";
import { Tracer } from "../../src/trace/tracer.ts";
import { ManualClock } from "../manual_clock.ts";

function observed(handler: Handler<unknown[], Promise<Response>>) {
  const clock = new ManualClock(), faults = new Faults();
  const registry = new Registry({ clock, faults });
  const tracer = new Tracer({ clock, faults });
  const logger = new Logger({
    clock,
    faults,
    level: "warn",
    sinks: [],
    flight: new FlightRecorder(),
  });
  const wrapped = instrument(handler, { registry, tracer, logger, clock, faults });
  const lines = async () => {
    const page = encodeText(await registry.collect()).split("\n");
    return page.filter((line) => /^http_requests_(total|in_progress)\{/.test(line));
  };
  const told = () =>
    logger.ring.since(0).map(({ message, severity, fields }) => [message, severity, fields.status]);
  return { clock, faults, tracer, logger, handler: wrapped, lines, told };
}

function abortable(): [Request, AbortController] {
  const controller = new AbortController();
  return [new Request("http://localhost/slow", { signal: controller.signal }), controller];
}

const ABORTED = [
  'http_requests_total{method="GET",route="unmatched",status="499"} 1',
  'http_requests_in_progress{method="GET"} 0',
];

test("A request whose client disconnected ends as 499, and a late answer is not counted", async () => {
  for (const late of ["answers", "fails", "answers for an error"]) {
    const gate = Promise.withResolvers<Response>();
    const failure = new Error("the database took its time");
    const o = observed((asked) =>
      gate.promise.then((response) => {
        if (late === "answers for an error") setError(asked, failure);
        return response;
      })
    );
    const [request, controller] = abortable();
    const answer = o.handler(request);
    o.clock.advance(1500);
    controller.abort();
    deepEqual(await o.lines(), ABORTED);
    const [span] = o.tracer.finished.since(0);
    const { "http.response.status_code": code, "error.type": type } = span!.attributes;
    deepEqual([span!.status, code, type, span!.durationMs], ["error", 499, "499", 1500]);
    equal(o.logger.flight!.open, 0);
    // What the flight recorder kept is told, and the last line with it.
    const ends = [["request started", 9, undefined], ["request aborted", 13, 499]];
    deepEqual(o.told(), ends);

    if (late !== "fails") gate.resolve(new Response("late"));
    else gate.reject(failure);
    await Promise.resolve(answer).catch((error) => equal(error, failure));
    deepEqual(await o.lines(), ABORTED);
    equal(o.tracer.finished.since(0).length, 1);
    equal(o.tracer.counts.misuse, 0);
    deepEqual(
      o.told().slice(ends.length),
      late === "answers" ? [] : [
        ["handler failed after its request was aborted", 13, undefined],
      ],
    );
    equal(o.faults.counts().size, 0);
  }
});

test("A router's answer to a fetch that the disconnect of its client aborted is 499 too", async () => {
  const [request, controller] = abortable();
  const o = observed((asked) => {
    controller.abort();
    setError(asked, controller.signal.reason);
    return Promise.resolve(new Response(null, { status: 500 }));
  });
  await o.handler(request);
  deepEqual(await o.lines(), ABORTED);
  deepEqual(o.told().at(-1), ["request aborted", 13, 499]);
});

test("The signal of a request is not read for an error that is not an abort", async () => {
  const hostile = new Error("hostile");
  Object.defineProperty(hostile, "name", {
    get() {
      throw new Error("no name");
    },
  });
  for (const error of [new Error("own"), "text", hostile]) {
    const o = observed(() => Promise.reject(error));
    const request = new Request("http://localhost/");
    let reads = 0;
    Object.defineProperty(request, "signal", { get: () => void reads++ });
    await Promise.resolve(o.handler(request)).catch((thrown) => equal(thrown, error));
    deepEqual([reads, o.told().at(-1)], [0, ["request failed", 17, 500]]);
  }
});

test("A signal that aborted before the sweep counts at the sweep", async () => {
  const o = observed(() => new Promise(() => {}));
  const [request, controller] = abortable();
  o.handler(request);
  o.clock.advance(200);
  controller.abort();
  deepEqual(await o.lines(), ['http_requests_in_progress{method="GET"} 1']);
  o.clock.advance(800);
  deepEqual(await o.lines(), ABORTED);
});

test("A handler that ends by its client's signal has not failed", async () => {
  const o = observed((request) =>
    new Promise((_, reject) => {
      request.signal.addEventListener("abort", () => reject(request.signal.reason));
    })
  );
  const [request, controller] = abortable();
  const answer = o.handler(request);
  controller.abort();
  await Promise.resolve(answer).catch((error) => equal(error.name, "AbortError"));
  deepEqual(await o.lines(), ABORTED);
  deepEqual(o.told().at(-1), ["request aborted", 13, 499]);
});

test("What the handler of an aborted request does later is not counted again, inside another wrapper too", async () => {
  const registry = new Registry(), clock = new ManualClock(), tracer = new Tracer({ clock });
  const parts = { registry, tracer, clock }, gate = Promise.withResolvers<void>();
  const inner = instrument(() => new Response(), parts);
  const handler = instrument(async (request: Request) => {
    await gate.promise;
    return await inner(request);
  }, parts);
  const [request, controller] = abortable();
  const answer = handler(request);
  clock.advance(1000);
  controller.abort();
  gate.resolve();
  await answer;
  equal(tracer.finished.since(0).length, 1);
});

test("A handler that ends after its abort was recorded adds nothing", async () => {
  const gate = Promise.withResolvers<Response>();
  const o = observed(() => gate.promise);
  const [request, controller] = abortable();
  const answer = o.handler(request);
  o.clock.advance(1000);
  controller.abort();
  const told = o.told().length;
  gate.reject(request.signal.reason);
  await Promise.resolve(answer).catch(() => {});
  equal(o.told().length, told);
  deepEqual(await o.lines(), ABORTED);
});

test("An abort after the answer changes nothing", async () => {
  const gate = Promise.withResolvers<Response>();
  const o = observed(() => gate.promise);
  const [request, controller] = abortable();
  const answer = o.handler(request);
  o.clock.advance(3000);
  gate.resolve(new Response("slow"));
  await answer;
  controller.abort();
  deepEqual(await o.lines(), [
    'http_requests_total{method="GET",route="unmatched",status="200"} 1',
    'http_requests_in_progress{method="GET"} 0',
  ]);
});

test("The timer runs only while a handler has yet to answer, and each request is listened to once", async () => {
  const gates: PromiseWithResolvers<Response>[] = [];
  const clock = new ManualClock();
  const handler = instrument((_request: Request) => {
    gates.push(Promise.withResolvers());
    return gates.at(-1)!.promise;
  }, { clock });
  equal(clock.waiting, 0);
  const answers = [handler(abortable()[0])];
  equal(clock.waiting, 1);
  clock.advance(600);
  answers.push(handler(abortable()[0]));
  clock.advance(400);
  equal(clock.waiting, 1, "for the second one");
  for (const gate of gates) gate.resolve(new Response());
  await Promise.all(answers);
  clock.advance(1000);
  equal(clock.waiting, 0);
});

test("A crowd of requests is listened to in several sweeps, none left out", async () => {
  const o = observed(() => new Promise(() => {}));
  let looked = 0;
  const signal = {
    get aborted() {
      looked++;
      return true;
    },
    addEventListener() {},
  };
  const headers = new Headers();
  for (let i = 0; i < 1200; i++) {
    o.handler({ method: "GET", url: "http://localhost/", headers, signal } as never);
  }
  o.clock.advance(1000);
  equal(looked, 500);
  o.clock.advance(1000);
  equal(looked, 1200);
  deepEqual(await o.lines(), [
    'http_requests_total{method="GET",route="unmatched",status="499"} 1200',
    'http_requests_in_progress{method="GET"} 0',
  ]);
});

interface Runtime {
  Bun?: { serve(options: object): { port: number; stop(closeAll: boolean): void } };
  Deno?: {
    serve(options: object, handler: object): { addr: { port: number }; shutdown(): Promise<void> };
  };
}

for (const adapter of ["the runtime's own server", "the adapter for Node"]) {
  test(`A disconnect ends the request, on ${adapter}`, async () => {
    const clock = new ManualClock(), arrived = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<Response>();
    const t = telltale({ clock, log: { sinks: [] }, metrics: { runtime: false } });
    const application = () => {
      arrived.resolve();
      return gate.promise;
    };
    const { Bun, Deno } = globalThis as unknown as Runtime;
    let port: number, close: () => unknown;
    if (adapter === "the adapter for Node") {
      const server = serveNode(t, { port: 0, signals: false }, application);
      await once(server, "listening");
      port = (server.address() as { port: number }).port;
      close = () => server.close();
    } else if (Bun !== undefined) {
      const server = Bun.serve({ port: 0, fetch: t.instrument(application) });
      port = server.port;
      close = () => server.stop(true);
    } else {
      const server = Deno!.serve({ port: 0, onListen() {} }, t.instrument(application));
      port = server.addr.port;
      close = () => server.shutdown();
    }
    const ended = Promise.withResolvers<unknown>();
    t.tracer.onEnd((span) => ended.resolve(span));
    const socket = connect(port, "127.0.0.1");
    socket.write("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    await arrived.promise;
    // The handler's promise is seen when the handler has returned.
    await Promise.resolve();
    clock.advance(1000);
    socket.destroy();
    await ended.promise;
    const [span] = t.tracer.finished.since(0);
    deepEqual([span!.attributes["http.response.status_code"], span!.status], [499, "error"]);
    gate.resolve(new Response("late"));
    await close();
    await t.shutdown();
  });
}
