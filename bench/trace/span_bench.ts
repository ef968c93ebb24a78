import { Ids } from "../../src/core/ids.ts";
import { run } from "../../src/core/context.ts";
import { alwaysOff, parentBased, ratioBased } from "../../src/trace/sampling/sampler.ts";
import { Tracer } from "../../src/trace/tracer.ts";

const tracer = new Tracer();
const off = new Tracer({ sampler: parentBased(alwaysOff) });
const rare = new Tracer({ sampler: parentBased(ratioBased(0.0001)) });
const root = tracer.start("root");
const unrecorded = off.start("root");
const child = { parent: root };
const orphan = { parent: unrecorded };
const ids = new Ids();

Deno.bench("trace id and span id", { group: "ids" }, () => {
  ids.traceId();
  ids.spanId();
});

Deno.bench("start and end, root", { group: "recorded" }, () => {
  tracer.start("work").end();
});

Deno.bench("start, 3 attributes, end, root", { group: "recorded" }, () => {
  const span = tracer.start("work");
  span.set("db.system.name", "sqlite").set("db.operation.name", "INSERT").set("rows", 1);
  span.end();
});

Deno.bench("start, 3 attributes, end, child", { group: "recorded" }, () => {
  const span = tracer.start("work", child);
  span.set("db.system.name", "sqlite").set("db.operation.name", "INSERT").set("rows", 1);
  span.end();
});

Deno.bench("start, 3 attributes, end, two clock reads taken by the caller", {
  group: "recorded",
}, () => {
  const span = tracer.start("work", { startedAtMs: 1 });
  span.set("db.system.name", "sqlite").set("db.operation.name", "INSERT").set("rows", 1);
  span.end(2);
});

Deno.bench("span(name, fn), active", { group: "recorded" }, () => {
  tracer.span("work", () => 1);
});

Deno.bench("span(name, fn), active, 100 children", { group: "recorded" }, () => {
  tracer.span("request", () => {
    for (let i = 0; i < 100; i++) tracer.span("work", () => i);
  });
});

Deno.bench("start, 3 attributes, end, root", { group: "unsampled" }, () => {
  const span = off.start("work");
  span.set("db.system.name", "sqlite").set("db.operation.name", "INSERT").set("rows", 1);
  span.end();
});

Deno.bench("the same by ratio", { group: "unsampled" }, () => {
  const span = rare.start("work");
  span.set("db.system.name", "sqlite").set("db.operation.name", "INSERT").set("rows", 1);
  span.end();
});

Deno.bench("the same, child", { group: "unsampled" }, () => {
  const span = off.start("work", orphan);
  span.set("db.system.name", "sqlite").set("db.operation.name", "INSERT").set("rows", 1);
  span.end();
});

Deno.bench("span(name, fn) in an unrecorded span, 100 times", { group: "unsampled" }, () => {
  run(unrecorded, () => {
    for (let i = 0; i < 100; i++) off.span("work", () => i);
  });
});
