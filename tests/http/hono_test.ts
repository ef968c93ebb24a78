import assert from "node:assert/strict";
import { test } from "node:test";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { type HonoContext, observe } from "../../src/bridge/hono.ts";
import { instrument } from "../../src/http/server/instrument.ts";
import { Tracer } from "../../src/trace/tracer.ts";
import service, { t } from "../../examples/hono.ts";

test("Hono's routes are named, nested routers and middleware included", async () => {
  t.log.level = "warn";
  const asked: readonly (readonly [method: string, path: string, status: number, text: string])[] =
    [
      ["GET", "/", 200, "orders are at /api/orders"],
      ["GET", "/api/orders/7", 200, '{"id":"7"}'],
      ["GET", "/api/orders/8", 200, '{"id":"8"}'],
      ["HEAD", "/api/orders/8", 200, ""],
      ["GET", "/api/orders/7/items/2", 200, "item"],
      ["POST", "/api/orders", 201, '{"id":8}'],
      ["GET", "/api/orders/7/invoice", 500, "Internal Server Error"],
      ["GET", "/api/orders/7/nothing", 404, "404 Not Found"],
      ["DELETE", "/api/orders/7", 404, "404 Not Found"],
      ["GET", "/nothing", 404, "404 Not Found"],
    ];
  for (const [method, path, status, text] of asked) {
    const response = await service.fetch(new Request(`http://localhost${path}`, { method }));
    assert.deepEqual([response.status, await response.text()], [status, text], path);
    assert.match(response.headers.get("x-request-id")!, /^[0-9a-f]{32}$/);
  }
  const families = await t.metrics.collect();
  const counted = families.find(({ name }) => name === "http_requests_total")!;
  const rows = counted.samples.map((sample) => [
    ...sample.labels.values,
    (sample as { value: number }).value,
  ]);
  assert.deepEqual(rows, [
    ["GET", "/", "200", 1],
    ["GET", "/api/orders/:id", "200", 2],
    ["HEAD", "/api/orders/:id", "200", 1],
    ["GET", "/api/orders/:id/items/:item", "200", 1],
    ["POST", "/api/orders", "201", 1],
    ["GET", "/api/orders/:id/invoice", "500", 1],
    ["GET", "unmatched", "404", 2],
    ["DELETE", "unmatched", "404", 1],
  ]);
  const spans = t.tracer.finished.since(0);
  const failed = spans.find(({ name }) => name === "GET /api/orders/:id/invoice")!;
  assert.deepEqual([failed.status, failed.statusMessage], ["error", "no invoice"]);
  assert.equal(failed.events.filter(({ name }) => name === "exception").length, 1);
  const inner = spans.filter(({ name }) => name === "check rights");
  assert.ok(inner.length > 0 && inner.every(({ parentSpanId }) => parentSpanId !== ""));
  const [line] = t.log.ring.since(0).filter(({ severity }) => severity >= 17);
  assert.deepEqual([line!.message, line!.fields.status], ["request failed", 500]);
  assert.equal((line!.fields.error as { message: string }).message, "no invoice");
  await t.shutdown();
});

test("An exception by which Hono refuses is not a failure, and an unknown Hono does no harm", async () => {
  const tracer = new Tracer();
  const app = new Hono();
  app.use(observe);
  app.get("/secret", () => {
    throw new HTTPException(401, { message: "who are you?" });
  });
  assert.equal((await instrument(app.fetch, { tracer })(request("/secret"))).status, 401);
  const [span] = tracer.finished.since(0);
  assert.deepEqual([span!.name, span!.status, span!.events], ["GET /secret", "unset", []]);

  for (const context of [{}, { req: {} }, { req: { raw: request("/") }, res: {} }]) {
    await observe(context as HonoContext, () => Promise.resolve());
  }
  const refused = new Error("the application's");
  const next = () => Promise.reject(refused);
  await assert.rejects(observe({} as HonoContext, next), (error) => error === refused);
});

function request(path: string): Request {
  return new Request(`http://localhost${path}`);
}
