import { test } from "node:test";
import { deepEqual, equal, ok } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { runtime } from "../../src/core/platform.ts";

const CHILD = fileURLToPath(new URL("./child.ts", import.meta.url));

/** A service in a child process of the runtime that runs this test. */
class Service {
  readonly lines: string[] = [];
  readonly #process;
  readonly #waiting = new Set<() => void>();
  readonly #exited: Promise<{ code: number | null; signal: string | null }>;
  #port = "";

  constructor(options: object) {
    const flags = runtime.name === "deno" ? ["run", "-A", "--quiet"] : [];
    this.#process = spawn(process.execPath, [...flags, CHILD, JSON.stringify(options)], {
      stdio: ["ignore", "pipe", "ignore"],
      env: { ...process.env, KUBERNETES_SERVICE_HOST: "" },
    });
    let rest = "";
    this.#process.stdout!.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      this.lines.push(...lines);
      for (const wake of this.#waiting) wake();
    });
    this.#exited = once(this.#process, "close").then(([code, signal]) => ({ code, signal }));
  }

  static async start(options: object = {}): Promise<Service> {
    const service = new Service(options);
    service.#port = (await service.says(/^listening /)).split(" ")[1]!;
    return service;
  }

  /** Waits for a line of its output. */
  async says(pattern: RegExp): Promise<string> {
    let dead = false;
    for (;;) {
      const line = this.lines.find((line) => pattern.test(line));
      if (line !== undefined) return line;
      if (dead) throw new Error(`${pattern} was not in ${JSON.stringify(this.lines)}`);
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
        void this.#exited.then(() => dead = true).then(wake);
      });
    }
  }

  /** Sends a request and waits until it has arrived. */
  async send(path: string): Promise<{ response: Promise<Response>; text: Promise<string> }> {
    const response = this.fetch(path);
    const text = response.then((response) => response.text());
    text.catch(() => {});
    await this.says(new RegExp(`^request ${path}$`));
    return { response, text };
  }

  fetch(path: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.#port}${path}`);
  }

  get port(): number {
    return Number(this.#port);
  }

  kill(signal: "SIGTERM" | "SIGINT"): void {
    // Not the child's own kill(): Deno then reports the signal that was sent as the way it ended.
    process.kill(this.#process.pid!, signal);
  }

  exit(): Promise<{ code: number | null; signal: string | null }> {
    return this.#exited;
  }

  /** What happened after it began to listen. */
  get story(): string[] {
    return this.lines.slice(this.lines.findIndex((line) => line.startsWith("listening")) + 1);
  }
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`serve() loses nothing on ${signal}`, async () => {
    const service = await Service.start();
    const slow = await service.send("/slow");
    service.kill(signal);
    equal(await slow.text, "finished");
    deepEqual(await service.exit(), { code: 0, signal: null });
    deepEqual(service.story, ["request /slow", "not ready", "stop", "shutdown"]);
  });
}

test("serve() instruments the handler once", async () => {
  const service = await Service.start();
  equal(await (await service.send("/")).text, "hello");
  service.kill("SIGTERM");
  await service.exit();
  deepEqual(service.lines.filter((line) => line === "instrumented").length, 1);
});

test("serve() sends a large response to its end", async () => {
  const service = await Service.start();
  const big = await service.send("/big");
  service.kill("SIGTERM");
  equal((await big.text).length, 8 << 20);
  equal((await service.exit()).code, 0);
});

test("serve() ends event streams by stopping and waits for their last event", async () => {
  const service = await Service.start();
  const { response, text } = await service.send("/events");
  equal((await response).status, 200);
  service.kill("SIGTERM");
  equal(await text, "data: 1\n\ndata: last\n\n");
  deepEqual(await service.exit(), { code: 0, signal: null });
});

test("serve() is not held up by an idle connection", async () => {
  const service = await Service.start({ drainTimeoutMs: 60_000 });
  const idle = connect(service.port, "127.0.0.1");
  idle.on("error", () => {});
  idle.write("GET / HTTP/1.1\r\nHost: orders\r\n\r\n");
  await once(idle, "data");
  service.kill("SIGTERM");
  deepEqual(await service.exit(), { code: 0, signal: null });
  idle.destroy();
});

test("serve() gives up on a request at the deadline", async () => {
  const service = await Service.start({ drainTimeoutMs: 50 });
  const stuck = await service.send("/stuck");
  service.kill("SIGTERM");
  deepEqual(await service.exit(), { code: 0, signal: null });
  deepEqual(service.story.slice(2), ["stop", "requests in flight were cut off", "shutdown"]);
  equal(await stuck.text.catch(() => "cut"), "cut");
});

test("serve() exits at once on a signal half a second after the first, not before", async () => {
  const service = await Service.start({ drainTimeoutMs: 60_000 });
  await service.send("/stuck");
  const start = performance.now();
  service.kill("SIGINT");
  await service.says(/^stop$/);
  const again = setInterval(() => service.kill("SIGINT"), 40);
  deepEqual(await service.exit(), { code: 130, signal: null });
  clearInterval(again);
  const elapsedMs = performance.now() - start;
  ok(elapsedMs >= 490, `exited after ${elapsedMs} ms`);
  deepEqual(service.story, ["request /stuck", "not ready", "stop"]);
});

test("serve() serves on for drainDelayMs", async () => {
  const service = await Service.start({ drainDelayMs: 800 });
  service.kill("SIGTERM");
  await service.says(/^not ready$/);
  equal(await (await service.fetch("/")).text(), "hello");
  deepEqual(await service.exit(), { code: 0, signal: null });
  deepEqual(service.story, ["not ready", "request /", "stop", "shutdown"]);
});

test("serve() leaves signals alone on request", async () => {
  const service = await Service.start({ signals: false });
  service.kill("SIGTERM");
  const { code, signal } = await service.exit();
  ok(signal === "SIGTERM" || code === 143, JSON.stringify({ code, signal }));
  deepEqual(service.story, []);
});

test("serve() lets the process end when the application ends the server", async () => {
  const service = await Service.start();
  equal(await (await service.send("/end")).text, "ending");
  deepEqual(await service.exit(), { code: 0, signal: null });
  deepEqual(service.story, ["request /end"]);
});

test("serve() closes everything when the application's signal aborts", async () => {
  const service = await Service.start({ abortable: true });
  const { text } = await service.send("/abort");
  equal(await text.catch(() => "cut"), "cut");
  deepEqual(await service.exit(), { code: 0, signal: null });
});

test("serve() drains with an abort signal that never aborts", async () => {
  const service = await Service.start({ abortable: true });
  const slow = await service.send("/slow");
  service.kill("SIGTERM");
  equal(await slow.text, "finished");
  deepEqual(await service.exit(), { code: 0, signal: null });
});

test("serve() records each error once, whoever sees it first", async () => {
  const service = await Service.start();
  for (const path of ["/throw", "/error"]) {
    equal((await (await service.send(path)).response).status, 500);
  }
  service.kill("SIGTERM");
  await service.exit();
  const errors = service.story.filter((line) => /^(thrown|response failed)/.test(line));
  equal(errors[0], "thrown: Error: thrown");
  ok(errors[1]?.startsWith("response failed: ") && errors[1].includes("Response.error()"));
  equal(errors.length, 2);
});
