/**
 * What was recorded, in words: the lines that a failed assertion shows.
 *
 * @module
 */
import { nearest } from "../../core/check.ts";
import type { LogRecord } from "../../log/record/record.ts";
import type { Row } from "../../events/store/rows.ts";
import type { SpanRecord } from "../../trace/span/record.ts";
import type { Change } from "./changes.ts";

/** Things that a failure lists. */
const MAX_LISTED = 12;
const MAX_VALUE = 120;

/** A value on one line: text as it is where it is plain, everything else as JSON. */
export function valueText(value: unknown): string {
  const isPlain = typeof value === "string" && /^[^\s"=,{}[\]]+$/.test(value);
  let text: string;
  try {
    text = isPlain ? value : JSON.stringify(value) ?? String(value);
  } catch {
    text = String(value);
  }
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}

/** `a=1 b="two words"`. */
export function fieldsText(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields).map(([name, value]) => `${name}=${valueText(value)}`).join(" ");
}

/** Fields one a line, sorted: what a diff compares. */
export function fieldLines(fields: Readonly<Record<string, unknown>>): string {
  return Object.keys(fields).sort().map((name) => `${name}: ${valueText(fields[name])}\n`).join("");
}

/** `orders_total{status="completed"}`. */
export function seriesText(name: string, labels: Readonly<Record<string, unknown>>): string {
  const texts = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return texts.length === 0 ? name : `${name}{${texts.join(",")}}`;
}

/** A change of a series: `orders_total{status="completed"} +1`. */
export function changeText(change: Change): string {
  const { type, name, labels, by, last } = change, series = seriesText(name, labels);
  if (type === "gauge") return `${series} ${signed(by)}, now ${last}`;
  if (type === "counter") return `${series} ${signed(by)}`;
  return `${series} observed ${by} ${by === 1 ? "value" : "values"}`;
}

/** A number with its sign. */
export function signed(value: number): string {
  return value < 0 ? String(value) : `+${value}`;
}

/** A span without its time. */
export function spanText({ name, kind, status, statusMessage, attributes }: SpanRecord): string {
  const outcome = status === "unset" ? "" : ` ${status}`;
  const why = statusMessage === "" ? "" : `: ${valueText(statusMessage)}`;
  return join([`${name}${kind === "internal" ? "" : ` (${kind})`}${outcome}${why}`, attributes]);
}

/** A line without its time. */
export function lineText({ level, message, fields }: LogRecord): string {
  return join([`${level} ${valueText(message)}`, fields]);
}

/** What tells a row from others: the times and ids are in no order anybody could compare. */
export function rowText(row: Row): string {
  const { time: _, trace: __, span: ___, request: ____, ...rest } = row;
  return fieldsText(rest);
}

function join([head, fields]: readonly [string, Readonly<Record<string, unknown>>]): string {
  const text = fieldsText(fields);
  return text === "" ? head : `${head}  ${text}`;
}

/**
 * What was there instead, the nearest by name first: `There were 2 spans: …`.
 *
 * @param wanted the name that was looked for
 */
export function thereWere<T>(
  what: string,
  items: readonly T[],
  textOf: (item: T) => string,
  wanted?: string,
  nameOf?: (item: T) => string,
): string {
  if (items.length === 0) return `There was no ${what} at all.`;
  const names = nameOf === undefined ? [] : items.map(nameOf);
  const like = wanted === undefined ? undefined : nearest(wanted, [...new Set(names)]);
  const isNear = (item: T) => like !== undefined && like !== wanted && nameOf!(item) === like;
  const sorted = [...items.filter(isNear), ...items.filter((item) => !isNear(item))];
  const lines = sorted.slice(0, MAX_LISTED).map((item) =>
    `  ${textOf(item)}${isNear(item) ? "   <- did you mean this one?" : ""}`
  );
  const more = items.length > MAX_LISTED ? `\n  and ${items.length - MAX_LISTED} more` : "";
  const count = items.length === 1 ? `was 1 ${what}` : `were ${items.length} ${plural(what)}`;
  return `There ${count}:\n${lines.join("\n")}${more}`;
}

function plural(what: string): string {
  if (what.startsWith("series")) return what;
  return what === "child" ? "children" : `${what}s`;
}
