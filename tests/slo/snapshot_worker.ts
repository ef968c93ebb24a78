/// <reference lib="webworker" />
/** Counts and saves to the path that it is told. */
import { Registry } from "../../src/metrics/mod.ts";
import { SloRegistry } from "../../src/slo/mod.ts";

self.onmessage = async ({ data: path }: MessageEvent<string>) => {
  const slos = new SloRegistry({ metrics: new Registry(), path });
  const slo = slos.define("checkout", { objective: 0.9, custom: true });
  await slos.restored();
  slo.good(7 - slo.state().events);
  await slos.close();
  self.postMessage("saved");
};
