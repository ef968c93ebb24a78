/**
 * Options of the export by OTLP.
 *
 * @module
 */
import type { Attributes } from "../../core/attributes.ts";
import { type Known, refuseUnknown, requireObject } from "../../core/check.ts";
import type { Clock } from "../../core/clock.ts";
import type { Faults } from "../../core/faults.ts";
import type { Threshold } from "../../log/record/level.ts";

/** A kind of telemetry. */
export type OtlpSignal = "traces" | "metrics" | "logs";

/** Options of requests, for all signals or for one. */
export interface OtlpSignalOptions {
  /** Where to send. For one signal the whole URL; for all, `/v1/traces` and so on are added to it. */
  readonly endpoint?: string | undefined;
  /** Headers of each request, such as an API key. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** How long one try may take. @default 10_000 */
  readonly timeoutMs?: number | undefined;
  /** How requests are compressed. @default "none" */
  readonly compression?: "gzip" | "none" | undefined;
  /** How requests are encoded. @default "http/protobuf" */
  readonly protocol?: "http/protobuf" | "http/json" | undefined;
  /**
   * A PEM file with the certificates of authorities, one of which must have signed the receiver's.
   * Deno trusts its own besides. Node can't use the option, and says so.
   *
   * @default those that the runtime trusts
   */
  readonly certificate?: string | undefined;
  /** A PEM file with the certificate that is shown to the receiver (mutual TLS). */
  readonly clientCertificate?: string | undefined;
  /** A PEM file with the key of that certificate. */
  readonly clientKey?: string | undefined;
}

/** Options of spans or of log records. */
export interface OtlpBatchOptions extends OtlpSignalOptions {
  /** How long one may wait for others. @default 5000 for spans, 1000 for log records */
  readonly delayMs?: number | undefined;
  /** The most that wait. @default 2048 */
  readonly maxItems?: number | undefined;
  /** The most of one request. @default 512 */
  readonly maxBatchItems?: number | undefined;
  /** How long one round of tries may take. @default 30_000 */
  readonly deadlineMs?: number | undefined;
}

/** Options of log records. */
export interface OtlpLogOptions extends OtlpBatchOptions {
  /** The lowest level of a `Telltale`'s log that is exported. @default all that it records */
  readonly level?: Threshold | undefined;
}

/** Options of metrics. */
export interface OtlpMetricOptions extends OtlpSignalOptions {
  /** How often metrics are collected. @default 60_000 */
  readonly intervalMs?: number | undefined;
  /** How long one round of tries may take. @default 30_000 */
  readonly deadlineMs?: number | undefined;
  /** Whether counts are those since the start or since the last collection. @default "cumulative" */
  readonly temporality?: "cumulative" | "delta" | undefined;
  /** Histograms with the bounds that `/metrics` shows, or exponential ones. @default "explicit" */
  readonly histograms?: "explicit" | "exponential" | undefined;
}

/** Options of the spool. */
export interface SpoolOptions {
  /** The folder, which is made if it does not exist. Processes may share it. */
  readonly folder: string;
  /** The most that the batches of one signal occupy; the oldest are dropped. @default 64 MiB */
  readonly maxBytes?: number | undefined;
  /** How long a batch waits at most. @default a day */
  readonly maxAgeMs?: number | undefined;
}

/**
 * Options of the export by OTLP; whatever is left out may come from the environment.
 *
 * While the receiver is away, a batch is tried five times within `deadlineMs`, left alone for ten
 * seconds and tried again. Without a spool it is dropped after an hour (`expired`); new items wait in
 * the queue, and those that find no room there are dropped (`queue_full`). A shutdown waits five
 * seconds, and so does the end of a process that just ends; what the receiver has not taken by then
 * is dropped (`shutdown`), or stays in the spool for the next process. A receiver that asks for
 * patience (`Retry-After`) is not sent anything before, not even at a shutdown.
 *
 * A certificate or key that can't be used is an error in code; where a variable names it, the fault
 * is reported and the signal is not exported.
 */
export interface OtlpOptions extends OtlpSignalOptions {
  /** Spans; false for none. */
  readonly traces?: OtlpBatchOptions | false | undefined;
  /** Metrics; false for none. */
  readonly metrics?: OtlpMetricOptions | false | undefined;
  /** Log records; false for none. */
  readonly logs?: OtlpLogOptions | false | undefined;
  /**
   * A folder where batches wait until the receiver has them, also when this process has ended.
   * Without one they wait in memory, an hour at most; and so do those that can't be written, because
   * the disk is full for example, which is tried again every ten seconds.
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
// Functions, so that a bundle without the export has none of it.
const all = (): Known<OtlpOptions> => ({
  ...SIGNAL,
  traces: true,
  metrics: true,
  logs: true,
  spool: true,
});
const batch = (): Known<OtlpBatchOptions> => ({
  ...SIGNAL,
  delayMs: true,
  maxItems: true,
  maxBatchItems: true,
  deadlineMs: true,
});
const logs = (): Known<OtlpLogOptions> => ({ ...batch(), level: true });
const metrics = (): Known<OtlpMetricOptions> => ({
  ...SIGNAL,
  intervalMs: true,
  deadlineMs: true,
  temporality: true,
  histograms: true,
});
const exporter = (): Known<OtlpExporterOptions> => ({
  ...all(),
  resource: true,
  signals: true,
  clock: true,
  faults: true,
  fetch: true,
  random: true,
  onTry: true,
});

/** Throws a `TypeError` for an option that is unknown or of another kind. */
export function checkExporterOptions(options: OtlpExporterOptions): void {
  checkOtlpOptions(options, exporter());
  requireObject(WHAT, options.resource, "resource");
  if (Object.hasOwn(options.resource ?? {}, "")) {
    throw new TypeError(`Cannot ${WHAT}: an attribute of resource must have a name, got ""`);
  }
}

/** The same for the options that come without those of an exporter that stands alone. */
export function checkOtlpOptions(options: OtlpOptions | undefined, known: object = all()): void {
  refuseUnknown(WHAT, options, known);
  for (
    const [name, known] of Object.entries({ traces: batch(), metrics: metrics(), logs: logs() })
  ) {
    const own = options?.[name as "traces"];
    if (own === false) continue;
    refuseUnknown(WHAT, own, known, name);
    requireObject(`${WHAT}: ${name}`, own?.headers, "headers");
  }
  requireObject(WHAT, options?.headers, "headers");
  if (typeof options?.spool !== "string") requireObject(WHAT, options?.spool, "spool");
}
