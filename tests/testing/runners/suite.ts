/**
 * A small suite that runs under every runner, with a test that fails: what it prints is asserted.
 *
 * @module
 */
import { telltale } from "../../../mod.ts";
import { observe, type Observed } from "../../../src/testing/mod.ts";

type Test = (name: string, fn: () => Promise<void>) => unknown;

type Runner = Test & { readonly concurrent: Test };

const globals = globalThis as unknown as {
  readonly Deno?: { readonly test: Test };
  readonly Bun?: unknown;
  readonly test?: Runner;
};
const isDeno = globals.Deno !== undefined && globals.Bun === undefined;
/** A name that no bundler and no compiler resolves elsewhere. */
const BUN_TEST: string = "bun:test";
const own: Runner | undefined = globals.Bun === undefined
  ? globals.test
  : (await import(BUN_TEST)).test;
const node = own === undefined && !isDeno ? await import("node:test") : undefined;
const run = (isDeno ? globals.Deno!.test : own ?? node!.test) as Test;

const t = telltale({ service: "orders", log: { sinks: [] }, console: false, otlp: false });
const orders = t.metrics.counter("orders_total", "Orders placed", ["status"]);
const handler = t.instrument(async (request) => {
  const id = new URL(request.url).searchParams.get("id");
  await t.tracer.span("charge card", async (span) => {
    span.set("order.id", id ?? "");
    await Promise.resolve();
  });
  orders.inc({ status: "completed" });
  t.log.info("order placed", { order_id: id });
  return new Response("ok");
});

/** Runs `fn` with an observer, without `using`: Node 22 does not know it. */
async function observed(fn: (seen: Observed) => Promise<void>) {
  const seen = observe(t);
  try {
    await fn(seen);
  } finally {
    seen.close();
  }
}

const place = (id: number) => handler(new Request(`http://localhost/orders?id=${id}`));

run("it passes", () =>
  observed(async (seen) => {
    await place(7);
    seen.span("charge card").succeeded().has({ "order.id": "7" }).times(1);
    seen.metric("orders_total", { status: "completed" }).by(1);
    seen.line("order placed").has({ order_id: "7" }).times(1);
  }));

run("it fails", () =>
  observed(async (seen) => {
    await place(456);
    seen.line("order placed").has({ order_id: "457" });
  }));

/** Both tests are open at once: neither goes on before the other has begun. */
let begun = 0;
let start = () => {};
const started = new Promise<void>((resolve) => start = resolve);

function besideEachOther(beside: Test) {
  for (const count of [2, 3]) {
    beside(`side by side ${count}`, () =>
      observed(async (seen) => {
        if (++begun === 2) start();
        await started;
        for (let i = 0; i < count; i++) await place(count);
        seen.metric("orders_total", { status: "completed" }).by(count);
        seen.span("charge card").times(count);
        seen.line("order placed").has({ order_id: `${count}` }).times(count);
        if (seen.unclear > 0) throw new Error(`${seen.unclear} are unclear`);
      }));
  }
}

// Deno runs the tests of one file one after the other.
if (own !== undefined) besideEachOther(own.concurrent);
else if (node !== undefined) {
  node.describe("side by side", { concurrency: true }, () => besideEachOther(node.test as Test));
}
