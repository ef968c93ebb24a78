/**
 * Log records to Grafana Loki.
 *
 * @module
 */
import { type Clock, systemClock } from "../../core/clock.ts";
import { Faults } from "../../core/faults.ts";
import {
  check,
  checkChoice,
  checkedHeaders,
  checkedUrl,
  checkNumber,
  type Known,
  MAX_TIMER_MS,
  requireKnown,
  requireObject,
} from "../../core/check.ts";
import { ASYNC_DISPOSE } from "../../core/dispose.ts";
import { emptyCounts, type OutputCounts } from "../../log/sink/line_queue.ts";
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

/** Options of a {@linkcode LokiSink}. */
export interface LokiOptions {
  /**
   * The address of Loki, such as `http://loki:3100`; `/loki/api/v1/push` is added to it. VictoriaLogs takes
   * the same at `http://victorialogs:9428/insert`, with the header `VL-Msg-Field: msg`.
   */
  readonly url: string;
  /** The tenant that lines belong to, where Loki serves several: `X-Scope-OrgID`. */
  readonly tenant?: string | undefined;
  /** Further headers, such as an API key. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Labels besides `service_name` and `level`; at most 13, each with few values. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /**
   * Fields that become structured metadata, besides the ids of trace, span and request. Choose ids
   * and words: Loki 3.5 keeps JSON's escapes in what it shows of them.
   */
  readonly metadata?: readonly string[] | undefined;
  /** The format of the lines. @default "json" */
  readonly format?: LogFormat | undefined;
  /** The lowest level it takes. @default all that the logger records */
  readonly level?: Threshold | undefined;
  /** The most records that wait. @default 8192 */
  readonly maxRecords?: number | undefined;
  /** About what they may occupy. @default 16 MiB */
  readonly maxBytes?: number | undefined;
  /** Which records are dropped when there is no room. @default "drop-newest" */
  readonly onFull?: "drop-newest" | "drop-oldest" | undefined;
  /** How long a record may wait for others. @default 1000 */
  readonly delayMs?: number | undefined;
  /** How long one try may take. @default 10_000 */
  readonly timeoutMs?: number | undefined;
  /** Whether requests are compressed. @default true */
  readonly gzip?: boolean | undefined;
  /** Source of time. @default the machine's */
  readonly clock?: Clock | undefined;
  /** Counts what goes wrong inside. @default one of its own */
  readonly faults?: Faults | undefined;
  /** Sends requests. @default the runtime's own `fetch` */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** From 0 to 1, for the jitter of pauses. @default Math.random */
  readonly random?: (() => number) | undefined;
}

const WHAT = "push to Loki";
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
  clock: true,
  faults: true,
  fetch: true,
  random: true,
};

/** Loki takes 15; two are ours. */
const MAX_LABELS = 13;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const MAX_METADATA = 120;
const MAX_BATCH_ITEMS = 1000;
/** How long one round of tries may take. */
const DEADLINE_MS = 30_000;

/**
 * Pushes records to Loki in batches, off the application's path. Trace, span and request ids are
 * structured metadata. What can't be delivered is tried again and waits in a bounded queue. What waits
 * when the process ends of itself gets one more try; what waits at a sudden end, or when the log is
 * closed, is reported on standard error, where the lines themselves go too if no other sink has them.
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
  readonly #faults: SinkFaults;

  /**
   * Makes a sink; nothing is sent yet.
   *
   * @throws {TypeError} for an unknown option, or one of the wrong kind
   * @throws {RangeError} for an option that is out of range
   */
  constructor(options: LokiOptions) {
    requireKnown(WHAT, options, KNOWN);
    for (const name of ["headers", "labels"] as const) requireObject(WHAT, options[name], name);
    const { maxBytes, onFull = "drop-newest", random = Math.random, gzip = true } = options;
    checkChoice(WHAT, "onFull", onFull, ["drop-newest", "drop-oldest"]);
    const target = postOptions(options), { clock } = target;
    this.level = options.level;
    this.#faults = new SinkFaults(options.faults ?? new Faults(() => {}));
    const encoding = lokiEncoding(options), utf8 = new TextEncoder();
    this.#batcher = new Batcher<LogRecord>(
      {
        delayMs: bounded("delayMs", options.delayMs ?? 1000, 0),
        maxItems: bounded("maxRecords", options.maxRecords ?? 8192, 1),
        maxBytes: maxBytes === undefined ? undefined : bounded("maxBytes", maxBytes, 1),
        maxBatchItems: MAX_BATCH_ITEMS,
        dropOldest: onFull === "drop-oldest",
      },
      ({ sizeBytes }) => sizeBytes,
      clock,
    );
    this.#outbox = new Outbox({
      name: "loki",
      receiver: receiverOf(target.url),
      source: this.#batcher,
      encoding: { json: true, encode: (records) => utf8.encode(encodePush(records, encoding)) },
      post: ({ body, gzipped }, signal) => post(target, { body, gzipped, json: true }, signal),
      gzip,
      deadlineMs: DEADLINE_MS,
      clock,
      faults: this.#faults,
      random,
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
    return this.#outbox.queued;
  }

  /** Takes the logger, which reports failures from now on. */
  start(host: SinkHost): void {
    this.#faults.host = host;
  }

  /** Takes a record. */
  write(record: LogRecord): void {
    const { dropped } = this.#batcher.ledger, before = dropped.get("queue_full");
    this.#batcher.add(record);
    if (dropped.get("queue_full") !== before) {
      this.#faults.record("loki", new Error("Cannot queue more log records for Loki"));
    }
  }

  /** Resolves when all is with Loki, or can't be delivered now. */
  flush(): Promise<void> {
    return this.#outbox.flush();
  }

  /**
   * Stops. What is not sent is dropped and counted, and reported by the logger that closes it. Safe to
   * call again.
   */
  close(): Promise<void> {
    this.#outbox.close();
    return Promise.resolve();
  }

  /** {@linkcode LokiSink.close}, for `await using`. */
  [ASYNC_DISPOSE](): Promise<void> {
    return this.close();
  }
}

/** Counts what goes wrong, and hands it to the logger, which logs a line about it. */
class SinkFaults extends Faults {
  /** Unknown until a logger takes the sink. */
  host: SinkHost | undefined;
  readonly #counted: Faults;

  constructor(counted: Faults) {
    super();
    this.#counted = counted;
  }

  override record(where: string, error: unknown, key?: string): void {
    this.#counted.record(where, error, key);
    this.host?.report(error);
  }
}

function postOptions(options: LokiOptions): PostOptions {
  const url = checkedUrl(WHAT, "url", options.url);
  url.pathname = url.pathname.replace(/\/$/, "") + "/loki/api/v1/push";
  const { tenant, fetch, clock = systemClock } = options;
  const own = { ...options.headers, ...tenant !== undefined && { "x-scope-orgid": tenant } };
  const headers = checkedHeaders(WHAT, own);
  return {
    url: url.href,
    headers,
    isRetryable: mayPass, // Loki answers 500 while too few of its ingesters are up.
    timeoutMs: bounded("timeoutMs", options.timeoutMs ?? 10_000, 1),
    fetch: fetch ?? runtimeFetch,
    clock,
  };
}

function lokiEncoding({ labels = {}, metadata = [], format = "json" }: LokiOptions): LokiEncoding {
  const names = Object.keys(labels);
  check(names.length <= MAX_LABELS, WHAT, `labels must be at most ${MAX_LABELS}`, names.length);
  check(Array.isArray(metadata), WHAT, "metadata must be an array", metadata, TypeError);
  const rule = `metadata must be at most ${MAX_METADATA} fields`;
  check(metadata.length <= MAX_METADATA, WHAT, rule, metadata.length);
  for (const name of names) {
    check(LABEL.test(name), WHAT, `a label must match ${LABEL.source}`, name, TypeError);
    const value = labels[name];
    check(typeof value === "string", WHAT, `label ${name} must be a string`, value, TypeError);
  }
  const encoder = encoderOf(format);
  return { line: (record) => encoder.encode(record), labels, metadata, times: new GrowingTimes() };
}

function bounded(name: string, value: number, least: number): number {
  checkNumber(WHAT, name, value, least, MAX_TIMER_MS);
  return value;
}
