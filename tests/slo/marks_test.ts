/** The marks of the dashboard: changes of flags, as a real Prometheus finds them. */
import { deepEqual } from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { telltale } from "../../mod.ts";
import { dashboard } from "../../src/slo/mod.ts";
import { Prometheus } from "../e2e/prometheus.ts";
import { until } from "../e2e/wait.ts";
import { builtOrInstalled } from "../peers/built.ts";
import { HANG_MS, lacking } from "../tool.ts";

const PROMETHEUS = builtOrInstalled("prometheus");

test("dashboard() marks the change of a flag", {
  skip: PROMETHEUS === undefined && lacking("prometheus"),
  timeout: HANG_MS,
}, async () => {
  await using t = telltale({ service: "shop", log: { sinks: [] }, otlp: false });
  t.flags.define({ beta: { default: false } });
  const service = createServer(async (_request, response) => {
    const page = await t.metrics.scrape();
    response.setHeader("content-type", page.headers.get("content-type")!).end(await page.text());
  });
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  const prometheus = await Prometheus.start([url], { program: PROMETHEUS });
  try {
    const [{ expr }] = JSON.parse(dashboard(t, { matchers: { job: "demo" } })).annotations.list;
    const marked = async () => {
      const { result } = await prometheus.api(`query?query=${encodeURIComponent(expr)}`);
      return result.map(({ metric, value }: { metric: object; value: [number, string] }) => [
        metric,
        value[1],
      ]);
    };
    await until("a scrape", async () => (await prometheus.api("query?query=up")).result.length > 0);
    deepEqual(await marked(), []);
    t.flags.set("beta", { default: true });
    await until("the mark", async () => (await marked()).length > 0);
    deepEqual(await marked(), [[{ flag: "beta", by: "set" }, "1"]]);
  } finally {
    deepEqual(await prometheus.stop(), []);
    service.close();
  }
});
