/**
 * Exports spans, log records and metrics by OTLP over HTTP.
 *
 * @module
 */
import { systemClock } from "../../core/clock.ts";
import { ASYNC_DISPOSE } from "../../core/dispose.ts";
import { heedSignals } from "../../core/exit.ts";
import { Faults } from "../../core/faults.ts";
import { environment } from "../../core/platform.ts";
import type { LogRecord } from "../../log/record/record.ts";
import type { Family } from "../../metrics/data/family.ts";
import { checkExporterOptions, type OtlpExporterOptions } from "./options.ts";
import { type OtlpCounts, OtlpQueues } from "./queues.ts";
import { type CollectWanted, type FlushResult, OtlpSender } from "./sender.ts";
import { otlpSettings, type OtlpSignal } from "./settings.ts";
import type { ExportedSpan } from "./wire/traces.ts";

/**
 * Exports by OTLP over HTTP, in batches and off the application's path. What can't be delivered
 * waits in a bounded queue, and on disk when there is a `spool`; what is lost is counted by reason.
 * Only the constructor throws.
 *
 * When the process ends in whatever way, also by SIGTERM or SIGINT unless the application listens to
 * them, what waits is written to the spool, or sent if there is none: for two seconds at most, and
 * not to a receiver that did not answer before. A loss is reported on standard error.
 *
 * @example Metrics and spans, in a service that is not composed by `telltale()`
 * ```ts
 * import { OtlpExporter } from "@telltale/telltale/otlp";
 * import { Tracer } from "@telltale/telltale/trace";
 * import { equal } from "node:assert/strict";
 *
 * const sent: string[] = [];
 * const exporter = new OtlpExporter({
 *   endpoint: "http://localhost:4318",
 *   resource: { "service.name": "orders" },
 *   fetch: (url) => {
 *     sent.push(url);
 *     return Promise.resolve(new Response());
 *   },
 * });
 * const tracer = new Tracer();
 * tracer.onEnd((span) => exporter.span(span));
 * tracer.span("checkout", () => {});
 * await exporter.flush();
 * equal(sent[0], "http://localhost:4318/v1/traces");
 * equal(exporter.counts("traces")?.exported, 1);
 * await exporter.close();
 * ```
 */
export class OtlpExporter {
  readonly #queues: OtlpQueues | undefined;
  readonly #sender: OtlpSender | undefined;

  /**
   * Begins to export; without any endpoint it does nothing.
   *
   * @throws {TypeError} for an unknown option or one of the wrong kind, or a spool that can't be written
   * @throws {RangeError} for an option that is out of range
   */
  constructor(options: OtlpExporterOptions = {}) {
    checkExporterOptions(options);
    const { resource = {}, signals, clock = systemClock, faults = new Faults(), ...rest } = options;
    const { fetch, random, onTry, ...otlp } = rest;
    const settings = otlpSettings(otlp, faults, environment, fetch && (() => true));
    if (settings === undefined) return;
    const queues = this.#queues = new OtlpQueues(settings, clock);
    const parts = { resource, clock, faults, fetch, signals, random, onTry };
    this.#sender = new OtlpSender({ settings, queues, ...parts });
  }

  /** Exports a span that has ended. */
  span(span: ExportedSpan): void {
    this.#queues?.traces?.add(span);
    heedSignals();
  }

  /** Exports a log record. */
  log(record: LogRecord): void {
    this.#queues?.logs?.add(record);
    heedSignals();
  }

  /**
   * Exports what `collect` gives, periodically and at a flush. `native` says whether histograms are
   * wanted as native ones. Once only; without an endpoint for metrics it is never called.
   *
   * @param collectNow gives what it can without waiting: for a process that is killed or ends at once
   */
  metrics(
    collect: (options: CollectWanted) => Promise<readonly Family[]>,
    collectNow?: (options: CollectWanted) => readonly Family[],
  ): void {
    this.#sender?.metrics(collect, collectNow);
  }

  /** Numbers about one signal; undefined when it is not exported. */
  counts(signal: OtlpSignal): OtlpCounts | undefined {
    return this.#sender?.counts(signal);
  }

  /**
   * Sends all that waits, each signal in one round of tries, and returns what still waits. A receiver
   * that asked for patience by `Retry-After` is not asked again before: where that is later than the
   * deadline, nothing is sent and the batch stays queued. The process stays alive meanwhile.
   *
   * @param deadlineMs after how long it resolves at the latest. Without one it takes as long as it
   * takes, but does not begin to wait for a time that is later than the signal's own `deadlineMs`
   */
  async flush(deadlineMs?: number): Promise<FlushResult> {
    return await this.#sender?.flush(deadlineMs) ?? this.pending;
  }

  /** What waits now. */
  get pending(): FlushResult {
    return this.#sender?.pending ?? { queued: 0, retryAfterMs: 0 };
  }

  /**
   * Ends all work at once. What was not sent stays in the spool, or is dropped and counted. Safe to
   * call again.
   */
  close(): Promise<void> {
    this.#sender?.close();
    return Promise.resolve();
  }

  /** {@linkcode OtlpExporter.close}, for `await using`. */
  [ASYNC_DISPOSE](): Promise<void> {
    return this.close();
  }
}
