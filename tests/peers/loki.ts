import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, until } from "../e2e/wait.ts";
import { built } from "./built.ts";

/** A line as Loki gives it back: its labels and structured metadata together, then time and text. */
export type LokiLine = readonly [labels: Record<string, string>, time: string, text: string];

/** A real Loki, empty. */
export class LokiServer {
  readonly url: string;
  readonly #stop: () => Promise<void>;

  private constructor(url: string, stop: () => Promise<void>) {
    this.url = url;
    this.#stop = stop;
  }

  static async start(): Promise<LokiServer> {
    const folder = await mkdtemp(join(tmpdir(), "telltale-loki-"));
    const [port, grpcPort] = [await freePort(), await freePort()];
    const config = join(folder, "loki.json");
    await writeFile(config, JSON.stringify(settings(folder, port, grpcPort)));
    const child = spawn(built("peers/loki"), [`-config.file=${config}`], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let log = "", failure: Error | undefined;
    child.stderr!.setEncoding("utf8").on("data", (text) => log += text);
    child.once("error", (error) => failure = error);
    const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
    const server = new LokiServer(`http://127.0.0.1:${port}`, async () => {
      // Nothing is to be kept, and saving it takes seconds.
      child.kill("SIGKILL");
      await closed;
      await rm(folder, { recursive: true, force: true });
    });
    await until("Loki to be ready", async () => {
      if (failure !== undefined || child.exitCode !== null) return true;
      return (await fetch(`${server.url}/ready`)).ok;
    }, 60_000);
    if (failure !== undefined) throw failure;
    if (child.exitCode !== null) throw new Error(`Cannot start Loki: ${log}`);
    return server;
  }

  /** The lines that match, oldest first. */
  async lines(query: string): Promise<LokiLine[]> {
    const parameters = new URLSearchParams({ query, limit: "5000", direction: "forward" });
    const response = await fetch(`${this.url}/loki/api/v1/query_range?${parameters}`);
    if (!response.ok) throw new Error(`Loki answers ${response.status}: ${await response.text()}`);
    const { data } = await response.json();
    const lines: LokiLine[] = data.result.flatMap((
      { stream, values }: { stream: Record<string, string>; values: [string, string][] },
    ) => values.map(([time, text]) => [stream, time, text] as const));
    return lines.sort(([, a], [, b]) => a < b ? -1 : a > b ? 1 : 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }
}

function settings(folder: string, port: number, grpcPort: number): unknown {
  const address = "127.0.0.1";
  return {
    auth_enabled: false,
    server: {
      http_listen_address: address,
      http_listen_port: port,
      grpc_listen_address: address,
      grpc_listen_port: grpcPort,
    },
    common: {
      instance_addr: address,
      path_prefix: folder,
      replication_factor: 1,
      ring: { kvstore: { store: "inmemory" } },
      storage: {
        filesystem: {
          chunks_directory: join(folder, "chunks"),
          rules_directory: join(folder, "rules"),
        },
      },
    },
    // It waits 15 s for others otherwise.
    ingester: { lifecycler: { min_ready_duration: "0s" } },
    schema_config: {
      configs: [{
        from: "2024-01-01",
        store: "tsdb",
        object_store: "filesystem",
        schema: "v13",
        index: { prefix: "index_", period: "24h" },
      }],
    },
    // Says nothing to anybody outside.
    analytics: { reporting_enabled: false },
  };
}
