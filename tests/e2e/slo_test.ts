/**
 * The demo's SLOs, through files that the demo's own console generates: a fault of `--fault` pages through a
 * real Prometheus and Alertmanager until it is mended, and every panel of the dashboard has data.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Load } from "../../examples/demo/load.ts";
import { Pair } from "../../examples/demo/pair.ts";
import { builtOrInstalled } from "../peers/built.ts";
import { HANG_MS, lacking } from "../tool.ts";
import { Alertmanager } from "./alertmanager.ts";
import { Prometheus } from "./prometheus.ts";
import { until } from "./wait.ts";

const PROMETHEUS = builtOrInstalled("prometheus");

test(
  "--fault slo-burn pages through Prometheus and Alertmanager until it is mended; all panels have data",
  {
    skip: lacking("prometheus-alertmanager") || PROMETHEUS === undefined && lacking("prometheus"),
    timeout: HANG_MS,
  },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "telltale-e2e-"));
    const runtime = "Bun" in globalThis ? "bun" : undefined;
    const pair = await Pair.start({ port: 0, runtime, folder, fault: "slo-burn" });
    const { url } = pair.orders;
    const generated = async (file: string) =>
      (await fetch(`${url}/telltale/api/generate?file=${file}`)).text();
    const rules = join(folder, "rules.yml");
    writeFileSync(rules, await generated("rules&interval=1"));
    const alertmanager = await Alertmanager.start(await generated("alertmanager"));
    const prometheus = await Prometheus.start([url, pair.payments.url], {
      program: PROMETHEUS,
      config: {
        rule_files: [rules],
        alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager.address] }] }] },
      },
    });
    const look = async (id: unknown) => {
      const { status, body } = await fetch(`${url}/orders/${id}`);
      await body?.cancel();
      return status;
    };
    let timer: ReturnType<typeof setInterval> | undefined;
    try {
      const byCard = await place(url, "card"), byTransfer = await place(url, "transfer");
      assert.deepEqual([await look(byCard), await look(byTransfer)], [200, 500]);
      // 14.4 * .01 % of an hour are 5.2 seconds of nothing else.
      timer = setInterval(() => void look(byTransfer), 500);
      await until("the page", () => alertmanager.told.includes("firing order-pages page"));
      clearInterval(timer);
      // The process says the same, and where to look.
      const metrics = await (await fetch(`${url}/metrics`)).text();
      assert.match(metrics, /^slo_alert_state\{slo="order-pages"\} 2$/m);
      for (let i = 0; i < 30; i++) await look(byCard);
      const question = encodeURIComponent("route:/orders/:id why status>=500");
      const answer = await fetch(`${url}/telltale/api/ask?q=${question}`, {
        headers: { accept: "text/markdown" },
      });
      assert.match(await answer.text(), /payment_method=transfer/);

      await pair.release();
      assert.equal(await look(byTransfer), 200);
      // Customers, whose requests the panels show, and so many good answers that the bad ones weigh little.
      await new Load(url, 0).send(300);
      let isOver = false;
      const visitors = Array.from({ length: 8 }, async () => {
        while (!isOver) assert.equal(await look(byTransfer), 200);
      });
      await until("its end", () => alertmanager.told.includes("resolved order-pages page"));
      isOver = true;
      await Promise.all(visitors);
      assert.deepEqual(alertmanager.told.filter((line) => /^firing .* ticket$/.test(line)), []);

      const { panels } = JSON.parse(await generated("dashboard&match=job=demo"));
      const queries: { title: string; expr: string }[] = panels.flatMap(
        ({ title, targets = [] }: { title: string; targets?: { expr: string }[] }) =>
          targets.map(({ expr }) => ({ title, expr })),
      );
      assert.ok(queries.length > 15, String(queries.length));
      for (const { title, expr } of queries) {
        const query = encodeURIComponent(expr.replaceAll("$__rate_interval", "1m"));
        const { result } = await prometheus.api(`query?query=${query}`);
        assert.notEqual(result.length, 0, `${title}: ${expr}`);
      }
    } finally {
      clearInterval(timer);
      const complaints = await prometheus.stop();
      await alertmanager.stop();
      await pair.stop();
      rmSync(folder, { recursive: true, force: true });
      // While orders is away its scrape fails, which is no complaint of a log line.
      assert.deepEqual(complaints, []);
    }
  },
);

/** Places an order; returns its id. */
async function place(url: string, method: string): Promise<unknown> {
  const response = await fetch(`${url}/orders`, {
    method: "POST",
    body: JSON.stringify({
      items: [{ sku: "lamp", quantity: 1, price_dollars: 20 }],
      payment: { method, token: "card_ok" },
    }),
  });
  assert.equal(response.status, 201);
  return (await response.json()).id;
}
