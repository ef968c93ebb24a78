import { test } from "node:test";
import { deepEqual, equal, match } from "node:assert/strict";
import { mkdtempSync, readFileSync } from "node:fs";
import { Agent, type ClientRequest, request as ask } from "node:http";
import { Agent as SecureAgent, request as askSecurely } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startApp } from "./app.ts";
import type { Program } from "./service.ts";

const CERTIFICATE = readFileSync(new URL("../data/localhost.crt", import.meta.url), "utf8");

/** Where a server listens is passed through, whatever the runtime. */
export function testListen(program: Program, name: string, skip: string | false): void {
  const it = (title: string, fn: () => Promise<void>) => test(`${title}, on ${name}`, { skip }, fn);

  it("serve() passes a certificate through", async () => {
    const app = await startApp(program, { tls: true, keepOutput: true });
    equal(await overTls(app.port, "/hello"), "200 hello");
    match(await overTls(app.port, "/metrics"), /^200 # HELP/);
    equal(await app.stop(), 0);
  });

  it("serve() passes a unix socket through, whose peers are local", async () => {
    const unix = join(mkdtempSync(join(tmpdir(), "telltale-")), "s");
    const app = await startApp(program, { unix, keepOutput: true });
    equal(await overUnix(unix, "/hello"), "200 hello");
    match(await overUnix(unix, "/metrics"), /^200 [^]*http_requests_total/);
    equal(await app.stop(), 0);
  });

  it("serve() moves the admin paths to their own listener", async () => {
    const app = await startApp(program, { admin: true, keepOutput: true });
    const ask = async (port: number, path: string) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      await response.body?.cancel();
      return response.status;
    };
    const paths = ["/hello", "/metrics", "/health", "/livez", "/readyz", "/telltale/"];
    const statuses = (port: number) => Promise.all(paths.map((path) => ask(port, path)));
    deepEqual(await statuses(app.port), [200, 404, 404, 404, 404, 404]);
    deepEqual(await statuses(app.adminPort), [404, 200, 200, 200, 200, 200]);
    const page = await (await fetch(`http://127.0.0.1:${app.adminPort}/metrics`)).text();
    // The application's requests are recorded, those of the admin listener are not.
    const counted = page.split("\n").filter((line) => line.startsWith("http_requests_total{"));
    deepEqual(counted.sort(), [
      'http_requests_total{method="GET",route="/hello",status="200"} 1',
      'http_requests_total{method="GET",route="unmatched",status="404"} 5',
    ]);
    equal(await app.stop(), 0);
  });
}

/** The connection is kept: one that closes is a proxy's. */
function overUnix(socketPath: string, path: string): Promise<string> {
  const agent = new Agent({ keepAlive: true });
  return answered(ask({ socketPath, path, agent })).finally(() => agent.destroy());
}

function overTls(port: number, path: string): Promise<string> {
  const agent = new SecureAgent({ keepAlive: true });
  const options = { host: "localhost", port, path, ca: CERTIFICATE, agent, family: 4 };
  return answered(askSecurely(options)).finally(() => agent.destroy());
}

function answered(asked: ClientRequest): Promise<string> {
  return new Promise((resolve, reject) => {
    asked.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => text += chunk);
      response.on("end", () => resolve(`${response.statusCode} ${text}`));
    });
    asked.on("error", reject);
    asked.end();
  });
}
