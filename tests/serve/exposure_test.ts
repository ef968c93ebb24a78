import { test } from "node:test";
import { deepEqual, equal } from "node:assert/strict";
import { telltale } from "../../mod.ts";
import { ADAPTERS, serveHere } from "./here.ts";

const WARNING = "admin paths may be open to everyone";

for (const name of ADAPTERS) {
  test(`serve() warns about admin paths that are open to everyone, with ${name}`, async () => {
    const table: readonly (readonly [options: object, isAside: boolean, warned: boolean])[] = [
      [{ hostname: "0.0.0.0" }, false, true],
      [{ hostname: "127.0.0.1" }, false, false],
      [{ hostname: "0.0.0.0" }, true, false],
    ];
    for (const [options, isAside, warned] of table) {
      await using t = telltale({ service: "a", log: { sinks: [] }, metrics: { runtime: false } });
      const admin = Promise.withResolvers<number>();
      const onListen = ({ port }: { port: number }) => admin.resolve(port);
      const aside = isAside ? { admin: { port: 0, onListen } } : {};
      const server = await serveHere(t, { ...options, ...aside }, () => new Response("own"), name);
      const port = isAside ? await admin.promise : server.port;
      for (const path of ["/livez", "/metrics", "/health", "/metrics"]) {
        const response = await fetch(`http://127.0.0.1:${port}${path}`);
        await response.body?.cancel();
        equal(response.status, 200);
      }
      await server.stop();
      const lines = t.log.ring.since(0).map(({ message }) => message)
        .filter((message) => message === WARNING);
      deepEqual(lines, warned ? [WARNING] : [], JSON.stringify([options, isAside]));
    }
  });
}
