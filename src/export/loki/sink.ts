/**
 * Log records to Grafana Loki.
 *
 * @module
 */
import { type Clock, systemClock } from "../../core/clock.ts";
import { Faults } from "../../core/faults.ts";
import {
  checkedHeaders,
  checkedUrl,
  checkNumber,
  type Known,
  MAX_TIMER_MS,
  requireKnown,
  requireObject,
} from "../../core/check.ts";
import { emptyCounts, type OutputCounts } from "../../log/sink/output_queue.ts";
import { runtimeFetch } from "../../core/fetch.ts";
import { encoderOf, type LogFormat } from "../../log/format/format.ts";
import type { Threshold } from "../../log/record/level.ts";
import type { LogRecord } from "../../log/record/record.ts";
import type { LogSink, SinkHost } from "../../log/sink/sink.ts";
import { Batcher } from "../batch/batcher.ts";
import { receiverOf } from "../post/failure.ts";
import { GrowingTimes } from "../batch/growing_times.ts";
import { encodePush, type LokiEncoding } from "./push.ts";
import { Outbox } from "../batch/outbox.ts";
import { mayPass, post, type PostOptions } from "../post/post.ts";

/** Settings of a {@linkcode LokiSink}. */
export interface LokiOptions {
  /** The address of Loki, such as `http://loki:3100`; `/loki/api/v1/push` is added to it. */
  readonly url: string;
  /** Who the lines belong to, where Loki serves several: `X-Scope-OrgID`. */
  readonly tenant?: string | undefined;
  /** Further headers, such as an API key. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Labels besides `service_name` and `level`; at most 13, each with few values. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /**
   * Fields that become structured metadata too, besides the ids of trace, span and request. Best are
   * ids and words: Loki 3.5 keeps JSON's escapes in what it shows of them.
   */
  readonly metadata?: readonly string[] | undefined;
  /** The format of the lines; `json` by default. */
  readonly format?: LogFormat | undefined;
  /** The lowest level it takes; all that the logger records unless given. */
  readonly level?: Threshold | undefined;
  /** Records that may wait; 8192 by default. */
  readonly maxRecords?: number | undefined;
  /** About what they may occupy; 16 MiB by default. */
  readonly maxBytes?: number | undefined;
  /** Which records have no room then: `drop-newest`, the default, or `drop-oldest`. */
  readonly onFull?: "drop-newest" | "drop-oldest" | undefined;
  /** How long a record may wait for others; 1000 by default. */
  readonly delayMs?: number | undefined;
  /** How long one try may take; 10 000 by default. */
  readonly timeoutMs?: number | undefined;
  /** Whether requests are compressed; true by default. */
  readonly gzip?: boolean | undefined;
  /**
   * What sends, never traced; the runtime's `fetch`, whatever is put in its place
   * later, when not given.
   */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** Time and timers; the machine's unless given. */
  readonly clock?: Clock | undefined;
  /** From 0 to 1, for the jitter of pauses. */
  readonly random?: (() => number) | undefined;
}

const KNOWN: Known<LokiOptions> = {
  url: true,
  tenant: true,
  headers: true,
  labels: true,
  metadata: true,
  format: true,
  level: true,
  maxRecords: true,
  maxBytes: true,
  onFull: true,
  delayMs: true,
  timeoutMs: true,
  gzip: true,
  fetch: true,
  clock: true,
  random: true,
};

/** Loki takes 15; two are ours. */
const MAX_LABELS = 13;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const MAX_BATCH = 1000;
const MAX_METADATA = 120;
const EXPORT_TIMEOUT_MS = 30_000;

/**
 * Pushes records to Loki in batches, off the application's path. Trace, span and request ids are
 * structured metadata. What can't be delivered is tried again and waits in a bounded queue. What waits
 * when the process ends of itself gets one more try; what waits at a sudden end, or when the log is
 * closed, is told of on standard error, where the lines themselves go too if no other sink has them.
 *
 * @example
 * ```ts
 * import { Logger } from "@telltale/telltale/log";
 * import { LokiSink } from "@telltale/telltale/loki";
 * import assert from "node:assert/strict";
 *
 * let pushed = "";
 * const loki = new LokiSink({
 *   url: "http://loki:3100",
 *   gzip: false,
 *   fetch: (url, { body }) => {
 *     pushed = `${url} ${new TextDecoder().decode(body as Uint8Array)}`;
 *     return Promise.resolve(new Response(null, { status: 204 }));
 *   },
 * });
 * const log = new Logger({ service: "orders", sinks: [loki] });
 * log.info("ready");
 * await log.flush();
 * assert.match(pushed, /^http:\/\/loki:3100\/loki\/api\/v1\/push {"streams":\[{"stream":/);
 * ```
 */
export class LokiSink implements LogSink {
  /** What it is called in reports about it. */
  readonly name = "loki";
  /** The lowest level it takes. */
  readonly level: Threshold | undefined;
  readonly #batcher: Batcher<LogRecord>;
  readonly #outbox: Outbox<LogRecord>;
  /** Until a logger takes it on, nobody is told. */
  #host: SinkHost | undefined;

  /**
   * Makes a sink; nothing is sent yet.
   *
   * @throws {RangeError} or {TypeError} for a setting that can't work
   */
  constructor(options: LokiOptions) {
    requireKnown("push to Loki", options, KNOWN);
    for (const name of ["headers", "labels"] as const) {
      requireObject("push to Loki", options[name], name);
    }
    const target = postOptions(options);
    this.level = options.level;
    const { clock } = target;
    const encoding = lokiEncoding(options), utf8 = new TextEncoder();
    this.#batcher = new Batcher<LogRecord>(
      {
        delayMs: bounded("delayMs", options.delayMs ?? 1000, 0),
        maxQueue: bounded("maxRecords", options.maxRecords ?? 8192, 1),
        maxBytes: bounded("maxBytes", options.maxBytes ?? 16 * 1024 * 1024, 1),
        maxBatch: MAX_BATCH,
        dropOldest: options.onFull === "drop-oldest",
      },
      ({ sizeBytes }) => sizeBytes,
      clock,
    );
    this.#outbox = new Outbox({
      name: "loki",
      receiver: receiverOf(target.url),
      source: this.#batcher,
      encoding: {
        json: true,
        encode: (records) => utf8.encode(encodePush(records, encoding)),
      },
      post: ({ body, gzipped }, signal) => post(target, { body, gzipped, json: true }, signal),
      gzip: options.gzip ?? true,
      exportTimeoutMs: EXPORT_TIMEOUT_MS,
      clock,
      faults: new HostFaults((error) => this.#host?.report(error)),
      random: options.random ?? Math.random,
    });
  }

  /** Records that Loki has, and those that were dropped, as plain numbers. */
  get counts(): OutputCounts {
    const { exported, dropped } = this.#batcher.ledger;
    const droppedFull = dropped.get("queue_full") ?? 0;
    const droppedClosed = dropped.get("shutdown") ?? 0;
    const droppedFailed = [...dropped.values()].reduce((sum, count) => sum + count, 0) -
      droppedFull - droppedClosed;
    return { ...emptyCounts(), written: exported, droppedFull, droppedClosed, droppedFailed };
  }

  /** Records that are neither with Loki nor dropped. */
  get waiting(): number {
    const { accepted, exported, dropped } = this.#batcher.ledger;
    return [...dropped.values()].reduce((left, count) => left - count, accepted - exported);
  }

  /** Takes the logger that is told of failures. */
  start(host: SinkHost): void {
    this.#host = host;
  }

  /** Takes a record. */
  write(record: LogRecord): void {
    const before = this.#batcher.ledger.dropped.get("queue_full");
    this.#batcher.add(record);
    if (this.#batcher.ledger.dropped.get("queue_full") !== before) {
      this.#host?.report(new Error("Cannot queue more log records for Loki"));
    }
  }

  /** Resolves when all is with Loki, or can't get there now. */
  flush(): Promise<void> {
    return this.#outbox.flush();
  }

  /** Stops; what is not sent is dropped and counted, and told of by the logger that closes it. */
  close(): void {
    this.#outbox.close();
  }
}

/** What goes wrong on the way is told to the logger, which counts it. */
class HostFaults extends Faults {
  readonly #report: (error: unknown) => void;

  constructor(report: (error: unknown) => void) {
    super();
    this.#report = report;
  }

  override record(_where: string, error: unknown): void {
    this.#report(error);
  }
}

function postOptions(options: LokiOptions): PostOptions {
  const url = checkedUrl("push to Loki", "url", options.url);
  url.pathname = url.pathname.replace(/\/$/, "") + "/loki/api/v1/push";
  const { tenant, fetch, clock = systemClock } = options;
  const own = { ...options.headers, ...tenant !== undefined && { "x-scope-orgid": tenant } };
  const headers = checkedHeaders("push to Loki", own);
  return {
    url: url.href,
    headers,
    isRetryable: mayPass, // Loki says 500 while too few of its ingesters are there.
    timeoutMs: bounded("timeoutMs", options.timeoutMs ?? 10_000, 1),
    fetch: fetch ?? runtimeFetch,
    clock,
  };
}

function lokiEncoding({ labels = {}, metadata = [], format = "json" }: LokiOptions): LokiEncoding {
  const names = Object.keys(labels);
  if (names.length > MAX_LABELS || metadata.length > MAX_METADATA) {
    throw new RangeError(
      `Cannot push to Loki with ${names.length} labels and ${metadata.length} metadata fields: ` +
        `at most ${MAX_LABELS} and ${MAX_METADATA}`,
    );
  }
  for (const name of names) {
    if (!LABEL.test(name)) {
      throw new TypeError(
        `Cannot push to Loki with label ${JSON.stringify(name)}: must match ${LABEL.source}`,
      );
    }
  }
  const encoder = encoderOf(format);
  return { line: (record) => encoder.encode(record), labels, metadata, times: new GrowingTimes() };
}

function bounded(name: string, value: number, least: number): number {
  checkNumber("push to Loki", name, value, least, MAX_TIMER_MS);
  return value;
}
