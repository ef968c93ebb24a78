import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, until } from "../e2e/wait.ts";
import { built } from "../peers/built.ts";
import type { Decoded } from "./decode.ts";

/** Where a collector sends metrics or log records on, by OTLP: the whole URL of each. */
export interface Forward {
  readonly metrics?: string;
  readonly logs?: string;
}

/** A real OpenTelemetry Collector that writes what arrives to files, one JSON object a request. */
export class Collector {
  readonly #folder = mkdtempSync(join(tmpdir(), "telltale-collector-"));
  readonly #port: number;
  #child: ChildProcess | undefined;

  private constructor(port: number) {
    this.#port = port;
  }

  /** Starts one on a free port. What it sends on, it writes to its file too. */
  static async start(forward: Forward = {}): Promise<Collector> {
    const collector = new Collector(await freePort());
    collector.#writeConfig(forward);
    await collector.restart();
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Ends it, unless said otherwise as `kill -9` does. */
  async kill(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    const child = this.#child!;
    const closed = new Promise((resolve) => child.once("close", resolve));
    child.kill(signal);
    await closed;
  }

  /** Starts it again on the same port, with the same files. */
  async restart(): Promise<void> {
    const child = this.#child = spawn(built("peers/collector"), [
      "--config",
      join(this.#folder, "config.yaml"),
    ], { stdio: ["ignore", "ignore", "pipe"] });
    let log = "";
    child.stderr!.setEncoding("utf8").on("data", (text) => log += text);
    await until("the collector to listen", async () => {
      if (child.exitCode !== null) throw new Error(`Cannot start the collector: ${log}`);
      const response = await fetch(`${this.url}/v1/traces`);
      await response.body?.cancel();
      return response.status === 405;
    });
  }

  /** The `ResourceSpans`, `ResourceMetrics` or `ResourceLogs` that arrived so far. */
  received(signal: "traces" | "metrics" | "logs"): Decoded[] {
    const path = join(this.#folder, `${signal}.jsonl`);
    if (!existsSync(path)) return [];
    const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
    const name = { traces: "resourceSpans", metrics: "resourceMetrics", logs: "resourceLogs" };
    return lines.flatMap((line) => JSON.parse(line)[name[signal]]);
  }

  /** Ends it and forgets what arrived. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #writeConfig(forward: Forward): void {
    const signals = ["traces", "metrics", "logs"];
    const file = (signal: string) => ({
      path: join(this.#folder, `${signal}.jsonl`),
      append: true,
      flush_interval: "50ms",
    });
    // Without a queue of its own it answers when the receiver has, so that nothing is lost at its end.
    const on = (signal: string, url: string) => ({
      [`${signal}_endpoint`]: url,
      sending_queue: { enabled: false },
    });
    const exporters = Object.fromEntries(signals.flatMap((signal) => {
      const url = forward[signal as keyof Forward];
      const written = [`file/${signal}`, file(signal)];
      return url === undefined ? [written] : [written, [`otlphttp/${signal}`, on(signal, url)]];
    }));
    const pipeline = (signal: string) => ({
      receivers: ["otlp"],
      exporters: Object.keys(exporters).filter((name) => name.endsWith(signal)),
    });
    const config = {
      receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${this.#port}` } } } },
      exporters,
      service: {
        telemetry: { metrics: { level: "none" } },
        pipelines: Object.fromEntries(signals.map((s) => [s, pipeline(s)])),
      },
    };
    // JSON is YAML.
    writeFileSync(join(this.#folder, "config.yaml"), JSON.stringify(config));
  }
}

/** All items of a list of `Resource…`, in the order of arrival. */
export function itemsOf(resources: readonly Decoded[]): Decoded[] {
  return resources
    .flatMap((resource) => resource.scopeSpans ?? resource.scopeMetrics ?? resource.scopeLogs ?? [])
    .flatMap((scope: Decoded) => scope.spans ?? scope.metrics ?? scope.logRecords ?? []);
}

/** The log records with the logger that each is of: the name of its scope. */
export function recordsOf({ resource, scopeLogs = [] }: Decoded): Decoded[] {
  return scopeLogs.flatMap(({ scope, logRecords }: Decoded) =>
    logRecords.map((record: Decoded) => ({ ...record, logger: scope.name, resource }))
  );
}
