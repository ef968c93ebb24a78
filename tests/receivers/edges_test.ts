/** No edge of the data is without a case that every receiver is sent. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { edgeCases, LOG_EDGES, METRIC_EDGES, SPAN_EDGES } from "./edges.ts";
import { logCases } from "./log_cases.ts";
import { METRIC_CASES } from "./metric_cases.ts";
import { METRIC_WAYS } from "./metric_ways.ts";
import { RESOURCE } from "./resource.ts";
import { SPAN_CASES, spansOf } from "./span_cases.ts";

/** Edges that no case is at. */
function uncovered(cases: ReadonlyMap<string, readonly string[]>): string[] {
  return [...cases].filter(([, names]) => names.length === 0).map(([edge]) => edge);
}

test("every edge of metrics is a case, and both temporalities and all shapes are a way", () => {
  const items = new Map(Object.entries(METRIC_CASES).map(([name, one]) => [name, [one]]));
  assert.deepEqual(uncovered(edgeCases(METRIC_EDGES, items)), []);
  const shapes = new Set(METRIC_WAYS.map(({ shape }) => shape));
  assert.deepEqual([...shapes].sort(), ["both", "classic", "native"]);
  const temporalities = METRIC_WAYS.filter(({ how }) => how.startsWith("OTLP"))
    .map(({ shape, isDelta }) => `${shape} ${isDelta ? "delta" : "cumulative"}`);
  assert.deepEqual([...new Set(temporalities)].sort(), [
    "classic cumulative",
    "classic delta",
    "native cumulative",
    "native delta",
  ]);
});

test("every edge of log records is a case, equal lines of one millisecond among them", async () => {
  const records = await logCases("edges", { name: "none", write: () => {} });
  assert.deepEqual(uncovered(edgeCases(LOG_EDGES, records)), []);
  const [first, second] = records.get("equal")!;
  assert.deepEqual(
    { ...second!, fields: second!.fields },
    { ...first!, fields: first!.fields },
  );
});

test("every edge of spans is a case, and every part of a span is set in one", () => {
  const items = new Map(Object.keys(SPAN_CASES).map((name) => [name, spansOf(name)]));
  assert.deepEqual(uncovered(edgeCases(SPAN_EDGES, items)), []);
  const all = [...items.values()].flat();
  const [first] = all;
  const constant = Object.keys(first!).filter((part) =>
    new Set(all.map((span) => JSON.stringify(span[part as keyof typeof span]))).size === 1
  );
  // A span's own ids are those of `spanRecord`; they arrive, as the matrix shows.
  assert.deepEqual(constant, ["traceId", "spanId"]);
  const kinds = (values: readonly unknown[]) => [...new Set(values)].sort();
  assert.deepEqual(
    kinds(all.map(({ kind }) => kind)),
    ["client", "consumer", "internal", "producer", "server"],
  );
  assert.deepEqual(kinds(all.map(({ status }) => status)), ["error", "ok", "unset"]);
});

test("the resource has a value of every type, a map in a map among them", () => {
  const kinds = Object.values(RESOURCE as object).map((value) =>
    Array.isArray(value) ? "array" : typeof value
  );
  assert.deepEqual([...new Set(kinds)].sort(), ["array", "boolean", "number", "object", "string"]);
  assert.equal(
    JSON.stringify((RESOURCE as Record<string, unknown>)["k8s.labels"]).match(/{/g)!.length,
    2,
  );
});
