import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { OtelBridge } from "../../src/bridge/otel/mod.ts";
import { run, UNTRACED } from "../../src/core/context.ts";
import { telltale } from "../../mod.ts";

test("OtelBridge keeps instrumentation from tracing Telltale's own requests", async () => {
  await using t = telltale({ log: { sinks: [] }, metrics: { runtime: false }, otlp: false });
  const { tracerProvider, contextManager } = new OtelBridge(t);
  const tracer = tracerProvider.getTracer("instrumentation-undici");
  run(UNTRACED, () => {
    tracer.startSpan("POST").end();
    // What a library puts beside it does not end that.
    const within = contextManager.active().setValue(Symbol("key"), 1);
    contextManager.with(within, () => tracer.startSpan("POST").end());
  });
  equal(t.tracer.counts.started, 0);
  tracer.startSpan("GET").end();
  deepEqual(t.tracer.finished.since(0).map(({ name }) => name), ["GET"]);
});
