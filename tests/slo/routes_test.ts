/** An SLO for a route that the service does not have. */
import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { Hono } from "hono";
import { setRoute, type Telltale, telltale } from "../../mod.ts";
import { matchRoutes } from "../../src/http/mod.ts";
import { observe } from "../../src/bridge/hono.ts";
import { serve } from "../../src/serve/bun.ts";
import { ManualClock } from "../manual_clock.ts";
import { skipWhen } from "../tool.ts";

const MINUTE_MS = 60_000;

function shop(clock = new ManualClock()): Telltale {
  return telltale({ service: "shop", log: { sinks: [] }, otlp: false, clock });
}

const orders = matchRoutes([
  new URLPattern({ pathname: "/orders/:id" }),
  new URLPattern({ pathname: "/orders" }),
]);

test("t.instrument refuses an SLO for a route that is none of its patterns", async () => {
  await using t = shop();
  t.slo("checkout", { objective: 0.999, availability: { route: ["/orders", "/order/:id"] } });
  throws(() => t.instrument(() => new Response(), { route: orders }), {
    name: "TypeError",
    message:
      'Cannot count for SLO "checkout": route must be one that the service has, got "/order/:id", did you mean "/orders/:id"?',
  });
});

test("t.slo refuses a route that is none of the patterns, and takes all others", async () => {
  await using t = shop();
  t.instrument(() => new Response(), { route: orders });
  throws(() => t.slo("carts", { objective: 0.9, availability: { route: "/carts" } }), {
    name: "TypeError",
    message: 'Cannot count for SLO "carts": route must be one that the service has, got "/carts"',
  });
  // Of a further handler.
  t.instrument(() => new Response(), {
    route: matchRoutes([new URLPattern({ pathname: "/carts" })]),
  });
  t.slo("carts", { objective: 0.9, availability: { route: "/carts" } });
  t.slo("all", { objective: 0.9, availability: {} });
  t.slo("lost", { objective: 0.9, availability: { route: "unmatched" } });
  t.slo("jobs", { objective: 0.9, custom: true });
  equal([...t.slos].length, 4);
});

test("serves() refuses an SLO for a route that Hono has not, in its own list", async () => {
  await using t = shop();
  const app = new Hono().use(observe).get("/orders/:id", (c) => c.text("order"));
  const slo = t.slo("pages", { objective: 0.9, availability: { route: "/orders/:id" } });
  const serves = () => t.slos.serves(app.routes.map(({ path }) => path));
  serves();
  await t.instrument(app.fetch)(new Request("http://localhost/orders/7"));
  equal(slo.state().events, 1);
  throws(() => t.slo("other", { objective: 0.9, availability: { route: "/orders/{id}" } }), {
    message: /got "\/orders\/\{id\}", did you mean "\/orders\/:id"\?/,
  });
});

test("serve refuses an SLO for a route that Bun has not, where routes are all there is", {
  skip: skipWhen(!("Bun" in globalThis), "these are routes of Bun"),
}, async () => {
  await using t = shop();
  t.slo("checkout", { objective: 0.999, availability: { route: "/oders" } });
  const routes = { "/orders": () => new Response() };
  throws(() => serve(t, { port: 0, routes }), {
    message:
      'Cannot count for SLO "checkout": route must be one that the service has, got "/oders", did you mean "/orders"?',
  });
  // Its fetch may name further routes.
  const server = serve(t, { port: 0, routes, fetch: () => new Response() });
  await server.stop(true);
});

test("A route that no request has had is told: soon where another is like it, else after an hour", async () => {
  const clock = new ManualClock();
  await using t = shop(clock);
  t.slo("checkout", { objective: 0.999, availability: { route: "/oders/:id" } });
  t.slo("carts", { objective: 0.999, availability: { route: ["/carts", "/refunds"] } });
  const handler = t.instrument((request: Request) => {
    setRoute(request, new URL(request.url).pathname.replace(/\d+/, ":id"));
    return new Response();
  });
  const get = (path: string) => handler(new Request(`http://localhost${path}`));
  const lines = () =>
    [...t.log.ring].filter(({ message }) => message.startsWith("SLO has a route")).map((line) => {
      const { slo, route, meant } = line.fields ?? {};
      return [line.level, slo, route, meant];
    });
  const noted = () =>
    Object.entries(t.health.snapshot().components)
      .filter(([name]) => name.startsWith("slo "))
      .map(([name, { status, description }]) => [name, status, description]);
  clock.advance(2 * MINUTE_MS);
  // Nothing was served yet.
  deepEqual(lines(), []);
  await get("/orders/7");
  await get("/refunds");
  clock.advance(2 * MINUTE_MS);
  deepEqual(lines(), [["warn", "checkout", "/oders/:id", "/orders/:id"]]);
  clock.advance(60 * MINUTE_MS);
  deepEqual(lines().slice(1), [["warn", "carts", "/carts", undefined]]);
  await t.health.refresh();
  deepEqual(noted(), [
    [
      "slo checkout route /oders/:id",
      "UP",
      "no request has had route /oders/:id, did you mean /orders/:id?",
    ],
    ["slo carts route /carts", "UP", "no request has had route /carts"],
  ]);
  equal(t.health.snapshot().status, "UP");
  await get("/carts");
  clock.advance(MINUTE_MS);
  await t.health.refresh();
  deepEqual(noted()[1], ["slo carts route /carts", "UP", undefined]);
  clock.advance(120 * MINUTE_MS);
  equal(lines().length, 2);
});
