/**
 * RED metrics of a server: rate, errors, duration, by method, route template and status.
 *
 * @module
 */
import type { Context } from "../core/context.ts";
import type { Counter } from "../metrics/counter.ts";
import type { BoundGauge, Gauge } from "../metrics/gauge.ts";
import type { Histogram } from "../metrics/histogram.ts";
import type { Registry } from "../metrics/registry.ts";

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

type RedLabels = "method" | "route" | "status";

/** The three families of a server, registered once a registry. */
export class ServerMetrics {
  readonly #requests: Counter<RedLabels>;
  readonly #durations: Histogram<RedLabels>;
  readonly #inProgress: Gauge<"method">;
  readonly #byMethod = new Map<string, BoundGauge>();

  constructor(registry: Registry) {
    const labels = ["method", "route", "status"] as const;
    this.#requests = registry.counter("http_requests_total", "Requests answered", labels);
    this.#durations = registry.histogram(
      "http_request_duration_seconds",
      "From the request's arrival to the response's head",
      labels,
      { buckets: HTTP_DURATION_BOUNDS, unit: "seconds" },
    );
    this.#inProgress = registry.gauge(
      "http_requests_in_progress",
      "Requests that have no response yet",
      ["method"],
    );
  }

  /** A request has arrived; the method is one of the known ones. */
  started(method: string): BoundGauge {
    let gauge = this.#byMethod.get(method);
    if (gauge === undefined) {
      this.#byMethod.set(method, gauge = this.#inProgress.with({ method }));
    }
    gauge.inc();
    return gauge;
  }

  /** A request was answered. */
  ended(labels: Record<RedLabels, string>, seconds: number, context: Context, nowMs: number): void {
    this.#requests.inc(labels);
    this.#durations.observeIn(seconds, labels, context, nowMs);
  }
}
