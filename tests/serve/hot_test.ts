/** `bun --hot`: the code is evaluated again at each change, in the same process. */
import { test } from "node:test";
import { deepEqual, equal } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { runtime } from "../../src/core/platform.ts";
import { HANG_MS, skipWhen } from "../tool.ts";

const options = { skip: skipWhen(runtime.name !== "bun", "bun --hot"), timeout: HANG_MS };
const here = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);

/** An application that says a line when it serves. */
const app = (generation: number, isKept: boolean) => `
import process from "node:process";
import { telltale } from ${here("../../mod.ts")};
import { OtelBridge } from ${here("../../src/bridge/otel/mod.ts")};
import { captureConsole } from ${here("../../src/log/console.ts")};
import { serve } from ${here("../../src/serve/bun.ts")};

const make = () => telltale({ service: "hot", log: { level: "fatal" }, metrics: { runtime: false } });
const t = ${isKept ? "globalThis.kept ??= make()" : "make()"};
globalThis.ended ??= [];
t.stopping.addEventListener("abort", () => globalThis.ended.push(${generation}));
let adminPort;
const server = serve(t, {
  port: 0,
  hostname: "127.0.0.1",
  development: false,
  admin: { port: 0, onListen: ({ port }) => adminPort = port },
  fetch: () => new Response("generation ${generation}"),
});
globalThis.native ??= console.log;
captureConsole(t.log)();
const isNative = console.log === globalThis.native;
captureConsole(t.log);
const { traces, metrics, logs } = new OtelBridge(t).register();
const events = ["SIGTERM", "SIGINT", "exit", "beforeExit", "uncaughtExceptionMonitor"];
process.stdout.write(JSON.stringify({
  generation: ${generation},
  port: server.port,
  adminPort,
  ended: globalThis.ended,
  listeners: events.map((event) => process.listenerCount(event)),
  putUp: [isNative, traces, metrics, logs],
}) + "\\n");
`;

interface Line {
  readonly generation: number;
  readonly port: number;
  readonly adminPort: number;
  readonly ended: readonly number[];
  readonly listeners: readonly number[];
  readonly putUp: readonly boolean[];
}

for (const isKept of [false, true]) {
  const whose = isKept ? "a Telltale that is kept" : "a new Telltale";
  test(`serve() takes its server over when bun --hot reloads, with ${whose}`, options, async () => {
    const folder = mkdtempSync(join(tmpdir(), "telltale-hot-"));
    const file = join(folder, "app.ts");
    const write = (generation: number) => writeFileSync(file, app(generation, isKept));
    write(1);
    const child = spawn(process.execPath, ["--hot", file], { stdio: ["ignore", "pipe", "pipe"] });
    const closed = once(child, "close");
    let output = "", errors = "", wake = () => {};
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text, wake()));
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text, wake()));
    closed.then(() => wake());
    const generation = async (wanted: number): Promise<Line> => {
      for (;;) {
        for (const line of output.split("\n").slice(0, -1)) {
          const said = JSON.parse(line) as Line;
          if (said.generation === wanted) return said;
        }
        if (errors !== "" || child.exitCode !== null) throw new Error(errors);
        await new Promise<void>((resolve) => wake = resolve);
      }
    };

    const first = await generation(1);
    const ask = async (port: number, path: string) =>
      await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    for (const number of [1, 2, 3, 4]) {
      if (number > 1) write(number);
      const line = await generation(number);
      deepEqual([line.port, line.adminPort], [first.port, first.adminPort]);
      deepEqual(line.listeners, first.listeners);
      deepEqual(line.putUp, [true, true, true, true]);
      // The one before it has ended, unless it goes on.
      deepEqual(line.ended, isKept ? [] : [1, 2, 3].slice(0, number - 1));
      equal(await ask(line.port, "/"), `generation ${number}`);
      const page = await ask(line.adminPort, "/metrics");
      const lines = page.split("\n");
      equal(lines.filter((line) => line.startsWith("http_server_pending_requests ")).length, 1);
      const total = 'http_requests_total{method="GET",route="unmatched",status="200"} ';
      const counted = lines.filter((line) => line.startsWith(total));
      deepEqual(counted, [total + (isKept ? number : 1)]);
    }
    child.kill("SIGTERM");
    deepEqual(await closed, [0, null]);
    equal(errors, "");
    rmSync(folder, { recursive: true });
  });
}
