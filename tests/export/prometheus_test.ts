/** Metrics by the OTLP receiver of a real Prometheus 3. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { telltale } from "../../src/telltale.ts";
import { freePort, until } from "../e2e/wait.ts";
import { built, lackingBuilt } from "../peers/built.ts";
import { HANG_MS } from "../tool.ts";

const OPTIONS = { timeout: HANG_MS, skip: lackingBuilt("peers/prometheus") };

/** Starts Prometheus with its OTLP receiver; it takes names as they come. */
async function start(folder: string): Promise<{ url: string; child: ChildProcess }> {
  const config = join(folder, "prometheus.yml");
  writeFileSync(config, JSON.stringify({ otlp: { translation_strategy: "NoTranslation" } }));
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(built("peers/prometheus"), [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=${address}`,
    "--web.enable-otlp-receiver",
    "--enable-feature=native-histograms,exemplar-storage",
  ], { stdio: "ignore" });
  const url = `http://${address}`;
  await until("Prometheus to be ready", async () => {
    if (child.exitCode !== null) throw new Error("Cannot start prometheus");
    return (await fetch(`${url}/-/ready`)).ok;
  });
  return { url, child };
}

async function ask(url: string, query: string): Promise<[Record<string, string>, string][]> {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
  const { data, error } = await response.json();
  if (error !== undefined) throw new Error(error);
  return data.result.map((series: { metric: Record<string, string>; value: [number, string] }) => [
    series.metric,
    series.value[1],
  ]);
}

test(
  "Prometheus 3 takes http.server.request.duration, explicit and exponential",
  OPTIONS,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "telltale-prometheus-"));
    const { url, child } = await start(folder);
    try {
      for (const histograms of ["explicit", "exponential"] as const) {
        const t = telltale({
          service: histograms,
          instanceId: "one",
          log: { sinks: [] },
          otlp: {
            endpoint: `${url}/api/v1/otlp`,
            traces: false,
            logs: false,
            metrics: { histograms },
          },
        });
        const handler = t.instrument(() => new Response("ok"));
        for (let i = 0; i < 3; i++) await handler(new Request("http://localhost/nowhere"));
        await t.shutdown();
        assert.deepEqual([...t.faults.counts()], []);
        const query = histograms === "explicit"
          ? `{"http.server.request.duration_count", job="explicit"}`
          : `histogram_count({"http.server.request.duration", job="exponential"})`;
        const [found] = await until("the metric", async () => {
          const series = await ask(url, query);
          return series.length > 0 ? series : undefined;
        });
        const { __name__: _, ...labels } = found![0];
        assert.deepEqual([labels, found![1]], [{
          "http.request.method": "GET",
          "http.response.status_code": "200",
          "url.scheme": "http",
          job: histograms,
          instance: "one",
        }, "3"]);
        const [info] = await ask(url, `target_info{job="${histograms}"}`);
        assert.equal(info![0]["telemetry.sdk.name"], "telltale");
      }
    } finally {
      const closed = new Promise((resolve) => child.once("close", resolve));
      child.kill("SIGTERM");
      await closed;
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
