import { test } from "node:test";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { runtime } from "../../src/core/platform.ts";

const SERVICE = fileURLToPath(new URL("./default_export.ts", import.meta.url));
const ON_DENO = runtime.name === "deno";

test("export default { fetch: t.instrument(handler) } serves, is seen, and ends at SIGTERM", async () => {
  const args = ON_DENO ? ["serve", "-A", "--no-check", "--port=0", "--host=127.0.0.1"] : [];
  const child = spawn(process.execPath, [...args, SERVICE], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  let told = "";
  let logged = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => logged += chunk);
  const exited = once(child, "close") as Promise<[number | null, string | null]>;
  const says = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(stripVTControlCharacters(told + logged));
        if (found !== null) resolve(found[1] ?? "");
      };
      child.stderr.on("data", look);
      child.stdout.on("data", look);
      exited.then(() => reject(new Error(`It ended: ${told}${logged}`)));
      look();
    });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => told += chunk);
  const url = `http://127.0.0.1:${await says(/http:\/\/[^\s:]+:(\d+)/)}`;

  const response = await fetch(`${url}/hello`);
  equal(await response.text(), "hello");
  match(response.headers.get("x-request-id")!, /^[0-9a-f]{32}$/);
  // The connection info is passed on, so that the caller is known to be near.
  equal(await says(/^request (\d)/m), "1");
  const page = await (await fetch(`${url}/metrics`)).text();
  ok(page.includes('http_requests_total{method="GET",route="/hello",status="200"} 1\n'), page);

  told = "";
  const inFlight = fetch(`${url}/hello`).then((response) => response.text(), () => "lost");
  await says(/^request/m);
  process.kill(child.pid!, "SIGTERM");
  // No timer and no channel of Telltale keeps the process alive.
  const [code, signal] = await exited;
  // `deno serve` drains by itself; on Bun only Telltale's `serve` does.
  if (ON_DENO) deepEqual([await inFlight, code, signal], ["hello", 0, null]);
  else equal(signal === "SIGTERM" || code === 143, true);
  for (const line of logged.trim().split("\n").filter((line) => line.startsWith("{"))) {
    equal(JSON.parse(line).service, "orders");
  }
});
