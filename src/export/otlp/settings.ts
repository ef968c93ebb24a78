/**
 * Settings of the export: options first, then the standard environment variables, then defaults.
 *
 * @see {@link https://opentelemetry.io/docs/specs/otel/protocol/exporter/}
 * @see {@link https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/}
 * @module
 */
import { checkedHeaders } from "../../core/check.ts";
import type { Faults } from "../../core/faults.ts";
import { environment, mayConnect } from "../../core/platform.ts";
import { parsePairs } from "../../core/resource.ts";
import { type Certificates, certificatesOf, REFUSED } from "./certificates.ts";
import { endpointUrl, type Environment, SettingReader, spoolSettings } from "./setting_reader.ts";
import {
  checkOtlpOptions,
  type OtlpBatchOptions,
  type OtlpMetricOptions,
  type OtlpOptions,
  type OtlpSignal,
  type SpoolOptions,
} from "./options.ts";

export type { Environment, OtlpSignal };

/** Settings of one signal. */
export interface SignalSettings {
  /** Where to send. */
  readonly url: string;
  /** Headers of each request. */
  readonly headers: Readonly<Record<string, string>>;
  /** How long one try may take. */
  readonly timeoutMs: number;
  /** Of the connection; undefined for the runtime's own. */
  readonly certificates?: Certificates | undefined;
  /** Whether requests are compressed. */
  readonly gzip: boolean;
  /** Whether requests are JSON; protocol buffers otherwise. */
  readonly json: boolean;
  /** How long a span or record may wait for others; for metrics the interval. */
  readonly delayMs: number;
  /** The most items that wait; 0 for metrics. */
  readonly maxItems: number;
  /** The most items of one request; 0 for metrics. */
  readonly maxBatchItems: number;
  /** How long one round of tries may take. */
  readonly deadlineMs: number;
}

/** Settings of all signals. */
export interface OtlpSettings {
  /** Undefined when spans are not exported. */
  readonly traces?: SignalSettings | undefined;
  /** Undefined when metrics are not exported. */
  readonly metrics?: SignalSettings | undefined;
  /** Undefined when log records are not exported. */
  readonly logs?: SignalSettings | undefined;
  /** Whether counts are those since the start or since the last collection. */
  readonly temporality: "cumulative" | "delta";
  /** The kind of buckets of histograms. */
  readonly histograms: "explicit" | "exponential";
  /** Undefined without a spool. */
  readonly spool?: Required<SpoolOptions> | undefined;
}

/** The prefix of variables of each signal's batches, and the default delay. */
const BATCHES = {
  traces: { prefix: "OTEL_BSP_", delayMs: 5000 },
  logs: { prefix: "OTEL_BLRP_", delayMs: 1000 },
} as const;

/**
 * The settings by options and environment; undefined when nothing is to be exported: no endpoint,
 * `OTEL_SDK_DISABLED=true`, or `none` for every signal.
 *
 * @throws {TypeError} for an unknown option, or one of the wrong kind
 * @throws {RangeError} for an option that is out of range. A variable that can't work is left out and
 * reported to `faults`
 */
export function otlpSettings(
  options: OtlpOptions | false | undefined,
  faults: Faults,
  env: Environment = environment,
  isAllowed: (url: URL) => boolean = mayConnect,
): OtlpSettings | undefined {
  if (options === false) return undefined;
  checkOtlpOptions(options);
  if (env("OTEL_SDK_DISABLED")?.toLowerCase() === "true") return undefined;
  const read = new SettingReader(env, faults);
  const signals = new SignalReader(options ?? {}, read, faults, env, isAllowed);
  const [traces, metrics, logs] = (["traces", "metrics", "logs"] as const)
    .map((signal) => signals.settings(signal));
  if (traces === undefined && metrics === undefined && logs === undefined) return undefined;
  const { temporality, histograms } = options?.metrics || {};
  return {
    traces,
    metrics,
    logs,
    temporality: read.choice(
      "temporality",
      temporality,
      ["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"],
      { cumulative: "cumulative", delta: "delta", lowmemory: "delta" },
    ) ?? "cumulative",
    histograms: read.choice(
      "histograms",
      histograms,
      ["OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION"],
      {
        explicit: "explicit",
        exponential: "exponential",
        explicit_bucket_histogram: "explicit",
        base2_exponential_bucket_histogram: "exponential",
      },
    ) ?? "explicit",
    spool: spoolSettings(options?.spool),
  };
}

/** Reads the settings of one signal after the other. */
class SignalReader {
  readonly #options: OtlpOptions;
  readonly #read: SettingReader;
  readonly #faults: Faults;
  readonly #env: Environment;
  readonly #isAllowed: (url: URL) => boolean;

  constructor(
    options: OtlpOptions,
    read: SettingReader,
    faults: Faults,
    env: Environment,
    isAllowed: (url: URL) => boolean,
  ) {
    this.#options = options;
    this.#read = read;
    this.#faults = faults;
    this.#env = env;
    this.#isAllowed = isAllowed;
  }

  settings(signal: OtlpSignal): SignalSettings | undefined {
    const own: OtlpBatchOptions & OtlpMetricOptions | false = this.#options[signal] ?? {};
    if (own === false || this.#isOff(signal)) return undefined;
    const url = this.#url(signal, own.endpoint);
    if (url === undefined) return undefined;
    const variables = (name: string) => [
      `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${name}`,
      `OTEL_EXPORTER_OTLP_${name}`,
    ];
    const all = this.#options;
    const certificates = certificatesOf([own, all], url, variables, this.#env, this.#faults);
    if (certificates === REFUSED) return undefined;
    const compression = this.#read.choice(
      "compression",
      own.compression ?? all.compression,
      variables("COMPRESSION"),
      { gzip: true, none: false },
    );
    const protocol = this.#read.choice(
      "protocol",
      own.protocol ?? all.protocol,
      variables("PROTOCOL"),
      { "http/protobuf": false, "http/json": true },
    );
    return {
      url,
      ...(certificates && { certificates }),
      headers: this.#headers(signal, own.headers ?? all.headers),
      timeoutMs: this.#read.number(
        "timeoutMs",
        own.timeoutMs ?? all.timeoutMs,
        variables("TIMEOUT"),
        10_000,
      ),
      gzip: compression ?? false,
      json: protocol ?? false,
      ...this.#bounds(signal, own),
    };
  }

  /** `OTEL_TRACES_EXPORTER` names exporters; this one is `otlp`. */
  #isOff(signal: OtlpSignal): boolean {
    const exporters = this.#env(`OTEL_${signal.toUpperCase()}_EXPORTER`);
    return exporters !== undefined &&
      !exporters.split(",").some((name) => name.trim().toLowerCase() === "otlp");
  }

  #url(signal: OtlpSignal, own: string | undefined): string | undefined {
    const path = `/v1/${signal}`;
    const checked = (endpoint: string, path: string) => {
      const url = endpointUrl(endpoint, path);
      if (this.#isAllowed(url)) return url.href;
      throw new TypeError(`Cannot export to "${url.host}": needs --allow-net=${url.host}`);
    };
    if (own !== undefined) return checked(own, "");
    if (this.#options.endpoint !== undefined) return checked(this.#options.endpoint, path);
    return this.#read.variable(
      [`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`],
      (text) => checked(text, ""),
    ) ?? this.#read.variable(["OTEL_EXPORTER_OTLP_ENDPOINT"], (text) => checked(text, path));
  }

  #headers(
    signal: OtlpSignal,
    given: Readonly<Record<string, string>> | undefined,
  ): Readonly<Record<string, string>> {
    const own = given !== undefined ? checkedHeaders("export by OTLP", given) : this.#read.variable(
      [`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_HEADERS`, "OTEL_EXPORTER_OTLP_HEADERS"],
      (text, variable) => checkedHeaders("export by OTLP", parsePairs(variable, text)),
    );
    return { "user-agent": "telltale-otlp", ...own };
  }

  #bounds(
    signal: OtlpSignal,
    own: OtlpBatchOptions & OtlpMetricOptions,
  ): Pick<SignalSettings, "delayMs" | "maxItems" | "maxBatchItems" | "deadlineMs"> {
    if (signal === "metrics") {
      const interval = ["OTEL_METRIC_EXPORT_INTERVAL"], timeout = ["OTEL_METRIC_EXPORT_TIMEOUT"];
      return {
        delayMs: this.#read.number("intervalMs", own.intervalMs, interval, 60_000),
        deadlineMs: this.#read.number("deadlineMs", own.deadlineMs, timeout, 30_000),
        maxItems: 0,
        maxBatchItems: 0,
      };
    }
    const { prefix, delayMs } = BATCHES[signal];
    const number = (
      name: keyof OtlpBatchOptions & keyof SignalSettings,
      variable: string,
      n: number,
    ) => this.#read.number(name, own[name] as number | undefined, [prefix + variable], n);
    const maxItems = number("maxItems", "MAX_QUEUE_SIZE", 2048);
    return {
      delayMs: number("delayMs", "SCHEDULE_DELAY", delayMs),
      deadlineMs: number("deadlineMs", "EXPORT_TIMEOUT", 30_000),
      maxItems,
      maxBatchItems: Math.min(number("maxBatchItems", "MAX_EXPORT_BATCH_SIZE", 512), maxItems),
    };
  }
}
