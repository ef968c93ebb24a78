/** The servers that receive: what starts them, and how a document names them. */
import { built, isBuilt, lackingBuilt } from "../peers/built.ts";
import { installed, lacking } from "../tool.ts";

/** A server that the tests start. */
export interface ServerKind {
  /** Its heading: the program and its version. */
  readonly title: string;
  /** The program in `.cache`, or one that is installed. */
  readonly program: string;
  /** Where it listens in the lines of the document. */
  readonly url: string;
  /** Features and flags of a Prometheus. */
  readonly features?: readonly string[];
  readonly flags?: readonly string[];
}

const WRITE = "--web.enable-remote-write-receiver";
/** The flag with which a Prometheus takes OTLP. */
export const OTLP = "--web.enable-otlp-receiver";
const THREE = {
  title: "Prometheus 3.5",
  program: "peers/prometheus",
  url: "http://prometheus:9090",
};
const TWO = { title: "Prometheus 2.42", program: "prometheus", url: "http://prometheus:9090" };

/** Every server by name. */
export const SERVERS = {
  prometheus: { ...THREE, flags: [WRITE, OTLP] },
  prometheusNative: { ...THREE, flags: [WRITE, OTLP], features: ["native-histograms"] },
  prometheusDelta: { ...THREE, flags: [OTLP], features: ["otlp-deltatocumulative"] },
  prometheusNativeDelta: {
    ...THREE,
    flags: [OTLP],
    features: ["native-histograms", "otlp-deltatocumulative"],
  },
  prometheusCreated: { ...THREE, features: ["created-timestamp-zero-ingestion"] },
  prometheusBoth: {
    ...THREE,
    features: ["native-histograms", "created-timestamp-zero-ingestion"],
  },
  prometheus2: { ...TWO, flags: [WRITE] },
  prometheus2Native: { ...TWO, features: ["native-histograms"] },
  victoriametrics: {
    title: "VictoriaMetrics 1.151",
    program: "peers/victoriametrics",
    url: "http://victoriametrics:8428",
  },
  pushgateway: {
    title: "Pushgateway 1.11",
    program: "peers/pushgateway",
    url: "http://pushgateway:9091",
  },
  collector: {
    title: "OpenTelemetry Collector 0.120",
    program: "peers/collector",
    url: "http://collector:4318",
  },
  victorialogs: {
    title: "VictoriaLogs 1.52",
    program: "peers/victorialogs",
    url: "http://victorialogs:9428",
  },
} as const satisfies Readonly<Record<string, ServerKind>>;

/** The name of a server. */
export type ServerName = keyof typeof SERVERS;

/** The program to start. */
export function programOf(server: ServerName): string {
  const { program } = SERVERS[server];
  return program.startsWith("peers/") ? built(program) : program;
}

/** Whether a server can be started here. */
export function isHere(server: ServerName): boolean {
  const { program } = SERVERS[server];
  return program.startsWith("peers/") ? isBuilt(program) : installed(program);
}

/** Why tests of a server are to be skipped, or false. */
export function without(server: ServerName): string | false {
  const { program } = SERVERS[server];
  return program.startsWith("peers/") ? lackingBuilt(program) : lacking(program);
}
