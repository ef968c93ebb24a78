import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, until } from "./wait.ts";

/** The complaints of `promtool check metrics` about an exposition; empty when it has none. */
export function promtoolCheck(exposition: string): string {
  const { error, status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
    input: exposition,
    encoding: "utf8",
  });
  if (error !== undefined) throw error;
  return status === 0 ? stdout + stderr : `exit code ${status}\n${stdout}${stderr}`;
}

/** The Prometheus to run, and its configuration. */
export interface PrometheusOptions {
  /** The program. @default "prometheus" */
  readonly program?: string | undefined;
  /** Flags besides those that all have. */
  readonly flags?: readonly string[] | undefined;
  /** Features besides the storage of exemplars. */
  readonly features?: readonly string[] | undefined;
  /** The configuration of the scrapes, besides the targets. */
  readonly scrape?: object | undefined;
  /** All of the scrapes, instead of one of the targets. */
  readonly scrapes?: readonly object[] | undefined;
  /** Further parts of the configuration, such as `rule_files`. */
  readonly config?: object | undefined;
}

/** A real Prometheus server that scrapes the given services every second. */
export class Prometheus {
  readonly url: string;
  readonly #stop: () => Promise<string>;

  private constructor(url: string, stop: () => Promise<string>) {
    this.url = url;
    this.#stop = stop;
  }

  static async start(
    targets: readonly string[],
    options: PrometheusOptions = {},
  ): Promise<Prometheus> {
    const { program = "prometheus", flags = [], features = [], scrape = {} } = options;
    const { config: further = {}, scrapes } = options;
    const folder = mkdtempSync(join(tmpdir(), "telltale-prometheus-"));
    const config = join(folder, "prometheus.yml");
    writeFileSync(
      config,
      JSON.stringify({
        global: { scrape_interval: "1s", scrape_timeout: "1s" },
        ...further,
        scrape_configs: scrapes ?? [{
          job_name: "demo",
          ...scrape,
          static_configs: [{ targets: targets.map((url) => new URL(url).host) }],
        }],
      }),
    );
    const address = `127.0.0.1:${await freePort()}`;
    const child = spawn(program, [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=${address}`,
      `--enable-feature=${["exemplar-storage", ...features].join(",")}`,
      ...flags,
      "--log.level=info",
    ], { stdio: ["ignore", "ignore", "pipe"] });
    let log = "";
    child.stderr!.setEncoding("utf8").on("data", (text) => log += text);
    let failure: Error | undefined;
    child.once("error", (error) => failure = error);
    const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
    const prometheus = new Prometheus(`http://${address}`, async () => {
      child.kill("SIGTERM");
      await closed;
      rmSync(folder, { recursive: true, force: true });
      return log;
    });
    try {
      await until("Prometheus to be ready", async () => {
        if (failure !== undefined || child.exitCode !== null) return true;
        return (await fetch(`${prometheus.url}/-/ready`)).ok;
      });
      if (failure !== undefined) throw failure;
      if (child.exitCode !== null) throw new Error(`Cannot start prometheus: ${log}`);
    } catch (error) {
      if (failure === undefined) await prometheus.stop();
      throw error;
    }
    return prometheus;
  }

  /** The `data` of an answer of the HTTP API. */
  // deno-lint-ignore no-explicit-any
  async api(path: string): Promise<any> {
    const response = await fetch(`${this.url}/api/v1/${path}`);
    const { status, data, error } = await response.json();
    if (status !== "success") throw new Error(`Cannot ask Prometheus for ${path}: ${error}`);
    return data;
  }

  /** Ends it and returns the warnings and errors that it logged. */
  async stop(): Promise<string[]> {
    const log = await this.#stop();
    const lines = log.split("\n").filter((line) => /level=(warn|error)/i.test(line));
    return lines.filter((line) => !/Received (?:SIGTERM|an OS signal)/.test(line));
  }
}
