import { test } from "node:test";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { type Program, Service } from "./service.ts";

/** How a served process lives and dies: the same on every runtime. */
export function testLife(program: Program, name: string, skip: string | false): void {
  const it = (title: string, fn: () => Promise<void>) => test(`${title}, on ${name}`, { skip }, fn);

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`serve() loses nothing on ${signal}`, async () => {
      const service = await Service.start(program);
      const slow = await service.send("/slow");
      service.kill(signal);
      equal(await slow.text, "finished");
      deepEqual(await service.exit(), { code: 0, signal: null });
      deepEqual(service.story, ["request /slow", "not ready", "stop", "shutdown"]);
    });
  }

  it("serve() instruments the handler once", async () => {
    const service = await Service.start(program);
    equal(await (await service.send("/")).text, "hello");
    service.kill("SIGTERM");
    await service.exit();
    deepEqual(service.lines.filter((line) => line === "instrumented").length, 1);
  });

  it("serve() sends a large response to its end", async () => {
    const service = await Service.start(program);
    const big = await service.send("/big");
    service.kill("SIGTERM");
    equal((await big.text).length, 8 << 20);
    equal((await service.exit()).code, 0);
  });

  it("serve() reads a request to its end", async () => {
    const service = await Service.start(program);
    const client = connect(service.port, "127.0.0.1");
    client.write("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nbefore");
    await service.says(/^request \/upload$/);
    service.kill("SIGTERM");
    await service.says(/^stop$/);
    client.write("after");
    let answer = "";
    client.setEncoding("latin1").on("data", (chunk) => answer += chunk);
    await once(client, "close");
    match(answer, /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nbeforeafter$/);
    deepEqual(await service.exit(), { code: 0, signal: null });
  });

  it("serve() ends event streams by stopping and waits for their last event", async () => {
    const service = await Service.start(program);
    const { response, text } = await service.send("/events");
    equal((await response).status, 200);
    service.kill("SIGTERM");
    equal(await text, "data: 1\n\ndata: last\n\n");
    deepEqual(await service.exit(), { code: 0, signal: null });
  });

  it("serve() is not held up by an idle connection", async () => {
    const service = await Service.start(program, { drainDeadlineMs: 60_000 });
    const idle = connect(service.port, "127.0.0.1");
    idle.on("error", () => {});
    idle.write("GET / HTTP/1.1\r\nHost: orders\r\n\r\n");
    await once(idle, "data");
    service.kill("SIGTERM");
    deepEqual(await service.exit(), { code: 0, signal: null });
    idle.destroy();
  });

  it("serve() gives up on a request at the deadline", async () => {
    const service = await Service.start(program, { drainDeadlineMs: 50 });
    const stuck = await service.send("/stuck");
    service.kill("SIGTERM");
    deepEqual(await service.exit(), { code: 0, signal: null });
    deepEqual(service.story.slice(2), ["stop", "requests in flight were cut off", "shutdown"]);
    equal(await stuck.text.catch(() => "cut"), "cut");
  });

  it("serve() exits at once on a signal half a second after the first, not before", async () => {
    const service = await Service.start(program, { drainDeadlineMs: 60_000 });
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

  it("serve() keeps serving for drainDelayMs", async () => {
    const service = await Service.start(program, { drainDelayMs: 800 });
    service.kill("SIGTERM");
    await service.says(/^not ready$/);
    equal(await (await service.fetch("/")).text(), "hello");
    deepEqual(await service.exit(), { code: 0, signal: null });
    deepEqual(service.story, ["not ready", "request /", "stop", "shutdown"]);
  });

  it("serve() makes clients close their connections while it drains", async () => {
    const service = await Service.start(program, { drainDelayMs: 60_000 });
    const connection = async (path: string) => {
      const response = await service.fetch(path);
      await response.text();
      return response.headers.get("connection");
    };
    ok(await connection("/") !== "close");
    service.kill("SIGTERM");
    await service.says(/^not ready$/);
    for (const path of ["/", "/json", "/nothing"]) equal(await connection(path), "close", path);
    service.kill("SIGKILL");
    await service.exit();
  });

  it("serve() leaves signals alone on request", async () => {
    const service = await Service.start(program, { signals: false });
    service.kill("SIGTERM");
    const { code, signal } = await service.exit();
    ok(signal === "SIGTERM" || code === 143, JSON.stringify({ code, signal }));
    deepEqual(service.story, []);
  });

  it("serve() lets the process end when the application ends the server", async () => {
    const service = await Service.start(program);
    equal(await (await service.send("/end")).text, "ending");
    deepEqual(await service.exit(), { code: 0, signal: null });
    deepEqual(service.story, ["request /end"]);
  });

  it("serve() closes everything when the application's signal aborts", async () => {
    const service = await Service.start(program, { abortable: true });
    const { text } = await service.send("/abort");
    equal(await text.catch(() => "cut"), "cut");
    deepEqual(await service.exit(), { code: 0, signal: null });
  });

  it("serve() drains with an abort signal that never aborts", async () => {
    const service = await Service.start(program, { abortable: true });
    const slow = await service.send("/slow");
    service.kill("SIGTERM");
    equal(await slow.text, "finished");
    deepEqual(await service.exit(), { code: 0, signal: null });
  });

  it("serve() records each error once, whoever sees it first", async () => {
    const service = await Service.start(program);
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

  it("serve() keeps admin paths on their own listener until no request is in flight", async () => {
    const service = await Service.start(program, { admin: { port: 0 } });
    const port = (await service.says(/^admin \d/)).split(" ")[1];
    const admin = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
    const slow = await service.send("/slow");
    equal(await (await admin("/livez")).text(), "alive");
    equal((await admin("/slow")).status, 404);
    service.kill("SIGTERM");
    equal(await slow.text, "finished");
    deepEqual(await service.exit(), { code: 0, signal: null });
  });

  it("serve() ends with its admin listener when the application ends the server", async () => {
    const service = await Service.start(program, { admin: { port: 0 } });
    equal(await (await service.send("/end")).text, "ending");
    deepEqual(await service.exit(), { code: 0, signal: null });
  });
}
