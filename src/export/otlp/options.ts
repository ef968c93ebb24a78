/**
 * What a user may say about OTLP.
 *
 * @module
 */
import type { Attributes } from "../../core/attributes.ts";
import { type Known, refuseUnknown, requireObject } from "../../core/check.ts";
import type { Clock } from "../../core/clock.ts";
import type { Faults } from "../../core/faults.ts";
import type { Threshold } from "../../log/record/level.ts";

/** One of the three. */
export type OtlpSignal = "traces" | "metrics" | "logs";

/** Settings of one request, for all signals or one. */
export interface OtlpSignalOptions {
  /** Where to send. For one signal the whole URL; for all, `/v1/traces` and so on are added to it. */
  readonly endpoint?: string | undefined;
  /** Headers of each request, such as an API key. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** How long one try may take; 10 000 by default. */
  readonly timeoutMs?: number | undefined;
  /** `none` by default. */
  readonly compression?: "gzip" | "none" | undefined;
  /** `http/protobuf` by default. */
  readonly protocol?: "http/protobuf" | "http/json" | undefined;
  /**
   * A PEM file with certificates that the receiver's must be signed by; those that the runtime
   * trusts when not given. Deno goes on to trust those too. Node can't, and says so.
   */
  readonly certificate?: string | undefined;
  /** A PEM file with the certificate that the receiver is shown (mutual TLS). */
  readonly clientCertificate?: string | undefined;
  /** A PEM file with the key of that certificate. */
  readonly clientKey?: string | undefined;
}

/** Settings of spans or of log records. */
export interface OtlpBatchOptions extends OtlpSignalOptions {
  /** How long one may wait for others: 5000 for spans, 1000 for log records. */
  readonly delayMs?: number | undefined;
  /** How many may wait; 2048 by default. */
  readonly maxQueue?: number | undefined;
  /** How many one request has; 512 by default. */
  readonly maxBatch?: number | undefined;
  /** How long one round of tries may take; 30 000 by default. */
  readonly exportTimeoutMs?: number | undefined;
}

/** Settings of log records. */
export interface OtlpLogOptions extends OtlpBatchOptions {
  /** The lowest level of a `Telltale`'s log that is exported; all that it records unless given. */
  readonly level?: Threshold | undefined;
}

/** Settings of metrics. */
export interface OtlpMetricOptions extends OtlpSignalOptions {
  /** How often metrics are collected; 60 000 by default. */
  readonly intervalMs?: number | undefined;
  /** How long one round of tries may take; 30 000 by default. */
  readonly exportTimeoutMs?: number | undefined;
  /** Counts since the start (`cumulative`, the default) or since the last collection (`delta`). */
  readonly temporality?: "cumulative" | "delta" | undefined;
  /** Histograms with the bounds that `/metrics` shows (`explicit`, the default), or exponential. */
  readonly histograms?: "explicit" | "exponential" | undefined;
}

/** Settings of the spool. */
export interface SpoolOptions {
  /** The folder; made when it is not there. Processes may share it. */
  readonly folder: string;
  /** What the batches of one signal may occupy; 64 MiB by default. The oldest make way. */
  readonly maxBytes?: number | undefined;
  /** How long a batch waits at most; a day by default. */
  readonly maxAgeMs?: number | undefined;
}

/**
 * Settings of an `OtlpExporter`; whatever is left out may come from the environment.
 *
 * While the receiver is away, a batch is tried five times within `exportTimeoutMs`, left alone for
 * ten seconds and tried again. Without a spool it is dropped after an hour (`expired`); new items
 * wait in the queue, and what finds no room there is dropped (`queue_full`). A shutdown waits five
 * seconds, and so does the end of a process that just ends; what the receiver has not taken by then
 * is dropped (`shutdown`), or stays in the spool for the next process. A receiver that asks for
 * patience (`Retry-After`) is not asked again before, not even at a shutdown.
 *
 * A certificate or key that can't be used is an error in code; where a variable names it, it is told
 * of, and the signal is not exported.
 */
export interface OtlpOptions extends OtlpSignalOptions {
  /** Spans; false for none. */
  readonly traces?: OtlpBatchOptions | false | undefined;
  /** Metrics; false for none. */
  readonly metrics?: OtlpMetricOptions | false | undefined;
  /** Log records; false for none. */
  readonly logs?: OtlpLogOptions | false | undefined;
  /**
   * A folder where batches wait until the receiver has them, also when this process is gone: up to
   * `maxAgeMs`, a day by default. Without one they wait in memory, an hour at most; and so do those
   * that can't be written, of a full disk for one, which is tried again every ten seconds.
   */
  readonly spool?: string | SpoolOptions | undefined;
}

/** Options of an `OtlpExporter`, which stands alone. */
export interface OtlpExporterOptions extends OtlpOptions {
  /** Who is speaking: the attributes of the resource. */
  readonly resource?: Attributes | undefined;
  /** Whether what waits is brought out at SIGTERM and SIGINT too. @default true */
  readonly signals?: boolean | undefined;
  /** Source of time. @default the machine's */
  readonly clock?: Clock | undefined;
  /** Counts what goes wrong inside. @default one of its own */
  readonly faults?: Faults | undefined;
  /** Sends requests. @default the runtime's own `fetch` */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** From 0 to 1, for the jitter of pauses. @default Math.random */
  readonly random?: (() => number) | undefined;
  /** Called after each try with its duration, and with what kept it from succeeding. */
  readonly onTry?:
    | ((signal: OtlpSignal, durationSeconds: number, error: string | undefined) => void)
    | undefined;
}

const WHAT = "export by OTLP";
const SIGNAL: Known<OtlpSignalOptions> = {
  endpoint: true,
  headers: true,
  timeoutMs: true,
  compression: true,
  protocol: true,
  certificate: true,
  clientCertificate: true,
  clientKey: true,
};
const ALL: Known<OtlpOptions> = { ...SIGNAL, traces: true, metrics: true, logs: true, spool: true };
const BATCH: Known<OtlpBatchOptions> = {
  ...SIGNAL,
  delayMs: true,
  maxQueue: true,
  maxBatch: true,
  exportTimeoutMs: true,
};
const LOGS: Known<OtlpLogOptions> = { ...BATCH, level: true };
const METRICS: Known<OtlpMetricOptions> = {
  ...SIGNAL,
  intervalMs: true,
  exportTimeoutMs: true,
  temporality: true,
  histograms: true,
};

const EXPORTER: Known<OtlpExporterOptions> = {
  ...ALL,
  resource: true,
  signals: true,
  clock: true,
  faults: true,
  fetch: true,
  random: true,
  onTry: true,
};

/** Throws a `TypeError` for an option that is unknown or of another kind. */
export function checkExporterOptions(options: OtlpExporterOptions): void {
  checkOtlpOptions(options, EXPORTER);
  requireObject(WHAT, options.resource, "resource");
}

/** The same for the options that come without those of an exporter that stands alone. */
export function checkOtlpOptions(options: OtlpOptions | undefined, known: object = ALL): void {
  refuseUnknown(WHAT, options, known);
  for (const [name, known] of Object.entries({ traces: BATCH, metrics: METRICS, logs: LOGS })) {
    const own = options?.[name as "traces"];
    if (own === false) continue;
    refuseUnknown(WHAT, own, known, name);
    requireObject(`${WHAT}: ${name}`, own?.headers, "headers");
  }
  requireObject(WHAT, options?.headers, "headers");
  if (typeof options?.spool !== "string") requireObject(WHAT, options?.spool, "spool");
}
