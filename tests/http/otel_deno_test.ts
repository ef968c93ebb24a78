import { deepEqual, equal, match, notEqual } from "node:assert/strict";
import { execFile } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { runtime } from "../../src/core/platform.ts";
import { HANG_MS, skipWhen } from "../tool.ts";

const CHILD = fileURLToPath(new URL("otel_deno_child.ts", import.meta.url));

/** The output of the child with these settings of Deno's tracing. */
async function told(variables: Record<string, string>) {
  // Nothing listens there: Deno's exporter has to cope.
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" };
  const env = { ...process.env, ...endpoint, ...variables };
  const args = ["run", "-A", "--no-check", CHILD];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

const settings: [name: string, variables: Record<string, string>][] = [
  ["off", {}],
  ["on", { OTEL_DENO: "true" }],
  ["on, with no propagator", { OTEL_DENO: "true", OTEL_PROPAGATORS: "none" }],
  ["on, with baggage only", { OTEL_DENO: "true", OTEL_PROPAGATORS: "baggage" }],
  ["on, with the trace only", { OTEL_DENO: "true", OTEL_PROPAGATORS: "tracecontext" }],
  ["on for metrics only", { OTEL_DENO: "true", OTEL_TRACES_EXPORTER: "none" }],
];
for (const [name, variables] of settings) {
  test(`Deno's own tracing ${name}: one Telltale service continues another's trace`, {
    skip: skipWhen(runtime.name !== "deno", "about Deno's own tracing"),
    timeout: HANG_MS,
  }, async () => {
    const { outside, inside, request, redirect, unsampled, stranger, sent, taken } = await told(
      variables,
    );
    // Two services, one trace: the parent at the one is the client span of the other.
    const [first, second, third, fourth] = sent;
    deepEqual(taken.slice(0, 3), [first, second, third]);
    deepEqual(taken.slice(3, 5), [fourth, fourth]);
    for (const [traceId] of [second, third, fourth]) {
      equal(traceId, "0af7651916cd43dd8448eb211c80319c");
    }
    match(outside[0], /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[13]$/);
    for (const [traceparent, tracestate, baggage] of [inside, request, redirect]) {
      match(traceparent, /^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
      deepEqual([tracestate, baggage], ["a=1", "user=7"]);
    }
    match(unsampled[0], /^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-00$/);
    // Who is in no list gets nothing of ours; what Deno sends of its own is Deno's.
    notEqual(stranger?.slice(3, 35), "0af7651916cd43dd8448eb211c80319c");
  });
}
