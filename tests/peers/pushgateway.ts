import { spawn } from "node:child_process";
import { freePort, until } from "../e2e/wait.ts";

/** Debian's name for the program, which elsewhere is just `pushgateway`. */
export const PUSHGATEWAY = "prometheus-pushgateway";

/** A real Pushgateway, empty. */
export class PushgatewayServer {
  readonly url: string;
  readonly #stop: () => Promise<void>;

  private constructor(url: string, stop: () => Promise<void>) {
    this.url = url;
    this.#stop = stop;
  }

  static async start(): Promise<PushgatewayServer> {
    const address = `127.0.0.1:${await freePort()}`;
    // Debian's keeps what it has in a file unless it is told not to.
    const flags = [`--web.listen-address=${address}`, "--persistence.file="];
    const child = spawn(PUSHGATEWAY, flags, { stdio: ["ignore", "ignore", "pipe"] });
    let log = "", failure: Error | undefined;
    child.stderr!.setEncoding("utf8").on("data", (text) => log += text);
    child.once("error", (error) => failure = error);
    const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
    const server = new PushgatewayServer(`http://${address}`, async () => {
      child.kill("SIGTERM");
      await closed;
    });
    await until("the Pushgateway to be ready", async () => {
      if (failure !== undefined || child.exitCode !== null) return true;
      return (await fetch(`${server.url}/-/ready`)).ok;
    });
    if (failure !== undefined) throw failure;
    if (child.exitCode !== null) throw new Error(`Cannot start ${PUSHGATEWAY}: ${log}`);
    return server;
  }

  /** The lines of its page that begin with one of these names, sorted. */
  async lines(...names: readonly string[]): Promise<string[]> {
    const page = await (await fetch(`${this.url}/metrics`)).text();
    return page.split("\n").filter((line) => names.some((name) => line.startsWith(name))).sort();
  }

  stop(): Promise<void> {
    return this.#stop();
  }
}
