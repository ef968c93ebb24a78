/**
 * A handler for `@std/log` that sends its records to a logger.
 *
 * @module
 */
import { DISPOSE } from "../core/dispose.ts";
import { said } from "../log/console.ts";
import { DEBUG, ERROR, FATAL, INFO, type LevelName, levelName, WARN } from "../log/record/level.ts";
import type { Logger } from "../log/logger.ts";

export { DISPOSE, type Dispose, type noDispose } from "../core/dispose.ts";
export type { Context } from "../core/context.ts";
export type { Calls, NoteValue, Tally } from "../core/tally.ts";
export type { OutputCounts } from "../log/sink/line_queue.ts";
export type { RecordRing } from "../log/record/ring.ts";
export type { LoggerCounts } from "../log/options.ts";
export type { FlightRecorder } from "../log/gate/flight.ts";
export type { LevelName, Threshold } from "../log/record/level.ts";
export type { Logger } from "../log/logger.ts";
export type { LoggerOptions } from "../log/options.ts";
export type { Fields, GivenFields, LogRecord } from "../log/record/record.ts";

/** The `LogRecord` of `@std/log`, by shape. */
export interface StdLogRecord {
  /** The message as text. */
  readonly msg: string;
  /** The arguments besides the message. */
  readonly args: unknown[];
  /** 10 is DEBUG, 20 INFO, 30 WARN, 40 ERROR, 50 CRITICAL. */
  readonly level: number;
  /** The name of its logger. */
  readonly loggerName: string;
}

/** A handler of `@std/log`, by shape: the members that its loggers and its `setup` use. */
export interface StdLogHandler {
  /** The lowest level it takes, as a number of `@std/log`: all, because `log` decides. */
  level: number;
  /** The same by name. */
  levelName: string;
  /** Takes a record. Never throws. */
  handle(record: StdLogRecord): void;
  /** The message. */
  format(record: StdLogRecord): string;
  /** Takes a message alone. */
  log(message: string): void;
  /** Called by `setup`. */
  setup(): void;
  /** Called by the next `setup`. */
  destroy(): void;
  /** {@linkcode StdLogHandler.destroy}. */
  [DISPOSE](): void;
}

/** How many loggers of `@std/log` get a category each; further ones share the root's. */
const MAX_LOGGERS = 1000;

/**
 * A handler for `setup` of `@std/log` (0.224) that sends records to `log`: the logger's name becomes
 * the category, an error among the arguments goes under `error`, one object gives its fields, and
 * several arguments go under `args`. The type is taken from where the handler is put, since that of
 * `@std/log` has private parts.
 *
 * @example
 * ```ts ignore
 * import * as std from "jsr:@std/log@0.224.14";
 *
 * std.setup({
 *   handlers: { telltale: stdLogHandler(t.log) },
 *   loggers: { default: { level: "INFO", handlers: ["telltale"] } },
 * });
 * ```
 *
 * @example A record of it
 * ```ts
 * import { Logger } from "@telltale/telltale/log";
 * import { stdLogHandler } from "@telltale/telltale/std-log";
 * import assert from "node:assert/strict";
 *
 * const log = new Logger({ sinks: [] });
 * const handler = stdLogHandler(log);
 * handler.handle({ msg: "paid", args: [{ order: 7 }], level: 30, loggerName: "shop" });
 * const { message, fields, level, category } = log.ring.at(0)!;
 * assert.deepEqual([message, fields, level, category], ["paid", { order: 7 }, "warn", "shop"]);
 * ```
 */
export function stdLogHandler<Handler = StdLogHandler>(log: Logger): Handler {
  return new LogHandler(log) as Handler;
}

class LogHandler implements StdLogHandler {
  level = 0;
  levelName = "NOTSET";
  readonly #log: Logger;
  readonly #categories = new Map<string, Logger>();

  constructor(log: Logger) {
    this.#log = log;
  }

  handle({ msg, args, level, loggerName }: StdLogRecord): void {
    const { message, fields } = said(args.length === 0 ? [] : ["", ...args]);
    const text = message === "" ? msg : `${msg}${message}`;
    this.#loggerOf(loggerName)[levelOf(level)](text, fields as object | undefined);
  }

  format({ msg }: StdLogRecord): string {
    return msg;
  }

  log(message: string): void {
    this.#log.info(message);
  }

  setup(): void {}

  destroy(): void {
    this.#log.flushSync();
  }

  [DISPOSE](): void {
    this.destroy();
  }

  /** The logger called `default` is the one without a name. */
  #loggerOf(name: string): Logger {
    if (name === "default" || typeof name !== "string") return this.#log;
    const known = this.#categories.get(name);
    if (known !== undefined || this.#categories.size >= MAX_LOGGERS) return known ?? this.#log;
    const logger = this.#log.category(name);
    this.#categories.set(name, logger);
    return logger;
  }
}

/** A level between two of theirs counts as the lower one. */
function levelOf(level: number): LevelName {
  if (level >= 50) return levelName(FATAL);
  if (level >= 40) return levelName(ERROR);
  if (level >= 30) return levelName(WARN);
  return levelName(level >= 20 ? INFO : DEBUG);
}
