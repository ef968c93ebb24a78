import { test } from "node:test";
import { equal, ok } from "node:assert/strict";
import { connect } from "node:net";
import process from "node:process";
import { type App, startApp } from "./app.ts";
import type { Program } from "./service.ts";
import { HANG_MS } from "../tool.ts";

/** About a minute's worth where time is no matter. */
const REQUESTS = process.env.CI === "true" ? 60_000 : 6000;
const CLIENTS = 8;
/** What a flat heap may still move by: the rings fill up in the first third. */
const MAX_GROWTH = 1.1;
const MAX_GROWTH_BYTES = 6 << 20;

/** An application under load and faults for a while has no more in its heap than before. */
export function testSoak(program: Program, name: string, skip: string | false): void {
  const options = { skip, timeout: HANG_MS };
  test(`${REQUESTS} requests and faults leave the heap flat, on ${name}`, options, async () => {
    const app = await startApp(withGc(program, name), { level: "warn" });
    const total = { asked: 0 };
    await load(app, total, REQUESTS / 3);
    const early = await heapUsed(app);
    await load(app, total, REQUESTS);
    const late = await heapUsed(app);

    const most = early * MAX_GROWTH + MAX_GROWTH_BYTES;
    ok(late <= most, `${total.asked} requests: the heap went from ${early} to ${late}`);
    const page = await (await fetch(`http://127.0.0.1:${app.port}/metrics`)).text();
    const inProgress = page.split("\n").filter((line) =>
      line.startsWith("http_requests_in_progress{")
    );
    ok(inProgress.length > 0);
    for (const line of inProgress) equal(line.split(" ")[1], "0", line);
    equal(await app.stop(), 0);
  });
}

function withGc({ command, args }: Program, name: string): Program {
  if (name === "bun") return { command, args };
  const flag = name === "deno" ? "--v8-flags=--expose-gc" : "--expose-gc";
  return { command, args: [...args, flag] };
}

async function heapUsed({ port }: App): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/memory`);
  return (await response.json()).heapUsed;
}

async function load(app: App, total: { asked: number }, until: number): Promise<void> {
  const client = async () => {
    while (total.asked < until) {
      await FAULTS[total.asked++ % FAULTS.length]!(`http://127.0.0.1:${app.port}`);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}

/** What a client does; each is done when it has nothing open. */
const FAULTS: readonly ((url: string) => Promise<unknown>)[] = [
  (url) => read(`${url}/hello`),
  (url) => read(`${url}/hello?${Math.random()}`),
  (url) => read(`${url}/${Math.random()}`),
  (url) => read(`${url}/echo`, { method: "POST", body: "x".repeat(5000) }),
  (url) => read(`${url}/hello`, { headers: { traceparent: `00-${hex(32)}-${hex(16)}-01` } }),
  (url) => read(`${url}/hello`, { headers: { "x-request-id": hex(20), "user-agent": hex(200) } }),
  (url) => read(`${url}/throw`),
  (url) => read(`${url}/error`),
  (url) => read(`${url}/midway`),
  (url) => read(`${url}/events`),
  (url) => leave(`${url}/events`),
  (url) => leave(`${url}/slow`),
  (url) => read(`${url}/slow`),
  (url) => read(`${url}/health`),
  hangUp,
];

function hex(digits: number): string {
  let text = "";
  while (text.length < digits) text += Math.random().toString(16).slice(2);
  return text.slice(0, digits);
}

async function read(url: string, init?: RequestInit): Promise<void> {
  try {
    await (await fetch(url, init)).arrayBuffer();
  } catch {
    // A body that broke off is what was asked for.
  }
}

/** Goes away in the middle. */
async function leave(url: string): Promise<void> {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 5);
  await read(url, { signal: controller.signal });
}

/** Sends half a request and hangs up. */
function hangUp(url: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.on("error", () => {});
    socket.on("close", () => resolve());
    socket.write("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf");
    setTimeout(() => socket.destroy(), 2);
  });
}
