/** Metrics by the OTLP receiver of a real Prometheus 3. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { telltale } from "../../src/telltale.ts";
import { Prometheus } from "../e2e/prometheus.ts";
import { until } from "../e2e/wait.ts";
import { built, lackingBuilt } from "../peers/built.ts";
import { HANG_MS } from "../tool.ts";

const OPTIONS = { timeout: HANG_MS, skip: lackingBuilt("peers/prometheus") };

async function ask(
  server: Prometheus,
  query: string,
): Promise<[Record<string, string>, string][]> {
  const { result } = await server.api(`query?query=${encodeURIComponent(query)}`);
  return result.map(({ metric, value }: {
    metric: Record<string, string>;
    value: [number, string];
  }) => [metric, value[1]]);
}

test(
  "Prometheus 3 takes http.server.request.duration, explicit and exponential",
  OPTIONS,
  async () => {
    // It takes names as they come.
    const server = await Prometheus.start([], {
      program: built("peers/prometheus"),
      flags: ["--web.enable-otlp-receiver"],
      features: ["native-histograms"],
      config: { otlp: { translation_strategy: "NoTranslation" } },
      scrapes: [],
    });
    try {
      for (const histograms of ["explicit", "exponential"] as const) {
        const t = telltale({
          service: histograms,
          instanceId: "one",
          log: { sinks: [] },
          otlp: {
            endpoint: `${server.url}/api/v1/otlp`,
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
          const series = await ask(server, query);
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
        const [info] = await ask(server, `target_info{job="${histograms}"}`);
        assert.equal(info![0]["telemetry.sdk.name"], "telltale");
      }
    } finally {
      assert.deepEqual(await server.stop(), []);
    }
  },
);
