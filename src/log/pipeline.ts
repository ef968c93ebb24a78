/**
 * What a logger and all its children share: it makes the records.
 *
 * @module
 */
import { type Clock, systemClock } from "../core/clock.ts";
import type { Context } from "../core/context.ts";
import { errorText, isError } from "../core/redact/error.ts";
import { Faults } from "../core/faults.ts";
import { MAX_STRING } from "../core/plain/data.ts";
import { Redactor } from "../core/redact/redactor.ts";
import { clip } from "../core/text.ts";
import { FieldCopier } from "./fields.ts";
import type { FlightRecorder } from "./gate/flight.ts";
import { Thinning } from "./gate/thinning.ts";
import { Thresholds } from "./gate/thresholds.ts";
import { checkLoggerOptions, type LoggerCounts, type LoggerOptions } from "./options.ts";
import { Outlet } from "./outlet.ts";
import { ERROR, levelName, LevelTable, WARN } from "./record/level.ts";
import { type BoundFields, Entry, type Fields, type LogOrigin } from "./record/record.ts";
import { Scope } from "./scope.ts";
import { emptyCounts } from "./sink/line_queue.ts";
import type { LogSink } from "./sink/sink.ts";

/** What a record occupies besides its message, ids and fields, on either engine; measured. */
const RECORD_BYTES = 144;
/** The ids of a trace and a span: each record may be the last that refers to them. */
const TRACE_BYTES = 80;
const TEXT_BYTES = 16;

/** Decides which records are made, and makes them. */
export class Pipeline {
  /** The scope of the logger that was made with the options. */
  readonly root: Scope;
  readonly levels: LevelTable;
  readonly thresholds: Thresholds;
  /** Keeps and delivers them. */
  readonly outlet: Outlet;
  readonly flight: FlightRecorder | undefined;
  readonly faults: Faults;
  readonly service: string;
  readonly #clock: Clock;
  readonly #redactor: Redactor;
  readonly #copier: FieldCopier;
  readonly #names: readonly string[];
  /** Undefined where all that passes the gate is kept: one look. */
  readonly #thinning: Thinning | undefined;
  /** Calls that no record could be made of. */
  #failed = 0;

  /**
   * @throws {RangeError} when a number or a level is out of range
   * @throws {TypeError} when an option is unknown or of the wrong kind
   */
  constructor(options: LoggerOptions) {
    checkLoggerOptions(options);
    const { redact, flight } = options;
    this.#redactor = redact instanceof Redactor ? redact : new Redactor(redact);
    this.faults = options.faults ?? new Faults();
    this.faults.describe ??= (error) => errorText(error, this.#redactor);
    this.#clock = options.clock ?? systemClock;
    this.service = options.service ?? "";
    this.levels = new LevelTable(options.customLevels);
    this.#names = this.levels.names;
    const kept = flight?.attach({
      clock: this.#clock,
      severityOf: (level) => this.levels.threshold(level),
      write: (record) => this.outlet.deliver(record),
    });
    this.flight = flight;
    this.thresholds = new Thresholds(this.levels, kept?.keep ?? Infinity, options, this.faults);
    this.#copier = new FieldCopier(this.#redactor);
    this.#thinning = this.#thinningOf(options);
    this.root = this.#scope("", undefined, RECORD_BYTES);
    this.outlet = new Outlet(options, {
      levels: this.levels,
      clock: this.#clock,
      faults: this.faults,
      trigger: kept?.trigger ?? Infinity,
      complain: (sink, error) => this.#complain(sink, error),
      settle: () => this.#thinning?.settle(),
    });
  }

  /** A scope within another: of a category in it, or with more fields. */
  scope(within: Scope, category: string, fields?: object): Scope {
    if (fields === undefined) return this.#scope(category, within.bound, within.baseBytes);
    const own = this.#copier.copy(fields);
    const bound = { fields: { ...within.bound?.fields, ...own }, json: undefined };
    // Each record may be the last that refers to them.
    return this.#scope(category, bound, within.baseBytes + this.#copier.size);
  }

  #scope(category: string, bound: BoundFields | undefined, baseBytes: number): Scope {
    return new Scope(this.thresholds.gate(category), category, bound, baseBytes);
  }

  /** Whether scalars under these keys would be in a record of this scope as they are, and alone. */
  shows(scope: Scope, keys: readonly string[]): boolean {
    return scope.bound === undefined && this.#copier.shows(keys);
  }

  /** Makes a record of a call that passed the gate. Never throws. */
  record(
    scope: Scope,
    severity: number,
    message: string,
    given: unknown,
    context: Context | undefined,
    origin?: LogOrigin,
  ): void {
    try {
      const copier = this.#copier;
      if (typeof message !== "string" || message.length > MAX_STRING) {
        if (isError(message)) given ??= message;
        message = copier.text(typeof message === "string" ? message : copier.oddText(message));
      }
      if (!this.#wants(scope, severity, message, context)) return;
      const isAlone = context === undefined || context.fields === undefined;
      const fields = isAlone
        ? copier.copy(given)
        : copier.copyWithin(context.fields, scope.bound?.fields, given);
      const bound = isAlone ? scope.bound : undefined;
      this.#keep(scope, severity, message, fields, bound, context, origin);
    } catch (error) {
      this.#failed++;
      this.faults.record("log", error);
    }
  }

  /** {@linkcode Pipeline.record} of fresh fields, which become the record's if they are scalars. */
  write(
    scope: Scope,
    severity: number,
    message: string,
    fields: Fields,
    context: Context | undefined,
  ): void {
    // From a caller without types, which would poison the count of bytes.
    if (typeof message !== "string" || message.length > MAX_STRING) {
      return this.record(scope, severity, message, fields, context);
    }
    if (!this.#wants(scope, severity, message, context)) return;
    const own = this.#copier.adopt(fields);
    this.#keep(scope, severity, message, own, scope.bound, context);
  }

  /** Whether a record that passed the gate is to be made: for the flight recorder, or after thinning. */
  #wants(
    { gate }: Scope,
    severity: number,
    message: string,
    context: Context | undefined,
  ): boolean {
    if (severity >= gate.recorded) return this.admits(severity, message);
    return context !== undefined && this.flight!.watches(context.requestId);
  }

  /** Whether thinning leaves a record in. */
  admits(severity: number, message: string): boolean {
    return this.#thinning === undefined || this.#thinning.admits(severity, message);
  }

  /** @param own what the copier made last */
  #keep(
    scope: Scope,
    severity: number,
    message: string,
    own: Fields,
    bound: BoundFields | undefined,
    context: Context | undefined,
    origin?: LogOrigin,
  ): void {
    const { size } = this.#copier;
    message = this.#copier.text(message);
    if (severity >= WARN && context?.tally !== undefined) {
      if (severity >= ERROR) context.tally.errors++;
      else context.tally.warnings++;
    }
    const idBytes = context === undefined ? 0 : sizeOfIds(context);
    const record = new Entry(
      this.#clock.now(),
      severity,
      this.levelOf(severity),
      message,
      this.service,
      scope.category,
      context,
      own,
      bound,
      scope.baseBytes + idBytes + message.length + size,
    );
    if (origin !== undefined) record.originate(origin);
    if (severity < scope.gate.recorded) this.flight!.keep(record);
    else this.outlet.accept(record);
  }

  /** The time of a record that is made now. */
  now(): number {
    return this.#clock.now();
  }

  /** A message, or another text, as it may be shown. */
  text(text: string): string {
    return this.#copier.text(text);
  }

  /** The name of a severity's level. */
  levelOf(severity: number): string {
    return this.#names[severity] ?? levelName(severity);
  }

  /** Plain numbers about the records. */
  get counts(): LoggerCounts {
    const { outlet } = this;
    return {
      records: outlet.ring.next,
      failed: this.#failed,
      missed: outlet.missed,
      sampled: this.#thinning?.sampled ?? 0,
      suppressed: this.#thinning?.suppressed ?? 0,
      ringBytes: outlet.ring.bytes,
      flightBytes: this.flight?.bytes ?? 0,
      flightDropped: this.flight?.dropped ?? 0,
      output: outlet.output,
    };
  }

  #thinningOf({ sample, limit, sampleErrors }: LoggerOptions): Thinning | undefined {
    if (sample === undefined && limit === undefined) return undefined;
    limit?.attach(this.#clock, (suppressed, severity, message) => {
      const of = message === undefined ? {} : { of: clip(this.#copier.text(message), 256) };
      this.#say(severity, `suppressed ${suppressed} log lines`, { suppressed, ...of });
    });
    return new Thinning(sample, limit, sampleErrors === true ? Infinity : ERROR, this.faults);
  }

  #complain({ name = "sink", counts }: LogSink, error: unknown): void {
    const reason = this.#copier.text(errorText(error, this.#redactor));
    const { droppedFull, droppedClosed, droppedFailed } = counts ?? emptyCounts();
    const dropped = droppedFull + droppedClosed + droppedFailed;
    this.#say(WARN, "log sink fails", { sink: name, reason, dropped });
  }

  /** A line of the logger's own. */
  #say(severity: number, message: string, fields: Fields): void {
    if (severity < this.root.gate.recorded) return;
    this.#copier.size = JSON.stringify(fields).length;
    this.#keep(this.root, severity, message, fields, undefined, undefined);
  }
}

function sizeOfIds({ traceId, requestId }: Context): number {
  const trace = traceId === "" ? 0 : TRACE_BYTES;
  return requestId === traceId ? trace : trace + TEXT_BYTES + requestId.length;
}
