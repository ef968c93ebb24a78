/**
 * LoggerProvider and Logger of `@opentelemetry/api-logs` over ours.
 *
 * @module
 */
import { type Context, current, run } from "../../core/context.ts";
import { Faults } from "../../core/faults.ts";
import { FATAL, INFO, LEVELS, parseLevel } from "../../log/record/level.ts";
import type { Logger } from "../../log/logger.ts";
import type { LogOrigin } from "../../log/record/record.ts";
import { Tracer } from "../../trace/tracer.ts";
import { activeOf } from "./context.ts";
import type { OtelLoggerOptions, OtelLogRecord } from "./shapes.ts";
import { unixMsOf } from "./time.ts";

/** Where libraries get loggers. */
export class OtelLoggerProvider {
  readonly #log: Logger;
  readonly #faults: Faults;
  readonly #tracer: Tracer;

  /** Records go to `log`; readings of `performance.now()` are ones of the tracer's clock. */
  constructor(log: Logger, faults: Faults = new Faults(), tracer: Tracer = new Tracer({ faults })) {
    this.#log = log;
    this.#faults = faults;
    this.#tracer = tracer;
  }

  /**
   * A logger whose records carry `otel.scope.name` and `otel.scope.version`, and the attributes of
   * `options` under `otel.scope.` too.
   */
  getLogger(name: string, version?: string, options?: OtelLoggerOptions): OtelLogger {
    const scope: Record<string, unknown> = {};
    const isTraced = this.#faults.guard("otel log", () => {
      const { attributes, scopeAttributes, includeTraceContext } = options ?? {};
      for (const [key, value] of Object.entries(attributes ?? scopeAttributes ?? {})) {
        scope[`otel.scope.${key}`] = value;
      }
      return includeTraceContext;
    });
    if (name) scope["otel.scope.name"] = name;
    if (version) scope["otel.scope.version"] = version;
    return new OtelLogger(this.#log.with(scope), this.#faults, this.#tracer, isTraced !== false);
  }
}

/** A library's logger. */
export class OtelLogger {
  readonly #log: Logger;
  readonly #faults: Faults;
  readonly #tracer: Tracer;
  readonly #isTraced: boolean;

  /** Made by a provider. `isTraced` is false for one whose records belong to no span by themselves. */
  constructor(log: Logger, faults: Faults, tracer: Tracer, isTraced = true) {
    this.#log = log;
    this.#faults = faults;
    this.#tracer = tracer;
    this.#isTraced = isTraced;
  }

  /**
   * Logs a record with its own times and its severity, of which each level has four; of one without
   * a severity number the text tells, else it is `info`.
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

/** A request is more than its trace. */
function withoutTrace({ requestId, fields }: Context): Context {
  return { traceId: "", spanId: "", flags: 0, tracestate: "", requestId, fields };
}

/** The finest of `fatal` is the last there is. */
const HIGHEST = FATAL + 3;

/** By its number, else by the level that its words name. */
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

/** Its own times and words; nothing when it has none, as a record of ours. */
function originOf(record: OtelLogRecord, tracer: Tracer): LogOrigin | undefined {
  const { timestamp, observedTimestamp, severityText } = record;
  if (timestamp === undefined && observedTimestamp === undefined && !severityText) return undefined;
  return {
    timeMs: unixMsOf(timestamp, tracer),
    observedTimeMs: unixMsOf(observedTimestamp, tracer),
    severityText: severityText || undefined,
  };
}
