/**
 * What the stores of the console really occupy when they are full, beside what they say: one line for each
 * kind of traffic, in MB.
 *
 *     deno run -A --v8-flags=--expose-gc bench/console/kept_bytes.ts        bun bench/console/kept_bytes.ts
 *
 * Arguments: one kind of traffic, or `all`; the budget in MB; requests at most.
 */
import process from "node:process";
import { telltale } from "../../mod.ts";

const { Bun: bun, gc } = globalThis as {
  Bun?: { gc(sync: boolean): void };
  gc?: () => void;
};

interface Traffic {
  readonly requests: number;
  readonly serve: (t: ReturnType<typeof telltale>, i: number) => Response;
}

/** A text that nothing else has. */
const own = (text: string, i: number): string => JSON.parse(JSON.stringify(text + i));

const TRAFFIC: Record<string, Traffic> = {
  plain: { requests: 20_000, serve: () => new Response("ok") },
  logging: {
    requests: 20_000,
    serve(t, i) {
      t.log.info("placing order", { order_id: i, customer: own("c-", i), express: true });
      t.log.info("placed order", { order_id: i, ms: i % 97 });
      return new Response("ok");
    },
  },
  spans: {
    requests: 12_000,
    serve(t, i) {
      for (let k = 0; k < 5; k++) {
        t.tracer.span("SELECT prices", { kind: "client" }, (span) => {
          span.set("db.system.name", "postgresql").set("db.query.text", own("SELECT 1 --", i));
        });
      }
      return new Response("ok");
    },
  },
  notes: {
    requests: 20_000,
    serve(t, i) {
      t.note({ user: own("user-", i), segment: i % 3 === 0 ? "pro" : "free", items: i % 7 });
      return new Response("ok", { status: i % 50 === 0 ? 503 : 200 });
    },
  },
  large: {
    requests: 6000,
    serve(t, i) {
      t.log.warn("large", { text: own("x".repeat(3000), i) });
      t.tracer.span("large", (span) => void span.set("text", own("y".repeat(3000), i)));
      return new Response("ok");
    },
  },
};

async function heapBytes(): Promise<number> {
  for (let i = 0; i < 6; i++) {
    if (bun !== undefined) bun.gc(true);
    else gc?.();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  // JavaScriptCore counts the memory of arrays in its heap.
  return bun !== undefined ? heapUsed : heapUsed + arrayBuffers;
}

/** Whatever was measured stays: what is freed later would be missing in the next reading. */
const held: unknown[] = [];

/** Fills all stores. */
async function measure({ requests, serve }: Traffic, maxMb: number) {
  const before = await heapBytes(), headers = { authorization: "Bearer correct-horse-battery" };
  const t = telltale({
    service: "orders",
    log: { sinks: [] },
    otlp: false,
    metrics: { runtime: false },
    access: { token: "correct-horse-battery" },
    console: { maxMb },
  });
  held.push(t);
  let i = 0;
  const handler = t.instrument((_request: Request) => serve(t, i));
  for (; i < requests; i++) {
    await (await handler(new Request(`http://localhost/orders/${i % 100}`))).text();
    if (i % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  const overview = new Request("http://localhost/telltale/api/overview", { headers });
  const { kept } = await (await handler(overview)).json();
  const really = await heapBytes() - before;
  await t.shutdown();
  return { kept, really };
}

const [, , only, mb, most] = process.argv, maxMb = Number(mb ?? 32);
for (const [name, traffic] of Object.entries(TRAFFIC)) {
  if (only !== undefined && only !== "all" && only !== name) continue;
  // So that what the engine keeps of the code is there before the first reading.
  await measure({ ...traffic, requests: 500 }, maxMb);
  const requests = Math.min(traffic.requests, Number(most ?? Infinity));
  const { kept, really } = await measure({ ...traffic, requests }, maxMb);
  const stores = ["rows", "lines", "spans", "pinned"].map((store) => {
    const { count, bytes } = kept[store];
    return `${store} ${count} ${(bytes / 1e6).toFixed(1)}`;
  });
  console.log(
    JSON.stringify({ name, says: kept.bytes, really, maxBytes: kept.maxBytes }),
    stores.join(", "),
  );
}
