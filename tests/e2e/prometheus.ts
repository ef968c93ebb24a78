import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Program, startProgram } from "../peers/program.ts";

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
  readonly #program: Program;

  private constructor(program: Program) {
    this.url = program.url;
    this.#program = program;
  }

  static async start(
    targets: readonly string[],
    options: PrometheusOptions = {},
  ): Promise<Prometheus> {
    const { program = "prometheus", flags = [], features = [], scrape = {} } = options;
    const static_configs = [{ targets: targets.map((url) => new URL(url).host) }];
    const config = {
      global: { scrape_interval: "1s", scrape_timeout: "1s" },
      ...options.config,
      scrape_configs: options.scrapes ?? [{ job_name: "demo", ...scrape, static_configs }],
    };
    return new Prometheus(
      await startProgram({
        program,
        args: (address, folder) => {
          const path = join(folder, "prometheus.yml");
          // JSON is YAML.
          writeFileSync(path, JSON.stringify(config));
          return [
            `--config.file=${path}`,
            `--storage.tsdb.path=${join(folder, "data")}`,
            `--web.listen-address=${address}`,
            `--enable-feature=${["exemplar-storage", ...features].join(",")}`,
            ...flags,
            "--log.level=info",
          ];
        },
        readyPath: "/-/ready",
      }),
    );
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
    await this.#program.stop("SIGTERM");
    const lines = this.#program.log().split("\n").filter((line) =>
      /level=(warn|error)/i.test(line)
    );
    return lines.filter((line) => !/Received (?:SIGTERM|an OS signal)/.test(line));
  }
}
