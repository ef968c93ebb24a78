/**
 * Questions answered the slow and obvious way: row by row, out of plain objects. What `ask` says is held
 * against it.
 *
 * @module
 */
import type { Literal } from "../../src/events/question/literal.ts";
import type { Condition, Measure, Question } from "../../src/events/question/question.ts";
import type { Value } from "../../src/events/store/column.ts";
import type { Row } from "../../src/events/store/rows.ts";

/** Whether a condition holds for a row. */
export function holds(row: Row, condition: Condition): boolean {
  switch (condition.kind) {
    case "all":
      return condition.of.every((each) => holds(row, each));
    case "any":
      return condition.of.some((each) => holds(row, each));
    case "not":
      return !holds(row, condition.of);
    case "has":
      return Object.hasOwn(row, condition.field);
    case "text":
      return Object.values(row).some((value) =>
        typeof value === "number"
          ? condition.text.trim() !== "" && value === Number(condition.text)
          : typeof value === "string"
          ? lower(value).includes(lower(condition.text))
          : String(value) === lower(condition.text)
      );
    case "is": {
      const value = Object.hasOwn(row, condition.field) ? row[condition.field] : undefined;
      if (value === undefined) return condition.op === "!=";
      const is = condition.values.some((literal) => compares(value, condition.op, literal));
      return condition.op === "!=" ? !is : is;
    }
  }
}

function compares(value: Value, op: string, literal: Literal): boolean {
  if (op === "~") return lower(String(value)).includes(lower(literal.text));
  if (op !== ":" && op !== "!=") {
    if (typeof value !== "number" || literal.kind !== "number") return false;
    const wanted = literal.value;
    return op === ">" && value > wanted || op === ">=" && value >= wanted ||
      op === "<" && value < wanted || op === "<=" && value <= wanted;
  }
  if (literal.kind === "number" && typeof value === "number") return value === literal.value;
  if (literal.kind === "range" && typeof value === "number") {
    return value >= literal.from && value <= literal.to;
  }
  if (literal.kind === "pattern") {
    const parts = literal.text.split("*").map((part) =>
      part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")
    );
    return new RegExp(`^${parts.map(lower).join("[^]*")}$`).test(lower(String(value)));
  }
  return typeof value === "number"
    ? literal.kind === "text" && String(value) === literal.text
    : String(value) === literal.text && (typeof value === "string" || literal.kind === "text");
}

/** A measure of some rows. */
export function measure(
  rows: readonly Row[],
  { name, field }: Measure,
  whole: number,
  seconds: number,
): number | null {
  const failed = rows.filter(({ status, "error.type": error }) =>
    typeof status === "number" ? status >= 500 : error !== undefined
  );
  if (name === "count") return rows.length;
  if (name === "rate") return rows.length / seconds;
  if (name === "share") return whole === 0 ? null : rows.length / whole;
  if (name === "errors") return rows.length === 0 ? null : failed.length / rows.length;
  const values = rows.flatMap((row) => Object.hasOwn(row, field!) ? [row[field!]!] : []);
  if (name === "distinct") return new Set(values).size;
  const numbers = values.filter((value) => typeof value === "number").sort((a, b) => a - b);
  const sum = numbers.reduce((sum, number) => sum + number, 0);
  if (numbers.length === 0) return null;
  if (name === "sum") return sum;
  if (name === "avg") return sum / numbers.length;
  if (name === "min") return numbers[0]!;
  if (name === "max") return numbers.at(-1)!;
  const percent = Number(name.slice(1));
  return numbers.find((_, k) => (k + 1) / numbers.length * 100 >= percent - 1e-9) ??
    numbers.at(-1)!;
}

/** The groups of a question, unordered: keys, and a cell for each measure. */
export function groups(
  rows: readonly Row[],
  { by, show }: Question,
  whole: number,
  seconds: number,
): [(Value | null)[], (number | null)[]][] {
  const found = new Map<string, { keys: (Value | null)[]; rows: Row[] }>();
  if (by.length === 0) found.set("", { keys: [], rows: [] });
  for (const row of rows) {
    const keys = by.map((field) => Object.hasOwn(row, field) ? row[field]! : null);
    const id = JSON.stringify(keys);
    const group = found.get(by.length === 0 ? "" : id) ?? { keys, rows: [] };
    found.set(by.length === 0 ? "" : id, group);
    group.rows.push(row);
  }
  return [...found.values()].map(({ keys, rows }) => [
    keys,
    show.map((each) => measure(rows, each, whole, seconds)),
  ]);
}

function lower(text: string): string {
  return text.toLowerCase();
}
