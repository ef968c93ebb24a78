import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { built } from "./built.ts";
import { type Program, startProgram } from "./program.ts";

/** A series as VictoriaMetrics exports it: every sample that is stored. */
export interface ExportedSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (number | string | null)[];
  readonly timestamps: readonly number[];
}

/** A real VictoriaMetrics, empty. */
export class VictoriaMetrics {
  readonly url: string;
  readonly #program: Program;

  private constructor(program: Program) {
    this.url = program.url;
    this.#program = program;
  }

  /**
   * @param scrapes `scrape_configs` as Prometheus has them
   * @param flags further flags
   */
  static async start(
    scrapes: readonly object[] = [],
    flags: readonly string[] = [],
  ): Promise<VictoriaMetrics> {
    return new VictoriaMetrics(
      await startProgram({
        program: built("peers/victoriametrics"),
        args: (address, folder) => {
          const config = join(folder, "scrape.yml");
          // JSON is YAML.
          writeFileSync(config, JSON.stringify({ scrape_configs: scrapes }));
          return [
            `-httpListenAddr=${address}`,
            `-storageDataPath=${join(folder, "data")}`,
            `-promscrape.config=${config}`,
            "-search.latencyOffset=0s",
            "-retentionPeriod=100y",
            ...flags,
          ];
        },
        readyPath: "/health",
      }),
    );
  }

  /** Every stored series that matches a selector. */
  async series(selector: string): Promise<ExportedSeries[]> {
    // What has just come is not searched otherwise.
    await (await fetch(`${this.url}/internal/force_flush`)).body?.cancel();
    const parameters = new URLSearchParams({ "match[]": selector });
    const response = await fetch(`${this.url}/api/v1/export?${parameters}`);
    const text = await response.text();
    if (!response.ok) throw new Error(`VictoriaMetrics answers ${response.status}: ${text}`);
    return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  }

  /** Whether a query of this moment finds anything. */
  async shows(query: string): Promise<boolean> {
    return (await this.ask(query)).length > 0;
  }

  /** The values that a query of this moment finds. */
  async ask(query: string): Promise<string[]> {
    await (await fetch(`${this.url}/internal/force_flush`)).body?.cancel();
    const parameters = new URLSearchParams({ query, nocache: "1" });
    const { data } = await (await fetch(`${this.url}/api/v1/query?${parameters}`)).json();
    return data.result.map(({ value }: { value: [number, string] }) => value[1]);
  }

  /** What it logged so far. */
  log(): string {
    return this.#program.log();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program.stop();
  }
}
