/** A service, Prometheus and Alertmanager on generated files: an alert fires and ends, and panels have data. */
import { deepEqual, equal, match } from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setRoute, telltale } from "../../mod.ts";
import { alertmanagerRoute, dashboard, rules } from "../../src/slo/mod.ts";
import { Prometheus } from "../e2e/prometheus.ts";
import { freePort, until } from "../e2e/wait.ts";
import { builtOrInstalled } from "../peers/built.ts";
import { HANG_MS, lacking } from "../tool.ts";

const PROMETHEUS = builtOrInstalled("prometheus");

test("alertmanagerRoute() is a configuration that amtool reads, and routes by severity", {
  skip: lacking("amtool"),
}, () => {
  const t = telltale({ service: 'a "shop"', log: { sinks: [] }, otlp: false });
  const folder = mkdtempSync(join(tmpdir(), "telltale-amtool-"));
  try {
    const file = join(folder, "alertmanager.yml");
    writeFileSync(file, alertmanagerRoute(t, { pager: "on call", pagerUrl: "http://a.example/" }));
    const amtool = (...args: string[]) => {
      const { status, stdout, stderr } = spawnSync("amtool", args, { encoding: "utf8" });
      equal(status, 0, stderr);
      return stdout.trim();
    };
    match(amtool("check-config", file), /SUCCESS[\s\S]*1 inhibit rules\n - 2 receivers/);
    const receiver = (service: string, severity: string) =>
      amtool(
        "config",
        "routes",
        "test",
        `--config.file=${file}`,
        "alertname=SloErrorBudgetBurn",
        `service=${JSON.stringify(service)}`,
        `severity=${severity}`,
      );
    equal(receiver('a "shop"', "page"), "on call");
    equal(receiver('a "shop"', "ticket"), "tickets");
    equal(receiver("other", "page"), "tickets");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Listens on a free port of this machine. */
async function listening(listener: RequestListener): Promise<[url: string, server: Server]> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return [`http://127.0.0.1:${(server.address() as AddressInfo).port}`, server];
}

test(
  "A burning SLO pages through Prometheus and Alertmanager until it recovers, and every panel has data",
  {
    skip: lacking("prometheus-alertmanager") || PROMETHEUS === undefined && lacking("prometheus"),
    timeout: HANG_MS,
  },
  async () => {
    await using t = telltale({ service: "shop", log: { sinks: [] }, otlp: false });
    const slo = t.slo("checkout", { objective: 0.9999, availability: { route: "/orders" } });
    t.health.check("database", () => true);
    const handler = t.instrument((request: Request) => {
      setRoute(request, "/orders");
      return new Response(null, { status: 500 });
    });
    const [url, service] = await listening(async (_request, response) => {
      const page = await t.metrics.scrape();
      response.setHeader("content-type", page.headers.get("content-type")!).end(await page.text());
    });
    const told: string[] = [];
    const [hook, receiver] = await listening(async (request, response) => {
      let text = "";
      for await (const chunk of request) text += chunk;
      for (const { status, labels } of JSON.parse(text).alerts) {
        told.push(`${status} ${labels.slo} ${labels.severity}`);
      }
      response.end();
    });
    const folder = mkdtempSync(join(tmpdir(), "telltale-alerts-"));
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const address = `127.0.0.1:${await freePort()}`;
    const route = alertmanagerRoute(t, { pagerUrl: hook, ticketsUrl: hook })
      .replace("group_wait: 10s", "group_wait: 1s").replace(
        "group_interval: 1m",
        "group_interval: 1s",
      );
    const alertmanager = spawn("prometheus-alertmanager", [
      `--config.file=${file("alertmanager.yml", route)}`,
      `--storage.path=${join(folder, "data")}`,
      `--web.listen-address=${address}`,
      "--cluster.listen-address=",
    ], { stdio: "ignore" });
    const ended = new Promise((resolve) => alertmanager.once("close", resolve));
    const prometheus = await Prometheus.start([url], {
      program: PROMETHEUS,
      config: {
        rule_files: [file("rules.yml", rules(t, { intervalSeconds: 1 }))],
        alerting: { alertmanagers: [{ static_configs: [{ targets: [address] }] }] },
      },
    });
    const load = setInterval(() => void handler(new Request("http://localhost/orders")), 20);
    try {
      // 14.4 * .01 % of an hour are 5.2 seconds.
      await until("the page", () => told.includes("firing checkout page"));
      equal(slo.state().alert, "page");
      clearInterval(load);
      slo.good(1e9);
      await until("its end", () => told.includes("resolved checkout page"));
      equal(slo.state().alert, "none");
      deepEqual(told.filter((line) => line.includes("ticket") && line.startsWith("firing")), []);

      const { panels, annotations } = JSON.parse(dashboard(t, { matchers: { job: "demo" } }));
      const empty: string[] = [];
      let queries = 0;
      for (const { title, targets = [] } of panels) {
        for (const { expr } of targets) {
          queries++;
          const query = encodeURIComponent(expr.replaceAll("$__rate_interval", "1m"));
          const { result } = await prometheus.api(`query?query=${query}`);
          if (result.length === 0) empty.push(`${title}: ${expr}`);
        }
      }
      deepEqual(empty, []);
      equal(queries > 15, true);

      t.flags.define({ beta: { default: false } });
      const [{ expr: marks }] = annotations.list;
      const marked = async () => {
        const { result } = await prometheus.api(`query?query=${encodeURIComponent(marks)}`);
        return result.map(({ metric, value }: { metric: object; value: [number, string] }) => [
          metric,
          value[1],
        ]);
      };
      deepEqual(await marked(), []);
      t.flags.set("beta", { default: true });
      await until("the mark of a changed flag", async () => (await marked()).length > 0);
      deepEqual(await marked(), [[{ flag: "beta", by: "set" }, "1"]]);
    } finally {
      clearInterval(load);
      alertmanager.kill("SIGTERM");
      deepEqual(await prometheus.stop(), []);
      await ended;
      service.close();
      receiver.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
