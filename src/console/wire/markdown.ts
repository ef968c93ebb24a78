/**
 * Text of telemetry inside Markdown: it must not end a cell, a line or a piece of code.
 *
 * @module
 */
import { clip, visible } from "../../core/text.ts";

/** Longest value, in UTF-16 units. */
const MAX_CELL = 120;

/** A value as the cell of a table; nothing for an absent one. */
export function cell(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "number") return String(Number(value.toPrecision(6)));
  return visible(clip(String(value), MAX_CELL)).replace(/[\\|`*_<>[\]]/g, "\\$&");
}

/** A text as inline code. */
export function code(text: string): string {
  return "`" + visible(text).replaceAll("`", "'") + "`";
}

/** A line of a table. */
export function tableLine(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** A time, in UTC, as it is read. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
