import { test } from "node:test";
import { equal, match } from "node:assert/strict";
import { telltale } from "../../mod.ts";
import { ADAPTERS, serveHere } from "./here.ts";

for (const name of ADAPTERS) {
  test(`serve() prints where the admin paths are, unless onListen is given, with ${name}`, async () => {
    const { warn } = console;
    const access = { token: "correct-horse-battery" };
    const table = [
      [
        { port: 0 },
        /^telltale: admin paths on http:\/\/127\.0\.0\.1:\d+\/, for this machine only$/,
      ],
      [{ port: 0, hostname: "::1" }, /\/\/\[::1\]:\d+\/$/],
      [{ port: 0, hostname: "0.0.0.0" }, /^telltale: admin paths on http:\/\/0\.0\.0\.0:\d+\/$/],
    ] as const;
    for (const [admin, expected] of table) {
      await using t = telltale({ service: "a", access, log: { sinks: [] } });
      const line = Promise.withResolvers<string>();
      console.warn = line.resolve;
      const server = await serveHere(t, { admin }, () => new Response("x"), name);
      const said = await line.promise;
      console.warn = warn;
      match(said, expected);
      const at = /http:.*\//.exec(said)![0].replace("0.0.0.0", "127.0.0.1");
      const response = await fetch(`${at}livez`);
      await response.body?.cancel();
      equal(response.status, 200);
      await server.stop();
    }
  });
}
