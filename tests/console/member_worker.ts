/// <reference lib="webworker" />
/** A member of a cluster in a worker: it answers requests by messages, and one of its routes fails. */
import { telltale } from "../../mod.ts";

self.onmessage = async (
  { data }: MessageEvent<{ name: string; version: string; fails: boolean }>,
) => {
  const t = telltale({
    service: "orders",
    version: data.version,
    log: { sinks: [] },
    otlp: false,
    metrics: { runtime: false, cluster: { name: data.name } },
  });
  t.flags.define({ fast: { default: false } });
  const handler = t.instrument(() => {
    t.log.info("worked here", { by: data.version });
    return new Response("ok", { status: data.fails ? 500 : 200 });
  });
  const traces: string[] = [];
  for (let i = 0; i < 50; i++) {
    const response = await handler(new Request("http://localhost/orders"));
    traces.push(response.headers.get("x-request-id")!);
  }
  self.onmessage = ({ data }: MessageEvent<string | { until: SharedArrayBuffer }>) => {
    // Blocked until it is told to go on.
    if (typeof data === "object") return void Atomics.wait(new Int32Array(data.until), 0, 0);
    if (data === "block") { for (const end = Date.now() + 12_000; Date.now() < end;); }
    if (data === "flag") self.postMessage({ fast: t.flags.boolean("fast") });
  };
  self.postMessage({ traces });
};
