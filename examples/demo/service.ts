import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface ServiceOptions {
  /** `orders` or `payments`: the file of that name in this folder. */
  readonly name: string;
  readonly runtime: "deno" | "bun";
  readonly port: number;
  /** Where its stdout goes; undefined shares ours. */
  readonly logPath: string | undefined;
  /** How many isolates of one process answer at the port. @default 1 */
  readonly isolates?: number | undefined;
  readonly environment?: Readonly<Record<string, string>>;
  /** Called with each line on its stderr once it listens; its log goes to stdout. */
  readonly onStderr: (line: string) => void;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** How long a service may drain before it is killed. */
const DRAIN_MS = 15_000;

/** One service in a process of its own. */
export class Service {
  readonly name: string;
  readonly runtime: "deno" | "bun";
  readonly url: string;
  readonly pid: number;
  /** Resolves when the process has ended, for any reason. */
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  #stopping = false;

  private constructor(
    options: ServiceOptions,
    child: ChildProcess,
    exited: Promise<Exit>,
    url: string,
  ) {
    this.name = options.name;
    this.runtime = options.runtime;
    this.url = url;
    this.pid = child.pid!;
    this.exited = exited;
    this.#child = child;
  }

  /** Whether its end was asked for. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /** Starts the service; rejects with its stderr if it ends before it listens. */
  static async start(options: ServiceOptions): Promise<Service> {
    const log = options.logPath === undefined ? "inherit" : openSync(options.logPath, "a");
    const { isolates = 1 } = options, parallel = String(isolates);
    const child = spawn(...command(options), {
      cwd: ROOT,
      env: {
        ...process.env,
        ...options.environment,
        PORT: String(options.port),
        EXIT_WITH_PARENT: "1",
        ...isolates > 1 && { ISOLATES: parallel, DENO_JOBS: parallel },
      },
      // A process group of its own: Ctrl-C reaches the demo only, which stops the load first.
      detached: true,
      // stdin closes when this process ends, however it ends; the service then drains by itself.
      stdio: ["pipe", log, "pipe"],
    });
    if (typeof log === "number") closeSync(log);
    const exited = new Promise<Exit>((resolve) => {
      child.once("exit", (code, signal) => resolve({ code, signal }));
      child.once("error", () => resolve({ code: null, signal: null }));
    });
    return new Service(options, child, exited, await listening(child, options));
  }

  /** Asks for a drain and waits for it; kills a service that does not end in time. */
  async stop(): Promise<Exit> {
    this.#stopping = true;
    this.#signal("SIGTERM");
    const timer = setTimeout(() => this.#signal("SIGKILL"), DRAIN_MS);
    const exit = await this.exited;
    clearTimeout(timer);
    return exit;
  }

  /** Ends it at once, without a drain. */
  kill(): void {
    this.#stopping = true;
    this.#signal("SIGKILL");
  }

  /** Not `child.kill`: Deno then reports this signal as the end, whatever the exit code was. */
  #signal(signal: "SIGTERM" | "SIGKILL"): void {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      process.kill(this.pid, signal);
    }
  }
}

/** The URL that the service prints on stderr once it listens. */
function listening(child: ChildProcess, { name, onStderr }: ServiceOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    const lines = createInterface({ input: child.stderr! });
    let url: string | undefined;
    lines.on("line", (line) => {
      const found = /[Ll]istening on (http:\/\/[^\s/]+)/.exec(line)?.[1];
      if (found !== undefined) resolve(url = found);
      else if (url !== undefined) onStderr(`${name}: ${line}`);
      else said.push(line);
    });
    child.once("error", (error) => reject(new Error(`Cannot start ${name}: ${error.message}`)));
    // Not "exit": its last output may still be in the pipe then.
    child.once("close", () => reject(new Error(`Cannot start ${name}: ${said.join("\n")}`)));
  });
}

function command({ name, runtime, port, isolates = 1 }: ServiceOptions): [string, string[]] {
  const fileOf = (name: string): string => fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  if (runtime === "bun") return [bun(), ["run", fileOf(isolates > 1 ? "isolates" : name)]];
  const how = isolates > 1
    ? ["serve", "-A", "--parallel", "--host", "127.0.0.1", "--port", String(port)]
    : ["run", "-A", "--quiet"];
  return ["Bun" in globalThis ? "deno" : process.execPath, [...how, fileOf(name)]];
}

/** Bun, a development dependency of this repository; Deno installs it when it is missing. */
function bun(): string {
  if ("Bun" in globalThis) return process.execPath;
  const path = `${ROOT}node_modules/.bin/bun`;
  if (!existsSync(path)) {
    console.log("Installing the development dependencies, Bun among them (once) …");
    execFileSync(process.execPath, ["install", "--quiet"], { cwd: ROOT, stdio: "inherit" });
  }
  return path;
}
