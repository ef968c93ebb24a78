/**
 * Assertions on spans, log lines and rows.
 *
 * @module
 */
import type { Row } from "../../events/store/rows.ts";
import type { LogRecord } from "../../log/record/record.ts";
import type { SpanRecord } from "../../trace/span/record.ts";
import {
  type Expected,
  type ExpectedFields,
  fail,
  type Form,
  isExpected,
  Match,
  upper,
} from "./match.ts";
import type { Scope } from "./scope.ts";
import { traceTree } from "./tree.ts";
import { lineText, rowText, spanText, thereWere, valueText } from "./words.ts";

const SPAN: Form<SpanRecord> = { kind: "span", fields: (span) => span.attributes, text: spanText };
const LINE: Form<LogRecord> = { kind: "line", fields: (line) => line.fields, text: lineText };
const ROW: Form<Row> = { kind: "row", fields: (row) => row, text: rowText };

/** Spans that have ended. `has` compares their attributes. */
export class SpanMatch extends Match<SpanRecord> {
  readonly #scope: Scope;

  /** Made by the observer. */
  constructor(all: readonly SpanRecord[], sought: string, scope: Scope) {
    super(all, sought, SPAN);
    this.#scope = scope;
  }

  /** Finds the children with a name. @throws {AssertionError} without one */
  child(name: string | RegExp): SpanMatch {
    const ids = new Set(this.all.map(({ spanId }) => spanId));
    const children = this.#scope.spans.filter(({ parentSpanId }) => ids.has(parentSpanId));
    const found = children.filter((span) => isExpected(span.name, name));
    const sought = `child ${quoted(name)} of ${this.sought}`;
    if (found.length > 0) return new SpanMatch(found, sought, this.#scope);
    const were = thereWere("child", children, spanText, String(name), (span) => span.name);
    fail(`No ${sought} was recorded\n\n${were}${this.#tree()}`, "child");
  }

  /** Asserts that it failed, with this message if one is given. @throws {AssertionError} */
  failed(message?: string | RegExp): this {
    const why = message === undefined ? "" : ` with ${quoted(message)}`;
    return this.filter(
      "failed",
      ({ status, statusMessage }) =>
        status === "error" && (message === undefined || isExpected(statusMessage, message)),
      () => `${upper(this.sought)} did not fail${why}\n\n${this.listed}${this.#tree()}`,
    );
  }

  /** Asserts that it did not fail. @throws {AssertionError} */
  succeeded(): this {
    return this.filter(
      "succeeded",
      ({ status }) => status !== "error",
      () => `${upper(this.sought)} failed\n\n${this.listed}${this.#tree()}`,
    );
  }

  /** Asserts that it has an event, with these attributes if some are given. @throws {AssertionError} */
  event(name: string | RegExp, attributes: ExpectedFields = {}): this {
    return this.filter(
      "event",
      ({ events }) =>
        events.some((one) => isExpected(one.name, name) && isExpected(one.attributes, attributes)),
      () => {
        const events = this.all.flatMap((span) => [...span.events]);
        const were = thereWere(
          "event",
          events,
          (one) => `${one.name}  ${Object.entries(one.attributes).map(pairText).join(" ")}`,
          String(name),
          (one) => one.name,
        );
        return `${upper(this.sought)} has no such event ${quoted(name)}\n\n${were}`;
      },
    );
  }

  /** Finds log lines that were written in it. @throws {AssertionError} without one */
  line(message: string | RegExp): LineMatch {
    const ids = new Set(this.all.map(({ spanId }) => spanId));
    const lines = this.#scope.lines.filter(({ spanId }) => ids.has(spanId));
    return linesOf(lines, message, `line ${quoted(message)} in ${this.sought}`);
  }

  /** @internal */
  protected narrowed(all: readonly SpanRecord[]): this {
    return new SpanMatch(all, this.sought, this.#scope) as this;
  }

  #tree(): string {
    const traces = new Set(this.all.map(({ traceId }) => traceId));
    return `\n\n${traceTree(this.#scope, traces)}`;
  }
}

/** Log lines. `has` compares their fields. */
export class LineMatch extends Match<LogRecord> {
  /** Made by the observer. */
  constructor(all: readonly LogRecord[], sought: string) {
    super(all, sought, LINE);
  }

  /** Asserts their level. @throws {AssertionError} for another */
  level(name: string): this {
    return this.filter(
      "level",
      ({ level }) => level === name,
      () => {
        return `${upper(this.sought)} is not at level "${name}"\n\n${this.listed}`;
      },
    );
  }

  /** @internal */
  protected narrowed(all: readonly LogRecord[]): this {
    return new LineMatch(all, this.sought) as this;
  }
}

/** Rows of requests and jobs. `has` compares their fields. */
export class RowMatch extends Match<Row> {
  /** Made by the observer. */
  constructor(all: readonly Row[], sought: string) {
    super(all, sought, ROW);
  }

  /** @internal */
  protected narrowed(all: readonly Row[]): this {
    return new RowMatch(all, this.sought) as this;
  }
}

/** The lines with a message; fails without one. */
export function linesOf(
  lines: readonly LogRecord[],
  message: string | RegExp,
  sought: string,
  note = "",
): LineMatch {
  const found = lines.filter((line) => isExpected(line.message, message));
  if (found.length > 0) return new LineMatch(found, sought);
  const were = thereWere("line", lines, lineText, String(message), (line) => line.message);
  fail(`No ${sought} was logged\n\n${were}${note}`, "line");
}

/** The rows with these fields; fails without one. */
export function rowsOf(rows: readonly Row[], fields: ExpectedFields, note = ""): RowMatch {
  const sought = `row with ${Object.entries(fields).map(pairText).join(" ")}`;
  const found = rows.filter((row) => isExpected(row, fields as Expected));
  if (found.length > 0) return new RowMatch(found, sought);
  if (rows.length === 0) fail(`No ${sought} was written\n\nThere was no row at all.${note}`, "row");
  try {
    new RowMatch(rows, "a row").has(fields);
  } catch (error) {
    const diff = (error as Error).message.split("\n").slice(1).join("\n");
    fail(`No ${sought} was written; the nearest (- expected, + actual):\n${diff}${note}`, "row");
  }
  return new RowMatch(rows, sought);
}

/** A name as failures show it. */
export function quoted(name: string | RegExp): string {
  return typeof name === "string" ? JSON.stringify(name) : String(name);
}

function pairText([name, value]: [string, unknown]): string {
  return `${name}=${value instanceof RegExp ? value : valueText(value)}`;
}
