/**
 * What a user may say about OTLP.
 *
 * @module
 */
import { type Known, refuseUnknown, requireObject } from "../../core/check.ts";
import type { Threshold } from "../../log/record/level.ts";

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

/** Throws a `TypeError` for an option that nobody reads, or of another kind. */
export function checkOtlpOptions(options: OtlpOptions | undefined): void {
  const what = "export by OTLP";
  refuseUnknown(what, options, ALL);
  for (const [name, known] of Object.entries({ traces: BATCH, metrics: METRICS, logs: LOGS })) {
    const own = options?.[name as "traces"];
    if (own === false) continue;
    refuseUnknown(what, own, known, name);
    requireObject(`${what}: ${name}`, own?.headers, "headers");
  }
  requireObject(what, options?.headers, "headers");
  if (typeof options?.spool !== "string") requireObject(what, options?.spool, "spool");
}
