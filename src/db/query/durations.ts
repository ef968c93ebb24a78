/**
 * The metric of queries: `db.client.operation.duration` of the semantic conventions.
 *
 * @module
 */
import type { Faults } from "../../core/faults.ts";
import type { BoundHistogram, Histogram } from "../../metrics/instrument/histogram.ts";
import type { Registry } from "../../metrics/registry.ts";
import type { Failure } from "./failure.ts";
import type { Target } from "./target.ts";

/** The bounds that the conventions advise, in seconds. */
const BOUNDS: readonly number[] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];
/** Series of queries; more share one. Summaries are the application's own, so that they are not without end. */
const MAX_SERIES = 500;
const LABELS = [
  "system",
  "namespace",
  "operation",
  "collection",
  "summary",
  "host",
  "port",
  "status",
  "error_type",
] as const;

/** What a query is called in metrics: an SQL query has a summary, another operation and collection. */
export interface QueryName {
  readonly summary: string;
  readonly operation?: string | undefined;
  readonly collection?: string | undefined;
}

/** The durations of the queries of one database. */
export class Durations {
  readonly #histogram: Histogram<(typeof LABELS)[number]> | undefined;
  readonly #target: Target;
  readonly #series = new Map<string, BoundHistogram>();

  constructor(registry: Registry, target: Target, faults: Faults) {
    this.#target = target;
    // The application may have a metric of this name.
    this.#histogram = faults.guard("database metrics", () =>
      registry.histogram(
        "db_client_operation_duration_seconds",
        "From the start of a database query to its end",
        LABELS,
        { buckets: BOUNDS, unit: "seconds", maxSeries: MAX_SERIES },
      ));
  }

  /** The series of queries that succeed; undefined when there is no metric. */
  of(name: QueryName): BoundHistogram | undefined {
    const key = name.operation === undefined
      ? name.summary
      : `${name.operation}\n${name.collection ?? ""}\n${name.summary}`;
    return this.#series.get(key) ?? this.#make(key, name);
  }

  /** The series of queries that fail so. */
  failed(name: QueryName, failure: Failure): BoundHistogram | undefined {
    return this.#histogram?.with(this.#labels(name, failure.status ?? "", failure.type));
  }

  #make(key: string, name: QueryName): BoundHistogram | undefined {
    const series = this.#histogram?.with(this.#labels(name, "", ""));
    if (series !== undefined && this.#series.size < MAX_SERIES) this.#series.set(key, series);
    return series;
  }

  #labels({ summary, operation = "", collection = "" }: QueryName, status: string, type: string) {
    const { system, namespace, host, port } = this.#target;
    return {
      system,
      namespace,
      operation,
      collection,
      summary,
      host,
      port: port === undefined ? "" : String(port),
      status,
      error_type: type,
    };
  }
}
