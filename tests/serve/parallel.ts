import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A service of three isolates: `deno serve --parallel` of a module, on a port of the system's choice. */
export interface Parallel {
  readonly child: ChildProcess;
  /** Resolves with the exit code and the signal. */
  readonly exited: Promise<unknown[]>;
  /** Where it listens; resolves once it does. */
  readonly url: Promise<string>;
}

/** Starts it. Deno only; the caller ends it. */
export function serveParallel(module: URL): Parallel {
  const args = ["serve", "-A", "--no-check", "--parallel", "--port", "0", "--host", "127.0.0.1"];
  const child = spawn(process.execPath, [...args, fileURLToPath(module)], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, DENO_JOBS: "3", NO_COLOR: "1" },
  });
  return { child, exited: once(child, "exit"), url: urlOf(child) };
}

async function urlOf(child: ChildProcess): Promise<string> {
  let port: string | undefined;
  for await (const line of createInterface({ input: child.stderr! })) {
    port = /:(\d+)\/?/.exec(line)?.[1];
    if (port !== undefined) break;
  }
  return `http://127.0.0.1:${port}`;
}
