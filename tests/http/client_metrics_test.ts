import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { ClientMetrics } from "../../src/http/client/metrics.ts";
import { Registry } from "../../src/metrics/registry.ts";

async function labelsOf(registry: Registry): Promise<Record<string, string>[]> {
  const [family] = await registry.collect();
  return family!.samples.map(({ labels: { names, values } }) =>
    Object.fromEntries(names.map((name, i) => [name, values[i]!]))
  );
}

test("ClientMetrics labels a missing response by error_type", async () => {
  const registry = new Registry(), metrics = new ClientMetrics(registry);
  metrics.ended("GET", 200, "a", 0.1, undefined, 80);
  metrics.ended("GET", 503, "a", 0.1, "503", 80);
  metrics.ended("GET", "error", "a", 0.1, "TimeoutError", 80);
  metrics.ended("GET", "aborted", "a", 0.1, undefined, 80);
  const rest = { method: "GET", host: "a", port: "80" };
  deepEqual(await labelsOf(registry), [
    { ...rest, status: "200", error_type: "" },
    { ...rest, status: "503", error_type: "" },
    { ...rest, status: "error", error_type: "TimeoutError" },
    { ...rest, status: "aborted", error_type: "" },
  ]);
});

test("ClientMetrics tells 32 kinds of errors apart, and none with an overlong name", async () => {
  const registry = new Registry(), metrics = new ClientMetrics(registry);
  metrics.ended("GET", "error", "a", 0.1, "E".repeat(129), 80);
  for (let i = 0; i < 100; i++) metrics.ended("GET", "error", "a", 0.1, `Error${i}`, 80);
  const types = (await labelsOf(registry)).map(({ error_type }) => error_type);
  equal(types.length, 33);
  deepEqual([types[0], types.at(-1)], ["_OTHER", "Error31"]);
});
