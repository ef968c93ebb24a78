import { test } from "node:test";
import { deepEqual, equal } from "node:assert/strict";
import { request as ask } from "node:http";
import { startNginx } from "../peers/nginx.ts";
import { HANG_MS, lacking } from "../tool.ts";
import { startApp } from "./app.ts";
import { HERE } from "./service.ts";

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const TRACEPARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`;

/** What a caller learns: metrics, detail of health, and whether its trace is continued. */
async function learned(url: string): Promise<unknown> {
  const status = async (path: string) => {
    const response = await fetch(url + path);
    await response.body?.cancel();
    return response.status;
  };
  const health = await (await fetch(`${url}/health`)).json();
  const headers = { traceparent: TRACEPARENT };
  const hello = await fetch(`${url}/hello`, { headers });
  await hello.body?.cancel();
  return {
    live: await status("/livez"),
    metrics: await status("/metrics"),
    detail: "components" in health,
    continued: hello.headers.get("x-request-id") === TRACE_ID,
  };
}

const DIRECT = { live: 200, metrics: 200, detail: true, continued: true };
const PUBLIC = { live: 200, metrics: 403, detail: false, continued: false };

test("a peer behind nginx is public, whatever headers nginx adds", {
  skip: lacking("nginx"),
  timeout: HANG_MS,
}, async () => {
  const app = await startApp(HERE, { level: "fatal" });
  const to = `http://127.0.0.1:${app.port}`;
  for (
    const location of [
      // The default before nginx 1.29.7: HTTP/1.0, and a connection that closes.
      `proxy_pass ${to};`,
      `proxy_pass ${to}; proxy_http_version 1.1;`,
      `proxy_pass ${to}; proxy_http_version 1.1; proxy_set_header Connection "";
       proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;`,
      `proxy_pass ${to}; proxy_set_header Host $host; proxy_set_header X-Real-IP $remote_addr;`,
    ]
  ) {
    const nginx = await startNginx(location);
    deepEqual(await learned(nginx.url), PUBLIC, location);
    await nginx.stop();
  }
  deepEqual(await learned(to), DIRECT);
  equal(await app.stop(), 0);
});

test("a peer that keeps the connection is the caller itself, one that closes it may be a proxy", async () => {
  const app = await startApp(HERE, { level: "fatal" });
  const status = (path: string, connection: string) =>
    new Promise<number>((resolve, reject) => {
      const to = { host: "127.0.0.1", port: app.port, path, headers: { connection } };
      const asked = ask({ ...to, agent: false }, (response) => {
        response.resume().on("end", () => resolve(response.statusCode!));
      });
      asked.on("error", reject);
      asked.end();
    });
  for (const connection of ["keep-alive", "Keep-Alive"]) {
    equal(await status("/metrics", connection), 200, connection);
  }
  equal(await status("/metrics", "close"), 403);
  // A kubelet's probe closes its connections, too: it needs the status only.
  for (const path of ["/livez", "/readyz", "/startupz", "/health"]) {
    equal(await status(path, "close"), 200, path);
  }
  equal(await app.stop(), 0);
});
