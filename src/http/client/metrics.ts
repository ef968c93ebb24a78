/**
 * The duration of outgoing requests by method, host and status or kind of error.
 *
 * @module
 */
import type { Faults } from "../../core/faults.ts";
import type { Histogram } from "../../metrics/instrument/histogram.ts";
import type { Registry } from "../../metrics/registry.ts";
import { tracedFetch, type TracedFetchOptions } from "./client.ts";
import { HTTP_DURATION_BOUNDS } from "../server/metrics.ts";

/**
 * Kinds of errors that are told apart: error classes made at run time must not add series without
 * end.
 */
const MAX_ERROR_TYPES = 32, MAX_LENGTH = 128;
/** The name of the semantic conventions for the rest. */
const OTHER = "_OTHER";

/**
 * A traced `fetch` whose requests are timed in a registry. Where the application uses the name for
 * a metric of its own, they are not timed, and a fault is counted.
 */
export function clientFetch(
  registry: Registry,
  options: TracedFetchOptions & { readonly faults: Faults },
): typeof globalThis.fetch {
  let metrics: ClientMetrics | null | undefined;
  const observe: TracedFetchOptions["observe"] = (...exchange) => {
    // With the first request: a process that sends none does not have the metric.
    if (metrics === undefined) {
      metrics = options.faults.guard("fetch", () => new ClientMetrics(registry)) ?? null;
    }
    metrics?.ended(...exchange);
  };
  return tracedFetch({ ...options, observe });
}

/** The metric of a client, registered once in a registry. */
export class ClientMetrics {
  readonly #durations: Histogram<"method" | "host" | "port" | "status" | "error_type">;
  readonly #errorTypes = new Set<string>();

  constructor(registry: Registry) {
    this.#durations = registry.histogram(
      "http_client_request_duration_seconds",
      "From an outgoing request's start to its response's head",
      ["method", "host", "port", "status", "error_type"],
      { buckets: HTTP_DURATION_BOUNDS, unit: "seconds" },
    );
  }

  /** A request has ended; the `observe` of `tracedFetch`. */
  ended(
    method: string,
    status: number | "error" | "aborted",
    host: string,
    durationSeconds: number,
    errorType: string | undefined,
    port: number,
  ): void {
    // With a response, the status says it all.
    const error_type = status === "error" ? this.#bounded(errorType ?? OTHER) : "";
    this.#durations.observe(durationSeconds, {
      method,
      host,
      port: String(port),
      status,
      error_type,
    });
  }

  #bounded(type: string): string {
    if (this.#errorTypes.has(type)) return type;
    if (this.#errorTypes.size >= MAX_ERROR_TYPES || type.length > MAX_LENGTH) return OTHER;
    this.#errorTypes.add(type);
    return type;
  }
}
