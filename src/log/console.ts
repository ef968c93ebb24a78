/**
 * Captures what is written with `console` as log records.
 *
 * @module
 */
import { isError } from "../core/redact/error.ts";
import { Standing } from "../core/standing.ts";
import type { LevelName } from "./record/level.ts";
import type { Logger } from "./logger.ts";
import { isSinkTurn } from "./sink/sink.ts";

/** The methods that are captured, and their levels. */
const METHODS: Readonly<Record<"debug" | "log" | "info" | "warn" | "error" | "trace", LevelName>> =
  {
    debug: "debug",
    log: "info",
    info: "info",
    warn: "warn",
    error: "error",
    trace: "trace",
  };

const standing = new Standing(import.meta.url);

type Method = keyof typeof METHODS;
type Print = (...args: unknown[]) => void;

/** The placeholders of `console.log`, by its specification. */
const PLACEHOLDER = /%[sdifjoOc%]/g;

/**
 * Sends what is written with `console.debug`, `log`, `info`, `warn`, `error` and `trace` to `log`, as one
 * record a call: strings make the message, an error goes under `error`, one object gives its fields, and
 * several go under `args`. Other methods stay as they are, and so does what a sink writes with `console`
 * before it returns. What a sink writes with it later comes back as a record: it should use another way.
 *
 * @example
 * ```ts
 * import { captureConsole, Logger } from "@telltale/telltale/log";
 * import assert from "node:assert/strict";
 *
 * const log = new Logger({ sinks: [] });
 * const restore = captureConsole(log.category("console"));
 * console.warn("low on %s:", "disk", { free_mb: 12 });
 * restore();
 * const { message, fields } = log.ring.at(0)!;
 * assert.deepEqual([message, fields], ["low on disk:", { free_mb: 12 }]);
 * ```
 *
 * @returns restores the methods; one that was replaced by others in the meantime just calls its original
 */
export function captureConsole(log: Logger): () => void {
  standing.clear();
  let active = true, within = false;
  const restores = Object.entries(METHODS).map(([name, level]) => {
    const original = console[name as Method] as Print;
    const captured: Print = (...args) => {
      // What the log itself writes here, such as that a sink fails, would come back to it without end.
      if (!active || within || isSinkTurn()) return original.apply(console, args);
      within = true;
      try {
        const { message, fields } = said(args);
        log[level](message, fields as object | undefined);
      } finally {
        within = false;
      }
    };
    console[name as Method] = captured;
    return () => {
      if (console[name as Method] === captured) console[name as Method] = original;
    };
  });
  return standing.add(() => {
    active = false;
    for (const restore of restores) restore();
  });
}

/** The arguments of a call as a message and fields; those of `@std/log` are alike. */
export function said(args: readonly unknown[]): { message: string; fields: unknown } {
  const rest = [...args];
  const texts: string[] = [];
  if (typeof rest[0] === "string") texts.push(substitute(rest.shift() as string, rest));
  const objects: unknown[] = [];
  for (const value of rest) {
    if (typeof value === "object" && value !== null || typeof value === "function") {
      objects.push(value);
    } else texts.push(String(value));
  }
  const error = objects.find(isError);
  const others = objects.filter((value) => value !== error);
  return { message: texts.join(" "), fields: fieldsOf(error, others) };
}

function fieldsOf(error: unknown, others: readonly unknown[]): unknown {
  const [only] = others;
  if (others.length > 1 || typeof only === "function") {
    return error === undefined ? { args: others } : { error, args: others };
  }
  if (only === undefined) return error;
  return error === undefined ? only : { error, args: only };
}

/**
 * Replaces placeholders by values, by the Console Standard, section 2.2.1, and removes those from `rest`.
 * An object without a text of its own becomes `…` and stays, for its fields; so does an error.
 */
function substitute(text: string, rest: unknown[]): string {
  let next = 0;
  const used = new Set<number>();
  const result = text.replace(PLACEHOLDER, (placeholder) => {
    if (placeholder === "%%") return rest.length > 0 ? "%" : "%%";
    if (next >= rest.length) return placeholder;
    const value = rest[next++];
    const text = shown(placeholder, value);
    if (text === undefined) return "…";
    if (!isError(value)) used.add(next - 1);
    return text;
  });
  for (let i = next - 1; i >= 0; i--) if (used.has(i)) rest.splice(i, 1);
  return result;
}

/**
 * A value as text; undefined for an object without a text of its own. Numbers are parsed: `42px` is 42.
 */
function shown(placeholder: string, value: unknown): string | undefined {
  if (placeholder === "%c") return "";
  const isObject = typeof value === "object" && value !== null;
  if (typeof value === "function" || isObject && placeholder !== "%s") return undefined;
  try {
    const text = String(value);
    if (placeholder === "%f") return String(parseFloat(text));
    if ("%d%i".includes(placeholder)) return String(parseInt(text, 10));
    return isObject && text.includes("[object ") ? undefined : text;
  } catch {
    return undefined; // It has no `toString`, or that throws.
  }
}
