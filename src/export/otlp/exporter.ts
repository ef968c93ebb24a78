/**
 * Exports spans, log records and metrics by OTLP over HTTP.
 *
 * @module
 */
import process from "node:process";
import type { Attributes } from "../../core/attributes.ts";
import { type Clock, systemClock } from "../../core/clock.ts";
import { beforeExit, heedSignals } from "../../core/exit.ts";
import { Faults } from "../../core/faults.ts";
import { refuseUnknown } from "../../core/check.ts";
import { environment, keepAlive, secured } from "../../core/platform.ts";
import { runtimeFetch } from "../../core/fetch.ts";
import type { LogRecord } from "../../log/record/record.ts";
import type { Family } from "../../metrics/data/family.ts";
import { type Batch, type BatchSource, Ledger } from "../batch/batch.ts";
import { Batcher } from "../batch/batcher.ts";
import { Ending, type Exit } from "./ending.ts";
import { Deltas } from "./delta.ts";
import { receiverOf } from "../post/failure.ts";
import { MetricSource } from "./metric_source.ts";
import { logEncoding, metricEncoding, spanEncoding } from "./wire/encoding.ts";
import { exportedFamilies } from "./wire/names.ts";
import type { OtlpOptions } from "./options.ts";
import { type FlushResult, KNOWN_PARTS, type OtlpCounts, type OtlpParts } from "./parts.ts";
import type { ExportedSpan } from "./wire/traces.ts";
import {
  type OtlpSettings,
  otlpSettings,
  type OtlpSignal,
  type SignalSettings,
} from "./settings.ts";
import { Outbox } from "../batch/outbox.ts";
import { post } from "../post/post.ts";
import { Spool } from "../spool/spool.ts";
import { SpoolFolder } from "../spool/folder.ts";

/** What waiting spans or records may occupy. */
const MAX_QUEUE_BYTES = 16 * 1024 * 1024;
/** About what a span occupies that does not say. */
const SPAN_SIZE = 1024;
/** How long a process that is done is held while a receiver does not answer; as at a shutdown. */
const LAST_WORD_MS = 5000;

/**
 * Exports by OTLP over HTTP, in batches and off the application's path. What can't be delivered
 * waits in a bounded queue, and on disk when there is a `spool`; what is lost is counted by reason.
 * Nothing here throws but the constructor.
 *
 * When the process ends in whatever way, also by SIGTERM or SIGINT where nothing else listens, what
 * waits is written to the spool, or sent where there is none: two seconds at most, and not to a
 * receiver that did not answer before. What is lost all the same is told on standard error.
 *
 * @example Metrics and spans, in a service that is not composed by `telltale()`
 * ```ts
 * import { OtlpExporter } from "@telltale/telltale/otlp";
 * import { Tracer } from "@telltale/telltale/trace";
 * import { equal } from "node:assert/strict";
 *
 * const sent: string[] = [];
 * const exporter = new OtlpExporter({ endpoint: "http://localhost:4318" }, {
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
 * exporter.close();
 * ```
 */
export class OtlpExporter {
  readonly #settings: OtlpSettings | undefined;
  readonly #resource: Attributes;
  readonly #clock: Clock;
  readonly #faults: Faults;
  readonly #parts: OtlpParts;
  readonly #folder: SpoolFolder | undefined;
  readonly #outboxes = new Map<OtlpSignal, Exit & { readonly ledger: Ledger }>();
  readonly #spans: Batcher<ExportedSpan> | undefined;
  readonly #logs: Batcher<LogRecord> | undefined;
  readonly #startMs: number;
  #closed = false;
  readonly #ending: Ending;
  readonly #takeBack: (() => void) | undefined;
  /** All was said in peace: there is nothing to gather again at the very end. */
  #isSaid = false;
  /** Let go of what connections were made with. */
  readonly #closers: (() => void)[] = [];
  /** A script that just ends has its say, pauses between tries included, for a few seconds. */
  readonly #lastWord = (): void => {
    this.#isSaid = true;
    void this.#drain(LAST_WORD_MS).finally(keepAlive(LAST_WORD_MS));
  };

  /**
   * Begins to export; without any endpoint it does nothing.
   *
   * @throws {TypeError} or {RangeError} for an option that can't work, or a spool that can't be written
   */
  constructor(options: OtlpOptions | OtlpSettings = {}, parts: OtlpParts = {}) {
    refuseUnknown("export by OTLP", parts, KNOWN_PARTS, "parts");
    this.#parts = parts;
    this.#clock = parts.clock ?? systemClock;
    this.#faults = parts.faults ?? new Faults();
    this.#resource = parts.resource ?? {};
    this.#startMs = this.#clock.now();
    const settings = this.#settings = isResolved(options)
      ? options
      : otlpSettings(options, this.#faults, environment, parts.fetch && (() => true));
    const spooled = settings?.spool !== undefined, sends = parts.fetch === undefined;
    this.#ending = new Ending({ clock: this.#clock, faults: this.#faults, spooled, sends });
    if (settings === undefined) return;
    if (settings.spool !== undefined) {
      const { folder, maxAgeMs } = settings.spool;
      this.#folder = new SpoolFolder(folder, maxAgeMs, this.#clock, this.#faults);
    }
    const pending = parts.signals === false ? undefined : () => this.#holds();
    this.#takeBack = beforeExit(() => this.#end(), { pending });
    process.once("beforeExit", this.#lastWord);
    const { traces, logs } = settings;
    if (traces !== undefined) this.#spans = this.#openSpans(traces);
    if (logs !== undefined) this.#logs = this.#openLogs(logs);
  }

  /** Exports a span that has ended. */
  span(span: ExportedSpan): void {
    this.#spans?.add(span);
    heedSignals();
  }

  /** Exports a log record. */
  log(record: LogRecord): void {
    this.#logs?.add(record);
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
    const settings = this.#settings?.metrics;
    if (settings === undefined || this.#closed || this.#outboxes.has("metrics")) return;
    const { temporality, histograms } = this.#settings!, startMs = this.#startMs;
    const deltas = temporality === "delta" ? new Deltas(startMs) : undefined;
    let timeMs = startMs;
    const frame = () => ({ resource: this.#resource, timeMs, startMs, temporality });
    const encoding = metricEncoding(settings.json, frame);
    const wanted = { native: histograms === "exponential" };
    const prepared = (collected: readonly Family[]) => {
      timeMs = this.#clock.now();
      const families = exportedFamilies(collected);
      return deltas === undefined ? families : deltas.since(families, timeMs);
    };
    this.#open(
      "metrics",
      settings,
      (parts) =>
        new MetricSource(
          settings.delayMs,
          encoding,
          async () => prepared(await collect(wanted)),
          parts,
          collectNow && (() => prepared(collectNow(wanted))),
        ),
    );
    heedSignals();
  }

  /** Counts items that found no room while they waited to be handed over here. */
  missed(signal: OtlpSignal, items: number): void {
    const ledger = this.#outboxes.get(signal)?.ledger;
    if (ledger === undefined || !(items > 0)) return;
    ledger.accepted += items;
    ledger.drop("queue_full", items);
  }

  /** Numbers about one signal; undefined when it is not exported. */
  counts(signal: OtlpSignal): OtlpCounts | undefined {
    const open = this.#outboxes.get(signal);
    if (open === undefined) return undefined;
    const { ledger: { accepted, exported, dropped }, outbox, settings } = open;
    const { queued, inFlight } = outbox;
    return { accepted, exported, dropped, queued, inFlight, capacity: settings.maxQueue };
  }

  /**
   * Sends all that waits, each signal in one round of tries, and tells what still waits. A receiver
   * that asked for patience by `Retry-After` is not asked again before: where that is later than the
   * deadline, nothing is sent and the batch stays queued. The process stays alive meanwhile.
   *
   * @param deadlineMs when it resolves at the latest. Without one it takes as long as it takes, but
   * does not begin to wait for what is later than `exportTimeoutMs`
   */
  async flush(deadlineMs?: number): Promise<FlushResult> {
    // The clock's timers don't hold the process, but a job that ends waits for its next try.
    await this.#drain(deadlineMs).finally(keepAlive());
    return this.pending;
  }

  /** What waits now. */
  get pending(): FlushResult {
    const outboxes = [...this.#outboxes.values()].map(({ outbox }) => outbox);
    return {
      queued: outboxes.reduce((sum, { queued }) => sum + queued, 0),
      retryAfterMs: Math.max(0, ...outboxes.map(({ askedMs }) => askedMs)),
    };
  }

  /** Ends all work at once. What was not sent stays in the spool, or is dropped and counted. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const exits = [...this.#outboxes.values()];
    for (const { outbox } of exits) outbox.save();
    this.#ending.tell(exits, "lost");
    for (const { outbox } of exits) outbox.close();
    for (const close of this.#closers.splice(0)) close();
    this.#folder?.close();
    this.#takeBack?.();
    process.off("beforeExit", this.#lastWord);
  }

  async #drain(deadlineMs: number | undefined): Promise<void> {
    await Promise.all([...this.#outboxes.values()].map(({ outbox }) => outbox.flush(deadlineMs)));
  }

  /** Whether a signal would lose anything: of metrics, always what came since they were sent. */
  #holds(): boolean {
    return [...this.#outboxes.values()].some(({ signal, outbox }) =>
      signal === "metrics" || outbox.inMemory > 0
    );
  }

  #end(): void {
    this.#ending.run([...this.#outboxes.values()], !this.#isSaid);
    this.#folder?.leave();
  }

  #openSpans(settings: SignalSettings): Batcher<ExportedSpan> {
    const encoding = spanEncoding(settings.json, this.#resource);
    const sizeOf = (span: ExportedSpan) => "size" in span ? span.size ?? SPAN_SIZE : SPAN_SIZE;
    return this.#open(
      "traces",
      settings,
      (parts) =>
        new Batcher({ ...settings, maxQueueBytes: MAX_QUEUE_BYTES }, encoding, sizeOf, parts),
    );
  }

  #openLogs(settings: SignalSettings): Batcher<LogRecord> {
    const encoding = logEncoding(settings.json, this.#resource);
    return this.#open("logs", settings, (parts) =>
      new Batcher(
        { ...settings, maxQueueBytes: MAX_QUEUE_BYTES },
        encoding,
        (record) => record.sizeBytes,
        parts,
      ));
  }

  #open<S extends BatchSource>(
    signal: OtlpSignal,
    settings: SignalSettings,
    make: (parts: { ledger: Ledger; clock: Clock; faults: Faults }) => S,
  ): S {
    const ledger = new Ledger(), clock = this.#clock, faults = this.#faults;
    const { onTry, random = Math.random, fetch: send } = this.#parts;
    const source = make({ ledger, clock, faults });
    const target = { ...settings, clock, fetch: this.#secured(send ?? runtimeFetch, settings) };
    const spool = this.#folder === undefined
      ? undefined
      : new Spool(signal, this.#folder, this.#settings!.spool!, { ledger, faults, clock });
    const outbox = new Outbox({
      name: `otlp ${signal}`,
      receiver: receiverOf(settings.url),
      source,
      post: (batch: Batch, abort) => post(target, batch, abort),
      gzip: settings.gzip,
      exportTimeoutMs: settings.exportTimeoutMs,
      spool,
      ledger,
      clock,
      faults,
      random,
      onTry: onTry && ((seconds, error) => onTry(signal, seconds, error)),
    });
    this.#outboxes.set(signal, { signal, outbox, ledger, settings });
    return source;
  }

  #secured(send: Send, { certificates }: SignalSettings): Send {
    if (certificates === undefined) return send;
    const { init: own, close } = secured(certificates);
    this.#closers.push(close);
    return (url, init) => send(url, { ...init, ...own });
  }
}

/** How metrics are to be collected. */
export interface CollectWanted {
  /** Whether histograms are wanted with their native buckets. */
  readonly native: boolean;
}

type Send = (url: string, init: RequestInit) => Promise<Response>;

function isResolved(options: OtlpOptions | OtlpSettings): options is OtlpSettings {
  return options !== null && typeof options === "object" && "temporality" in options &&
    "histograms" in options;
}
