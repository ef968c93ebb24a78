/**
 * What an SLO adds to a request, beside what people write by hand with prom-client: the outcome is decided
 * and counted. Status, route and time are those that the request metrics have measured already.
 *
 *     deno run -A bench/versus/slo.ts        bun bench/versus/slo.ts
 */
import process from "node:process";
import { Counter, Registry as PromRegistry } from "prom-client";
import { Registry } from "../../mod.ts";
import { type Context, run } from "../../src/core/context.ts";
import { type SloOptions, SloRegistry } from "../../src/slo/mod.ts";
import { measure, print, type Row } from "./rounds.ts";

/** SLOs of this kind, one of them for the route that is asked for. */
function registryOf(options: SloOptions, others = 0): SloRegistry {
  const slos = new SloRegistry({ metrics: new Registry() });
  slos.define("checkout", options);
  for (let i = 0; i < others; i++) {
    slos.define(`other-${i}`, { objective: 0.99, availability: { route: `/others/${i}/:id` } });
  }
  return slos;
}

const byHand = new Counter({
  name: "slo_events_total",
  help: "Events",
  labelNames: ["slo", "outcome"],
  registers: [new PromRegistry()],
});

/** One request in 128 failed, and another one is slow; what is called costs next to nothing. */
let i = 0;
const status = () => (++i & 127) === 7 ? 503 : 201;
const timeMs = () => (i & 127) === 9 ? 400.5 : 12.25;

const ROUTE = "/orders";
const availability = registryOf({ objective: 0.999, availability: { route: ROUTE } });
const latency = registryOf({ objective: 0.99, latency: { route: ROUTE, underMs: 300 } });
const ofMethod = registryOf({ objective: 0.999, availability: { route: ROUTE, method: "POST" } });
const many = registryOf({ objective: 0.999, availability: { route: ROUTE } }, 20);
const ended = (slos: SloRegistry, route: string) => () => {
  slos.ended("POST", route, status(), timeMs());
};
const rival = "prom-client by hand";
const theirs = () => byHand.inc({ slo: "checkout", outcome: status() < 500 ? "good" : "bad" });
const theirsLatency = () => {
  byHand.inc({ slo: "checkout", outcome: status() > 0 && timeMs() <= 300 ? "good" : "bad" });
};

const rows: Row[] = [
  { work: "availability", ours: ended(availability, ROUTE), rival, theirs, maxNs: 20 },
  { work: "latency", ours: ended(latency, ROUTE), rival, theirs: theirsLatency, maxNs: 20 },
  { work: "of one method", ours: ended(ofMethod, ROUTE), rival, theirs, maxNs: 20 },
  {
    work: "two routes in turn",
    ours: () => {
      latency.ended("POST", (i & 1) === 0 ? ROUTE : "/orders/:id/items", status(), timeMs());
    },
    rival,
    theirs,
    maxNs: 20,
  },
  { work: "one of 21 SLOs", ours: ended(many, ROUTE), rival, theirs, maxNs: 20 },
  { work: "a route of none", ours: ended(availability, "/carts"), rival, theirs, maxNs: 20 },
];
const request: Context = { traceId: "", spanId: "", flags: 1, tracestate: "", requestId: "" };

const results = [];
for (const row of rows) results.push(await run(request, () => measure(row)));
print("What an SLO adds to a request", results);
process.exit(0);
