import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { test } from "node:test";
import root from "@opentelemetry/otlp-transformer/build/src/generated/root.js";
import { JsonTraceSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { telltale } from "../../mod.ts";
import { observe, OtlpReceiver } from "../../src/testing/mod.ts";
import { messageOf, REQUESTS } from "../../src/testing/otlp/schema.ts";

const URL_OF = "http://collector:4318/v1/";

/** What a receiver says of a request. */
async function problemsOf(signal: string, body: unknown, headers: Record<string, string> = {}) {
  const receiver = new OtlpReceiver(), isBytes = body instanceof Uint8Array;
  const type = isBytes ? "application/x-protobuf" : "application/json";
  const response = await receiver.fetch(URL_OF + signal, {
    method: "POST",
    headers: { "content-type": type, ...headers },
    body: isBytes
      ? body as Uint8Array<ArrayBuffer>
      : typeof body === "string"
      ? body
      : JSON.stringify(body),
  });
  assert.equal(response.status, receiver.problems.length === 0 ? 200 : 400);
  return receiver.problems;
}

const resource = { attributes: [{ key: "service.name", value: { stringValue: "orders" } }] };
const traceId = "0af7651916cd43dd8448eb211c80319c", spanId = "b7ad6b7169203331";
const goodSpan = {
  traceId,
  spanId,
  name: "charge card",
  kind: 1,
  startTimeUnixNano: "1767225600000000000",
  endTimeUnixNano: "1767225600250000000",
  events: [{ name: "accepted", timeUnixNano: "1767225600000000001" }],
  status: { code: 2, message: "declined" },
};
const traces = (span: object) => ({
  resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }],
});
const logs = (record: object) => ({
  resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }],
});
const metrics = (metric: object) => ({
  resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [metric] }] }],
});
const time = { startTimeUnixNano: "1", timeUnixNano: "2" };
const sum = (point: object, more: object = {}) => ({
  name: "orders_total",
  sum: {
    aggregationTemporality: 2,
    isMonotonic: true,
    dataPoints: [{ ...time, ...point }],
    ...more,
  },
});
const histogram = (point: object) => ({
  name: "items",
  histogram: { aggregationTemporality: 2, dataPoints: [{ ...time, ...point }] },
});

/** Requests in JSON, and what is wrong with each: nothing, or the end of a problem. */
const CASES: readonly [title: string, signal: string, body: unknown, problem?: RegExp][] = [
  ["a good span", "traces", traces(goodSpan)],
  [
    "a short trace id",
    "traces",
    traces({ ...goodSpan, traceId: "0af7" }),
    /spans\[0\]\.traceId must be 16 bytes, not all zero, got "0af7"$/,
  ],
  [
    "a zero trace id",
    "traces",
    traces({ ...goodSpan, traceId: "0".repeat(32) }),
    /traceId must be 16 bytes/,
  ],
  ["a long span id", "traces", traces({ ...goodSpan, spanId: traceId }), /spanId must be 8 bytes/],
  [
    "an id in base64",
    "traces",
    traces({ ...goodSpan, traceId: "CvdlGRbNQ92ESOshHIAxnA==" }),
    /must be hex digits/,
  ],
  ["no name", "traces", traces({ ...goodSpan, name: "" }), /name must be set$/],
  [
    "an end before the start",
    "traces",
    traces({ ...goodSpan, endTimeUnixNano: "5" }),
    /endTimeUnixNano must not be before the start/,
  ],
  [
    "no start",
    "traces",
    traces({ ...goodSpan, startTimeUnixNano: "0" }),
    /startTimeUnixNano must be set/,
  ],
  [
    "a time that is no integer",
    "traces",
    traces({ ...goodSpan, startTimeUnixNano: 1767225600000000000.5 }),
    /startTimeUnixNano must be an unsigned integer as text/,
  ],
  [
    "a kind by name",
    "traces",
    traces({ ...goodSpan, kind: "SPAN_KIND_SERVER" }),
    /kind must be a number: names of enums are not allowed/,
  ],
  ["an unknown kind", "traces", traces({ ...goodSpan, kind: 9 }), /kind must be 0 to 5, got 9/],
  [
    "a snake_case name",
    "traces",
    traces({ ...goodSpan, trace_id: traceId }),
    /Span has no field "trace_id"/,
  ],
  [
    "its own parent",
    "traces",
    traces({ ...goodSpan, parentSpanId: spanId }),
    /must not be the span itself/,
  ],
  [
    "an event without a time",
    "traces",
    traces({ ...goodSpan, events: [{ name: "x" }] }),
    /events\[0\]\.timeUnixNano must be set/,
  ],
  [
    "a link without a span",
    "traces",
    traces({ ...goodSpan, links: [{ traceId }] }),
    /links\[0\]\.spanId must be set/,
  ],
  [
    "an attribute twice",
    "traces",
    traces({ ...goodSpan, attributes: [{ key: "a" }, { key: "a" }] }),
    /attribute a is there twice/,
  ],
  [
    "two values",
    "traces",
    traces({
      ...goodSpan,
      attributes: [{ key: "a", value: { stringValue: "", boolValue: true } }],
    }),
    /must have one value, got stringValue and boolValue/,
  ],
  [
    "no service",
    "traces",
    { resourceSpans: [{ scopeSpans: [] }] },
    /resource must have service.name/,
  ],
  ["no object", "traces", [], /must be an object, got array/],
  [
    "a list that is none",
    "traces",
    { resourceSpans: {} },
    /resourceSpans must be an array, got object/,
  ],
  ["no JSON", "traces", "{", /body must be JSON in UTF-8/],
  ["an empty body", "traces", "", /body must not be empty/],
  [
    "a good record",
    "logs",
    logs({ timeUnixNano: "1", severityNumber: 9, body: { stringValue: "x" } }),
  ],
  [
    "a record without a time",
    "logs",
    logs({ severityNumber: 9 }),
    /must have timeUnixNano or observedTimeUnixNano/,
  ],
  [
    "a severity",
    "logs",
    logs({ timeUnixNano: "1", severityNumber: 25 }),
    /severityNumber must be 0 to 24, got 25/,
  ],
  [
    "a span without a trace",
    "logs",
    logs({ timeUnixNano: "1", spanId }),
    /traceId must be set where spanId is/,
  ],
  ["a good sum", "metrics", metrics(sum({ asInt: "3" }))],
  [
    "a sum without temporality",
    "metrics",
    metrics(sum({ asInt: "3" }, { aggregationTemporality: 0 })),
    /aggregationTemporality must be 1 or 2, got 0/,
  ],
  [
    "a negative counter",
    "metrics",
    metrics(sum({ asDouble: -1 })),
    /a monotonic sum must not be negative, got -1/,
  ],
  [
    "two numbers",
    "metrics",
    metrics(sum({ asDouble: 1, asInt: "1" })),
    /must have one of asDouble and asInt/,
  ],
  [
    "a start after the time",
    "metrics",
    metrics(sum({ asInt: "1", startTimeUnixNano: "3" })),
    /startTimeUnixNano must not be after the time/,
  ],
  [
    "a point twice",
    "metrics",
    metrics(sum({}, { dataPoints: [{ ...time, asInt: "1" }, { ...time, asInt: "2" }] })),
    /another point of the metric has the same attributes/,
  ],
  [
    "no data",
    "metrics",
    metrics({ name: "x" }),
    /must have one of gauge, sum, histogram, exponentialHistogram, summary, got none/,
  ],
  [
    "a good histogram",
    "metrics",
    metrics(histogram({ count: "3", sum: 4, bucketCounts: ["1", "2"], explicitBounds: [1] })),
  ],
  [
    "too few buckets",
    "metrics",
    metrics(histogram({ count: "1", bucketCounts: ["1"], explicitBounds: [1] })),
    /one bucket more than bounds, got 1 and 1/,
  ],
  [
    "buckets that do not add up",
    "metrics",
    metrics(histogram({ count: "4", bucketCounts: ["1", "2"], explicitBounds: [1] })),
    /count must be the sum of the buckets, got 4 for 3/,
  ],
  [
    "bounds that do not ascend",
    "metrics",
    metrics(histogram({ count: "0", bucketCounts: ["0", "0", "0"], explicitBounds: [2, 1] })),
    /explicitBounds must ascend/,
  ],
  [
    "an exponential histogram that does not add up",
    "metrics",
    metrics({
      name: "x",
      exponentialHistogram: {
        aggregationTemporality: 1,
        dataPoints: [{
          ...time,
          count: "3",
          scale: 3,
          zeroCount: "1",
          positive: { offset: 1, bucketCounts: ["1"] },
        }],
      },
    }),
    /count must be the sum of the buckets, got 3 for 2/,
  ],
  [
    "an exemplar without a time",
    "metrics",
    metrics(sum({ asInt: "1", exemplars: [{ asDouble: 1 }] })),
    /exemplars\[0\]\.timeUnixNano must be set/,
  ],
];

for (const [title, signal, body, problem] of CASES) {
  test(`OtlpReceiver checks ${title}`, async () => {
    const problems = await problemsOf(signal, body);
    if (problem === undefined) assert.deepEqual(problems, []);
    else assert.ok(problems.some((one) => problem.test(one)), JSON.stringify(problems));
  });
}

test("OtlpReceiver checks method, path and headers", async () => {
  const receiver = new OtlpReceiver();
  await receiver.fetch("http://collector/traces", {
    method: "PUT",
    body: "x",
    headers: { "content-encoding": "br" },
  });
  assert.deepEqual(receiver.problems.map((one) => one.replace("a request: ", "").split(" ")[0]), [
    "method",
    "path",
    "content-type",
    "content-encoding",
  ]);
  assert.throws(
    () => receiver.assertValid(),
    /not well-formed:\n {2}a request: method must be POST/,
  );
  receiver.clear();
  assert.throws(() => receiver.assertValid(), /No OTLP request came/);
  assert.deepEqual(await problemsOf("traces", traces(goodSpan), { "content-encoding": "gzip" }), [
    "traces: body must be gzip, as its content-encoding says",
  ]);
});

// deno-lint-ignore no-explicit-any
type Any = any;

test("the messages are those of the code that OpenTelemetry generates from its .proto files", () => {
  const proto = (root as Any).opentelemetry.proto;
  const classes: Record<string, Any> = {
    TracesRequest: proto.collector.trace.v1.ExportTraceServiceRequest,
    LogsRequest: proto.collector.logs.v1.ExportLogsServiceRequest,
    MetricsRequest: proto.collector.metrics.v1.ExportMetricsServiceRequest,
    Resource: proto.resource.v1.Resource,
    Scope: proto.common.v1.InstrumentationScope,
    Event: proto.trace.v1.Span.Event,
    Link: proto.trace.v1.Span.Link,
    ExponentialDataPoint: proto.metrics.v1.ExponentialHistogramDataPoint,
    Buckets: proto.metrics.v1.ExponentialHistogramDataPoint.Buckets,
    ValueAtQuantile: proto.metrics.v1.SummaryDataPoint.ValueAtQuantile,
  };
  const find = (name: string) =>
    classes[name] ?? proto.common.v1[name] ?? proto.trace.v1[name] ?? proto.logs.v1[name] ??
      proto.metrics.v1[name];
  const seen = new Set<string>(), todo: string[] = Object.values(REQUESTS);
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const message = messageOf(name)!, generated = find(name);
    for (const { type } of message.values()) if (messageOf(type) !== undefined) todo.push(type);
    if (generated === undefined) continue;
    const known = new Set([...message.values()].map((field) => field.name));
    const prototype = Object.keys(generated.prototype).filter((key) => !key.startsWith("_"));
    for (const key of known) {
      assert.ok(prototype.includes(key), `${name} has ${key}`);
    }
    for (
      const key of prototype.filter((key) =>
        /^[a-z]/.test(key) && typeof generated.prototype[key] !== "function"
      )
    ) {
      assert.ok(known.has(key) || ["data", "value"].includes(key), `${name} lacks ${key}`);
    }
  }
  assert.equal(seen.size, 34);
});

test("what OpenTelemetry's SDK exports is well-formed, in both encodings, and read alike", async () => {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const tracer = provider.getTracer("test", "1.0");
  const span = tracer.startSpan("charge", {
    attributes: { text: "ä", n: 3, big: -5, f: 1.5, flag: true, list: ["a", "b"] },
  });
  span.addEvent("accepted", { by: "bank" }).recordException(new Error("declined"));
  span.setStatus({ code: 2, message: "declined" });
  span.end();
  const spans = exporter.getFinishedSpans(), receiver = new OtlpReceiver();
  const bodies = [
    ["application/x-protobuf", ProtobufTraceSerializer.serializeRequest(spans)!],
    ["application/json", JsonTraceSerializer.serializeRequest(spans)!],
  ] as const;
  for (const [type, bytes] of bodies) {
    for (const isGzipped of [false, true]) {
      const body = new Uint8Array(isGzipped ? gzipSync(bytes) : bytes);
      const encoding: Record<string, string> = isGzipped ? { "content-encoding": "gzip" } : {};
      await receiver.fetch(`${URL_OF}traces`, {
        method: "POST",
        body,
        headers: { "content-type": type, ...encoding },
      });
    }
  }
  receiver.assertValid();
  assert.deepEqual(receiver.requests.map(({ encoding, isGzipped }) => [encoding, isGzipped]), [
    ["protobuf", false],
    ["protobuf", true],
    ["json", false],
    ["json", true],
  ]);
  const [first, , json] = receiver.spans;
  assert.equal(first.traceId, span.spanContext().traceId);
  assert.equal(first.startTimeUnixNano, json.startTimeUnixNano);
  assert.deepEqual(first.events.map(({ name }: Any) => name), ["accepted", "exception"]);
  const values = Object.fromEntries(first.attributes.map(({ key, value }: Any) => [key, value]));
  assert.deepEqual(values, {
    text: { stringValue: "ä" },
    n: { intValue: "3" },
    big: { intValue: "-5" },
    f: { doubleValue: 1.5 },
    flag: { boolValue: true },
    list: { arrayValue: { values: [{ stringValue: "a" }, { stringValue: "b" }] } },
  });
});

test("what telltale() exports is well-formed, in both encodings; an observer finds its own", async () => {
  for (const protocol of ["http/protobuf", "http/json"] as const) {
    await using receiver = new OtlpReceiver();
    const endpoint = await receiver.listen();
    await using t = telltale({
      service: "orders",
      log: { sinks: [] },
      console: false,
      otlp: {
        endpoint,
        protocol,
        compression: "gzip",
      },
    });
    const items = t.metrics.histogram("items", "Items", ["shop"], { buckets: [1, 5] });
    const handler = t.instrument(() => {
      items.observe(3, { shop: "north" });
      t.tracer.span("charge", (span) => span.fail(new Error("declined")));
      t.log.warn("stock is low", { left: 2, nested: { a: [1, "x"] } });
      return new Response("ok");
    });
    const other = observe(t);
    await other.run(() => handler(new Request("http://localhost/other")));
    other.close();
    using seen = observe(t);
    await handler(new Request("http://localhost/orders"));
    await t.flush();
    receiver.assertValid();
    assert.ok(receiver.requests.every(({ isGzipped }) => isGzipped));
    assert.equal(receiver.spans.length, 4);
    assert.deepEqual(seen.exported(receiver).spans.map(({ name }) => name).sort(), [
      "GET",
      "charge",
    ]);
    assert.equal(seen.exported(receiver).logs.length, 3);
    assert.ok(receiver.metrics.some(({ name }) => name === "items"));
  }
});

test("bytes that are cut or of another type are told", async () => {
  const bytes = new Uint8Array(ProtobufTraceSerializer.serializeRequest([])!);
  assert.deepEqual(await problemsOf("traces", new Uint8Array([0x0a, 0x05, 0x01])), [
    "traces: can't be read as TracesRequest: it ends too early",
  ]);
  assert.deepEqual(await problemsOf("traces", new Uint8Array([0x08, 0x01])), [
    "traces: resourceSpans must have wire type 2, got 0",
  ]);
  assert.deepEqual(await problemsOf("traces", new Uint8Array([0x7a, 0x00])), [
    "traces: TracesRequest has no field 15",
  ]);
  assert.equal(bytes.length, 0);
});

test("OtlpReceiver answers as a test says, and refuses unknown options", async () => {
  const receiver = new OtlpReceiver({
    answer: ({ signal }) => signal === "logs" ? new Response(null, { status: 503 }) : undefined,
  });
  const send = (signal: string, body: unknown) =>
    receiver.fetch(URL_OF + signal, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    });
  assert.equal((await send("logs", logs({ timeUnixNano: "1" }))).status, 503);
  assert.equal((await send("traces", traces(goodSpan))).status, 200);
  assert.throws(() => new OtlpReceiver({ anwser: 1 } as never), /did you mean "answer"/);
  assert.throws(() => new OtlpReceiver({ answer: 1 } as never), /answer must be a function/);
});
