import { deepEqual, doesNotThrow, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { Faults } from "../../src/core/faults.ts";
import { Redactor } from "../../src/core/redact/redactor.ts";
import {
  alwaysOn,
  parentBased,
  rateLimited,
  ratioBased,
} from "../../src/trace/sampling/sampler.ts";
import {
  keepAtMost,
  keepShare,
  keepSlowerThan,
  keepSlowerThanQuantile,
  keepWhen,
} from "../../src/trace/sampling/tail_rules.ts";
import { Tracer } from "../../src/trace/tracer.ts";
import type { TracerOptions } from "../../src/trace/options.ts";
import { telltale } from "../../mod.ts";
import { ManualClock } from "../manual_clock.ts";

const odd = ["always_on", 5, {}, [], true, () => 1, Symbol("s"), 1n];
const isFine: Record<string, (value: unknown) => boolean> = {
  sampler: (value) => typeof value === "function",
  maxSpans: (value) => value === 5,
  limits: (value) => typeof value === "object" && !Array.isArray(value),
};
const names = [
  "sampler",
  "clock",
  "ids",
  "tail",
  "maxSpans",
  "propagator",
  "redactor",
  "limits",
  "faults",
] as const;

test("Tracer refuses options of wrong kinds", () => {
  for (const name of names) {
    for (const value of odd) {
      const make = () => new Tracer({ [name]: value });
      if (isFine[name]?.(value) === true) doesNotThrow(make, name);
      else {throws(make, {
          name: "TypeError",
          message: /^Cannot (create tracer|sample at the tail): /,
        });}
    }
    new Tracer({ [name]: undefined }).span("a", () => {});
    throws(() => new Tracer({ [name]: null }), { name: "TypeError" });
  }
  for (const options of ["x", 5, null, true]) {
    throws(() => new Tracer(options as TracerOptions), { name: "TypeError" });
  }
});

test("Tracer names the rule in its errors, and the option that was meant", () => {
  throws(() => new Tracer({ sampler: "parentbased_always_on" } as never), {
    name: "TypeError",
    message:
      "Cannot create tracer: sampler must be a function, such as alwaysOn or parentBased(ratioBased(0.1)) " +
      "(names like parentbased_traceidratio are for OTEL_TRACES_SAMPLER), " +
      'got "parentbased_always_on"',
  });
  throws(() => new Tracer({ samplr: alwaysOn } as never), {
    message: 'Cannot create tracer: unknown option "samplr", did you mean "sampler"?',
  });
  throws(() => new Tracer({ limits: { event: 1 } } as never), {
    message: 'Cannot create tracer: limits: unknown option "event", did you mean "events"?',
  });
  throws(() => telltale({ trace: { sampler: "ratio" as never }, log: { sinks: [] } }), {
    message: /sampler must be a function, .*, got "ratio"/,
  });
  new Tracer({
    clock: new ManualClock(),
    faults: new Faults(),
    redactor: new Redactor(),
    tail: { rules: [] },
  });
});

test("samplers and tail rules refuse invalid arguments", () => {
  const makes: (() => unknown)[] = [
    () => parentBased("always_on" as never),
    () => parentBased(undefined as never),
    () => ratioBased("0.5" as never),
    () => rateLimited("5" as never),
    () => rateLimited(5, { by: "route" as never }),
    () => keepSlowerThan("500" as never),
    () => keepSlowerThanQuantile("0.5" as never),
    () => keepShare("0.1" as never),
    () => keepAtMost("5" as never),
    () => keepWhen("failed" as never, keepShare(1)),
    () => keepWhen(() => true, 0.5 as never),
    () => new Tracer({ tail: { rules: "failed" as never } }),
    () => new Tracer({ tail: { rules: ["failed" as never] } }),
    () => new Tracer({ tail: { rules: [], maxSpans: "5" as never } }),
  ];
  for (const make of makes) throws(make, { message: /^Cannot / }, String(make));
});

test("a sampler without a decision is counted, and the span is recorded", () => {
  const hostile = {
    get sampled(): boolean {
      throw new Error("no");
    },
  };
  const decisions = [
    undefined,
    null,
    true,
    "RECORD",
    {},
    { decision: 2 },
    { sampled: 1 },
    hostile,
    Promise.resolve({ sampled: true }),
    { sampled: true, tracestate: 5 },
  ];
  for (const decision of decisions) {
    const faults = new Faults(() => {});
    const tracer = new Tracer({ sampler: () => decision as never, faults });
    equal(tracer.span("work", () => 1), 1);
    tracer.start("more").end();
    deepEqual(tracer.finished.since(0).map(({ name }) => name), ["work", "more"]);
    equal(faults.counts().get("sampler"), 2);
  }
});
