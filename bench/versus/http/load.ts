/**
 * A load from another process: wrk where it is installed, else a client of our own.
 *
 * @module
 */
import { spawn, spawnSync } from "node:child_process";
import { connect } from "node:net";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { placed } from "./pin.ts";

const CONNECTIONS = 8;

/** From a private peer, so that it is trusted and continued. */
export const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const hasWrk = spawnSync("wrk", ["-v"]).error === undefined;
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Drives a server for some whole seconds and gives the number of requests that were answered.
 *
 * @param routes how many paths to request in turn, `/r0/world`, `/r1/world` …; `/hello/world` only if
 * absent
 */
export async function drive(port: number, seconds: number, routes?: number): Promise<number> {
  const url = `http://127.0.0.1:${port}/hello/world`;
  const [command, args] = hasWrk
    ? ["wrk", [
      "-t1",
      `-c${CONNECTIONS}`,
      `-d${seconds}s`,
      "-H",
      `traceparent: ${TRACEPARENT}`,
      ...routes === undefined ? [] : ["-s", here("routes.lua")],
      url,
      ...routes === undefined ? [] : ["--", String(routes)],
    ]] as const
    : [process.execPath, [
      ..."Deno" in globalThis ? ["run", "-A", "--no-check"] : [],
      here("load.ts"),
      ...[port, seconds, routes ?? 0].map(String),
    ]] as const;
  const child = spawn(...placed("besides", command, args), {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  for await (const chunk of child.stdout!) output += chunk;
  const requests = Number(/(\d+) requests in/.exec(output)?.[1]);
  if (!(requests > 0) || /Non-2xx|Socket errors/.test(output)) {
    throw new Error(`Cannot drive ${url}: ${output}`);
  }
  return requests;
}

/** Requests one after another on each connection; answers are counted by their known end. */
async function own(port: number, seconds: number, routes: number): Promise<void> {
  const request = (path: string) =>
    `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ntraceparent: ${TRACEPARENT}\r\n\r\n`;
  const all = routes === 0
    ? [request("/hello/world")]
    : Array.from({ length: routes }, (_, i) => request(`/r${i}/world`));
  const until = performance.now() + seconds * 1000;
  let sent = 0, requests = 0;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, () =>
      new Promise<void>((resolve, reject) => {
        const send = () => socket.write(all[sent++ % all.length]!);
        const socket = connect(port, "127.0.0.1", send);
        let rest = "";
        socket.setEncoding("latin1");
        socket.on("error", reject);
        socket.on("data", (chunk) => {
          rest += chunk;
          if (!rest.endsWith("Hello, World!") && !rest.endsWith("Hello, World!\n")) return;
          rest = "";
          requests++;
          if (performance.now() < until) send();
          else socket.end(resolve);
        });
      })),
  );
  console.log(`${requests} requests in ${seconds}s`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [port, seconds, routes] = process.argv.slice(2).map(Number);
  await own(port!, seconds!, routes!);
  process.exit(0);
}
