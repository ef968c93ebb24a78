/**
 * The demo's command line, run as a person runs it.
 *
 * @module
 */
import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../examples/demo/main.ts", import.meta.url));
/** The runtime of the tests, and of the demo in them: Deno may be missing where Bun runs the tests. */
export const RUNTIME = "Bun" in globalThis ? "bun" : "deno";

/** The demo, running. */
export interface DemoProcess {
  readonly send: (signal: "SIGINT" | "SIGTERM" | "SIGKILL") => void;
  /** What it printed so far. */
  readonly output: () => string;
  /** Resolves to its exit code; null after a signal. */
  readonly ended: Promise<number | null>;
}

/** Starts the demo with these arguments. */
export function demo(...args: string[]): DemoProcess {
  return runDemo(RUNTIME === "bun" ? ["run"] : ["run", "-A", "--quiet"], ...args);
}

/** Starts it with other arguments of the runtime. */
export function runDemo(command: readonly string[], ...args: string[]): DemoProcess {
  // Not spawned itself, nor named in the arguments: Deno would add -A to its own.
  const child = spawn("sh", ["-c", 'exec "$RUNTIME" "$@"', "sh", ...command, MAIN, ...args], {
    env: { ...process.env, RUNTIME: process.execPath },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout!.setEncoding("utf8").on("data", (text) => output += text);
  child.stderr!.setEncoding("utf8").on("data", (text) => output += text);
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  // Not `child.kill`: Deno then reports that signal as the end, whatever the exit code was.
  return { send: (signal) => process.kill(child.pid!, signal), output: () => output, ended };
}
