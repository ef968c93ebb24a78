import * as api from "@opentelemetry/api";
import * as logsApi from "@opentelemetry/api-logs";
import { deepEqual, equal, match } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { afterEach, test } from "node:test";
import { OtelBridge } from "../../src/bridge/otel/mod.ts";
import { runtime } from "../../src/core/platform.ts";
import { Logger } from "../../src/log/logger.ts";
import { Registry } from "../../src/metrics/registry.ts";
import { Tracer } from "../../src/trace/tracer.ts";
import { skipWhen } from "../tool.ts";

function make() {
  const tracer = new Tracer(), log = new Logger({ sinks: [] }), metrics = new Registry();
  return { tracer, log, metrics, bridge: new OtelBridge({ tracer, log, metrics }) };
}

afterEach(() => {
  api.trace.disable();
  api.context.disable();
  api.propagation.disable();
  api.metrics.disable();
  logsApi.logs.disable();
  delete (globalThis as Record<symbol, unknown>)[Symbol.for("opentelemetry.js.api.1")];
});

const ALL = { traces: true, metrics: true, logs: true, notes: [] };

const ways: [how: string, given: Parameters<OtelBridge["register"]>][] = [
  ["the user's copy", [api, logsApi]],
  ["the symbols alone", []],
];

for (const [how, given] of ways) {
  test(`register() with ${how}: spans, metrics, logs and headers go to Telltale until unregister()`, async () => {
    const { bridge, tracer, log, metrics } = make();
    deepEqual(bridge.register(...given), ALL);
    deepEqual(bridge.register(...given), ALL);
    const carrier: Record<string, string> = {};
    api.trace.getTracer("lib").startActiveSpan("work", (span) => {
      logsApi.logs.getLogger("lib").emit({ body: "hello" });
      api.metrics.getMeter("lib").createCounter("calls").add(1);
      api.propagation.inject(api.context.active(), carrier);
      span.end();
    });
    const [record] = tracer.finished.since(0);
    deepEqual([record!.name, log.ring.since(0)[0]!.spanId], ["work", record!.spanId]);
    equal(carrier.traceparent!.slice(36, 52), record!.spanId);
    deepEqual((await metrics.collect()).map(({ name }) => name), ["calls_total"]);
    bridge.unregister();
    equal(api.trace.getTracer("lib").startSpan("later").isRecording(), false);
    equal(api.context.active(), api.ROOT_CONTEXT);
    deepEqual(await metrics.collect(), []);
    logsApi.logs.getLogger("lib").emit({ body: "later" });
    equal(log.ring.next, 1);
  });
}

test("register() reaches tracers made before, through the user's copy", () => {
  const { bridge, tracer } = make(), early = api.trace.getTracer("early");
  bridge.register(api);
  early.startSpan("work").end();
  equal(tracer.finished.since(0)[0]!.name, "work");
});

test("register() leaves a signal to its other provider, and reports it", () => {
  const first = make(), second = make();
  first.bridge.register(api, logsApi);
  const { notes, ...signals } = second.bridge.register(api, logsApi);
  deepEqual(signals, { traces: false, metrics: false, logs: false });
  equal(notes.length, 3);
  for (const note of notes) match(note, /go to the provider registered first/);
  deepEqual(
    second.log.ring.since(0).map(({ message, severity }) => [message, severity]),
    notes.map((n) => [n, 13]),
  );
  api.trace.getTracer("lib").startSpan("work").end();
  deepEqual([first.tracer.counts.finished, second.tracer.counts.finished], [1, 0]);
  second.bridge[Symbol.dispose]();
  equal(api.trace.getTracer("lib").startSpan("still").isRecording(), true);
});

test("register() takes the signals that are free", () => {
  api.metrics.setGlobalMeterProvider({ getMeter: () => api.createNoopMeter() });
  const { notes, ...signals } = make().bridge.register(api, logsApi);
  deepEqual(signals, { traces: true, metrics: false, logs: true });
  equal(notes.length, 1);
});

test("under OTEL_DENO=true spans go to Deno, once, and the notes say what to do", {
  skip: skipWhen(runtime.name !== "deno", "Deno's own OpenTelemetry is Deno's"),
}, () => {
  const child = fileURLToPath(new URL("./otel_deno_child.ts", import.meta.url));
  const out = execFileSync(process.execPath, ["run", "-A", "--no-check", child], {
    env: { ...process.env, OTEL_DENO: "true", OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const { registration, spans } = JSON.parse(out);
  deepEqual(
    [registration.traces, registration.metrics, registration.logs],
    [false, false, true],
  );
  for (const note of registration.notes) match(note, /OTEL_DENO=true.*unset OTEL_DENO/);
  deepEqual(spans, ["ours"]);
});
