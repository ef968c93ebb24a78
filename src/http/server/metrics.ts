/**
 * RED metrics of a server (rate, errors, duration) by method, route template and status; and sizes.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import type { BoundCounter, Counter } from "../../metrics/instrument/counter.ts";
import type { BoundGauge, Gauge } from "../../metrics/instrument/gauge.ts";
import type { BoundHistogram, Histogram } from "../../metrics/instrument/histogram.ts";
import { OVERFLOW } from "../../metrics/data/labels.ts";
import type { Registry } from "../../metrics/registry.ts";
import type { Exchange, Scheme } from "./exchange.ts";

/** The bounds that the semantic conventions advise for HTTP durations, in seconds. */
export const HTTP_DURATION_BOUNDS: readonly number[] = [
  .005,
  .01,
  .025,
  .05,
  .075,
  .1,
  .25,
  .5,
  .75,
  1,
  2.5,
  5,
  7.5,
  10,
];

/** From a small message to a video, in bytes. */
const SIZE_BOUNDS: readonly number[] = [100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8];

/** What is measured on request only. */
export interface ServerMetricsOptions {
  /** Names of the application's own labels. */
  readonly labels?: readonly string[] | undefined;
  /** Whether the time to the first byte of streams is measured. */
  readonly firstByte?: boolean | undefined;
  /** Bounds of durations in seconds, besides those that are advised. */
  readonly durationBounds?: readonly number[] | undefined;
  /** Source of time. @default the machine's */
  readonly clock?: Clock | undefined;
}

/** The series of one method, route and status. */
interface RouteSeries {
  readonly requests: BoundCounter;
  readonly durations: BoundHistogram;
}

/** Series that are cached; when there are more, the cache is cleared. */
const MAX_CACHED = 20_000;

/** The metrics of a server, registered once in a registry. */
export class ServerMetrics {
  readonly #requests: Counter<string>;
  readonly #durations: Histogram<string>;
  readonly #requestSizes: Histogram<string>;
  readonly #responseSizes: Histogram<string>;
  readonly #firstBytes: Histogram<string> | undefined;
  readonly #inProgress: Gauge<"method">;
  readonly #byMethod = new Map<string, BoundGauge>();
  readonly #cached = new Map<string, Map<string, Map<number, RouteSeries>>>();
  #cachedCount = 0;
  readonly #options: ServerMetricsOptions;
  readonly #split: SchemeSplit;
  readonly #registry: Registry;
  /** Counts the requests of the second scheme as well. */
  #second: ServerMetrics | undefined;

  constructor(registry: Registry, options: ServerMetricsOptions = {}) {
    this.#options = options;
    this.#split = SchemeSplit.of(registry);
    this.#registry = registry;
    const labels: readonly string[] = ["method", "route", "status", ...options.labels ?? []];
    const histogram = (name: string, help: string, unit: string, buckets: readonly number[]) =>
      registry.histogram(name, help, labels, { buckets, unit });
    this.#requests = registry.counter("http_requests_total", "Requests answered", labels);
    this.#durations = histogram(
      "http_request_duration_seconds",
      "From the request's arrival to the response's head; to its end where bodies are watched",
      "seconds",
      this.#split.durationBounds(options.durationBounds),
    );
    this.#inProgress = registry.gauge(
      "http_requests_in_progress",
      "Requests that have no response yet",
      ["method"],
    );
    this.#requestSizes = histogram(
      "http_request_size_bytes",
      "Request bodies, as Content-Length says",
      "bytes",
      SIZE_BOUNDS,
    );
    this.#responseSizes = histogram(
      "http_response_size_bytes",
      "Response bodies, as Content-Length says or as counted where bodies are watched",
      "bytes",
      SIZE_BOUNDS,
    );
    if (options.firstByte) {
      this.#firstBytes = histogram(
        "http_response_first_byte_seconds",
        "From the request's arrival to the first byte of a watched body",
        "seconds",
        HTTP_DURATION_BOUNDS,
      );
    }
  }

  /** A request has arrived; the method is one of the known ones. */
  started(method: string, scheme: Scheme): BoundGauge {
    if (scheme !== this.#split.first) this.#startedApart(method, scheme);
    let gauge = this.#byMethod.get(method);
    if (gauge === undefined) {
      this.#byMethod.set(method, gauge = this.#inProgress.with({ method }));
    }
    gauge.inc();
    return gauge;
  }

  /**
   * A request was answered. Without labels of the application's own, one look-up finds the series
   * of both metrics that count every request.
   */
  ended(
    exchange: Exchange,
    extra: Readonly<Record<string, string>> | undefined,
    seconds: number,
    nowMs: number,
  ): void {
    const { method, route, status, span, scheme, requestBytes, responseBytes } = exchange;
    if (scheme !== this.#split.first && this.#second !== undefined) {
      this.#second.#byMethod.get(method)?.dec();
      this.#second.ended(exchange, extra, seconds, nowMs);
    }
    const series = extra === undefined
      ? this.#cached.get(method)?.get(route)?.get(status) ?? this.#bind(method, route, status)
      : undefined;
    if (series !== undefined) {
      series.requests.inc();
      series.durations.observeIn(seconds, span, nowMs);
      if (
        requestBytes === undefined && responseBytes === undefined && exchange.body === undefined
      ) return;
    }
    const labels = { method, route, status: String(status), ...extra };
    if (series === undefined) {
      this.#requests.inc(labels);
      this.#durations.observeIn(seconds, labels, span, nowMs);
    }
    if (requestBytes !== undefined) this.#requestSizes.observeIn(requestBytes, labels, span, nowMs);
    if (responseBytes !== undefined) {
      this.#responseSizes.observeIn(responseBytes, labels, span, nowMs);
    }
    const firstByteMs = exchange.body?.firstByteMs;
    if (firstByteMs !== undefined) {
      const firstByteSeconds = (firstByteMs - exchange.startMs) / 1000;
      this.#firstBytes?.observeIn(firstByteSeconds, labels, span, nowMs);
    }
  }

  #startedApart(method: string, scheme: Scheme): void {
    if (this.#split.first === undefined) this.#split.first = scheme;
    else {
      const { clock } = this.#options;
      this.#second ??= new ServerMetrics(this.#split.second(this.#registry, clock), this.#options);
      this.#second.started(method, scheme);
    }
  }

  /** The series, cached unless they are the overflow series. */
  #bind(method: string, route: string, status: number): RouteSeries {
    const labels = { method, route, status: String(status) };
    const series = {
      requests: this.#requests.with(labels),
      durations: this.#durations.with(labels),
    };
    // Each look-up that overflows has to be counted.
    if (series.requests.labels.values[0] !== OVERFLOW) this.#keep(method, route, status, series);
    return series;
  }

  #keep(method: string, route: string, status: number, series: RouteSeries): void {
    // Only where series come and go, or `maxSeries` is that large.
    if (this.#cachedCount >= MAX_CACHED) {
      this.#cached.clear();
      this.#cachedCount = 0;
    }
    let routes = this.#cached.get(method);
    if (routes === undefined) this.#cached.set(method, routes = new Map());
    let statuses = routes.get(route);
    if (statuses === undefined) routes.set(route, statuses = new Map());
    statuses.set(status, series);
    this.#cachedCount++;
  }
}

const splits = new WeakMap<Registry, SchemeSplit>();

/**
 * Counts requests by scheme for OTLP; pages have no label for it. Nearly every process serves one
 * scheme: then nothing is counted apart. The requests of a second scheme are counted in a second
 * registry as well, and the difference is those of the first.
 */
export class SchemeSplit {
  /** The scheme of the first request; undefined before it. */
  first: Scheme | undefined;
  /** The requests of the other scheme. */
  others: Registry | undefined;
  #durationBounds: readonly number[] | undefined;

  /** The split of a registry. */
  static of(registry: Registry): SchemeSplit {
    let split = splits.get(registry);
    if (split === undefined) splits.set(registry, split = new SchemeSplit());
    return split;
  }

  /** The advised bounds and further ones; those of the first call stay, as the histogram's do. */
  durationBounds(further: readonly number[] = []): readonly number[] {
    const all = new Set([...HTTP_DURATION_BOUNDS, ...further]);
    return this.#durationBounds ??= [...all].sort((a, b) => a - b);
  }

  /** The registry of the requests of the second scheme. */
  second(all: Registry, clock: Clock | undefined): Registry {
    // By the class of the given one, so that this file need not import it.
    const { constructor, faults } = all;
    return this.others ??= new (constructor as typeof Registry)({ faults, clock });
  }
}
