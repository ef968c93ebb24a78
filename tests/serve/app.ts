import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Program } from "./service.ts";

const CHILD = fileURLToPath(new URL("./app_child.ts", import.meta.url));

/** Whoever sends it as a bearer may read the admin paths of the application. */
export const TOKEN = "correct-horse-battery";

/** The application of `app_child.ts`, running. */
export interface App {
  readonly port: number;
  /** The port of its admin listener; NaN when it has none. */
  readonly adminPort: number;
  /** What it logged so far; nothing when its output is not kept. */
  output(): string;
  /** Whether it still runs. */
  isAlive(): boolean;
  /** Sends SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>;
}

/** The options of the application. */
export interface AppOptions {
  /** Serves HTTPS with the certificate of `tests/data`. */
  readonly tls?: boolean;
  /** Listens on a unix socket. */
  readonly unix?: string;
  /** Serves the admin paths on a listener of their own. */
  readonly admin?: boolean;
  /** The level of its log. */
  readonly level?: string;
}

/** Starts the application and waits until it listens. */
export async function startApp(
  { command, args }: Program,
  options: AppOptions & { readonly keepOutput?: boolean } = {},
): Promise<App> {
  const child = spawn(command, [...args, CHILD, JSON.stringify({ ...options, token: TOKEN })], {
    stdio: ["ignore", options.keepOutput ? "pipe" : "ignore", "pipe"],
    env: { ...process.env, KUBERNETES_SERVICE_HOST: "", NO_COLOR: "1" },
  });
  let output = "";
  let errors = "";
  let exitCode: number | null | undefined;
  const exited = once(child, "close").then(([code]) => exitCode = code as number | null);
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => output += chunk);
  const told = (name: string) => Number(new RegExp(`^${name} (\\d+)`, "m").exec(errors)?.[1]);
  await new Promise<void>((resolve, reject) => {
    child.stderr!.setEncoding("utf8").on("data", (chunk: string) => {
      errors = (errors + chunk).slice(-10_000);
      if (!errors.includes("listening ")) return;
      if (options.admin !== true || !Number.isNaN(told("admin"))) resolve();
    });
    exited.then(() => reject(new Error(`The application ended: ${errors}`)));
  });
  return {
    port: told("listening"),
    adminPort: told("admin"),
    output: () => output,
    isAlive: () => exitCode === undefined,
    async stop() {
      process.kill(child.pid!, "SIGTERM");
      return await exited;
    },
  };
}
