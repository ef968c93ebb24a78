/** What sends metrics in each way, and the options that it does so with. */
import { Faults } from "../../src/core/faults.ts";
import { OtlpExporter } from "../../src/export/otlp/exporter.ts";
import type { OtlpOptions } from "../../src/export/otlp/options.ts";
import { Pushgateway, RemoteWrite } from "../../src/export/push/mod.ts";
import type { Family } from "../../src/metrics/data/family.ts";
import type { RegistryOptions } from "../../src/metrics/options.ts";
import { Registry } from "../../src/metrics/registry.ts";
import { familiesOf } from "./metric_cases.ts";
import type { Says } from "./difference.ts";
import { RESOURCE } from "./resource.ts";
import type { Shape } from "./rows.ts";
import { type ServerName, SERVERS } from "./servers.ts";

/** One way of metrics to one server. */
export interface MetricWay {
  /** What the series are stored under: the value of their label `job`. */
  readonly job: string;
  readonly server: ServerName;
  /** For people. */
  readonly how: string;
  readonly shape: Shape;
  /** Whether it sends what was added since the last time. */
  readonly isDelta?: boolean;
  /** What is set in the application: the options as they are used here. */
  readonly set: string;
  /** What is set at the receiver, besides its flags. */
  readonly setThere?: string;
  /** The registry that is scraped, and the scrape's own configuration. */
  readonly scraped?: { readonly options: RegistryOptions; readonly config: object };
  /** Sends what is collected; for those that push. */
  readonly push?: (url: string, job: string) => Push;
  /** A sentence for every case that is stored otherwise than it was recorded. */
  readonly says: readonly Says[];
}

/** Sends what is collected. */
export interface Push {
  send(families: readonly Family[]): Promise<void>;
  readonly faults: Faults;
  close(): Promise<void>;
}

/** What is sent at a step, with native histograms or without. */
export function collected(step: number, native: boolean): Promise<Family[]> {
  const registry = new Registry({ names: "utf-8" });
  registry.collector(() => familiesOf(step));
  return registry.collect({ native });
}

/** An option's value as source code. */
export function code(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value).map(([key, inner]) => `${key}: ${code(inner)}`).join(", ")} }`;
}

type Part = Pick<
  MetricWay,
  "server" | "shape" | "isDelta" | "set" | "scraped" | "push" | "setThere"
>;

/** A registry that is scraped. */
export function scrape(
  server: ServerName,
  shape: Shape,
  options: RegistryOptions = {},
  config: object = {},
): Part {
  const [there] = Object.entries(config).map(([key, value]) =>
    `${key}: ${Array.isArray(value) ? `[${value}]` : value}`
  );
  return {
    server,
    shape,
    set: `metrics: ${code({ names: "utf-8", ...options })}`,
    scraped: { options: { names: "utf-8", ...options }, config },
    ...(there !== undefined && { setThere: there }),
  };
}

/** Remote write. */
export function write(server: ServerName, shape: Shape, path: string): Part {
  const optionsOf = (url: string, job: string) => ({
    url: `${url}${path}`,
    labels: { job, instance: "a" },
    escaping: "allow-utf-8" as const,
  });
  return {
    server,
    shape,
    set: `new RemoteWrite(${code(optionsOf(SERVERS[server].url, "orders"))})`,
    push: (url, job) => {
      const faults = new Faults();
      const remote = new RemoteWrite({ ...optionsOf(url, job), faults });
      return {
        faults,
        send: async (families) => void await remote.write(families),
        close: () => Promise.resolve(),
      };
    },
  };
}

/** A push to the Pushgateway. */
export function pushed(): Part {
  const { url } = SERVERS.pushgateway;
  return {
    server: "pushgateway",
    shape: "native",
    set: `new Pushgateway(${code({ url, job: "nightly-copy" })})`,
    push: (url, job) => {
      const faults = new Faults();
      const gateway = new Pushgateway({ url, job, faults });
      return {
        faults,
        send: async (families) => void await gateway.push(families),
        close: () => Promise.resolve(),
      };
    },
  };
}

/** OTLP, to this path of the server. */
export function otlp(server: ServerName, path: string, options: OtlpOptions = {}): Part {
  const optionsOf = (url: string) => ({ endpoint: `${url}${path}`, ...options });
  return {
    server,
    shape: options.metrics && options.metrics.histograms === "exponential" ? "native" : "classic",
    isDelta: options.metrics !== false && options.metrics?.temporality === "delta",
    set: `otlp: ${code(optionsOf(SERVERS[server].url))}`,
    push: (url, job) => {
      const faults = new Faults();
      const exporter = new OtlpExporter({
        ...optionsOf(url),
        resource: { ...RESOURCE, "service.name": job },
        signals: false,
        faults,
      });
      let families: readonly Family[] = [];
      exporter.metrics(() => Promise.resolve(families));
      return {
        faults,
        send: async (given) => {
          families = given;
          await exporter.flush();
        },
        close: () => exporter.close(),
      };
    },
  };
}
