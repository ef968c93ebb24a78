import { built } from "./built.ts";
import { type Program, startProgram } from "./program.ts";

/** A line as VictoriaLogs gives it back: `_time`, `_msg`, `_stream`, and a text for each field. */
export type StoredLine = Readonly<Record<string, string>>;

/** A real VictoriaLogs, empty. */
export class VictoriaLogs {
  readonly url: string;
  readonly #program: Program;

  private constructor(program: Program) {
    this.url = program.url;
    this.#program = program;
  }

  static async start(): Promise<VictoriaLogs> {
    return new VictoriaLogs(
      await startProgram({
        program: built("peers/victorialogs"),
        args: (address, folder) => [
          `-httpListenAddr=${address}`,
          `-storageDataPath=${folder}`,
          "-retentionPeriod=100y",
        ],
        readyPath: "/health",
      }),
    );
  }

  /** What it logged so far. */
  log(): string {
    return this.#program.log();
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
    await this.#program.stop();
  }
}
