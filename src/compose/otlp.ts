/**
 * The way out: hands what the parts record to the exporter, which is loaded only when there is one.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import { load } from "../core/context.ts";
import type { Faults } from "../core/faults.ts";
import { beforeExit, heedSignals } from "../core/exit.ts";
import { environment, isTerminal, mayKnow, mayRead, nodeProcess } from "../core/platform.ts";
import type { Resource } from "../core/resource.ts";
import { writeError } from "../log/sink/writer.ts";
import { Early } from "./early.ts";
import type { OtlpExporter } from "../export/otlp/exporter.ts";
import type { OtlpOptions } from "../export/otlp/options.ts";
import { whereTo, whyNot } from "../export/otlp/notice.ts";
import type { FlushResult, OtlpCounts } from "../export/otlp/parts.ts";
import { type OtlpSettings, otlpSettings, type OtlpSignal } from "../export/otlp/settings.ts";
import type { Threshold } from "../log/record/level.ts";
import type { Logger } from "../log/logger.ts";
import type { LogRecord } from "../log/record/record.ts";
import { StdoutSink } from "../log/sink/line.ts";
import type { LogSink, Sink } from "../log/sink/sink.ts";
import { type Family, numberFamily } from "../metrics/data/family.ts";
import type { Registry } from "../metrics/registry.ts";
import type { FinishedSpan } from "../trace/span/finished.ts";
import type { Tracer } from "../trace/tracer.ts";

/** What an outlet is connected to. */
export interface OutletParts {
  readonly resource: Resource;
  readonly metrics: Registry;
  readonly tracer: Tracer;
  readonly log: Logger;
}

/** About what a span occupies that does not say. */
const SPAN_SIZE = 1024;
const SIGNALS = ["traces", "metrics", "logs"] as const;
/** What a signal's items are called in metric names, and in the names of exporters. */
const ITEMS = { traces: "span", metrics: "metric_data_point", logs: "log" } as const;
const EXPORTERS = { traces: "span", metrics: "metric", logs: "log" } as const;
const DURATION_BOUNDS = [.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10];

/** Exports what the parts record by OTLP. */
export class Outlet implements LogSink {
  /** The lowest level of log records that are exported. */
  readonly level: Threshold | undefined;
  readonly #settings: OtlpSettings;
  readonly #signals: boolean | undefined;
  readonly #clock: Clock;
  readonly #faults: Faults;
  #exporter: OtlpExporter | undefined;
  #loading: Promise<void> | undefined;
  #handOver: (() => void) | undefined;
  #closed = false;
  /** What comes before there is an exporter; undefined for a signal that is not exported. */
  readonly #spans: Early<FinishedSpan> | undefined;
  readonly #records: Early<LogRecord> | undefined;

  /**
   * The outlet that options and environment ask for; undefined when they ask for none, or can't be.
   *
   * @param signals whether what waits is brought out at SIGTERM and SIGINT too
   * @throws {TypeError} or {RangeError} for an option that can't work
   */
  static open(
    options: OtlpOptions | false | undefined,
    clock: Clock,
    faults: Faults,
    signals: boolean | undefined,
  ): Outlet | undefined {
    const settings = otlpSettings(options, faults);
    if (settings === undefined) {
      const parts = { env: environment, mayKnow, isTerminal };
      const reason = options === false ? undefined : whyNot(options, parts);
      if (reason !== undefined) say(reason);
      return undefined;
    }
    const { level } = options && options.logs || {};
    return new Outlet(settings, clock, faults, level, signals);
  }

  private constructor(
    settings: OtlpSettings,
    clock: Clock,
    faults: Faults,
    level: Threshold | undefined,
    signals: boolean | undefined,
  ) {
    this.level = level;
    this.#signals = signals;
    this.#settings = settings;
    this.#clock = clock;
    this.#faults = faults;
    const { traces, logs } = settings;
    if (traces !== undefined) this.#spans = new Early(traces.maxQueue);
    if (logs !== undefined) this.#records = new Early(logs.maxQueue);
  }

  /** The sinks of a logger and this one; standard output when none are given. */
  besides(sinks: readonly Sink[] | undefined): readonly Sink[] {
    return [...sinks ?? [new StdoutSink({ clock: this.#clock })], this];
  }

  /** Loads the exporter and connects it. */
  connect(parts: OutletParts): void {
    // Before the exporter's own listener, which sends what the logger hands over here.
    this.#handOver = () => void parts.log.flush();
    nodeProcess().once("beforeExit", this.#handOver);
    const open = this.#opener(parts);
    const pending = this.#signals === false ? undefined : () => this.pending.queued > 0;
    const takeBack = beforeExit(() => this.#openNow(open), { pending });
    const code = load(() =>
      Promise.all([
        import("../export/otlp/exporter.ts"),
        import("../http/server/scheme_families.ts"),
      ])
    );
    this.#loading = code.then(([otlp, schemes]) => open({ ...otlp, ...schemes })).catch((error) => {
      this.#faults.record("otlp", error);
      this.#spans?.close();
      this.#records?.close();
    }).finally(takeBack);
    const spans = this.#spans;
    if (spans === undefined) return;
    parts.tracer.onEnd((span) => {
      if (this.#exporter !== undefined) this.#exporter.span(span);
      else spans.add(span, (span as { readonly size?: number }).size ?? SPAN_SIZE);
      heedSignals();
    });
  }

  /** Takes a log record. */
  write(record: LogRecord): void {
    if (this.#exporter !== undefined) this.#exporter.log(record);
    else this.#records?.add(record, record.sizeBytes);
  }

  /** There is nothing to bring out; but a logger whose sinks have this hands over before the end. */
  flushSync(): void {}

  /**
   * Resolves when all that waits was sent, or could not be, or the deadline has passed. Not a sink's
   * `flush`: it takes a deadline.
   */
  async drain(deadlineMs: number): Promise<void> {
    await this.#loading;
    await this.#exporter?.flush(deadlineMs);
  }

  /** What waits now. */
  get pending(): FlushResult {
    if (this.#exporter !== undefined) return this.#exporter.pending;
    const early = [this.#spans, this.#records];
    const queued = early.reduce((sum, queue) => sum + (queue?.counts.queued ?? 0), 0);
    return { queued, retryAfterMs: 0 };
  }

  /** Ends all work; what was not sent stays in the spool, or is dropped. */
  close(): void {
    this.#closed = true;
    if (this.#handOver !== undefined) nodeProcess().off("beforeExit", this.#handOver);
    this.#exporter?.close();
  }

  /** What became of everything, under the names that the semantic conventions have for SDKs. */
  families(): Family[] {
    return SIGNALS.flatMap((signal) => this.#familiesOf(signal));
  }

  #familiesOf(signal: OtlpSignal): Family[] {
    const counts = this.#countsOf(signal);
    if (counts === undefined) return [];
    const { exported, dropped, queued, capacity, inFlight } = counts;
    const item = ITEMS[signal], exporter = exporterLabels(signal);
    const lost = [...dropped].filter(([reason]) => reason !== "queue_full");
    const lostCount = lost.reduce((sum, [, count]) => sum + count, 0);
    const name = (part: string) => `otel_sdk_${part.replace("*", item)}`;
    const families = [
      numberFamily("gauge", name("exporter_*_inflight"), "Being sent", [[inFlight, exporter]]),
      numberFamily(
        "counter",
        name("exporter_*_exported_total"),
        "Sent, or lost with an error type",
        [
          [exported, exporter],
          ...lost.map(([error_type, count]) => [count, { ...exporter, error_type }] as const),
        ],
      ),
    ];
    if (capacity === 0) return families;
    const processor = component(`batching_${item}_processor`);
    return [
      ...families,
      numberFamily("gauge", name("processor_*_queue_size"), "Waiting", [[queued, processor]]),
      numberFamily("gauge", name("processor_*_queue_capacity"), "That may wait in memory", [
        [capacity, processor],
      ]),
      numberFamily("counter", name("processor_*_processed_total"), "Handed on, or dropped", [
        [exported + lostCount, processor],
        [dropped.get("queue_full") ?? 0, { ...processor, error_type: "queue_full" }],
      ]),
    ];
  }

  #countsOf(signal: OtlpSignal): OtlpCounts | undefined {
    if (this.#exporter !== undefined) return this.#exporter.counts(signal);
    return { traces: this.#spans, logs: this.#records, metrics: undefined }[signal]?.counts;
  }

  /** What makes an exporter of its code, once. */
  #opener({ resource, metrics }: OutletParts): (code: ExporterCode) => void {
    const durations = metrics.histogram(
      "otel_sdk_exporter_operation_duration_seconds",
      "How long one try to export took",
      ["otel_component_name", "otel_component_type", "error_type"],
      { buckets: DURATION_BOUNDS, unit: "seconds", exemplars: false },
    );
    return ({ OtlpExporter, collectWithSchemes }) => {
      if (this.#exporter !== undefined) return;
      const exporter = new OtlpExporter(this.#settings, {
        resource: resource.attributes,
        clock: this.#clock,
        faults: this.#faults,
        signals: this.#signals,
        onTry: (signal, seconds, error = "") =>
          durations.observe(seconds, { ...exporterLabels(signal), error_type: error }),
      });
      exporter.metrics(
        (options) => collectWithSchemes(metrics, options),
        (options) => metrics.collectNow(options),
      );
      exporter.missed("traces", this.#spans?.handOver((span) => exporter.span(span)) ?? 0);
      exporter.missed("logs", this.#records?.handOver((record) => exporter.log(record)) ?? 0);
      this.#exporter = exporter;
      say(whereTo(this.#settings));
      if (this.#closed) exporter.close();
    };
  }

  /**
   * Opens the exporter at once, for a process that ends while it is being loaded: its own last word is
   * then still to come. Where it can't be loaded so, what waits for it is told of.
   */
  #openNow(open: (code: ExporterCode) => void): void {
    const { queued } = this.pending;
    if (this.#exporter !== undefined || this.#closed || queued === 0) return;
    try {
      open(loadNow());
    } catch {
      const reason = new Error(`${queued} items may be lost: it was still being loaded at the end`);
      this.#faults.record("otlp", reason, "otlp load");
    }
  }
}

type ExporterCode =
  & Pick<typeof import("../export/otlp/exporter.ts"), "OtlpExporter">
  & Pick<typeof import("../http/server/scheme_families.ts"), "collectWithSchemes">;

/** Not from a registry's address, nor out of a bundle. Without permission, Deno would prompt. */
function loadNow(): ExporterCode {
  const from = new URL(import.meta.url);
  if (from.protocol !== "file:" || !mayRead(from.pathname)) throw new Error("Cannot load at once");
  const { createRequire } = nodeProcess().getBuiltinModule("node:module");
  const require = createRequire(from);
  return {
    ...require("../export/otlp/exporter.ts"),
    ...require("../http/server/scheme_families.ts"),
  };
}

function say(line: string): void {
  writeError(`telltale: otlp: ${line}\n`);
}

function exporterLabels(signal: OtlpSignal): ComponentLabels {
  return component(`otlp_http_${EXPORTERS[signal]}_exporter`);
}

type ComponentLabels = Readonly<Record<"otel_component_name" | "otel_component_type", string>>;

/** There is one of each type, so it is number 0. */
function component(type: string): ComponentLabels {
  return { otel_component_name: `${type}/0`, otel_component_type: type };
}
