import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, until } from "../e2e/wait.ts";
import { built } from "./built.ts";

/** A line as VictoriaLogs gives it back: `_time`, `_msg`, `_stream`, and a text for each field. */
export type StoredLine = Readonly<Record<string, string>>;

/** A real VictoriaLogs, empty. */
export class VictoriaLogs {
  readonly url: string;
  readonly #stop: () => Promise<void>;

  private constructor(url: string, stop: () => Promise<void>) {
    this.url = url;
    this.#stop = stop;
  }

  static async start(): Promise<VictoriaLogs> {
    const folder = await mkdtemp(join(tmpdir(), "telltale-victorialogs-"));
    const address = `127.0.0.1:${await freePort()}`;
    const child = spawn(
      built("peers/victorialogs"),
      [`-httpListenAddr=${address}`, `-storageDataPath=${folder}`, "-retentionPeriod=100y"],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    let log = "", failure: Error | undefined;
    child.stderr!.setEncoding("utf8").on("data", (text) => log += text);
    child.once("error", (error) => failure = error);
    const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
    const server = new VictoriaLogs(`http://${address}`, async () => {
      child.kill("SIGKILL");
      await closed;
      await rm(folder, { recursive: true, force: true });
    });
    await until("VictoriaLogs to be ready", async () => {
      if (failure !== undefined || child.exitCode !== null) return true;
      return (await fetch(`${server.url}/health`)).ok;
    });
    if (failure !== undefined) throw failure;
    if (child.exitCode !== null) throw new Error(`Cannot start VictoriaLogs: ${log}`);
    return server;
  }

  /** The lines that match a LogsQL query, oldest first. */
  async lines(query: string): Promise<StoredLine[]> {
    const parameters = new URLSearchParams({ query: `${query} | sort by (_time)` });
    const response = await fetch(`${this.url}/select/logsql/query?${parameters}`);
    const text = await response.text();
    if (!response.ok) throw new Error(`VictoriaLogs answers ${response.status}: ${text}`);
    return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }
}
