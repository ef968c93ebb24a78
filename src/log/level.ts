/**
 * The six levels and their numbers.
 *
 * @module
 */

/** A level by name. */
export type LevelName = "trace" | "debug" | "info" | "warn" | "error" | "fatal";

// The numbers are OTLP's severities, the first of each range: a record is exported as it stands,
// and three finer levels fit above each one.
/** Severity of `trace`. */
export const TRACE = 1;
/** Severity of `debug`. */
export const DEBUG = 5;
/** Severity of `info`. */
export const INFO = 9;
/** Severity of `warn`. */
export const WARN = 13;
/** Severity of `error`. */
export const ERROR = 17;
/** Severity of `fatal`. */
export const FATAL = 21;

/** Severities by name. */
export const LEVELS: Readonly<Record<LevelName, number>> = {
  trace: TRACE,
  debug: DEBUG,
  info: INFO,
  warn: WARN,
  error: ERROR,
  fatal: FATAL,
};

/** What a logger's `level` may be set to: the lowest level that is recorded, or none at all. */
export type Threshold = LevelName | "off";

const BY_RANGE: readonly LevelName[] = ["trace", "debug", "info", "warn", "error", "fatal"];

/** The name of the range that `severity` (1 to 24) falls in. */
export function levelName(severity: number): LevelName {
  return BY_RANGE[(severity - 1) >> 2] ?? (severity < 1 ? "trace" : "fatal");
}

/**
 * Reads a level as people write it in an environment variable: any case, spaces around it, and the
 * names that other loggers use. Undefined when it is none.
 *
 * @example
 * ```ts
 * import { parseLevel } from "@telltale/telltale/log";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(["WARNING", " off ", "loud"].map(parseLevel), ["warn", "off", undefined]);
 * ```
 */
export function parseLevel(text: string): Threshold | undefined {
  const name = text.trim().toLowerCase();
  if (Object.hasOwn(LEVELS, name)) return name as LevelName;
  if (name === "off" || name === "silent" || name === "none") return "off";
  if (name === "warning") return "warn";
  if (name === "critical") return "fatal";
  return undefined;
}

/** The severity below which nothing is recorded. */
export function severityOf(threshold: Threshold): number {
  return threshold === "off" ? Infinity : LEVELS[threshold];
}

/**
 * {@linkcode severityOf} for a level from outside.
 *
 * @throws {RangeError} when it is none
 */
export function checkedSeverity(level: Threshold): number {
  if (level === "off" || Object.hasOwn(LEVELS, level)) return severityOf(level);
  const names = [...BY_RANGE, "off"].join(", ");
  throw new RangeError(`Cannot log at level ${JSON.stringify(level)}: must be one of ${names}`);
}
