import assert from "node:assert/strict";
import { test } from "node:test";
import { Faults } from "../../src/core/faults.ts";
import type { OtlpOptions } from "../../src/export/otlp/options.ts";
import { otlpSettings } from "../../src/export/otlp/settings.ts";

function settings(options?: OtlpOptions | false, env: Record<string, string> = {}) {
  const faults = new Faults();
  return { read: otlpSettings(options, faults, (name) => env[name]), faults };
}

const BASE = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318" };

test("otlpSettings() exports nothing without an endpoint, or when it is disabled", () => {
  const cases: [OtlpOptions | false | undefined, Record<string, string>][] = [
    [undefined, {}],
    [{}, {}],
    [false, BASE],
    [{ endpoint: "http://c" }, { OTEL_SDK_DISABLED: "TRUE" }],
    [{ traces: false, metrics: false, logs: false }, BASE],
    [undefined, {
      ...BASE,
      OTEL_TRACES_EXPORTER: "none",
      OTEL_METRICS_EXPORTER: "prometheus",
      OTEL_LOGS_EXPORTER: "none",
    }],
  ];
  for (const [options, env] of cases) assert.equal(settings(options, env).read, undefined);
});

test("otlpSettings() has the defaults of the specification", () => {
  const common = {
    headers: { "user-agent": "telltale-otlp" },
    timeoutMs: 10_000,
    gzip: false,
    json: false,
    deadlineMs: 30_000,
  };
  const batches = { ...common, maxItems: 2048, maxBatchItems: 512 };
  assert.deepEqual(settings(undefined, BASE).read, {
    traces: { ...batches, url: "http://c:4318/v1/traces", delayMs: 5000 },
    metrics: {
      ...common,
      maxItems: 0,
      maxBatchItems: 0,
      url: "http://c:4318/v1/metrics",
      delayMs: 60_000,
    },
    logs: { ...batches, url: "http://c:4318/v1/logs", delayMs: 1000 },
    temporality: "cumulative",
    histograms: "explicit",
    spool: undefined,
  });
});

test("otlpSettings() reads the standard variables, those of one signal first", () => {
  const { read, faults } = settings(undefined, {
    OTEL_EXPORTER_OTLP_ENDPOINT: "https://c/base/",
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://t:1/own",
    OTEL_EXPORTER_OTLP_HEADERS: "api-key=a%20b,x=y",
    OTEL_EXPORTER_OTLP_LOGS_HEADERS: "z=1",
    OTEL_EXPORTER_OTLP_TIMEOUT: "2000",
    OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: "3000",
    OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
    OTEL_EXPORTER_OTLP_LOGS_COMPRESSION: "none",
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/protobuf",
    OTEL_BSP_SCHEDULE_DELAY: "10",
    OTEL_BSP_EXPORT_TIMEOUT: "11",
    OTEL_BSP_MAX_QUEUE_SIZE: "12",
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "13",
    OTEL_BLRP_SCHEDULE_DELAY: "20",
    OTEL_METRIC_EXPORT_INTERVAL: "30",
    OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: "Delta",
    OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: "base2_exponential_bucket_histogram",
  });
  const headers = { "user-agent": "telltale-otlp", "api-key": "a b", x: "y" };
  assert.deepEqual(read, {
    traces: {
      url: "http://t:1/own",
      headers,
      timeoutMs: 2000,
      gzip: true,
      json: false,
      delayMs: 10,
      deadlineMs: 11,
      maxItems: 12,
      maxBatchItems: 12,
    },
    metrics: {
      url: "https://c/base/v1/metrics",
      headers,
      timeoutMs: 3000,
      gzip: true,
      json: true,
      delayMs: 30,
      deadlineMs: 30_000,
      maxItems: 0,
      maxBatchItems: 0,
    },
    logs: {
      url: "https://c/base/v1/logs",
      headers: { "user-agent": "telltale-otlp", z: "1" },
      timeoutMs: 2000,
      gzip: false,
      json: true,
      delayMs: 20,
      deadlineMs: 30_000,
      maxItems: 2048,
      maxBatchItems: 512,
    },
    temporality: "delta",
    histograms: "exponential",
    spool: undefined,
  });
  assert.equal(faults.counts().size, 0);
});

test("otlpSettings() prefers options to variables", () => {
  const { read } = settings({
    endpoint: "http://mine:1",
    protocol: "http/json",
    traces: { headers: { "X-Own": "1" }, delayMs: 7, maxItems: 5 },
    metrics: { endpoint: "http://m/all", temporality: "delta" },
  }, {
    ...BASE,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://env/t",
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
    OTEL_BSP_SCHEDULE_DELAY: "1",
  });
  assert.equal(read?.traces?.url, "http://mine:1/v1/traces");
  assert.deepEqual(read?.traces?.headers, { "user-agent": "telltale-otlp", "x-own": "1" });
  assert.deepEqual([read?.traces?.json, read?.traces?.delayMs, read?.traces?.maxBatchItems], [
    true,
    7,
    5,
  ]);
  assert.equal(read?.metrics?.url, "http://m/all");
  assert.equal(read?.temporality, "delta");
});

test("otlpSettings() throws for options that are not valid and names them", () => {
  const cases: [OtlpOptions, string][] = [
    [
      { endpoint: "nonsense" },
      'Cannot export by OTLP: endpoint must be an http or https URL without user and password, got "nonsense"',
    ],
    [
      { endpoint: "ftp://c?key=secret" },
      'Cannot export by OTLP: endpoint must be an http or https URL without user and password, got "ftp://c"',
    ],
    [
      { endpoint: "http://u:secret@c:1" },
      "Cannot export by OTLP: endpoint must be an http or https URL without user and password, got one with them",
    ],
    [
      { endpoint: "http://c", protocol: "grpc" as "http/json" },
      'Cannot export by OTLP: protocol must be one of http/protobuf, http/json, got "grpc"',
    ],
    [
      { endpoint: "http://c", headers: { a: "x\ny" } },
      'Cannot export by OTLP: header "a" must have a valid name and value',
    ],
    [
      { endpoint: "http://c", traces: { maxItems: 0 } },
      "Cannot export by OTLP: maxItems must be a whole number from 1 to 2147483647, got 0",
    ],
    [
      { endpoint: "http://c", spool: { folder: "x", maxBytes: 0 } },
      "Cannot spool: maxBytes must be positive, got 0",
    ],
    [{ endpoint: "http://c", spool: "" }, 'Cannot spool: folder must be a path, got ""'],
  ];
  for (const [options, message] of cases) {
    assert.throws(() => settings(options), { message });
  }
  assert.throws(
    () => settings({ endpoint: "http://c", spool: new URL(import.meta.url).pathname }),
    /^TypeError: Cannot spool to ".*otlp_settings_test.ts": .*EEXIST|^TypeError: Cannot spool to/,
  );
});

test("otlpSettings() ignores and reports variables that are not valid", () => {
  const { read, faults } = settings(undefined, {
    ...BASE,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "not a url",
    OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
    OTEL_EXPORTER_OTLP_TIMEOUT: "soon",
    OTEL_BSP_MAX_QUEUE_SIZE: "-1",
  });
  assert.equal(read?.traces?.url, "http://c:4318/v1/traces");
  assert.deepEqual([read?.traces?.json, read?.traces?.timeoutMs, read?.traces?.maxItems], [
    false,
    10_000,
    2048,
  ]);
  assert.deepEqual([...faults.counts().keys()].sort(), [
    "OTEL_BSP_MAX_QUEUE_SIZE",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_EXPORTER_OTLP_TIMEOUT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
  ]);
});

test("otlpSettings() takes the headers of a variable whole or not at all, and reports why", () => {
  const cases: [string, Record<string, string> | undefined][] = [
    ["api%2Dkey=a%2Cb,tenant=c%3Dd", { "api-key": "a,b", tenant: "c=d" }],
    ["api-key=p%zz,tenant=a", undefined],
    ["tenant=a,api-key", undefined],
    ["tenant=a,api key=b", undefined],
    ["tenant=a,api-key=b%0Ac", undefined],
  ];
  for (const [text, headers] of cases) {
    for (const name of ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"]) {
      const { read, faults } = settings(undefined, { ...BASE, [name]: text });
      assert.deepEqual(read?.traces?.headers, { "user-agent": "telltale-otlp", ...headers }, text);
      assert.deepEqual([...faults.counts().keys()], headers === undefined ? [name] : [], text);
    }
  }
});

test("otlpSettings() never lets Deno prompt for network access", () => {
  const denied = () => false;
  assert.throws(
    () => otlpSettings({ endpoint: "http://c:1" }, new Faults(), () => undefined, denied),
    { message: 'Cannot export to "c:1": needs --allow-net=c:1' },
  );
  const faults = new Faults();
  const env = (name: string) => ({ ...BASE } as Record<string, string>)[name];
  assert.equal(otlpSettings(undefined, faults, env, denied), undefined);
  assert.equal(faults.counts().get("OTEL_EXPORTER_OTLP_ENDPOINT"), 3);
});
