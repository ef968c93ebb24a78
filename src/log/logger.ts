/**
 * The logger.
 *
 * @module
 */
import { type Context, current } from "../core/context.ts";
import { ASYNC_DISPOSE } from "../core/dispose.ts";
import { stringify } from "../core/plain/json.ts";
import { plain } from "../core/plain/plain.ts";
import { clip } from "../core/text.ts";
import type { FlightRecorder } from "./gate/flight.ts";
import type { Gate } from "./gate/thresholds.ts";
import type { LoggerCounts, LoggerOptions } from "./options.ts";
import { LazyLines } from "./lazy_lines.ts";
import { Pipeline } from "./pipeline.ts";
import { DEBUG, ERROR, FATAL, INFO, type Threshold, TRACE, WARN } from "./record/level.ts";
import type { Fields, GivenFields, LogOrigin } from "./record/record.ts";
import type { RecordRing } from "./record/ring.ts";
import type { Scope } from "./scope.ts";

/** Longest name of one category, in UTF-16 units. */
const MAX_CATEGORY = 1024;

/**
 * Logs messages with fields. Each record carries the request and trace that the code runs in, is
 * kept in a bounded ring, and reaches the sinks soon after. A call never throws, and what it was
 * given may change afterwards without changing the record.
 *
 * What was logged is brought out when the process ends, too. For this a logger with sinks installs
 * hooks at the process's end, and listens to SIGTERM and SIGINT while records wait: see
 * {@linkcode LoggerOptions.signals}.
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
 * assert.deepEqual([...log.ring].map((record) => record.message), ["payment failed"]);
 * log.level = "debug";
 * orders.debug("recorded now");
 * assert.equal(log.ring.next, 2);
 * ```
 */
export class Logger {
  readonly #pipeline: Pipeline;
  readonly #scope: Scope;
  readonly #gate: Gate;

  /**
   * Makes a logger with a ring of its own.
   *
   * @throws {RangeError} when a number or a level is out of range
   * @throws {TypeError} when an option is unknown or of the wrong kind
   */
  constructor(options?: LoggerOptions);
  /** Loggers of a family share a pipeline, and each has its scope. */
  constructor(given: LoggerOptions | Pipeline = {}, scope?: Scope) {
    this.#pipeline = given instanceof Pipeline ? given : new Pipeline(given);
    this.#scope = scope ?? this.#pipeline.root;
    this.#gate = this.#scope.gate;
  }

  /** The latest records, for readers: the console, exporters, tests. */
  get ring(): RecordRing {
    return this.#pipeline.outlet.ring;
  }

  /** Keeps the lines of open requests that are below the level, if there is one. */
  get flight(): FlightRecorder | undefined {
    return this.#pipeline.flight;
  }

  /**
   * The lowest level that is recorded in this logger's category; setting it reaches every logger of
   * it, made before or after, and the categories in it that have no level of their own.
   */
  get level(): Threshold {
    return this.#pipeline.levels.nameOf(this.#gate.recorded);
  }

  /** @throws {RangeError} when `level` is unknown */
  set level(level: Threshold) {
    const { levels, thresholds } = this.#pipeline;
    thresholds.set(this.#scope.category, levels.threshold(level));
  }

  /** The levels of all categories, as `LOG_LEVEL` has them: `info,db=debug`. */
  get levels(): string {
    return this.#pipeline.thresholds.text;
  }

  /** @throws {RangeError} when one of them is unknown; then nothing is changed */
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
    return this.#pipeline.counts;
  }

  /** A logger of the same family whose records carry `fields` as well; a call's own field wins. */
  with(fields: object): Logger {
    return this.#with(this.#pipeline.scope(this.#scope, this.#scope.category, fields));
  }

  /**
   * A logger of the same family for a part of the program, with a level of its own: `db`, and in it
   * `db.pool` by `log.category("db").category("pool")`.
   */
  category(name: string): Logger {
    const own = clip(String(name), MAX_CATEGORY), { category } = this.#scope;
    return this.#with(
      this.#pipeline.scope(this.#scope, category === "" ? own : `${category}.${own}`),
    );
  }

  #with(scope: Scope): Logger {
    const Family = Logger as unknown as new (pipeline: Pipeline, scope: Scope) => Logger;
    return new Family(this.#pipeline, scope);
  }

  /** Logs single steps, for the search for a defect. */
  trace(message: string, fields?: GivenFields): void {
    if (TRACE < this.#gate.open) return;
    this.#pipeline.record(this.#scope, TRACE, message, fields, current());
  }

  /** Logs what helps a developer. */
  debug(message: string, fields?: GivenFields): void {
    if (DEBUG < this.#gate.open) return;
    this.#pipeline.record(this.#scope, DEBUG, message, fields, current());
  }

  /**
   * Logs what happened.
   *
   * @param fields what belongs to it: an object, an error, or a function that makes one of these and
   * runs only when the level is enabled
   */
  info(message: string, fields?: GivenFields): void {
    if (INFO < this.#gate.open) return;
    this.#pipeline.record(this.#scope, INFO, message, fields, current());
  }

  /** Logs what somebody should look at; the second argument may be fields or a caught value. */
  warn(message: string, fields?: unknown): void {
    if (WARN < this.#gate.open) return;
    this.#pipeline.record(this.#scope, WARN, message, fields, current());
  }

  /** Logs a failure; the second argument may be fields or a caught value. */
  error(message: string, fields?: unknown): void {
    if (ERROR < this.#gate.open) return;
    this.#pipeline.record(this.#scope, ERROR, message, fields, current());
  }

  /** Logs a failure that ends the process; the second argument may be fields or a caught value. */
  fatal(message: string, fields?: unknown): void {
    if (FATAL < this.#gate.open) return;
    this.#pipeline.record(this.#scope, FATAL, message, fields, current());
  }

  /**
   * Logs at a level by name, one of the six or of `customLevels`, or at a severity from 1 to 24, as
   * OTLP counts them. Anything else is counted as a fault and logged at info.
   *
   * @param origin where the record comes from, if it was not written here or not now
   */
  log(level: Threshold | number, message: string, fields?: unknown, origin?: LogOrigin): void {
    const severity = this.#severityOf(level) ?? this.#unknown(level);
    if (severity < this.#gate.open) return;
    this.#pipeline.record(this.#scope, severity, message, fields, current(), origin);
  }

  #unknown(level: unknown): number {
    const shown = clip(typeof level === "string" ? level : stringify(plain(level)), 64);
    const error = new RangeError(`Cannot log at level ${shown}: info is used`);
    this.#pipeline.faults.record("log level", error);
    return INFO;
  }

  /**
   * Logs in a given context, and takes `fields` over if they are scalars: for a caller that makes a
   * fresh object, has nothing under a secret's key in it and does not use it again.
   *
   * @param severity 1 to 24: 9 is info
   */
  write(severity: number, message: string, fields: Fields, context: Context | undefined): void {
    if (severity < this.#gate.open) return;
    this.#pipeline.write(this.#scope, severity, message, fields, context);
  }

  /**
   * For lines that are the same each time; undefined where {@linkcode Logger.write} is to be used.
   *
   * @internal
   * @param keys those of all fields that the lines may have
   */
  lazyLines(keys: readonly string[]): LazyLines | undefined {
    const isPlain = this.#pipeline.shows(this.#scope, keys);
    return isPlain ? new LazyLines(this.#pipeline, this.#scope) : undefined;
  }

  /** Resolves when every sink has brought out what was logged so far. */
  flush(): Promise<void> {
    return this.#pipeline.outlet.flush();
  }

  /** Brings out what was logged before it returns; may block, so it is for the end of the process. */
  flushSync(): void {
    this.#pipeline.outlet.flushSync();
  }

  /**
   * Brings out what was logged, closes the sinks, and no longer does so when the process ends. Sinks
   * that need time have five seconds; what they have not brought out then is said on standard error.
   * What sinks can write before a call returns is out when `close` returns its promise.
   */
  close(): Promise<void> {
    return this.#pipeline.outlet.close();
  }

  /** {@linkcode Logger.close}. */
  [ASYNC_DISPOSE](): Promise<void> {
    return this.close();
  }

  #severityOf(level: Threshold | number): number | undefined {
    if (typeof level !== "number") return this.#pipeline.levels.severity(level);
    return Number.isInteger(level) && level >= 1 && level <= 24 ? level : undefined;
  }
}
