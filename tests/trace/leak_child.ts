/** A million requests, each with awaits, timers and detached work; prints the heap on the way. */
import process from "node:process";
import { instrument } from "../../src/http/server/instrument.ts";
import { current } from "../../src/core/context.ts";
import { keepFailed, keepShare } from "../../src/trace/sampling/tail_rules.ts";
import { Tracer } from "../../src/trace/tracer.ts";

const REQUESTS = 1_000_000, AT_ONCE = 100;
const tracer = new Tracer({ tail: { rules: [keepFailed, keepShare(0.5)] } });
/** Each is of one caller at a time: the same object in the same parts would be one request. */
const requests = Array.from({ length: AT_ONCE }, () =>
  new Request("http://localhost/orders/7", {
    headers: { traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`, baggage: "tenant=acme" },
  }));
let lost = 0;
const handler = instrument(async () => {
  const span = current();
  await tracer.span("inner", async (inner) => {
    await undefined;
    if (current() !== inner) lost++;
  });
  if (current() !== span) lost++;
  // Work that goes on when the request is over.
  queueMicrotask(() => tracer.start("detached").end());
  return new Response(null);
}, { tracer });

function heapBytes(): number {
  const { Bun, gc } = globalThis as unknown as {
    Bun?: { gc(force: boolean): void };
    gc?: () => void;
  };
  if (Bun !== undefined) Bun.gc(true);
  else gc?.();
  return process.memoryUsage().heapUsed;
}

const heap: number[] = [];
for (let done = 0; done < REQUESTS; done += AT_ONCE) {
  if (done % (REQUESTS / 5) === 0) heap.push(heapBytes());
  const answers: unknown[] = [];
  for (const request of requests) answers.push(handler(request));
  await Promise.all(answers);
  // Timers get their turn.
  if (done % 10_000 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
}
heap.push(heapBytes());
const { started, finished, unkept, trimmed } = tracer.counts;
console.log(JSON.stringify({ heap, lost, started, finished, unkept, trimmed }));
