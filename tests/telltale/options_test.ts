import { doesNotThrow, match, throws } from "node:assert/strict";
import { test } from "node:test";
import { telltale, type TelltaleOptions } from "../../mod.ts";

/** What a caller without types, or with an object that is not fresh, may hand in. */
const WRONG: readonly (readonly [options: object, message: string])[] = [
  [{ servce: "x" }, 'Cannot set up telltale: unknown option "servce", did you mean "service"?'],
  [{ log: { levl: "info" } }, 'Cannot make logger: unknown option "levl", did you mean "level"?'],
  [
    { metrics: { maxSerie: 5 } },
    'Cannot set up metrics: unknown option "maxSerie", did you mean "maxSeries"?',
  ],
  [
    { trace: { samplr: 1 } },
    'Cannot create tracer: unknown option "samplr", did you mean "sampler"?',
  ],
  [
    { client: { tracehosts: [] } },
    'Cannot set up client: unknown option "tracehosts", did you mean "traceHosts"?',
  ],
  [
    { endpoints: { metrcs: "/m" } },
    'Cannot set path of endpoint: unknown option "metrcs", did you mean "metrics"?',
  ],
  [{ access: { tokn: "t" } }, 'Cannot set access: unknown option "tokn", did you mean "token"?'],
  [
    { trace: { sampler: "parentbased_traceidratio" } },
    "Cannot create tracer: sampler must be a function, such as alwaysOn or parentBased(ratioBased(0.1)) " +
    "(names like parentbased_traceidratio are for OTEL_TRACES_SAMPLER), " +
    'got "parentbased_traceidratio"',
  ],
  [
    { trace: { propagator: "b3" } },
    'Cannot create tracer: propagator must be a Propagator, such as w3c, got "b3"',
  ],
  [{ trace: { limits: 5 } }, "Cannot create tracer: limits must be an object, got 5"],
  [
    { trace: { limits: { attribute: 5 } } },
    'Cannot create tracer: limits: unknown option "attribute", did you mean "attributes"?',
  ],
  [
    { trace: { tail: { rules: ["slow"] } } },
    'Cannot sample at the tail: each rule must be a function, got "slow"',
  ],
  [
    { otlp: { endpont: "http://a" } },
    'Cannot export by OTLP: unknown option "endpont", did you mean "endpoint"?',
  ],
  [
    { otlp: { traces: { maxItem: 5 } } },
    'Cannot export by OTLP: traces: unknown option "maxItem", did you mean "maxItems"?',
  ],
  [
    { otlp: { metrics: { interval: 5 } } },
    'Cannot export by OTLP: metrics: unknown option "interval", did you mean "intervalMs"?',
  ],
  [
    { otlp: { logs: { levl: "info" } } },
    'Cannot export by OTLP: logs: unknown option "levl", did you mean "level"?',
  ],
  [
    { http: { headers: { requests: [] } } },
    'Cannot instrument handler: headers: unknown option "requests", did you mean "request"?',
  ],
  [
    { log: { limit: { maxRecords: 5 } } },
    "Cannot make logger: limit must be a RateLimit, got object",
  ],
  [
    { log: { flight: true } },
    "Cannot make logger: flight must be a FlightRecorder, got true",
  ],
  [
    { trace: { tail: { rules: [], maxSpan: 5 } } },
    'Cannot sample at the tail: unknown option "maxSpan", did you mean "maxSpans"?',
  ],
  [
    { metrics: { cluster: { sockt: "/a" } } },
    'Cannot join cluster: unknown option "sockt", did you mean "socket"?',
  ],
  [{ nonsense: 1 }, 'Cannot set up telltale: unknown option "nonsense"'],
  [{ service: 5 }, "Cannot name the service: service must be a string, got 5"],
  [{ version: {} }, "Cannot name the service: version must be a string, got object"],
];

test("telltale() refuses an option that nobody reads, with the nearest name", () => {
  for (const [options, message] of WRONG) {
    throws(() => telltale(options as TelltaleOptions), { name: "TypeError", message });
  }
});

test("telltale() refuses nested options that are not objects", () => {
  const nested: readonly (readonly [name: string, what?: string, path?: readonly string[]])[] = [
    ...[
      "log",
      "redact",
      "metrics",
      "trace",
      "endpoints",
      "access",
      "http",
      "client",
      "otlp",
      "console",
    ]
      .map((name) => [name] as const),
    ["levels", "make logger", ["log"]],
    ["customLevels", "make logger", ["log"]],
    ["limits", "create tracer", ["trace"]],
    ["tail", "create tracer", ["trace"]],
    ["cluster", "create registry", ["metrics"]],
    ["headers", "instrument handler", ["http"]],
    ["labels", "instrument handler", ["http"]],
    ["traces", "export by OTLP", ["otlp"]],
    ["metrics", "export by OTLP", ["otlp"]],
    ["logs", "export by OTLP", ["otlp"]],
    ["spool", "export by OTLP", ["otlp"]],
    ["headers", "export by OTLP", ["otlp"]],
  ];
  for (const [name, what = "set up telltale", path = []] of nested) {
    for (const [given, got] of [[null, "null"], [5, "5"], [["a"], "array"]] as const) {
      const options = path.reduceRight<object>((inner, outer) => ({ [outer]: inner }), {
        [name]: given,
      });
      throws(() => telltale({ log: { sinks: [] }, ...options }), {
        name: "TypeError",
        message: `Cannot ${what}: ${name} must be an object, got ${got}`,
      }, JSON.stringify(options));
    }
  }
});

test("telltale() refuses in a part what all parts share", () => {
  const rows: readonly (readonly [part: string, names: readonly string[]])[] = [
    ["trace", ["redactor", "clock", "faults"]],
    ["log", ["service", "redact", "clock", "faults"]],
    ["http", ["trust", "registry", "tracer", "logger", "endpoints", "clock", "faults"]],
  ];
  for (const [part, names] of rows) {
    for (const name of names) {
      for (const given of [{}, null]) {
        throws(() => telltale({ [part]: { [name]: given } }), {
          name: "TypeError",
          message: `Cannot set up telltale: ${part} must not have "${name}", which all parts share`,
        });
      }
      doesNotThrow(() => telltale({ log: { sinks: [] }, [part]: { [name]: undefined } }));
    }
  }
  for (const name of ["redactor", "clock", "faults"]) {
    throws(() => telltale({ metrics: { [name]: {} } }), {
      message: `Cannot set up metrics: unknown option "${name}"`,
    });
  }
});

test("telltale() takes every option of the registry", async () => {
  const metrics = { names: "utf-8", created: true, maxScrapes: 1, collectorTimeoutMs: 10 } as const;
  await using t = telltale({ log: { sinks: [] }, metrics });
  t.metrics.counter("orders.placed", "Orders placed").inc();
  const accept = "text/plain; version=1.0.0; escaping=allow-utf-8";
  const request = new Request("http://localhost/metrics", { headers: { accept } });
  match(await (await t.metrics.scrape(request)).text(), /^\{"orders\.placed"\} 1$/m);
  throws(() => telltale({ metrics: { maxScrapes: 0 } }), { message: /maxScrapes/ });
});

test("the parts that telltale() makes refuse such options too", async () => {
  await using t = telltale({ service: "x", log: { sinks: [] } });
  throws(() => t.instrument(() => new Response(), { slowMS: 5 } as never), {
    message: 'Cannot instrument handler: unknown option "slowMS", did you mean "slowMs"?',
  });
  throws(() => t.metrics.histogram("h", "H", [], { bukets: [1] } as never), {
    message: 'Cannot register histogram "h": unknown option "bukets", did you mean "buckets"?',
  });
  throws(() => t.health.check("db", () => true, { timeout: 5 } as never), {
    message: 'Cannot register check "db": unknown option "timeout", did you mean "timeoutMs"?',
  });
  // Undefined means absent.
  doesNotThrow(() => telltale({ service: undefined, log: undefined, metrics: undefined }));
});
