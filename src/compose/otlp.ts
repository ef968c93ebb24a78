/**
 * The wires from tracer, logger and registry to the export by OTLP.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import { load } from "../core/context.ts";
import { beforeExit, heedSignals, whenIdle } from "../core/exit.ts";
import type { Faults } from "../core/faults.ts";
import { environment, isTerminal, mayKnow, mayRead, nodeProcess } from "../core/platform.ts";
import type { Resource } from "../core/resource.ts";
import { whereTo, whyNot } from "../export/otlp/notice.ts";
import type { OtlpOptions } from "../export/otlp/options.ts";
import { type OtlpCounts, OtlpQueues } from "../export/otlp/queues.ts";
import type { FlushResult, OtlpSender } from "../export/otlp/sender.ts";
import { type OtlpSettings, otlpSettings, type OtlpSignal } from "../export/otlp/settings.ts";
import type { Threshold } from "../log/record/level.ts";
import type { Logger } from "../log/logger.ts";
import type { LogRecord } from "../log/record/record.ts";
import { StdoutSink } from "../log/sink/stdout.ts";
import type { LogSink, Sink } from "../log/sink/sink.ts";
import { writeError } from "../log/sink/writer.ts";
import type { Registry } from "../metrics/registry.ts";
import type { Tracer } from "../trace/tracer.ts";

/** The parts whose telemetry is exported. */
export interface ExportedParts {
  readonly resource: Resource;
  readonly metrics: Registry;
  readonly tracer: Tracer;
  readonly log: Logger;
}

const DURATION_BOUNDS = [.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10];
/** What OpenTelemetry calls a signal's items in the names of exporters. */
const ITEMS = { traces: "span", metrics: "metric", logs: "log" } as const;

/**
 * Puts spans and log records into the queues of the export, and loads the sender that empties them: a
 * service that exports nothing does without its code, and one that does need not wait for it.
 */
export class OtlpWiring implements LogSink {
  /** The lowest level of log records that are exported. */
  readonly level: Threshold | undefined;
  readonly #settings: OtlpSettings;
  readonly #queues: OtlpQueues;
  readonly #signals: boolean | undefined;
  readonly #clock: Clock;
  readonly #faults: Faults;
  #sender: OtlpSender | undefined;
  #loading: Promise<void> | undefined;
  #stopIdle: (() => void) | undefined;
  #closed = false;

  /**
   * The wiring that options and environment ask for; undefined when nothing is exported.
   *
   * @param signals whether pending items are sent or saved at SIGTERM and SIGINT too
   * @throws {TypeError} for an unknown option, or one of the wrong kind
   * @throws {RangeError} for an option that is out of range
   */
  static open(
    options: OtlpOptions | false | undefined,
    clock: Clock,
    faults: Faults,
    signals: boolean | undefined,
  ): OtlpWiring | undefined {
    const settings = otlpSettings(options, faults);
    if (settings === undefined) {
      const parts = { env: environment, mayKnow, isTerminal };
      const reason = options === false ? undefined : whyNot(options, parts);
      if (reason !== undefined) say(reason);
      return undefined;
    }
    const { level } = options && options.logs || {};
    return new OtlpWiring(settings, clock, faults, level, signals);
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
    this.#queues = new OtlpQueues(settings, clock);
    this.#clock = clock;
    this.#faults = faults;
  }

  /** The sinks of a logger and this one; standard output when none are given. */
  besides(sinks: readonly Sink[] | undefined): readonly Sink[] {
    return [...sinks ?? [new StdoutSink({ clock: this.#clock })], this];
  }

  /** Begins to take spans, and loads the sender. */
  connect(parts: ExportedParts): void {
    // Registered before the sender's own listener, which sends what the logger delivers here.
    this.#stopIdle = whenIdle(() => void parts.log.flush());
    const open = this.#opener(parts);
    const pending = this.#signals === false ? undefined : () => this.#queues.waiting > 0;
    const removeHook = beforeExit(() => this.#openNow(open), { pending });
    const code = load(() =>
      Promise.all([
        import("../export/otlp/sender.ts"),
        import("../http/server/scheme_families.ts"),
      ])
    );
    this.#loading = code.then(([otlp, schemes]) => open({ ...otlp, ...schemes })).catch((error) => {
      this.#faults.record("otlp", error);
      this.#queues.close();
    }).finally(removeHook);
    const { traces } = this.#queues;
    if (traces === undefined) return;
    parts.tracer.onEnd((span) => {
      traces.add(span);
      heedSignals();
    });
  }

  /** Takes a log record. */
  write(record: LogRecord): void {
    this.#queues.logs?.add(record);
    heedSignals();
  }

  /**
   * Resolves when all pending items were sent or could not be, or the deadline has passed. It is not
   * the `flush` of a sink, because it takes a deadline.
   */
  async drain(deadlineMs: number): Promise<void> {
    await this.#loading;
    await this.#sender?.flush(deadlineMs);
  }

  /** What is pending now. */
  get pending(): FlushResult {
    return this.#sender?.pending ?? { queued: this.#queues.waiting, retryAfterMs: 0 };
  }

  /** Numbers about one signal; undefined when it is not exported, or not yet. */
  countsOf(signal: OtlpSignal): OtlpCounts | undefined {
    return this.#sender === undefined ? this.#queues.counts(signal) : this.#sender.counts(signal);
  }

  /** Ends all work; what was not sent stays in the spool, or is dropped. */
  close(): void {
    this.#closed = true;
    this.#stopIdle?.();
    this.#sender?.close();
  }

  /** Returns a function that makes the sender of its loaded code, once. */
  #opener({ resource, metrics }: ExportedParts): (code: SenderCode) => void {
    const durations = metrics.histogram(
      "otel_sdk_exporter_operation_duration_seconds",
      "How long one try to export took",
      ["otel_component_name", "otel_component_type", "error_type"],
      { buckets: DURATION_BOUNDS, unit: "seconds", exemplars: false },
    );
    return ({ OtlpSender, collectWithSchemes }) => {
      if (this.#sender !== undefined) return;
      const sender = new OtlpSender({
        settings: this.#settings,
        queues: this.#queues,
        resource: resource.attributes,
        clock: this.#clock,
        faults: this.#faults,
        signals: this.#signals,
        onTry: (signal, seconds, error = "") =>
          durations.observe(seconds, { ...exporterLabels(signal), error_type: error }),
      });
      sender.metrics(
        (options) => collectWithSchemes(metrics, options),
        (options) => metrics.collectNow(options),
      );
      this.#sender = sender;
      say(whereTo(this.#settings));
      if (this.#closed) sender.close();
    };
  }

  /**
   * Opens the sender at once, for a process that ends while it is being loaded: its own exit hook
   * still runs then. If it can't be loaded synchronously, the loss of pending items is reported.
   */
  #openNow(open: (code: SenderCode) => void): void {
    const { waiting } = this.#queues;
    if (this.#sender !== undefined || this.#closed || waiting === 0) return;
    try {
      open(loadNow());
    } catch {
      const reason = new Error(
        `${waiting} items may be lost: the sender was still being loaded at the end`,
      );
      this.#faults.record("otlp", reason, "otlp load");
    }
  }
}

type SenderCode =
  & Pick<typeof import("../export/otlp/sender.ts"), "OtlpSender">
  & Pick<typeof import("../http/server/scheme_families.ts"), "collectWithSchemes">;

/** Throws in a bundle, and for code from a registry. Without permission, Deno would prompt. */
function loadNow(): SenderCode {
  const from = new URL(import.meta.url);
  if (from.protocol !== "file:" || !mayRead(from.pathname)) throw new Error("Cannot load at once");
  const { createRequire } = nodeProcess().getBuiltinModule("node:module");
  const require = createRequire(from);
  return {
    ...require("../export/otlp/sender.ts"),
    ...require("../http/server/scheme_families.ts"),
  };
}

function say(line: string): void {
  writeError(`telltale: otlp: ${line}\n`);
}

/** The labels of a signal's exporter in the metrics that the semantic conventions have for SDKs. */
export function exporterLabels(signal: OtlpSignal): ComponentLabels {
  return componentLabels(`otlp_http_${ITEMS[signal]}_exporter`);
}

/** The labels that name a component of an SDK. */
export type ComponentLabels = Readonly<
  Record<"otel_component_name" | "otel_component_type", string>
>;

/** The labels of a component; there is one of each type, so it is number 0. */
export function componentLabels(type: string): ComponentLabels {
  return { otel_component_name: `${type}/0`, otel_component_type: type };
}
