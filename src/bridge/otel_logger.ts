/**
 * LoggerProvider and Logger of `@opentelemetry/api-logs` over ours.
 *
 * @module
 */
import { current, run } from "../core/context.ts";
import { Faults } from "../core/faults.ts";
import { FATAL, INFO } from "../log/level.ts";
import type { Logger } from "../log/logger.ts";
import { activeOf } from "./otel_context.ts";
import type { OtelLogRecord } from "./otel_shapes.ts";
import { unixMsOf } from "./otel_time.ts";

/** Where libraries get loggers. */
export class OtelLoggerProvider {
  readonly #log: Logger;
  readonly #faults: Faults;

  /** Records go to `log`. */
  constructor(log: Logger, faults: Faults = new Faults()) {
    this.#log = log;
    this.#faults = faults;
  }

  /** A logger whose records carry `otel.scope.name` and `otel.scope.version`. */
  getLogger(name: string, version?: string): OtelLogger {
    const scope: Record<string, string> = {};
    if (name) scope["otel.scope.name"] = name;
    if (version) scope["otel.scope.version"] = version;
    return new OtelLogger(this.#log.with(scope), this.#faults);
  }
}

/** A library's logger. */
export class OtelLogger {
  readonly #log: Logger;
  readonly #faults: Faults;

  /** Made by a provider. */
  constructor(log: Logger, faults: Faults) {
    this.#log = log;
    this.#faults = faults;
  }

  /** Logs a record with its severity, of which each level has four; `info` when it has none. */
  emit(record: OtelLogRecord): void {
    this.#faults.guard("otel log", () => {
      const severity = severityOf(record.severityNumber);
      const context = record.context === undefined ? current() : activeOf(record.context);
      const message = record.body ?? record.eventName ?? "";
      const write = () => this.#log.log(severity, message as string, () => fieldsOf(record));
      if (context === current()) write();
      else run(context, write);
    });
  }

  /** Whether a record of this severity would be kept. */
  enabled(options: { severityNumber?: number } = {}): boolean {
    return this.#log.enabled(severityOf(options.severityNumber));
  }
}

/** The finest of `fatal` is the last there is. */
const HIGHEST = FATAL + 3;

function severityOf(given: number | undefined): number {
  return Number.isInteger(given) && given! >= 1 && given! <= HIGHEST ? given! : INFO;
}

function fieldsOf(record: OtelLogRecord): Record<string, unknown> {
  const fields: Record<string, unknown> = { ...record.attributes };
  if (record.eventName) fields["event.name"] = record.eventName;
  if (record.exception !== undefined) fields.error = record.exception;
  const timeMs = unixMsOf(record.timestamp);
  // A record of ours bears the time at which it was made, which may be later.
  if (timeMs !== undefined) fields["otel.timestamp"] = new Date(timeMs).toISOString();
  return fields;
}
