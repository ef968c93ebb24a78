/**
 * LoggerProvider and Logger of `@opentelemetry/api-logs` over ours.
 *
 * @module
 */
import { current, run } from "../core/context.ts";
import { Faults } from "../core/faults.ts";
import type { Logger } from "../log/logger.ts";
import { activeOf } from "./otel_context.ts";
import type { OtelLogRecord } from "./otel_shapes.ts";
import { unixMsOf } from "./otel_time.ts";

/** Four severities each, from 1 on. */
const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

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

  /** Logs a record: at the level its severity belongs to, `info` when it has none. */
  emit(record: OtelLogRecord): void {
    this.#faults.guard("otel log", () => {
      const level = levelOf(record.severityNumber);
      const context = record.context === undefined ? current() : activeOf(record.context);
      const message = record.body ?? record.eventName ?? "";
      const write = () => this.#log[level](message as string, () => fieldsOf(record));
      if (context === current()) write();
      else run(context, write);
    });
  }

  /** Whether a record of this severity would be kept. */
  enabled(options: { severityNumber?: number } = {}): boolean {
    return this.#log.enabled(levelOf(options.severityNumber));
  }
}

function levelOf(severity: number | undefined): (typeof LEVELS)[number] {
  return LEVELS[((severity ?? 0) - 1) >> 2] ?? "info";
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
