/**
 * LoggerProvider and Logger of `@opentelemetry/api-logs` over a Telltale logger.
 *
 * @module
 */
import { type Context, current, run } from "../../core/context.ts";
import type { Faults } from "../../core/faults.ts";
import { FATAL, INFO, LEVELS, parseLevel } from "../../log/record/level.ts";
import type { Logger } from "../../log/logger.ts";
import type { LogOrigin } from "../../log/record/record.ts";
import type { Tracer } from "../../trace/tracer.ts";
import { activeOf } from "./context.ts";
import type { OtelLoggerOptions, OtelLogRecord } from "./shapes.ts";
import { unixMsOf } from "./time.ts";

/** Where libraries get loggers. */
export class OtelLoggerProvider {
  readonly #log: Logger;
  readonly #tracer: Tracer;

  /** Records go to `log`; readings of `performance.now()` count as ones of the tracer's clock. */
  constructor(log: Logger, tracer: Tracer) {
    this.#log = log;
    this.#tracer = tracer;
  }

  /**
   * A logger whose records have the fields `otel.scope.name` and `otel.scope.version`, and the
   * attributes of `options`, prefixed with `otel.scope.`.
   */
  getLogger(name: string, version?: string, options?: OtelLoggerOptions): OtelLogger {
    const scope: Record<string, unknown> = {};
    const isTraced = this.#tracer.faults.guard("otel log", () => {
      const { attributes, scopeAttributes, includeTraceContext } = options ?? {};
      for (const [key, value] of Object.entries(attributes ?? scopeAttributes ?? {})) {
        scope[`otel.scope.${key}`] = value;
      }
      return includeTraceContext;
    });
    if (name) scope["otel.scope.name"] = name;
    if (version) scope["otel.scope.version"] = version;
    return new OtelLogger(this.#log.with(scope), this.#tracer, isTraced !== false);
  }
}

/** A library's logger. */
export class OtelLogger {
  readonly #log: Logger;
  readonly #faults: Faults;
  readonly #tracer: Tracer;
  readonly #isTraced: boolean;

  /**
   * Made by a logger provider.
   *
   * @param isTraced whether records belong to the active span by default
   */
  constructor(log: Logger, tracer: Tracer, isTraced: boolean) {
    this.#log = log;
    this.#faults = tracer.faults;
    this.#tracer = tracer;
    this.#isTraced = isTraced;
  }

  /**
   * Logs a record with its own times and severity. Without a severity number, the level is that of the
   * severity text, or else `info`.
   */
  emit(record: OtelLogRecord): void {
    this.#faults.guard("otel log", () => {
      const severity = severityOf(record.severityNumber, record.severityText);
      const context = record.context === undefined ? this.#current() : activeOf(record.context);
      const message = record.body ?? record.eventName ?? "";
      const write = () =>
        this.#log.log(
          severity,
          message as string,
          () => fieldsOf(record),
          originOf(record, this.#tracer),
        );
      if (context === current()) write();
      else run(context, write);
    });
  }

  #current(): Context | undefined {
    const active = current();
    return this.#isTraced || active === undefined ? active : withoutTrace(active);
  }

  /** Whether a record of this severity would be kept. */
  enabled(options: { severityNumber?: number } = {}): boolean {
    const severity = this.#faults.guard("otel log", () => severityOf(options?.severityNumber, ""));
    return this.#log.enabled(severity ?? INFO);
  }
}

/** The context with its request, but without its trace. */
function withoutTrace({ requestId, fields }: Context): Context {
  return { traceId: "", spanId: "", flags: 0, tracestate: "", requestId, fields };
}

/** The highest severity: each level has four. */
const HIGHEST = FATAL + 3;

/** The severity by number, else by the level that the text names. */
function severityOf(given: number | undefined, text: string | undefined): number {
  if (Number.isInteger(given) && given! >= 1 && given! <= HIGHEST) return given!;
  const named = typeof text === "string" ? parseLevel(text) : undefined;
  return named === undefined || named === "off" ? INFO : LEVELS[named];
}

function fieldsOf(record: OtelLogRecord): Record<string, unknown> {
  const fields: Record<string, unknown> = { ...record.attributes };
  if (record.eventName) fields["event.name"] = record.eventName;
  if (record.exception !== undefined) fields.error = record.exception;
  return fields;
}

/** The record's own times and severity text; undefined without any. */
function originOf(record: OtelLogRecord, tracer: Tracer): LogOrigin | undefined {
  const { timestamp, observedTimestamp, severityText } = record;
  if (timestamp === undefined && observedTimestamp === undefined && !severityText) return undefined;
  return {
    timeMs: unixMsOf(timestamp, tracer),
    observedTimeMs: unixMsOf(observedTimestamp, tracer),
    severityText: severityText || undefined,
  };
}
