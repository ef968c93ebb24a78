/**
 * Metrics about Telltale itself: families made of the plain numbers that its parts keep.
 *
 * @module
 */
import type { Faults } from "../core/faults.ts";
import type { Resource } from "../core/resource.ts";
import type { EventStore } from "../events/event_store.ts";
import type { HealthRegistry } from "../health/registry.ts";
import { statusValue } from "../health/snapshot.ts";
import type { Logger } from "../log/logger.ts";
import { type Family, numberFamily } from "../metrics/data/family.ts";
import type { Registry } from "../metrics/registry.ts";
import type { Tracer } from "../trace/tracer.ts";
import type { OtlpCounts } from "../export/otlp/queues.ts";
import type { OtlpSignal } from "../export/otlp/settings.ts";
import { componentLabels, exporterLabels } from "./otlp.ts";
import { type MeasuredProfiles, profileFamilies } from "./profile_metrics.ts";

const SIGNALS = ["traces", "metrics", "logs"] as const;
/** What OpenTelemetry calls a signal's items in metric names. */
const ITEMS = { traces: "span", metrics: "metric_data_point", logs: "log" } as const;

/** The parts that keep numbers. */
export interface SelfParts {
  readonly resource: Resource;
  readonly metrics: Registry;
  readonly tracer: Tracer;
  readonly log: Logger;
  readonly health: HealthRegistry;
  readonly events: EventStore | undefined;
  readonly faults: Faults;
}

/** Counts of the export by signal. */
export interface ExportCounts {
  countsOf(signal: OtlpSignal): OtlpCounts | undefined;
}

/** All families about the parts, none of which depends on metrics, so that each can be used alone. */
export function selfFamilies(
  parts: SelfParts,
  otlp?: ExportCounts,
  profiles?: MeasuredProfiles,
): Family[] {
  return [
    ...identity(parts.resource),
    ...health(parts.health),
    ...faults(parts.faults),
    ...metrics(parts.metrics),
    ...traces(parts.tracer),
    ...logs(parts.log),
    ...events(parts.events),
    ...kept(parts),
    ...profileFamilies(profiles),
    ...SIGNALS.flatMap((signal) => exports(signal, otlp?.countsOf(signal))),
  ];
}

/** The name and labels that OpenTelemetry's Prometheus exporters give a resource. */
function identity({ attributes }: Resource): Family[] {
  const labels: Record<string, string> = {};
  for (
    const name of [
      "service.name",
      "service.version",
      "service.instance.id",
      "deployment.environment.name",
    ]
  ) {
    const value = attributes[name];
    if (value !== undefined) labels[name.replaceAll(".", "_")] = String(value);
  }
  return [numberFamily("info", "target_info", "The service and its instance", [[1, labels]])];
}

function health(registry: HealthRegistry): Family[] {
  const components = Object.entries(registry.snapshot().components)
    .filter(([, { lastCheckedMs }]) => lastCheckedMs !== undefined);
  if (components.length === 0) return [];
  return [
    // A cluster is as healthy as its least healthy member.
    {
      ...numberFamily(
        "gauge",
        "component_health_status",
        "2 is UP, 1 is DEGRADED, 0 is DOWN",
        components.map(([component, { status }]) => [statusValue(status), { component }]),
      ),
      aggregation: "min",
    },
    {
      ...numberFamily(
        "gauge",
        "health_check_duration_seconds",
        "How long the last run of a check took",
        components.map(([component, { durationMs }]) => [durationMs / 1000, { component }]),
      ),
      aggregation: "max",
    },
  ];
}

function faults(faults: Faults): Family[] {
  return [
    numberFamily(
      "counter",
      "telltale_internal_errors_total",
      "Errors inside Telltale or in a callback that it called",
      [...faults.counts()].map(([where, count]) => [count, { where }]),
    ),
  ];
}

function metrics({ counts }: Registry): Family[] {
  return [
    numberFamily("gauge", "telltale_series", "Series held", [[counts.series]]),
    numberFamily("counter", "telltale_samples_dropped_total", "Samples that were dropped", [
      [counts.badLabels, { reason: "labels" }],
      [counts.badValues, { reason: "value" }],
    ]),
    numberFamily(
      "counter",
      "telltale_samples_overflowed_total",
      "Samples that went to an overflow series",
      [[counts.overflowed]],
    ),
  ];
}

function traces({ counts }: Tracer): Family[] {
  return [
    numberFamily("counter", "telltale_spans_total", "Spans started", [
      [counts.started, { sampled: "true" }],
      [counts.unsampled, { sampled: "false" }],
    ]),
    numberFamily("counter", "telltale_span_misuse_total", "Calls on a span after its end", [
      [counts.misuse],
    ]),
    numberFamily("counter", "telltale_spans_unkept_total", "Spans that tail sampling dropped", [
      [counts.unkept, { reason: "rules" }],
      [counts.trimmed, { reason: "full" }],
    ]),
  ];
}

function logs({ counts }: Logger): Family[] {
  const { output } = counts;
  return [
    numberFamily("counter", "telltale_log_records_total", "Log records made", [[counts.records]]),
    numberFamily(
      "counter",
      "telltale_log_records_dropped_total",
      "Log records that were left out or lost",
      [
        [counts.failed, { reason: "failed" }],
        [counts.missed, { reason: "missed" }],
        [counts.sampled, { reason: "sampled" }],
        [counts.suppressed, { reason: "suppressed" }],
        [output.droppedFull, { reason: "output full" }],
        [output.droppedClosed, { reason: "output closed" }],
        [output.droppedFailed, { reason: "output failed" }],
      ],
    ),
  ];
}

function events(store: EventStore | undefined): Family[] {
  if (store === undefined) return [];
  const { next, bytes, drops: { rows, fields, names, kinds, cut } } = store;
  return [
    numberFamily(
      "counter",
      "telltale_events_total",
      "Rows of requests, jobs and changes of flags",
      [[next]],
    ),
    numberFamily("gauge", "telltale_events_bytes", "About what the rows held occupy", [[bytes]]),
    numberFamily(
      "counter",
      "telltale_events_dropped_total",
      "Rows that left early because texts were too large",
      [[rows]],
    ),
    numberFamily(
      "counter",
      "telltale_events_fields_dropped_total",
      "Values of rows that were left out or cut",
      [
        [fields, { reason: "fields" }],
        [names, { reason: "name" }],
        [kinds, { reason: "kind" }],
        [cut, { reason: "length" }],
      ],
    ),
  ];
}

/** The rings of lines and spans; rows have families of their own. */
function kept({ log: { ring }, tracer: { finished } }: SelfParts): Family[] {
  const stores = [["log", ring], ["spans", finished]] as const;
  return [
    numberFamily(
      "gauge",
      "telltale_kept_bytes",
      "About what is held in memory to be looked at occupies",
      stores.map(([store, { bytes }]) => [bytes, { store }]),
    ),
    numberFamily(
      "counter",
      "telltale_kept_dropped_total",
      "Lines and spans that left memory early because those held were too large",
      stores.map(([store, { crowded }]) => [crowded, { store }]),
    ),
  ];
}

/** What became of a signal's items, under the names that the semantic conventions have for SDKs. */
function exports(signal: OtlpSignal, counts: OtlpCounts | undefined): Family[] {
  if (counts === undefined) return [];
  const { exported, dropped, queued, capacity, inFlight } = counts;
  const item = ITEMS[signal], exporter = exporterLabels(signal);
  const lost = [...dropped].filter(([reason]) => reason !== "queue_full");
  const lostCount = lost.reduce((sum, [, count]) => sum + count, 0);
  const name = (part: string) => `otel_sdk_${part.replace("*", item)}`;
  const families = [
    numberFamily("gauge", name("exporter_*_inflight"), "Items being sent", [[inFlight, exporter]]),
    numberFamily(
      "counter",
      name("exporter_*_exported_total"),
      "Exported, or lost with an error type",
      [
        [exported, exporter],
        ...lost.map(([error_type, count]) => [count, { ...exporter, error_type }] as const),
      ],
    ),
  ];
  if (capacity === 0) return families;
  const processor = componentLabels(`batching_${item}_processor`);
  return [
    ...families,
    numberFamily("gauge", name("processor_*_queue_size"), "Items that wait", [[queued, processor]]),
    numberFamily(
      "gauge",
      name("processor_*_queue_capacity"),
      "The most items that wait in memory",
      [
        [capacity, processor],
      ],
    ),
    numberFamily(
      "counter",
      name("processor_*_processed_total"),
      "Passed to the exporter, or dropped",
      [
        [exported + lostCount, processor],
        [dropped.get("queue_full") ?? 0, { ...processor, error_type: "queue_full" }],
      ],
    ),
  ];
}
