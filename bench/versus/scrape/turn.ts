/**
 * One turn of a scrape bench: a process of its own that holds 100 000 counters, with our registry or with
 * a rival's, and prints what its scrapes cost.
 *
 * `turn.ts ours|@prometheus-io/client|prom-client [SECONDS of other work before each further scrape…]`
 *
 * @module
 */
import process from "node:process";
import type { Counter as PromCounter, Registry as PromRegistry } from "prom-client";

const SERIES = 100_000;
const METHODS = ["GET", "POST", "PUT", "DELETE"], ROUTES = 250;
const LABELS = ["method", "route", "tenant"] as const;

/** What a library does here. */
interface Library {
  inc(method: string, route: string, tenant: string): void;
  scrape(): Promise<Uint8Array>;
}

/** The cost of one scrape. */
export interface Scrape {
  /** Milliseconds until the bytes are there. */
  readonly ms: number;
  /** CPU time of all threads in the meantime, collectors and compilers included, in milliseconds. */
  readonly cpuMs: number;
  readonly bytes: number;
}

const LIBRARIES: { readonly [name: string]: () => Promise<Library> } = {
  async ours() {
    const { Registry } = await import("../../../src/metrics/mod.ts");
    const registry = new Registry({ maxSeries: SERIES });
    const counter = registry.counter("requests_total", "Requests", LABELS);
    return {
      inc: (method, route, tenant) => counter.inc({ method, route, tenant }),
      scrape: async () => new Uint8Array(await (await registry.scrape()).arrayBuffer()),
    };
  },
  async "@prometheus-io/client"() {
    const { Counter, Registry } = (await import("@prometheus-io/client")).default;
    return theirs(Counter as never, new Registry() as never);
  },
  async "prom-client"() {
    const { Counter, Registry } = (await import("prom-client")).default;
    return theirs(Counter, new Registry());
  },
};

/** Both have one interface, as far as it goes here. */
function theirs(Counter: typeof PromCounter, registry: PromRegistry): Library {
  const counter = new Counter({
    name: "requests_total",
    help: "Requests",
    labelNames: [...LABELS],
    registers: [registry],
  });
  return {
    inc: (method, route, tenant) => counter.inc({ method, route, tenant }),
    scrape: async () => new TextEncoder().encode(await registry.metrics()),
  };
}

/** Counts a request; its label values are texts of its own, as those that are cut from a URL are. */
function count(library: Library, series: number): void {
  const method = METHODS[series % METHODS.length]!;
  const route = `/api/v1/resource-${Math.floor(series / METHODS.length) % ROUTES}/:id`;
  const tenant = `tenant-${Math.floor(series / METHODS.length / ROUTES)}`;
  library.inc(method, route, tenant);
}

/** Makes all series in no order, then counts many requests of few and few of many. */
function countAll(library: Library): void {
  // A permutation: 61 813 is coprime to the number of series.
  for (let n = 0; n < SERIES; n++) count(library, n * 61_813 % SERIES);
  for (let n = 0; n < 4 * SERIES; n++) {
    const share = n * 7919 % SERIES / SERIES;
    count(library, Math.floor(SERIES * share ** 3));
  }
}

async function measure(library: Library): Promise<Scrape> {
  const cpu = process.cpuUsage(), start = performance.now();
  const { length } = await library.scrape();
  const ms = performance.now() - start, { user, system } = process.cpuUsage(cpu);
  return { ms, cpuMs: (user + system) / 1000, bytes: length };
}

/** What a service does between scrapes: requests, JSON, short-lived and longer-lived objects, counting. */
async function work(library: Library, seconds: number): Promise<void> {
  const end = performance.now() + seconds * 1000;
  const held: unknown[] = [];
  for (let n = 0; performance.now() < end; n++) {
    const request = new Request(`http://localhost/orders/${n}`, {
      method: "POST",
      body: JSON.stringify({
        id: n,
        lines: Array.from({ length: 20 }, (_, i) => ({ sku: `${i}` })),
      }),
    });
    const order = await request.json();
    held[n % 5000] = { order, text: `order ${n} of ${order.lines.length} lines`, at: new Date() };
    const response = Response.json(order, { headers: { "x-request-id": String(n) } });
    await response.text();
    count(library, n * 7919 % SERIES);
    if (n % 100 === 99) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  if (held.length === 0) throw new Error("nothing was kept");
}

const [name = "ours", ...seconds] = process.argv.slice(2);
const library = await LIBRARIES[name]!();
countAll(library);
// What the collector owes for the series themselves is not the scrape's.
await new Promise((resolve) => setTimeout(resolve, 1000));
const scrapes = [await measure(library)];
for (const text of seconds) {
  await work(library, Number(text));
  scrapes.push(await measure(library));
}
console.log(JSON.stringify(scrapes));
process.exit(0);
