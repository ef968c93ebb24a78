/**
 * Log levels: their names, severities and the levels of an application.
 *
 * @module
 */
import { checkWhole } from "../../core/check.ts";

/** One of the six levels, by name. */
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

/**
 * What a logger's `level` may be set to: the lowest level that is recorded, which may be one of the
 * application's own, or `off`.
 */
export type Threshold = LevelName | "off" | (string & Record<never, never>);

const BY_RANGE: readonly LevelName[] = ["trace", "debug", "info", "warn", "error", "fatal"];
const NAME = /^[a-z][a-z0-9_]{0,31}$/;

/** The name of the range that `severity` (1 to 24) falls in. */
export function levelName(severity: number): LevelName {
  return BY_RANGE[(severity - 1) >> 2] ?? (severity < 1 ? "trace" : "fatal");
}

/**
 * Reads a level as people write it in an environment variable: any case, spaces around it, and the
 * names that other loggers use. Undefined for an unknown one.
 *
 * @example
 * ```ts
 * import { parseLevel } from "@telltale/telltale/log";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(["WARNING", " off ", "loud"].map(parseLevel), ["warn", "off", undefined]);
 * ```
 */
export function parseLevel(text: string): LevelName | "off" | undefined {
  const name = text.trim().toLowerCase();
  if (Object.hasOwn(LEVELS, name)) return name as LevelName;
  if (name === "off" || name === "silent" || name === "none") return "off";
  if (name === "warning") return "warn";
  if (name === "critical") return "fatal";
  return undefined;
}

/** The levels of one logger: the six, and the application's own between them. */
export class LevelTable {
  readonly #severities = new Map<string, number>(Object.entries(LEVELS));
  /** The levels that have a severity of their own. */
  readonly #taken = new Map<number, string>();
  /** The name of each severity: one look, as every record needs it. */
  readonly names: string[] = Array.from({ length: 25 }, (_, severity) => levelName(severity));

  /**
   * Makes a table of the six levels and others.
   *
   * @param custom severities by name, each 1 to 24 and unlike those of the six
   * @throws {RangeError} when a severity is out of range or taken
   * @throws {TypeError} when a name is malformed or taken
   */
  constructor(custom: Readonly<Record<string, number>> = {}) {
    for (const [name, severity] of Object.entries(LEVELS)) this.#taken.set(severity, name);
    for (const [name, severity] of Object.entries(custom)) {
      const refuse = `Cannot make level ${JSON.stringify(name)}`;
      if (!NAME.test(name) || parseLevel(name) !== undefined) {
        throw new TypeError(`${refuse}: name must match ${NAME.source} and not be taken`);
      }
      checkWhole(`make level ${JSON.stringify(name)}`, "severity", severity, 1, 24);
      const other = this.#taken.get(severity);
      if (other !== undefined) {
        throw new RangeError(`${refuse}: severity ${severity} is that of ${other}`);
      }
      this.#severities.set(name, severity);
      this.#taken.set(severity, name);
      this.names[severity] = name;
    }
  }

  /** The severity of a level; undefined for an unknown one. */
  severity(name: string): number | undefined {
    return this.#severities.get(name);
  }

  /** The name of the level of a severity; `off` for `Infinity`, which no record reaches. */
  nameOf(severity: number): string {
    return this.names[severity] ?? (severity === Infinity ? "off" : levelName(severity));
  }

  /** The severity of a level as people write it, `Infinity` for `off`; undefined for an unknown one. */
  parse(text: string): number | undefined {
    const known = parseLevel(text) ?? text.trim().toLowerCase();
    return known === "off" ? Infinity : this.#severities.get(known);
  }

  /** The severity of a level by exact name, `Infinity` for `off`; throws a `RangeError` for an unknown one. */
  threshold(level: Threshold): number {
    const severity = level === "off" ? Infinity : this.#severities.get(level);
    if (severity !== undefined) return severity;
    const names = [...this.#severities].sort(([, a], [, b]) => a - b).map(([name]) => name);
    throw new RangeError(
      `Cannot log at level ${JSON.stringify(level)}: must be one of ${names.join(", ")}, off`,
    );
  }
}
