import { doesNotThrow, throws } from "node:assert/strict";
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
    'Cannot create tracer: sampler "parentbased_traceidratio" is not a function, such as alwaysOn, ' +
    "ratio(0.1) or parentBased(ratio(0.1)); names like parentbased_traceidratio are for " +
    "OTEL_TRACES_SAMPLER",
  ],
  [
    { trace: { propagator: "b3" } },
    'Cannot create tracer: propagator "b3" is not a Propagator, such as w3c',
  ],
  [{ trace: { limits: 5 } }, "Cannot create tracer: limits 5 are not an object"],
  [
    { trace: { limits: { attribute: 5 } } },
    'Cannot create tracer: limits: unknown option "attribute", did you mean "attributes"?',
  ],
  [
    { trace: { tail: { keep: ["slow"] } } },
    'Cannot sample at the tail: rule "slow" is not a function',
  ],
  [{ nonsense: 1 }, 'Cannot set up telltale: unknown option "nonsense"'],
  [{ service: 5 }, "Cannot name the service: service must be a string, got number"],
  [{ version: {} }, "Cannot name the service: version must be a string, got object"],
];

test("telltale() refuses an option that nobody reads, with the nearest name", () => {
  for (const [options, message] of WRONG) {
    throws(() => telltale(options as TelltaleOptions), { name: "TypeError", message });
  }
});

test("what telltale() makes refuses such options too", async () => {
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
  // Undefined stands for nothing.
  doesNotThrow(() => telltale({ service: undefined, log: undefined, metrics: undefined }));
});
