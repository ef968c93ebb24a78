/// <reference lib="webworker" />
/** A member of a cluster that counts without pause until it is ended. */
import { Registry } from "../../src/metrics/mod.ts";

self.onmessage = (event: MessageEvent) => {
  const registry = new Registry({ cluster: { name: event.data as string, goneAfterMs: 300 } });
  const work = registry.counter("work_total", "");
  setInterval(() => work.add(10), 1);
};
