/** The Node adapter on the runtime of this test: `./node` works wherever `node:http` exists. */
import { test } from "node:test";
import { equal } from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request as ask } from "node:http";
import { request as askSecurely } from "node:https";
import { telltale } from "../../mod.ts";
import { type NodeServeOptions, serve } from "../../src/serve/node.ts";

const read = (name: string) => readFileSync(new URL(`../data/${name}`, import.meta.url), "utf8");
const CERTIFICATE = read("localhost.crt");

/** The URL that a handler sees. */
async function urlOf(options: NodeServeOptions): Promise<string> {
  await using t = telltale({ service: "orders", log: { sinks: [] }, metrics: { runtime: false } });
  const common = { port: 0, hostname: "127.0.0.1", signals: false };
  const server = serve(t, { ...common, ...options }, (request) => new Response(request.url));
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const to = { host: "localhost", family: 4, port, path: "/a?b", agent: false as const };
  const asked = options.cert === undefined ? ask(to) : askSecurely({ ...to, ca: CERTIFICATE });
  asked.end();
  const [response] = await once(asked, "response");
  let text = "";
  for await (const chunk of response) text += chunk;
  server.close();
  server.closeAllConnections();
  return text.replace(/:\d+/, "");
}

test("serve() of Node has the scheme of the connection in the URL", async () => {
  equal(await urlOf({}), "http://localhost/a?b");
  equal(await urlOf({ cert: CERTIFICATE, key: read("localhost.key") }), "https://localhost/a?b");
});
