/**
 * Servers under measurement: starts them, reads their CPU time from the operating system, ends them.
 *
 * @module
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { statMicros } from "./machine.ts";
import { type Place, placed } from "./pin.ts";

/** A server that listens. */
export interface Server {
  readonly name: string;
  readonly child: ChildProcess;
  readonly port: number;
}

/** Runtimes that our side runs on. */
export type Runtime = "deno" | "bun";

/** Both, or the one that `--runtime` names. */
export function runtimes(wanted: string | undefined): Runtime[] {
  return (["deno", "bun"] as const).filter((name) => wanted === undefined || name === wanted);
}

/** Its name as people write it. */
export const TITLES: Readonly<Record<Runtime, string>> = { deno: "Deno", bun: "Bun" };

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const bun = here("../../../node_modules/.bin/bun");

/** What runs a file on each. */
export const COMMANDS: Readonly<Record<Runtime, readonly [program: string, ...args: string[]]>> = {
  deno: [process.execPath, "run", "-A", "--no-check"],
  bun: [bun],
};

/** Every process that was started, so that each is ended whatever happens. */
export class Servers {
  readonly folder: string = mkdtempSync(join(tmpdir(), "telltale-bench-"));
  readonly #started = new Set<ChildProcess>();

  /**
   * Starts a file of this folder on a runtime; `flags` are the runtime's own, `root` is another checkout
   * to take the file from.
   */
  script(
    name: string,
    runtime: Runtime,
    file: string,
    { args = [], flags = [], env = {}, root }: {
      args?: readonly string[];
      flags?: readonly string[];
      env?: Record<string, string>;
      root?: string;
    } = {},
  ): Promise<Server> {
    const path = root === undefined
      ? here(`${file}.ts`)
      : join(root, "bench/versus/http", `${file}.ts`);
    const [command, ...first] = COMMANDS[runtime];
    return this.start(name, command, [...first, ...flags, path, ...args], env);
  }

  /** Starts a program and waits until it prints the port that it listens on. */
  async start(
    name: string,
    command: string,
    args: readonly string[],
    env: Record<string, string> = {},
    place: Place = "measured",
  ): Promise<Server> {
    // Log lines go to a file, as they would in production: a terminal or a full pipe is another bench.
    const out = openSync(join(this.folder, `${name.replaceAll(/\W+/g, "_")}.log`), "w");
    const child = spawn(...placed(place, command, args), {
      stdio: ["ignore", out, "pipe"],
      env: { ...process.env, ...env },
    });
    this.#started.add(child);
    closeSync(out);
    let said = "";
    for await (const line of createInterface({ input: child.stderr! })) {
      const port = /^READY (\d+)$/.exec(line)?.[1];
      said += `${line}\n`;
      if (port !== undefined) {
        child.stderr!.resume();
        return { name, child, port: Number(port) };
      }
    }
    throw new Error(`Cannot start ${name}:\n${said}`);
  }

  /** One sink for every rival, on the harness' own runtime and beside the measured core. */
  sink(): Promise<Server> {
    const args = ["run", "-A", "--no-check", here("sink.ts")];
    return this.start("sink", process.execPath, args, {}, "besides");
  }

  /** Go's servers by their argument; none where Go is not installed. */
  async go(env: Record<string, string>): Promise<Server[]> {
    const binary = join(this.folder, "go-server");
    const built = spawnSync("go", ["build", "-o", binary, "."], { cwd: here("../go/http") });
    if (built.status !== 0) {
      console.log("Go's servers are not measured: go is not installed, or can't build them");
      return [];
    }
    return [
      await this.start("Go net/http, bare", binary, ["bare"]),
      await this.start("Go, zerolog+prom+otelhttp", binary, ["glued"], env),
    ];
  }

  /** Ends these servers, and removes the files that they wrote. */
  end(servers: readonly Server[]): void {
    for (const { child } of servers) {
      child.kill("SIGKILL");
      this.#started.delete(child);
    }
  }

  /** Ends all servers that still run. */
  [Symbol.dispose](): void {
    for (const child of this.#started) child.kill("SIGKILL");
    rmSync(this.folder, { recursive: true });
  }
}

/** The environment that makes a rival export to a sink what the glued stack exports: traces. */
export function exportingTo({ port }: Server): Record<string, string> {
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_SERVICE_NAME: "bench",
    // Metrics are scraped, log lines go to standard output.
    OTEL_METRICS_EXPORTER: "none",
    OTEL_LOGS_EXPORTER: "none",
  };
}

/** User and system time of a server so far, all its threads included. */
export function cpuMicros({ child }: Server): number {
  return statMicros(`/proc/${child.pid}/stat`);
}

/** The same by the names of its threads; a number at a name's end is left out. */
export function threadMicros({ child }: Server): Map<string, number> {
  const folder = `/proc/${child.pid}/task`;
  const threads = new Map<string, number>();
  for (const id of readdirSync(folder)) {
    const name = id === String(child.pid)
      ? "main"
      : readFileSync(`${folder}/${id}/comm`, "utf8").trim().replace(/[-#: ]*\d+$/, "");
    threads.set(name, (threads.get(name) ?? 0) + statMicros(`${folder}/${id}/stat`));
  }
  return threads;
}
