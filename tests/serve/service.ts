import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { runtime } from "../../src/core/platform.ts";

const CHILD = fileURLToPath(new URL("./child.ts", import.meta.url));

/** What runs a file: a program, and what comes before the file's name. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
}

/** The runtime that runs this test. */
export const HERE: Program = {
  command: process.execPath,
  args: runtime.name === "deno" ? ["run", "-A", "--quiet"] : [],
};

/** A service in a process of its own. */
export class Service {
  readonly lines: string[] = [];
  readonly #process;
  readonly #waiting = new Set<() => void>();
  readonly #exited: Promise<{ code: number | null; signal: string | null }>;
  #port = "";

  constructor({ command, args }: Program, options: object) {
    this.#process = spawn(command, [...args, CHILD, JSON.stringify(options)], {
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

  static async start(program: Program, options: object = {}): Promise<Service> {
    const service = new Service(program, options);
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

  kill(signal: "SIGTERM" | "SIGINT" | "SIGKILL"): void {
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
