/**
 * What a logger and all its children share: it makes the records, keeps them in the ring and has them
 * delivered to the sinks.
 *
 * @module
 */
import { type Clock, systemClock, within } from "../core/clock.ts";
import type { Context } from "../core/context.ts";
import { errorText, isError } from "../core/redact/error.ts";
import { heedSignals, isEnding } from "../core/exit.ts";
import { Faults } from "../core/faults.ts";
import { MAX_STRING } from "../core/plain/data.ts";
import { Redactor } from "../core/redact/redactor.ts";
import { clip } from "../core/text.ts";
import { FieldCopier } from "./fields.ts";
import type { FlightRecorder } from "./gate/flight.ts";
import { Thinning } from "./gate/thinning.ts";
import { type Gate, Thresholds } from "./gate/thresholds.ts";
import { checkLoggerOptions, type LoggerCounts, type LoggerOptions } from "./options.ts";
import { ERROR, levelName, LevelTable, WARN } from "./record/level.ts";
import { type BoundFields, Entry, type Fields, type LogOrigin } from "./record/record.ts";
import { RecordRing } from "./record/ring.ts";
import { Delivery } from "./sink/delivery.ts";
import { FunctionSink } from "./sink/function.ts";
import { emptyCounts } from "./sink/line_queue.ts";
import { CLOSE_MS, type LogSink } from "./sink/sink.ts";
import { StdoutSink } from "./sink/stdout.ts";
import { ExitFlush, type Flushed, Unsent } from "./sink/unsent.ts";

/** What a record occupies besides its message and fields. */
const RECORD_BYTES = 144;

/** What one logger adds to each of its records, and the gate that its calls pass. */
export class Scope {
  readonly pipeline: Pipeline;
  readonly category: string;
  readonly bound: BoundFields | undefined;
  /** What a record occupies besides its message and the fields of the call. */
  readonly baseBytes: number;
  readonly gate: Gate;

  constructor(
    pipeline: Pipeline,
    category = "",
    bound?: BoundFields,
    baseBytes: number = RECORD_BYTES,
  ) {
    this.pipeline = pipeline;
    this.category = category;
    this.bound = bound;
    this.baseBytes = baseBytes;
    this.gate = pipeline.thresholds.gate(category);
  }
}

/** Decides which records are made, makes them, keeps them in the ring and has them delivered. */
export class Pipeline implements Flushed {
  /** The scope of the logger that was made with the options. */
  readonly root: Scope;
  readonly levels: LevelTable;
  readonly thresholds: Thresholds;
  readonly ring: RecordRing;
  readonly flight: FlightRecorder | undefined;
  readonly faults: Faults;
  readonly #clock: Clock;
  readonly #service: string;
  readonly #redactor: Redactor;
  readonly #copier: FieldCopier;
  /** Severity from which a record has the lines of its request written. */
  readonly #trigger: number;
  readonly #names: readonly string[];
  /** Undefined where all that passes the gate is kept: one look. */
  readonly #thinning: Thinning | undefined;
  readonly #delivery: Delivery;
  readonly #exit: ExitFlush;
  /** Calls that no record could be made of. */
  #failed = 0;
  #closing: Promise<void> | undefined;

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
    this.#service = options.service ?? "";
    this.levels = new LevelTable(options.customLevels);
    this.#names = this.levels.names;
    const kept = flight?.attach({
      clock: this.#clock,
      severityOf: (level) => this.levels.threshold(level),
      write: (record) => this.#delivery.accept(record),
    });
    this.flight = flight;
    this.#trigger = kept?.trigger ?? Infinity;
    this.thresholds = new Thresholds(this.levels, kept?.keep ?? Infinity, options, this.faults);
    this.ring = new RecordRing(options.maxRecords, options.maxBytes);
    this.#copier = new FieldCopier(this.#redactor);
    this.#thinning = this.#thinningOf(options);
    this.root = new Scope(this);
    const sinks = (options.sinks ?? [new StdoutSink({ clock: this.#clock })]).map((sink) =>
      typeof sink === "function" ? new FunctionSink(sink) : sink
    );
    this.#delivery = new Delivery({
      ring: this.ring,
      sinks,
      levels: this.levels,
      clock: this.#clock,
      faults: this.faults,
      complain: (sink, error) => this.#complain(sink, error),
    });
    this.#exit = new ExitFlush(this, new Unsent(sinks, this.ring, this.levels), this.faults);
    if (sinks.length > 0) this.#exit.watch(options.signals !== false);
  }

  /** A scope within another: of a category in it, or with more fields. */
  scope(within: Scope, category: string, fields?: object): Scope {
    if (fields === undefined) return new Scope(this, category, within.bound, within.baseBytes);
    const own = this.#copier.copy(fields);
    const bound = { fields: { ...within.bound?.fields, ...own }, json: undefined };
    // Each record may be the last that refers to them.
    return new Scope(this, category, bound, within.baseBytes + this.#copier.size);
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
      if (!this.#wants(scope.gate, severity, message, context)) return;
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
    if (!this.#wants(scope.gate, severity, message, context)) return;
    const own = this.#copier.adopt(fields);
    this.#keep(scope, severity, message, own, scope.bound, context);
  }

  /** Whether a record that passed the gate is to be made: for the flight recorder, or after thinning. */
  #wants(gate: Gate, severity: number, message: string, context: Context | undefined): boolean {
    if (severity < gate.recorded) {
      return context !== undefined && this.flight!.watches(context.requestId);
    }
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
    const record = new Entry(
      this.#clock.now(),
      severity,
      this.#names[severity] ?? levelName(severity),
      message,
      this.#service,
      scope.category,
      context,
      own,
      bound,
      scope.baseBytes + message.length + size,
    );
    if (origin !== undefined) record.originate(origin);
    if (severity < scope.gate.recorded) this.flight!.keep(record);
    else this.#accept(record);
  }

  #accept(record: Entry): void {
    if (record.severity >= this.#trigger && record.requestId !== "") {
      this.flight!.dump(record.requestId);
    }
    this.#delivery.accept(record);
    heedSignals();
    // What the application's own handlers of the end log comes after the last words.
    if (isEnding()) this.#exit.sayLast();
  }

  /** Plain numbers about the records. */
  get counts(): LoggerCounts {
    return {
      records: this.ring.next,
      failed: this.#failed,
      missed: this.#delivery.missed,
      sampled: this.#thinning?.sampled ?? 0,
      suppressed: this.#thinning?.suppressed ?? 0,
      ringBytes: this.ring.bytes,
      flightBytes: this.flight?.bytes ?? 0,
      flightDropped: this.flight?.dropped ?? 0,
      output: this.#delivery.counts(),
    };
  }

  /** Whether records wait for the sinks. */
  get isBehind(): boolean {
    return this.#delivery.isBehind;
  }

  /** Logs what the flight recorder holds. */
  dump(): void {
    this.flight?.dumpAll();
  }

  /** Delivers what waits and resolves when every sink has it out. */
  flush(): Promise<void> {
    this.#thinning?.settle();
    return this.#delivery.flush();
  }

  /** Delivers what waits and brings it out before it returns. */
  flushSync(): void {
    this.#thinning?.settle();
    this.#delivery.flushSync();
  }

  /** Brings out what waits, and closes the sinks. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    this.flushSync();
    const isOut = !this.#exit.isLate || await within(this.#clock, CLOSE_MS, this.flush());
    this.#exit.say("the log was closed");
    this.#exit.unwatch();
    const closed = this.#delivery.close();
    // A sink that had its time would take it again.
    if (isOut) await closed;
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
