/**
 * A load from another process: wrk where it is installed, else a client of our own.
 *
 * @module
 */
import { spawn, spawnSync } from "node:child_process";
import { connect } from "node:net";
import process from "node:process";
import { fileURLToPath } from "node:url";

const CONNECTIONS = 8;
const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const hasWrk = spawnSync("wrk", ["-v"]).error === undefined;

/** Drives `/hello/world` for some seconds and gives the number of requests that were answered. */
export async function drive(port: number, seconds: number): Promise<number> {
  const url = `http://127.0.0.1:${port}/hello/world`;
  const [command, args] = hasWrk
    ? ["wrk", [
      "-t1",
      `-c${CONNECTIONS}`,
      `-d${seconds}s`,
      "-H",
      `traceparent: ${TRACEPARENT}`,
      url,
    ]] as const
    : [process.execPath, [
      ..."Deno" in globalThis ? ["run", "-A", "--no-check"] : [],
      fileURLToPath(import.meta.url),
      String(port),
      String(seconds),
    ]] as const;
  const child = spawn(command, [...args], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  for await (const chunk of child.stdout!) output += chunk;
  const requests = Number(/(\d+) requests in/.exec(output)?.[1]);
  if (!(requests > 0) || /Non-2xx|Socket errors/.test(output)) {
    throw new Error(`Cannot drive ${url}: ${output}`);
  }
  return requests;
}

/** Requests one after another on each connection; answers are counted by their known end. */
async function own(port: number, seconds: number): Promise<void> {
  const request =
    `GET /hello/world HTTP/1.1\r\nhost: 127.0.0.1\r\ntraceparent: ${TRACEPARENT}\r\n\r\n`;
  const until = performance.now() + seconds * 1000;
  let requests = 0;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, () =>
      new Promise<void>((resolve, reject) => {
        const socket = connect(port, "127.0.0.1", () => socket.write(request));
        let rest = "";
        socket.setEncoding("latin1");
        socket.on("error", reject);
        socket.on("data", (chunk) => {
          rest += chunk;
          if (!rest.endsWith("Hello, World!") && !rest.endsWith("Hello, World!\n")) return;
          rest = "";
          requests++;
          if (performance.now() < until) socket.write(request);
          else socket.end(resolve);
        });
      })),
  );
  console.log(`${requests} requests in ${seconds}s`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await own(Number(process.argv[2]), Number(process.argv[3]));
  process.exit(0);
}
