/**
 * Sends what waits in the queues, and metrics: all of the export that is loaded late.
 *
 * @module
 */
import type { Attributes } from "../../core/attributes.ts";
import type { Clock } from "../../core/clock.ts";
import { beforeExit, heedSignals, whenIdle } from "../../core/exit.ts";
import type { Faults } from "../../core/faults.ts";
import { runtimeFetch } from "../../core/fetch.ts";
import { keepAlive, secured } from "../../core/platform.ts";
import type { LogRecord } from "../../log/record/record.ts";
import type { Family } from "../../metrics/data/family.ts";
import type { BatchSource, Encoding } from "../batch/batch.ts";
import { GrowingTimes } from "../batch/growing_times.ts";
import { Outbox } from "../batch/outbox.ts";
import { receiverOf } from "../post/failure.ts";
import { post } from "../post/post.ts";
import { SpoolFolder } from "../spool/folder.ts";
import { Spool } from "../spool/spool.ts";
import { Deltas } from "./delta.ts";
import { Ending, type Exit } from "./ending.ts";
import { FamilySource } from "./family_source.ts";
import type { OtlpCounts, OtlpQueues } from "./queues.ts";
import type { OtlpSettings, OtlpSignal, SignalSettings } from "./settings.ts";
import { JsonOtlp } from "./wire/json.ts";
import { writeLogs } from "./wire/logs.ts";
import { writeMetrics } from "./wire/metrics.ts";
import { exportedFamilies } from "./wire/names.ts";
import { ProtobufOtlp } from "./wire/protobuf.ts";
import { type ExportedSpan, writeTraces } from "./wire/traces.ts";
import type { OtlpWriter } from "./wire/writer.ts";

/** What a flush left behind. */
export interface FlushResult {
  /** Items that still wait, in memory or on disk; 0 when all were exported or dropped. */
  readonly queued: number;
  /** For how long a receiver still wants to be left alone; 0 when none asked for that. */
  readonly retryAfterMs: number;
}

/** How metrics are to be collected. */
export interface CollectWanted {
  /** Whether histograms are wanted with their native buckets. */
  readonly native: boolean;
}

/** What an {@linkcode OtlpSender} is made of. */
export interface SenderOptions {
  readonly settings: OtlpSettings;
  readonly queues: OtlpQueues;
  readonly resource: Attributes;
  readonly clock: Clock;
  readonly faults: Faults;
  /** @default the runtime's own */
  readonly fetch?: Send | undefined;
  /** Whether what waits is brought out at SIGTERM and SIGINT too. @default true */
  readonly signals?: boolean | undefined;
  /** From 0 to 1, for the jitter of pauses. @default Math.random */
  readonly random?: (() => number) | undefined;
  /** Called after each try with its duration, and with what kept it from succeeding. */
  readonly onTry?:
    | ((signal: OtlpSignal, durationSeconds: number, error: string | undefined) => void)
    | undefined;
}

type Send = (url: string, init: RequestInit) => Promise<Response>;

/** How long a process that is done is held while a receiver does not answer; as at a shutdown. */
const EXIT_FLUSH_MS = 5000;
/** The largest buffer that a request is begun with; it grows. */
const MAX_FIRST_BYTES = 1024 * 1024;

/** Sends all signals, each on its own. */
export class OtlpSender {
  readonly #options: SenderOptions;
  readonly #folder: SpoolFolder | undefined;
  readonly #exits = new Map<OtlpSignal, Exit>();
  readonly #startMs: number;
  readonly #ending: Ending;
  readonly #takeBack: () => void;
  readonly #stopIdle: () => void;
  #closed = false;
  /** Everything was already flushed when there was nothing else to do: there is nothing to gather again at the very end. */
  #isFlushed = false;
  /** Release what connections were made with. */
  readonly #closers: (() => void)[] = [];
  /** A script that just ends is held for a few seconds, pauses between tries included. */
  readonly #flushAtExit = (): void => {
    this.#isFlushed = true;
    void this.#drain(EXIT_FLUSH_MS).finally(keepAlive(EXIT_FLUSH_MS));
  };

  constructor(options: SenderOptions) {
    this.#options = options;
    const { settings: { traces, logs, spool }, queues, resource, clock, faults } = options;
    this.#startMs = clock.now();
    const spooled = spool !== undefined, sends = options.fetch === undefined;
    this.#ending = new Ending({ clock, faults, spooled, sends });
    if (spool !== undefined) {
      this.#folder = new SpoolFolder(spool.folder, spool.maxAgeMs, clock, faults);
    }
    const pending = options.signals === false ? undefined : () => this.#holds();
    this.#takeBack = beforeExit(() => this.#end(), { pending });
    this.#stopIdle = whenIdle(this.#flushAtExit);
    if (traces !== undefined) {
      const { json } = traces;
      const encode = requests<ExportedSpan>(
        json,
        (writer, spans) => writeTraces(writer, spans, resource),
      );
      this.#open("traces", traces, queues.traces!, { json, encode });
    }
    if (logs !== undefined) {
      const { json } = logs, times = new GrowingTimes();
      const encode = requests<LogRecord>(
        json,
        (writer, records) => writeLogs(writer, records, resource, times),
      );
      this.#open("logs", logs, queues.logs!, { json, encode });
    }
  }

  /** Exports what `collect` gives, periodically and at a flush; once only. */
  metrics(
    collect: (options: CollectWanted) => Promise<readonly Family[]>,
    collectNow?: (options: CollectWanted) => readonly Family[],
  ): void {
    const { settings: { metrics, temporality, histograms }, resource, clock, faults } =
      this.#options;
    if (metrics === undefined || this.#closed || this.#exits.has("metrics")) return;
    const startMs = this.#startMs, { json } = metrics;
    const deltas = temporality === "delta" ? new Deltas(startMs) : undefined;
    const wanted = { native: histograms === "exponential" };
    let timeMs = startMs;
    const prepared = (collected: readonly Family[]) => {
      timeMs = clock.now();
      const families = exportedFamilies(collected);
      return deltas === undefined ? families : deltas.since(families, timeMs);
    };
    const source = new FamilySource(
      metrics.delayMs,
      async () => prepared(await collect(wanted)),
      { clock, faults },
      collectNow && (() => prepared(collectNow(wanted))),
    );
    const encode = requests<Family>(
      json,
      (writer, families) =>
        writeMetrics(writer, families, { resource, timeMs, startMs, temporality }),
    );
    this.#open("metrics", metrics, source, { json, encode, countOf: (f) => f.samples.length });
    heedSignals();
  }

  /** Numbers about one signal; undefined when it is not exported. */
  counts(signal: OtlpSignal): OtlpCounts | undefined {
    const exit = this.#exits.get(signal);
    if (exit === undefined) return undefined;
    const { outbox: { ledger, queued, inFlight }, settings } = exit;
    const { accepted, exported, dropped } = ledger;
    return { accepted, exported, dropped, queued, inFlight, capacity: settings.maxItems };
  }

  /** Sends all that waits, each signal in one round of tries, and returns what still waits. */
  async flush(deadlineMs?: number): Promise<FlushResult> {
    // The clock's timers don't hold the process, but a job that ends waits for its next try.
    await this.#drain(deadlineMs).finally(keepAlive());
    return this.pending;
  }

  /** What waits now. */
  get pending(): FlushResult {
    const outboxes = [...this.#exits.values()].map(({ outbox }) => outbox);
    return {
      queued: outboxes.reduce((sum, { queued }) => sum + queued, 0),
      retryAfterMs: Math.max(0, ...outboxes.map(({ retryAfterMs }) => retryAfterMs)),
    };
  }

  /** Ends all work at once. What was not sent stays in the spool, or is dropped and counted. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const exits = [...this.#exits.values()];
    for (const { outbox } of exits) outbox.save();
    this.#ending.tell(exits, "lost");
    for (const { outbox } of exits) outbox.close();
    for (const close of this.#closers.splice(0)) close();
    this.#folder?.close();
    this.#takeBack();
    this.#stopIdle();
  }

  async #drain(deadlineMs: number | undefined): Promise<void> {
    await Promise.all([...this.#exits.values()].map(({ outbox }) => outbox.flush(deadlineMs)));
  }

  /** Whether a signal would lose anything: of metrics, always what came since they were sent. */
  #holds(): boolean {
    return [...this.#exits.values()].some(({ signal, outbox }) =>
      signal === "metrics" || outbox.inMemory > 0
    );
  }

  #end(): void {
    this.#ending.run([...this.#exits.values()], !this.#isFlushed);
    this.#folder?.leave();
  }

  #open<T>(
    signal: OtlpSignal,
    settings: SignalSettings,
    source: BatchSource<T>,
    encoding: Encoding<T>,
  ): void {
    const { settings: { spool }, clock, faults, random = Math.random, onTry } = this.#options;
    const { ledger } = source;
    const target = { ...settings, clock, fetch: this.#fetch(settings) };
    const outbox = new Outbox({
      name: `otlp ${signal}`,
      receiver: receiverOf(settings.url),
      source,
      encoding,
      post: (batch, abort) => post(target, batch, abort),
      gzip: settings.gzip,
      deadlineMs: settings.deadlineMs,
      spool: this.#folder && new Spool(signal, this.#folder, spool!, { ledger, faults, clock }),
      clock,
      faults,
      random,
      onTry: onTry && ((seconds, error) => onTry(signal, seconds, error)),
    });
    this.#exits.set(signal, { signal, outbox, settings });
  }

  #fetch({ certificates }: SignalSettings): Send {
    const { fetch = runtimeFetch } = this.#options;
    if (certificates === undefined) return fetch;
    const { init: own, close } = secured(certificates);
    this.#closers.push(close);
    return (url, init) => fetch(url, { ...init, ...own });
  }
}

/** Makes one request of items at a time. */
function requests<T>(
  json: boolean,
  write: (writer: OtlpWriter, items: readonly T[]) => void,
): (items: readonly T[]) => Uint8Array<ArrayBuffer> {
  // A buffer of about the right size need not grow, which copies it.
  let itemBytes = 512;
  return (items) => {
    const capacity = Math.min(MAX_FIRST_BYTES, 2048 + items.length * itemBytes);
    const writer = json ? new JsonOtlp() : new ProtobufOtlp(capacity);
    write(writer, items);
    const body = writer.finish();
    if (items.length > 0) itemBytes = Math.ceil(body.length / items.length);
    return body;
  };
}
