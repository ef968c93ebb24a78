/**
 * The logger.
 *
 * @module
 */
import { type Context, current } from "../core/context.ts";
import { clip } from "../core/text.ts";
import { isError } from "../core/redact/error.ts";
import { stringify } from "../core/plain/json.ts";
import { plain } from "../core/plain/plain.ts";
import { MAX_STRING } from "../core/plain/data.ts";
import type { RecordRing } from "./record/ring.ts";
import type { LoggerCounts, LoggerOptions } from "./options.ts";
import type { FlightRecorder } from "./gate/flight.ts";
import {
  DEBUG,
  ERROR,
  FATAL,
  INFO,
  levelName,
  type Threshold,
  TRACE,
  WARN,
} from "./record/level.ts";
import { Pipeline, RECORD_BYTES } from "./pipeline.ts";
import {
  type BoundFields,
  type Fields,
  type LogOrigin,
  type LogRecord,
  withOrigin,
} from "./record/record.ts";
import type { Gate } from "./gate/thresholds.ts";

/** Longest name of one category, in UTF-16 units. */
const MAX_CATEGORY = 1024;

/**
 * Logs messages with fields. Each record carries the request and trace that the code runs in, is
 * kept in a bounded ring, and reaches the sinks soon after. A call never throws, and what it was
 * given may change afterwards without changing the record.
 *
 * @example
 * ```ts
 * import { Logger } from "@telltale/telltale/log";
 * import assert from "node:assert/strict";
 *
 * const log = new Logger({ level: "info", sinks: [] });
 * const orders = log.with({ component: "orders" });
 * orders.debug("not recorded");
 * orders.error("payment failed", new Error("timeout"));
 * assert.deepEqual(log.ring.since(0).map((record) => record.message), ["payment failed"]);
 * log.level = "debug";
 * orders.debug("recorded now");
 * assert.equal(log.ring.next, 2);
 * ```
 */
export class Logger {
  readonly #pipeline: Pipeline;
  readonly #bound: BoundFields | undefined;
  readonly #category: string;
  readonly #gate: Gate;
  /** What a record of this logger occupies besides its message and the fields of the call. */
  readonly #baseBytes: number;

  /**
   * Makes a logger with a ring of its own.
   *
   * @throws {RangeError} or {TypeError} when a setting can't work, and says which
   */
  constructor(options: LoggerOptions = {}) {
    const isChild = options instanceof Child;
    this.#pipeline = isChild ? options.pipeline : new Pipeline(options);
    this.#bound = isChild ? options.bound : undefined;
    this.#baseBytes = isChild ? options.baseBytes : RECORD_BYTES;
    this.#category = isChild ? options.category : "";
    this.#gate = this.#pipeline.thresholds.gate(this.#category);
  }

  /** The latest records; for whoever wants to read them: the console, exporters, tests. */
  get ring(): RecordRing {
    return this.#pipeline.ring;
  }

  /** What keeps the lines of open requests that are below the level; see {@linkcode FlightRecorder}. */
  get flight(): FlightRecorder {
    return this.#pipeline.flight;
  }

  /**
   * The lowest level that is recorded in this logger's category; setting it reaches every logger of
   * it, made before or after, and the categories in it that have no level of their own.
   */
  get level(): Threshold {
    return this.#pipeline.levels.nameOf(this.#gate.recorded);
  }

  /** @throws {RangeError} when `level` is none */
  set level(level: Threshold) {
    const { levels, thresholds } = this.#pipeline;
    thresholds.set(this.#category, levels.threshold(level));
  }

  /** The levels of all categories, as `LOG_LEVEL` has them: `info,db=debug`. */
  get levels(): string {
    return this.#pipeline.thresholds.text;
  }

  /** @throws {RangeError} when one of them is none; then nothing is changed */
  set levels(text: string) {
    this.#pipeline.thresholds.replace(text);
  }

  /**
   * Whether a call at this level, or severity from 1 to 24, would be recorded; for work that only a
   * log line needs.
   */
  enabled(level: Threshold | number): boolean {
    const severity = this.#severityOf(level);
    return severity !== undefined && severity >= this.#gate.open;
  }

  /** Numbers about this logger and its family. */
  get counts(): LoggerCounts {
    const { ring, delivery, flight, failed, sampled, suppressed } = this.#pipeline;
    return {
      records: ring.next,
      failed,
      missed: delivery.missed,
      sampled,
      suppressed,
      ringBytes: ring.bytes,
      flightBytes: flight.bytes,
      flightDropped: flight.dropped,
      output: delivery.counts(),
    };
  }

  /** A logger of the same family whose records carry `fields` as well; a call's own field wins. */
  with(fields: object): Logger {
    const { copier } = this.#pipeline;
    const own = copier.copy(fields);
    const bound = { fields: { ...this.#bound?.fields, ...own }, json: undefined };
    // Each record may be the last that holds on to them.
    const baseBytes = this.#baseBytes + copier.size;
    return new Logger(new Child(this.#pipeline, bound, baseBytes, this.#category));
  }

  /**
   * A logger of the same family for a part of the program, with a level of its own: `db`, and in it
   * `db.pool` by `log.category("db").category("pool")`.
   */
  category(name: string): Logger {
    const own = clip(String(name), MAX_CATEGORY);
    const category = this.#category === "" ? own : `${this.#category}.${own}`;
    return new Logger(new Child(this.#pipeline, this.#bound, this.#baseBytes, category));
  }

  /** Logs what only a search for a defect needs, step by step. */
  trace(message: string, fields?: object): void {
    if (TRACE < this.#gate.open) return;
    this.#record(TRACE, message, fields, current());
  }

  /** Logs what a developer wants to know. */
  debug(message: string, fields?: object): void {
    if (DEBUG < this.#gate.open) return;
    this.#record(DEBUG, message, fields, current());
  }

  /**
   * Logs what happened.
   *
   * @param fields what belongs to it: an object, or a function that makes one and runs only when
   * the level is enabled; an error stands under `error`
   */
  info(message: string, fields?: object): void {
    if (INFO < this.#gate.open) return;
    this.#record(INFO, message, fields, current());
  }

  /** Logs what should be looked at; the second argument may be fields or what was caught. */
  warn(message: string, fields?: unknown): void {
    if (WARN < this.#gate.open) return;
    this.#record(WARN, message, fields, current());
  }

  /** Logs what failed; the second argument may be fields or what was caught. */
  error(message: string, fields?: unknown): void {
    if (ERROR < this.#gate.open) return;
    this.#record(ERROR, message, fields, current());
  }

  /** Logs what the process can't live with; the second argument may be fields or what was caught. */
  fatal(message: string, fields?: unknown): void {
    if (FATAL < this.#gate.open) return;
    this.#record(FATAL, message, fields, current());
  }

  /**
   * Logs at a level by name, one of the six or one that the options made, or at a severity from 1
   * to 24, as OTLP counts them. What is none of these is counted as a fault and logged at info.
   *
   * @param origin of a record that was not written here, or not now
   */
  log(level: Threshold | number, message: string, fields?: unknown, origin?: LogOrigin): void {
    const { levels, faults } = this.#pipeline;
    const severity = this.#severityOf(level);
    if (severity === undefined) {
      const shown = clip(typeof level === "string" ? level : stringify(plain(level)), 64);
      faults.record("log level", new RangeError(`Cannot log at level ${shown}: info is used`));
    }
    const known = severity ?? INFO;
    if (known < this.#gate.open) return;
    const custom = levelName(known) === levels.nameOf(known) ? "" : levels.nameOf(known);
    this.#record(known, message, fields, current(), custom, origin);
  }

  /**
   * Logs with a context at hand, and takes `fields` over where they are scalars: for a caller that
   * makes a fresh object, has nothing under a secret's key in it and lets go of it.
   *
   * @param level a severity: 9 is info
   */
  write(level: number, message: string, fields: Fields, context: Context | undefined): void {
    if (level < this.#gate.open) return;
    // From a caller without types, which would poison the count of bytes.
    if (typeof message !== "string" || message.length > MAX_STRING) {
      return this.#record(level, message, fields, context);
    }
    if (!this.#wants(level, message, context)) return;
    const { copier } = this.#pipeline;
    const kept = copier.adopt(fields);
    this.#keep(level, message, kept, copier.size, this.#bound, context, "");
  }

  /** Resolves when every sink has brought out what was logged so far. */
  flush(): Promise<void> {
    return this.#pipeline.flush();
  }

  /** Brings out what was logged before it returns; may block, so it is for the end of the process. */
  flushSync(): void {
    this.#pipeline.flushSync();
  }

  /**
   * Brings out what was logged, and no longer does so when the process ends. Sinks that need time for
   * it have it before, by {@linkcode Logger.flush}: what they have in hand now is told of.
   */
  close(): void {
    this.#pipeline.close();
  }

  #severityOf(level: Threshold | number): number | undefined {
    if (typeof level !== "number") return this.#pipeline.levels.severity(level);
    return Number.isInteger(level) && level >= 1 && level <= 24 ? level : undefined;
  }

  #record(
    level: number,
    message: string,
    given: unknown,
    context: Context | undefined,
    custom = "",
    origin?: LogOrigin,
  ): void {
    try {
      if (typeof message !== "string" || message.length > MAX_STRING) {
        if (isError(message)) given ??= message;
        const { copier } = this.#pipeline;
        message = copier.text(typeof message === "string" ? message : copier.oddText(message));
      }
      if (!this.#wants(level, message, context)) return;
      if (context !== undefined && context.fields !== undefined) {
        return this.#recordWith(context, level, message, given, custom, origin);
      }
      const { copier } = this.#pipeline;
      const fields = copier.copy(given);
      this.#keep(level, message, fields, copier.size, this.#bound, context, custom, origin);
    } catch (error) {
      this.#pipeline.failed++;
      this.#pipeline.faults.record("log", error);
    }
  }

  /** Whether a record that passed the gate is to be made: for the flight recorder, or after sampling. */
  #wants(level: number, message: string, context: Context | undefined): boolean {
    const pipeline = this.#pipeline;
    if (level < this.#gate.recorded) {
      return context !== undefined && pipeline.flight.watches(context.requestId);
    }
    return !pipeline.thins || pipeline.admits(level, message);
  }

  /** The fields of the context give way to the logger's, and those to the call's. */
  #recordWith(
    context: Context,
    level: number,
    message: string,
    given: unknown,
    custom: string,
    origin: LogOrigin | undefined,
  ): void {
    const { copier } = this.#pipeline;
    const ambient = copier.copy(context.fields);
    const ambientSize = copier.size;
    const own = copier.copy(given);
    const size = copier.size + ambientSize;
    const fields = { ...ambient, ...this.#bound?.fields, ...own };
    this.#keep(level, message, fields, size, undefined, context, custom, origin);
  }

  #keep(
    level: number,
    message: string,
    fields: Fields,
    size: number,
    bound: BoundFields | undefined,
    context: Context | undefined,
    custom: string,
    origin?: LogOrigin,
  ): void {
    const pipeline = this.#pipeline;
    const known = context !== undefined;
    message = pipeline.copier.text(message);
    const made: LogRecord = {
      time: pipeline.clock.now(),
      level,
      levelName: custom,
      message,
      service: pipeline.service,
      category: this.#category,
      traceId: known ? context.traceId : "",
      spanId: known ? context.spanId : "",
      requestId: known ? context.requestId : "",
      fields,
      bound,
      sizeBytes: this.#baseBytes + message.length + size,
    };
    const record = origin === undefined ? made : withOrigin(made, origin);
    if (level < this.#gate.recorded) pipeline.flight.keep(record);
    else pipeline.accept(record);
  }
}

/** What a child needs; in the constructor's place of options, which it does not look like by chance. */
class Child {
  declare readonly level?: undefined;
  readonly pipeline: Pipeline;
  readonly bound: BoundFields | undefined;
  readonly baseBytes: number;
  readonly category: string;

  constructor(
    pipeline: Pipeline,
    bound: BoundFields | undefined,
    baseBytes: number,
    category: string,
  ) {
    this.pipeline = pipeline;
    this.bound = bound;
    this.baseBytes = baseBytes;
    this.category = category;
  }
}
