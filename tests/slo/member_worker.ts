/// <reference lib="webworker" />
/** A member of a cluster with an SLO: counts what it is told, and says what it knows. */
import { Registry } from "../../src/metrics/mod.ts";
import { SloRegistry } from "../../src/slo/mod.ts";

self.onmessage = ({ data: name }: MessageEvent<string>) => {
  const metrics = new Registry({ cluster: { name } });
  const slo = new SloRegistry({ metrics }).define("checkout", { objective: 0.999, custom: true });
  self.onmessage = async ({ data }: MessageEvent<{ good: number; bad: number } | "scrape">) => {
    if (data === "scrape") {
      const page = await (await metrics.scrape()).text();
      self.postMessage({ page, state: slo.state() });
    } else {
      slo.good(data.good);
      slo.bad(data.bad);
      self.postMessage("counted");
    }
  };
  self.postMessage("ready");
};
