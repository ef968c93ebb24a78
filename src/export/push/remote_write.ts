/**
 * Writes metrics to a time series database by Prometheus' remote write protocol, version 1.0.
 *
 * @see {@link https://prometheus.io/docs/specs/prw/remote_write_spec/}
 * @module
 */
import { checkWhole, requireObject } from "../../core/check.ts";
import { escapeFamily } from "../../metrics/data/escape_family.ts";
import type { Family } from "../../metrics/data/family.ts";
import { isLegacyLabelName } from "../../metrics/data/names.ts";
import { Pause } from "../../core/pause.ts";
import { type PushOptions, type PushRequest, type PushResult, PushTarget } from "./target.ts";
import { encodeWriteRequest, type RemoteSeries, seriesOf } from "./series.ts";
import { snappy } from "./snappy.ts";

/** Options of a {@linkcode RemoteWrite}. */
export interface RemoteWriteOptions extends PushOptions {
  /** Labels that are added to every series without one of that name: at least `job` and `instance`. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** The most series of one request. @default 2000 */
  readonly maxSeries?: number | undefined;
}

const HEADERS = {
  "content-encoding": "snappy",
  "x-prometheus-remote-write-version": "0.1.0",
  "user-agent": "telltale",
};

/**
 * Writes families to a database that speaks remote write: Prometheus with
 * `--web.enable-remote-write-receiver`, Mimir, Thanos, VictoriaMetrics. Its methods never reject and
 * never throw: what kept a write from succeeding is in the result, and counted as a fault. A job
 * that ends has no later scrape to make up for it, so each write is tried until its deadline.
 *
 * @example
 * ```ts
 * import { Registry } from "@telltale/telltale/metrics";
 * import { RemoteWrite } from "@telltale/telltale/push";
 * import { deepEqual } from "node:assert/strict";
 *
 * const registry = new Registry();
 * registry.counter("rows_total", "Rows copied").add(5000);
 *
 * const remote = new RemoteWrite({
 *   url: "http://prometheus:9090/api/v1/write",
 *   labels: { job: "nightly-copy", instance: "a" },
 *   fetch: () => Promise.resolve(new Response(null, { status: 204 })),
 * });
 * deepEqual(await remote.write(await registry.collect()), { pushed: true, tries: 1 });
 * ```
 */
export class RemoteWrite {
  readonly #target: PushTarget;
  readonly #labels: ReadonlyMap<string, string>;
  readonly #maxSeries: number;

  /**
   * Sends nothing yet.
   *
   * @throws {TypeError} for an unknown option, a URL, a header or a label that is not valid
   * @throws {RangeError} for a time or a number of series that is out of range
   */
  constructor(options: RemoteWriteOptions) {
    this.#target = new PushTarget("remote write", options, { labels: true, maxSeries: true });
    requireObject("push to remote write", options.labels, "labels");
    const { labels = {}, maxSeries = 2000 } = options;
    for (const name of Object.keys(labels)) {
      if (!isLegacyLabelName(name) || name.startsWith("__")) {
        throw new TypeError(
          "Cannot push to remote write: a label must match [a-zA-Z_][a-zA-Z0-9_]* and not start with " +
            `"__", got ${JSON.stringify(name)}`,
        );
      }
    }
    checkWhole("push to remote write", "maxSeries", maxSeries);
    this.#labels = new Map(Object.entries(labels));
    this.#maxSeries = maxSeries;
  }

  /** Writes a sample of every series, at the present time unless it has a time of its own. */
  write(families: readonly Family[]): Promise<PushResult> {
    return this.#write(families, false);
  }

  /**
   * Marks these series as ended, so that a query does not show their last values for another five
   * minutes. Call it with what was written last.
   */
  end(families: readonly Family[]): Promise<PushResult> {
    return this.#write(families, true);
  }

  async #write(families: readonly Family[], isEnd: boolean): Promise<PushResult> {
    const { clock, deadlineMs } = this.#target;
    const startMs = clock.monotonic(), pause = new Pause();
    let tries = 0, error: string | undefined;
    try {
      for (const body of this.#bodies(families, isEnd)) {
        const leftMs = deadlineMs - (clock.monotonic() - startMs);
        if (leftMs <= 0) {
          error ??= this.#target.failed(`not written in ${deadlineMs} ms`, tries).error;
          break;
        }
        const result = await this.#target.send(this.#request, body, leftMs);
        tries += result.tries;
        // A refusal may be about one series; the other requests are worth a try.
        error ??= result.error;
        if (pause.isDue) await pause.take();
      }
    } catch (thrown) {
      error = this.#target.failed(String(thrown), tries).error; // A family that is not valid.
    }
    return error === undefined ? { pushed: true, tries } : { pushed: false, tries, error };
  }

  get #request(): PushRequest {
    const { url } = this.#target;
    return { url, method: "POST", contentType: "application/x-protobuf", headers: HEADERS };
  }

  /** The bodies of requests, each made when it is sent. */
  *#bodies(families: readonly Family[], isEnd: boolean): Generator<Uint8Array<ArrayBuffer>> {
    const timeMs = this.#target.clock.now();
    let series: RemoteSeries[] = [], described: Family[] = [];
    for (const given of families) {
      const family = escapeFamily(given, this.#target.escaping);
      if (!isEnd) described.push(family);
      for (const one of seriesOf(family, this.#labels, timeMs)) {
        series.push(one);
        if (series.length < this.#maxSeries) continue;
        yield snappy(encodeWriteRequest(series, described, isEnd));
        series = [], described = [];
      }
    }
    if (series.length > 0) yield snappy(encodeWriteRequest(series, described, isEnd));
  }
}
