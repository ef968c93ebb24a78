import { deepEqual } from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import type { Context } from "../../src/core/context.ts";
import { Faults } from "../../src/core/faults.ts";
import { telltale, type TelltaleOptions } from "../../mod.ts";
import { alwaysOn } from "../../src/trace/sampling/sampler.ts";
import { samplerFromEnvironment } from "../../src/trace/sampling/environment.ts";

const low = "0123456789abcdef0120000000000000", high = "0123456789abcdef01ffffffffffffff";
const parent = (flags: number): Context => ({
  traceId: low,
  spanId: "b7ad6b7169203331",
  flags,
  tracestate: "",
  requestId: "",
});

/** Sampler, argument; then the decisions for a low root, a high root, a recorded and an unrecorded parent. */
const cases: [name?: string, arg?: string, decisions?: string, fault?: string][] = [
  [undefined, undefined, undefined],
  ["  ", undefined, undefined],
  ["always_on", undefined, "++++"],
  ["always_off", undefined, "----"],
  ["traceidratio", "0.5", "-+--"],
  ["traceidratio", undefined, "++++"],
  ["traceidratio", "half", "++++", "OTEL_TRACES_SAMPLER_ARG"],
  ["traceidratio", "1.5", "++++", "OTEL_TRACES_SAMPLER_ARG"],
  ["parentbased_always_on", undefined, "+++-"],
  ["parentbased_always_off", undefined, "--+-"],
  ["parentbased_traceidratio", "0.5", "-++-"],
  ["parentbased_traceidratio", "0", "--+-"],
  ["jaeger_remote", undefined, undefined, "OTEL_TRACES_SAMPLER"],
];

for (const [name, arg, decisions, fault] of cases) {
  test(`samplerFromEnvironment(): ${name} ${arg ?? ""}`, () => {
    const faults = new Faults();
    const env = new Map([["OTEL_TRACES_SAMPLER", name], ["OTEL_TRACES_SAMPLER_ARG", arg]]);
    const sampler = samplerFromEnvironment(faults, (key) => env.get(key));
    const given = [[low, undefined], [high, undefined], [low, parent(1)], [
      low,
      parent(0),
    ]] as const;
    deepEqual(
      sampler &&
        given.map(([id, parent]) => sampler(id, "x", {}, parent).sampled ? "+" : "-").join(""),
      decisions,
    );
    deepEqual([...faults.counts().keys()], fault === undefined ? [] : [fault]);
  });
}

test("telltale() samples by the environment, unless an option says otherwise", async () => {
  const before = process.env.OTEL_TRACES_SAMPLER;
  process.env.OTEL_TRACES_SAMPLER = "always_off";
  try {
    const recording = async (trace?: TelltaleOptions["trace"]) => {
      await using t = telltale({ log: { sinks: [] }, metrics: { runtime: false }, trace });
      return t.tracer.start("work").recording;
    };
    deepEqual([await recording(), await recording({ sampler: alwaysOn })], [false, true]);
  } finally {
    if (before === undefined) delete process.env.OTEL_TRACES_SAMPLER;
    else process.env.OTEL_TRACES_SAMPLER = before;
  }
});
