/**
 * The demo's story, told by the demo's own services over real HTTP. The tests share one pair and
 * run in order; the last ones stop it.
 */
import { DatabaseSync } from "node:sqlite";
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { HOSTILE, sendHostile } from "../../examples/demo/hostile.ts";
import { Load } from "../../examples/demo/load.ts";
import { Pair } from "../../examples/demo/pair.ts";
import { Store } from "../../examples/demo/store.ts";
import { HANG_MS, lacking } from "../tool.ts";
import { Prometheus, promtoolCheck } from "./prometheus.ts";
import { until } from "./wait.ts";

const LIMIT = { timeout: HANG_MS };
const folder = mkdtempSync(join(tmpdir(), "telltale-e2e-"));
/** The Deno run has orders on Deno and payments on Bun, the Bun run has both on Bun. */
const runtime = "Bun" in globalThis ? "bun" : undefined;
const pair = await Pair.start({ port: 0, runtime, folder });

test("one trace id is in the answer, both logs and the exemplar", LIMIT, async () => {
  const placed = await placeOrder("card_ok", 60);
  const traceId = placed.headers.get("x-request-id") ?? "";
  assert.match(traceId, /^[0-9a-f]{32}$/);
  const inOrders = await until("the orders log", () => {
    const lines = logLines("orders").filter((line) => line.trace_id === traceId);
    return lines.some((line) => line.msg === "request completed") ? lines : undefined;
  });
  const inPayments = await until("the payments log", () => {
    const lines = logLines("payments").filter((line) => line.trace_id === traceId);
    return lines.some((line) => line.msg === "request completed") ? lines : undefined;
  });
  for (const [service, lines] of [["orders", inOrders], ["payments", inPayments]] as const) {
    for (const line of lines) {
      assert.equal(line.service, service);
      assert.equal(line.level, "info");
      assert.match(line.span_id, /^[0-9a-f]{16}$/);
      assert.ok(!Number.isNaN(Date.parse(line.time)), line.time);
    }
  }
  const placing = inOrders.find((line) => line.msg === "placing order");
  assert.equal(placing?.request_id, traceId);
  assert.equal(placing?.value_dollars, 60);
  const charging = inPayments.find((line) => line.msg === "charging");
  assert.equal(charging?.order_id, placing?.order_id);
  assert.notEqual(charging?.span_id, placing?.span_id);

  // Each of the two series has seen this request only, so the exemplar is its.
  const accept = "application/openmetrics-text; version=1.0.0";
  for (const [url, route] of [[pair.orders.url, "/orders"], [pair.payments.url, "/charges"]]) {
    const page = await text(`${url}/metrics`, { accept });
    assert.ok(page.endsWith("\n# EOF\n"));
    const exemplars = page.split("\n").filter((line) =>
      line.startsWith("http_request_duration_seconds_bucket{") &&
      line.includes(`route="${route}"`) && line.includes(`# {trace_id="${traceId}"`)
    );
    assert.equal(exemplars.length, 1, `exemplars of ${route} with ${traceId} in\n${page}`);
  }
});

test("orders takes an order, payments charges it, and it is stored", LIMIT, async () => {
  const placed = await placeOrder("card_ok", 120);
  assert.equal(placed.status, 201);
  const { id, status } = await placed.json();
  assert.equal(status, "completed");
  const shown = await fetch(`${pair.orders.url}/orders/${id}`);
  assert.deepEqual(await shown.json(), {
    id,
    status: "completed",
    payment_method: "card",
    value_dollars: 120,
  });
});

test("the application's own refusals stay as they are", LIMIT, async () => {
  const answers: [string, string, string | undefined][] = [
    ["POST", "/orders", "{"],
    ["POST", "/orders", `{"items":[],"payment":{"method":"card","token":"card_ok"}}`],
    ["POST", "/orders", `{"items":[{}],"payment":{"method":"barter","token":"card_ok"}}`],
    ["GET", "/orders/999999", undefined],
    ["PATCH", "/orders/1", undefined],
    ["GET", "/nothing/here", undefined],
  ];
  const statuses = [];
  for (const [method, path, body] of answers) {
    const response = await fetch(pair.orders.url + path, { method, body });
    await response.body?.cancel();
    statuses.push(response.status);
  }
  assert.deepEqual(statuses, [400, 422, 422, 404, 405, 404]);
  assert.equal((await placeOrder("card_declined", 20)).status, 402);
  assert.equal((await placeOrder("card_error", 20)).status, 502);
});

test("/metrics shows RED by route template, business and runtime metrics", LIMIT, async () => {
  const page = await text(`${pair.orders.url}/metrics`);
  const lines = new Set(page.split("\n"));
  const expected = [
    `orders_total{status="completed",payment_method="card"} 2`,
    `orders_total{status="declined",payment_method="card"} 1`,
    `orders_total{status="failed",payment_method="card"} 1`,
    `order_value_dollars_bucket{le="50"} 0`,
    `order_value_dollars_bucket{le="100"} 1`,
    `order_value_dollars_bucket{le="250"} 2`,
    `order_value_dollars_bucket{le="+Inf"} 2`,
    `order_value_dollars_sum 180`,
    `order_value_dollars_count 2`,
    `active_carts 0`,
    `http_requests_total{method="POST",route="/orders",status="201"} 2`,
    `http_requests_total{method="POST",route="/orders",status="400"} 1`,
    `http_requests_total{method="POST",route="/orders",status="402"} 1`,
    `http_requests_total{method="POST",route="/orders",status="422"} 2`,
    `http_requests_total{method="POST",route="/orders",status="502"} 1`,
    `http_requests_total{method="GET",route="/orders/:id",status="200"} 1`,
    `http_requests_total{method="GET",route="/orders/:id",status="404"} 1`,
    `http_requests_total{method="PATCH",route="/orders/:id",status="405"} 1`,
    `http_requests_total{method="GET",route="unmatched",status="404"} 1`,
    `http_request_duration_seconds_count{method="POST",route="/orders",status="201"} 2`,
  ];
  assert.deepEqual(expected.filter((line) => !lines.has(line)), [], page);
  for (const family of ["process_resident_memory_bytes", "process_cpu_seconds_total"]) {
    assert.match(page, new RegExp(`^${family} [0-9.e+]+$`, "m"));
  }
  const charges = await text(`${pair.payments.url}/metrics`);
  assert.match(charges, /^charges_total\{result="paid"\} 2$/m);
  assert.match(charges, /^http_requests_total\{method="POST",route="\/charges",status="500"\} 1$/m);
  assert.match(charges, /^charged_dollars_total 180$/m);
});

test("/livez, /readyz and /health answer, with both components", LIMIT, async () => {
  const { url } = pair.orders;
  await until("orders to be UP", async () => (await health(url)).status === "UP");
  const report = await health(url);
  assert.deepEqual(Object.keys(report.components).sort(), ["database", "payments"]);
  assert.equal(report.components.database.status, "UP");
  assert.equal(report.components.payments.status, "UP");
  assert.equal(report.version, "1.4.0");
  for (const path of ["/livez", "/readyz", "/startupz"]) {
    const response = await fetch(url + path);
    assert.equal(response.status, 200, path);
    assert.deepEqual(await response.json(), { status: "UP" }, path);
  }
  // A request through a proxy is from outside: it gets the bare state, and no metrics.
  const headers = { "x-forwarded-for": "203.0.113.7" };
  const outside = await fetch(`${url}/health`, { headers });
  assert.deepEqual(await outside.json(), { status: "UP" });
  const metrics = await fetch(`${url}/metrics`, { headers });
  await metrics.body?.cancel();
  assert.equal(metrics.status, 403);
});

test("hostile requests crash nothing and make no new series", LIMIT, async () => {
  for (const { name, url, pid } of [pair.orders, pair.payments]) {
    const attack = async (random: string): Promise<void> => {
      for (const hostile of HOSTILE) {
        const status = await sendHostile(url, hostile.bytes(random));
        assert.ok(status < 500, `${name} answered ${status} to ${hostile.name}`);
      }
    };
    await attack("a1b2c3d4");
    const before = seriesOf(await text(`${url}/metrics`));
    await attack("zz99yy88");
    await attack("q0q0q0q0");
    assert.deepEqual(seriesOf(await text(`${url}/metrics`)), before);
    for (const series of before) assert.doesNotMatch(series, /a1b2c3d4|passwd|wp-admin|%ff/i);
    assert.equal((name === "orders" ? pair.orders : pair.payments).pid, pid);
  }
  assert.equal((await placeOrder("card_ok", 1)).status, 201);
});

test("promtool finds nothing to say about either /metrics", {
  ...LIMIT,
  skip: lacking("promtool"),
}, async () => {
  for (const { url } of [pair.orders, pair.payments]) {
    assert.equal(promtoolCheck(await text(`${url}/metrics`)), "");
  }
  assert.notEqual(promtoolCheck("# TYPE a counter\na 1\n"), "", "promtool finds what is wrong");
});

test("a real Prometheus scrapes both under load without a warning", {
  ...LIMIT,
  skip: lacking("prometheus"),
}, async () => {
  const prometheus = await Prometheus.start([pair.orders.url, pair.payments.url]);
  const load = new Load(pair.orders.url, 50);
  try {
    load.start();
    await until("enough orders", () => load.ordersPlaced >= 20);
    await load.stop();
    await until("the last scrape to show them", async () => {
      const { result } = await prometheus.api("query?query=sum(orders_total{status='completed'})");
      return Number(result[0]?.value[1]) >= load.ordersPlaced;
    });
    const targets = await until("both targets to be scraped", async () => {
      const { activeTargets } = await prometheus.api("targets");
      const states: string[] = activeTargets.map((target: Record<string, string>) =>
        `${target.health} ${target.lastError}`
      );
      return states.some((state) => state.startsWith("unknown")) ? undefined : states;
    });
    assert.deepEqual(targets, ["up ", "up "]);
    const ups = await prometheus.api("query?query=min_over_time(up[1m])");
    assert.deepEqual(ups.result.map(({ value }: { value: string[] }) => value[1]), ["1", "1"]);
    const start = Math.floor(Date.now() / 1000) - 300;
    const exemplars = await prometheus.api(
      `query_exemplars?query=http_request_duration_seconds_bucket&start=${start}&end=${
        start + 600
      }`,
    );
    const traceIds = exemplars.flatMap((
      series: { exemplars: { labels: { trace_id: string } }[] },
    ) => series.exemplars.map(({ labels }) => labels.trace_id));
    assert.ok(traceIds.length > 0, "Prometheus keeps exemplars");
    for (const id of traceIds) assert.match(id, /^[0-9a-f]{32}$/);
  } finally {
    await load.stop();
    assert.deepEqual(await prometheus.stop(), []);
  }
});

test("orders is DEGRADED while payments is stopped, then recovers", LIMIT, async () => {
  const { url } = pair.orders;
  assert.deepEqual(await pair.payments.stop(), { code: 0, signal: null });
  await until("orders to be DEGRADED", async () => (await health(url)).status === "DEGRADED");
  const degraded = await health(url);
  assert.equal(degraded.components.payments.status, "DOWN");
  assert.equal(degraded.components.database.status, "UP");
  const response = await fetch(`${url}/readyz`);
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { status: "DEGRADED" });
  assert.equal((await placeOrder("card_ok", 10)).status, 502);

  await pair.startPayments();
  await until("orders to be UP again", async () => (await health(url)).status === "UP");
  assert.equal((await placeOrder("card_ok", 10)).status, 201);
});

test("a drain answers what is in flight, loses nothing and exits 0", LIMIT, async () => {
  const slow = Array.from({ length: 10 }, () => placeOrder("card_slow", 33));
  await until("the orders to be in flight", async () => {
    const page = await text(`${pair.orders.url}/metrics`);
    return /^http_requests_in_progress\{method="POST"\} 10$/m.test(page);
  });
  const stopped = pair.stop();
  const answers = await Promise.all(slow);
  assert.deepEqual(answers.map(({ status }) => status), Array(10).fill(201));
  assert.deepEqual(await stopped, {
    orders: { code: 0, signal: null },
    payments: { code: 0, signal: null },
  });

  const ids = await Promise.all(answers.map(async (answer) => (await answer.json()).id));
  const store = new Store(new DatabaseSync(pair.databasePath));
  assert.deepEqual(ids.map((id) => store.order(id)?.status), Array(10).fill("completed"));
  assert.equal(store.orderCount("pending"), 0);
  store.close();
  const finished = logLines("orders").filter(({ msg }) => msg === "request completed");
  const traceIds = new Set(finished.map((line) => line.trace_id));
  for (const answer of answers) {
    assert.ok(traceIds.has(answer.headers.get("x-request-id")), "its last log line is written");
  }
  rmSync(folder, { recursive: true });
});

function placeOrder(token: string, dollars: number): Promise<Response> {
  return fetch(`${pair.orders.url}/orders`, {
    method: "POST",
    body: JSON.stringify({
      items: [{ sku: "telltale", quantity: 1, price_dollars: dollars }],
      payment: { method: "card", token },
    }),
  });
}

async function text(url: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(url, { headers });
  assert.equal(response.status, 200, url);
  return await response.text();
}

// deno-lint-ignore no-explicit-any
async function health(url: string): Promise<any> {
  return await (await fetch(`${url}/health`)).json();
}

/** Every line of a service's log, each of which must be one JSON object. */
// deno-lint-ignore no-explicit-any
function logLines(name: "orders" | "payments"): any[] {
  const lines = readFileSync(pair.logPath(name), "utf8").split("\n");
  // The last one may be half written.
  return lines.slice(0, -1).map((line) => {
    const record = JSON.parse(line);
    assert.equal(typeof record, "object", line);
    return record;
  });
}

/** The series of a page, without their values; those about the runtime may come and go. */
function seriesOf(page: string): string[] {
  return page.split("\n")
    .filter((line) => line !== "" && !/^(#|process_|nodejs_)/.test(line))
    .map((line) => line.slice(0, line.lastIndexOf(" ")))
    .sort();
}
