/**
 * The pretty format, for people at a terminal.
 *
 * @module
 */
import { stringify } from "../../core/plain/json.ts";
import { refuseUnknown } from "../../core/check.ts";
import type { Plain } from "../../core/plain/data.ts";
import { visible } from "../../core/text.ts";
import { levelName } from "../record/level.ts";
import type { LogRecord } from "../record/record.ts";

/** Settings of a {@linkcode PrettyEncoder}. */
export interface PrettyOptions {
  /** Whether to colour with ANSI escape sequences. @default false */
  readonly color?: boolean | undefined;
  /** Whether the stack of a logged error follows on indented lines. @default false */
  readonly stacks?: boolean | undefined;
}

const RESET = "\x1b[0m";
const DIM = "\x1b[2m";
const COLORS: Readonly<Record<string, string>> = {
  trace: "\x1b[90m",
  debug: "\x1b[36m",
  info: "\x1b[32m",
  warn: "\x1b[33m",
  error: "\x1b[31m",
  fatal: "\x1b[1;37;41m",
};

/** What a key or a value may hold without quotes around it. */
const BARE = /^[^\s"=\\[\]{}]+$/;
/** What a description of an error may hold. */
const DESCRIBED: ReadonlySet<string> = new Set([
  "type",
  "message",
  "stack",
  "code",
  "cause",
  "errors",
]);

/**
 * Encodes records for a terminal: `12:34:56.789 INFO  message key=value …`, in UTC. Nothing that is
 * logged can forge a line or a colour: controls, line breaks and bidi marks are shown escaped.
 *
 * @example
 * ```ts
 * import { Logger, PrettyEncoder } from "@telltale/telltale/log";
 * import assert from "node:assert/strict";
 *
 * const lines: string[] = [];
 * const pretty = new PrettyEncoder();
 * const log = new Logger({ sinks: [(record) => lines.push(pretty.encode(record))] });
 * log.warn("slow\nquery", { ms: 1200, table: "order lines" });
 * log.flushSync();
 * assert.equal(lines[0]!.slice(13), `WARN  slow\\nquery ms=1200 table="order lines"`);
 * ```
 */
export class PrettyEncoder {
  readonly #color: boolean;
  readonly #stacks: boolean;

  /** Makes an encoder; without options it writes plain text, one line a record. */
  constructor(options: PrettyOptions = {}) {
    refuseUnknown("encode as pretty text", options, { color: true, stacks: true });
    this.#color = options.color ?? false;
    this.#stacks = options.stacks ?? false;
  }

  /** The text of `record`, without a line feed at its end. */
  encode(record: LogRecord): string {
    const color = COLORS[levelName(record.severity)]!;
    let text = this.#paint(DIM, clockTime(record.timeMs)) + " " +
      this.#paint(color, record.level.toUpperCase().padEnd(5)) + " ";
    if (record.category !== "") text += this.#paint(DIM, `[${visible(record.category)}]`) + " ";
    text += visible(record.message);
    let stacks = "";
    const { fields } = record;
    for (const key in fields) {
      const value = fields[key];
      if (value === undefined) continue;
      text += " " + this.#paint(DIM, textOf(key) + "=") + valueText(value);
      if (this.#stacks) stacks += stackText(value);
    }
    if (record.traceId !== "") {
      text += " " + this.#paint(DIM, "trace_id=" + visible(record.traceId));
    }
    if (record.requestId !== "" && record.requestId !== record.traceId) {
      text += " " + this.#paint(DIM, "request_id=" + visible(record.requestId));
    }
    return text + (stacks === "" ? "" : this.#paint(DIM, stacks));
  }

  #paint(color: string, text: string): string {
    return this.#color ? color + text + RESET : text;
  }
}

function clockTime(timeMs: number): string {
  const date = new Date(timeMs);
  return Number.isNaN(date.getTime()) ? "--:--:--.---" : date.toISOString().slice(11, 23);
}

function textOf(text: string): string {
  return BARE.test(text) ? visible(text) : `"${visible(text.replace(/[\\"]/g, "\\$&"))}"`;
}

function valueText(value: unknown): string {
  if (typeof value === "string") return textOf(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (isDescription(value)) {
    const { type, message, errors = [], code, cause } = value;
    let text = visible(`${type}: ${message}`);
    if (code !== undefined && !message.includes(String(code))) text += ` (${valueText(code)})`;
    if (errors.length > 0) text += ` [${errors.map(valueText).join("; ")}]`;
    return cause === undefined ? text : `${text}, caused by ${valueText(cause)}`;
  }
  return visible(stringify(value as Plain));
}

/** The frames of an error's stack and of its causes; each line starts with our own indentation. */
function stackText(value: unknown): string {
  if (!isDescription(value)) return "";
  let text = "";
  for (const line of String(value.stack ?? "").split("\n")) {
    if (/^\s*at /.test(line)) text += "\n    " + visible(line.trim());
  }
  for (const error of value.errors ?? []) text += stackText(error);
  return value.cause === undefined ? text : text + stackText(value.cause);
}

interface Described {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: unknown;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
}

/** Not just any object with a type and a message: its other members would not be shown. */
function isDescription(value: unknown): value is Described {
  if (typeof value !== "object" || value === null) return false;
  const { type, message, stack = "", errors = [] } = value as Partial<Described>;
  return typeof type === "string" && typeof message === "string" && typeof stack === "string" &&
    Array.isArray(errors) && Object.keys(value).every((key) => DESCRIBED.has(key));
}
