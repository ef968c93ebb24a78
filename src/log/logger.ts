/**
 * The logger.
 *
 * @module
 */
import { type Context, current } from "../core/context.ts";
import { clip, describeError, isError } from "../core/error.ts";
import { stringify } from "../core/json.ts";
import { MAX_STRING, plain } from "../core/plain.ts";
import type { RecordRing } from "./buffer.ts";
import { sizeOf } from "./fields.ts";
import {
  checkedSeverity,
  DEBUG,
  ERROR,
  FATAL,
  INFO,
  levelName,
  severityOf,
  type Threshold,
  TRACE,
  WARN,
} from "./level.ts";
import { type LoggerOptions, Pipeline } from "./pipeline.ts";
import type { BoundFields, Fields } from "./record.ts";

/** Plain numbers about a logger and its children. */
export interface LoggerCounts {
  /** Records made. */
  readonly records: number;
  /** Calls that could not be made a record of. */
  readonly failed: number;
  /** Records that left the ring before the sinks had them. */
  readonly missed: number;
  /** About what the ring occupies. */
  readonly ringBytes: number;
}

/** What a record occupies besides its message and fields. */
const RECORD_BYTES = 128;

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

  /**
   * Makes a logger with a ring of its own.
   *
   * @throws {RangeError} or {TypeError} when a setting can't work, and says which
   */
  constructor(options: LoggerOptions = {}) {
    this.#pipeline = options instanceof Child ? options.pipeline : new Pipeline(options);
    this.#bound = options instanceof Child ? options.bound : undefined;
  }

  /** The latest records; for whoever wants to read them: the console, exporters, tests. */
  get ring(): RecordRing {
    return this.#pipeline.ring;
  }

  /** The lowest level that is recorded; setting it reaches the whole family, children and parents. */
  get level(): Threshold {
    const { threshold } = this.#pipeline;
    return threshold === Infinity ? "off" : levelName(threshold);
  }

  /** @throws {RangeError} when `level` is none */
  set level(level: Threshold) {
    this.#pipeline.threshold = checkedSeverity(level);
  }

  /** Whether a call at this level would be recorded; for work that only a log line needs. */
  enabled(level: Threshold): boolean {
    return severityOf(level) >= this.#pipeline.threshold && level !== "off";
  }

  /** Numbers about this logger and its family. */
  get counts(): LoggerCounts {
    const { ring, failed, missed } = this.#pipeline;
    return { records: ring.next, failed, missed, ringBytes: ring.bytes };
  }

  /** A logger of the same family whose records carry `fields` as well; a call's own field wins. */
  with(fields: object): Logger {
    const own = this.#pipeline.copier.copy(fields);
    const bound = { fields: { ...this.#bound?.fields, ...own }, json: undefined };
    return new Logger(new Child(this.#pipeline, bound));
  }

  /** Logs what only a search for a defect needs, step by step. */
  trace(message: string, fields?: object): void {
    if (TRACE < this.#pipeline.threshold) return;
    this.#record(TRACE, message, fields, current());
  }

  /** Logs what a developer wants to know. */
  debug(message: string, fields?: object): void {
    if (DEBUG < this.#pipeline.threshold) return;
    this.#record(DEBUG, message, fields, current());
  }

  /**
   * Logs what happened.
   *
   * @param fields what belongs to it: an object, or a function that makes one and runs only when
   * the level is enabled; an error stands under `error`
   */
  info(message: string, fields?: object): void {
    if (INFO < this.#pipeline.threshold) return;
    this.#record(INFO, message, fields, current());
  }

  /** Logs what should be looked at; the second argument may be fields or what was caught. */
  warn(message: string, fields?: unknown): void {
    if (WARN < this.#pipeline.threshold) return;
    this.#record(WARN, message, fields, current());
  }

  /** Logs what failed; the second argument may be fields or what was caught. */
  error(message: string, fields?: unknown): void {
    if (ERROR < this.#pipeline.threshold) return;
    this.#record(ERROR, message, fields, current());
  }

  /** Logs what the process can't live with; the second argument may be fields or what was caught. */
  fatal(message: string, fields?: unknown): void {
    if (FATAL < this.#pipeline.threshold) return;
    this.#record(FATAL, message, fields, current());
  }

  /**
   * Logs with a context at hand, and takes `fields` over instead of copying them: for a caller that
   * makes a fresh object of scalars, has nothing to hide in it and lets go of it.
   *
   * @param level a severity: 9 is info
   */
  write(level: number, message: string, fields: Fields, context: Context | undefined): void {
    if (level < this.#pipeline.threshold) return;
    this.#keep(level, message, fields, sizeOf(fields), this.#bound, context);
  }

  /** Resolves when every sink has brought out what was logged so far. */
  flush(): Promise<void> {
    return this.#pipeline.flush();
  }

  /** Brings out what was logged before it returns; may block, so it is for the end of the process. */
  flushSync(): void {
    this.#pipeline.flushSync();
  }

  /** Brings out what was logged, and no longer does so when the process ends. */
  close(): void {
    this.#pipeline.close();
  }

  #record(level: number, message: string, given: unknown, context: Context | undefined): void {
    try {
      const text = typeof message === "string" ? clip(message, MAX_STRING) : oddText(message);
      if (isError(message)) given ??= message;
      if (context?.fields !== undefined) return this.#recordWith(context, level, text, given);
      const { copier } = this.#pipeline;
      const fields = copier.copy(given);
      this.#keep(level, text, fields, copier.size, this.#bound, context);
    } catch (error) {
      this.#pipeline.failed++;
      this.#pipeline.faults.record("log", error);
    }
  }

  /** The fields of the context give way to the logger's, and those to the call's. */
  #recordWith(context: Context, level: number, message: string, given: unknown): void {
    const { copier } = this.#pipeline;
    const ambient = copier.copy(context.fields);
    const ambientSize = copier.size;
    const own = copier.copy(given);
    const size = copier.size + ambientSize;
    this.#keep(
      level,
      message,
      { ...ambient, ...this.#bound?.fields, ...own },
      size,
      undefined,
      context,
    );
  }

  #keep(
    level: number,
    message: string,
    fields: Fields,
    size: number,
    bound: BoundFields | undefined,
    context: Context | undefined,
  ): void {
    const pipeline = this.#pipeline;
    const known = context !== undefined;
    pipeline.accept({
      time: pipeline.clock.now(),
      level,
      message,
      service: pipeline.service,
      traceId: known ? context.traceId : "",
      spanId: known ? context.spanId : "",
      requestId: known ? context.requestId : "",
      fields,
      bound,
      sizeBytes: RECORD_BYTES + message.length + size,
    });
  }
}

/** What a child needs; in the constructor's place of options, which it does not look like by chance. */
class Child {
  declare readonly level?: undefined;
  readonly pipeline: Pipeline;
  readonly bound: BoundFields;

  constructor(pipeline: Pipeline, bound: BoundFields) {
    this.pipeline = pipeline;
    this.bound = bound;
  }
}

/** A message that is not a string, from a caller without types: an error says what it says. */
function oddText(message: unknown): string {
  if (isError(message)) return describeError(message).message;
  const copied = plain(message);
  return typeof copied === "string" ? copied : stringify(copied);
}
