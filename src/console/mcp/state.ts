/**
 * A state of the service as Markdown.
 *
 * @module
 */
import { cell, tableLine } from "../wire/markdown.ts";

/** Of a list of numbers over time, the last; of rows and nested lists, the first. */
const MAX_NUMBERS = 8, MAX_ROWS = 30, MAX_INNER = 6;

/** An answer of the console as text: tables of its lists, lines of the rest. */
export function stateMarkdown(name: string, body: Readonly<Record<string, unknown>>): string {
  return `# ${name}\n\n${partsOf(body, 2)}`;
}

function partsOf(body: Readonly<Record<string, unknown>>, depth: number): string {
  let lines = "", sections = "";
  for (const [key, value] of Object.entries(body)) {
    const head = `\n${"#".repeat(depth)} ${cell(key)}\n\n`;
    if (isTable(value)) sections += head + tableOf(value);
    else if (isObject(value) && depth < 4) sections += head + partsOf(value, depth + 1);
    else lines += `- ${cell(key)}: ${short(key, value)}\n`;
  }
  return lines + sections;
}

function tableOf(rows: readonly Readonly<Record<string, unknown>>[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const told = rows.slice(0, MAX_ROWS).map((row) =>
    tableLine(columns.map((column) => short(column, row[column])))
  );
  const more = rows.length - told.length;
  return [
    tableLine(columns.map(cell)),
    tableLine(columns.map(() => "---")),
    ...told,
    ...more > 0 ? ["", `${more} more are left off.`] : [],
  ].join("\n") + "\n";
}

/** A value in one cell. */
function short(key: string, value: unknown): string {
  if (Array.isArray(value)) {
    if (value.every((one) => one === null || typeof one === "number")) {
      const last = value.slice(-MAX_NUMBERS).map((one) => one === null ? "–" : numberOf(key, one));
      return value.length > last.length ? `… ${last.join(" ")}` : last.join(" ");
    }
    const some = value.slice(0, MAX_INNER).map((one) => short(key, one)).join("; ");
    return value.length > MAX_INNER ? `${some}; ${value.length - MAX_INNER} more` : some;
  }
  if (isObject(value)) {
    return Object.entries(value).map(([name, one]) => `${cell(name)} ${short(name, one)}`).join(
      ", ",
    );
  }
  return typeof value === "number" ? numberOf(key, value) : cell(value);
}

/** A time of the day in place of a long number. */
function numberOf(key: string, value: number): string {
  const isTime = /^(timeMs|sinceMs|fromMs|toMs|lastCheckedMs|startMs)$/.test(key) && value > 1e12;
  return isTime ? new Date(value).toISOString().slice(11, 19) : cell(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTable(value: unknown): value is readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) && value.length > 0 && value.every(isObject);
}
