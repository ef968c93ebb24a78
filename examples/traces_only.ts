/**
 * Traces alone: `deno run examples/traces_only.ts` runs a job in spans and prints them as a tree.
 */
import { type SpanRecord, Tracer } from "../src/trace/mod.ts";

const tracer = new Tracer();

await tracer.span("nightly import", async (span) => {
  span.set("file", "orders.csv");
  const rows = await tracer.span("read", () => Promise.resolve([1, 2, 3]));
  for (const row of rows) {
    try {
      tracer.span("store row", { attributes: { row } }, () => {
        if (row === 2) throw new TypeError("no such customer");
      });
    } catch {
      span.event("row skipped", { row });
    }
  }
  // What runs elsewhere continues the trace from a carrier: headers, or the fields of a message.
  const message: Record<string, string> = {};
  tracer.inject(message);
  const parent = tracer.extract(message);
  await tracer.span("send report", { kind: "consumer", parent }, () => Promise.resolve());
});

const spans: readonly SpanRecord[] = [...tracer.finished];
function print(parentId: string, indent: string): void {
  for (const { name, spanId, parentSpanId, status, statusMessage, events } of spans) {
    if (parentSpanId !== parentId) continue;
    const outcome = status === "error" ? `: ${statusMessage}` : "";
    console.log(`${indent}${name}${outcome}${events.map(({ name }) => ` [${name}]`).join("")}`);
    print(spanId, `${indent}  `);
  }
}
print("", "");
