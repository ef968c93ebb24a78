/**
 * YAML of plain data: the same text for the same data.
 *
 * @module
 */

/** Data that is written; what is undefined is left out. */
export type YamlValue =
  | string
  | number
  | boolean
  | readonly YamlValue[]
  | { readonly [key: string]: YamlValue | undefined };

/** A document. Texts of several lines are written as blocks, others quoted unless they are plain words. */
export function yaml(value: YamlValue): string {
  return `${lines(value).join("\n")}\n`;
}

function lines(value: YamlValue): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => behind("- ", lines(item)));
  if (typeof value !== "object") return [scalar(value)];
  return Object.entries(value).flatMap(([key, item]) => entry(key, item));
}

function entry(key: string, value: YamlValue | undefined): string[] {
  if (value === undefined) return [];
  const name = `${scalar(key)}:`;
  if (typeof value === "string" && value.includes("\n")) {
    return [`${name} |-`, ...indented(value.split("\n"))];
  }
  if (typeof value !== "object") return [`${name} ${scalar(value)}`];
  const inner = lines(value);
  if (inner.length === 0) return [`${name} ${Array.isArray(value) ? "[]" : "{}"}`];
  return [name, ...indented(inner)];
}

/** The first line gets the dash, the others stand below it. */
function behind(dash: string, inner: readonly string[]): string[] {
  return inner.map((line, i) => i === 0 ? dash + line : line === "" ? line : `  ${line}`);
}

function indented(inner: readonly string[]): string[] {
  return inner.map((line) => line === "" ? line : `  ${line}`);
}

/** What YAML reads as itself: no number, no word with a meaning, no sign at its beginning or end. */
const PLAIN =
  /^(?!(?:true|false|null|yes|no|on|off|y|n)$)(?:[a-z/][\w./:-]*(?: [\w./:-]+)*(?<!:)|\d+[smhd])$/i;

function scalar(value: string | number | boolean): string {
  if (typeof value !== "string") return String(value);
  if (PLAIN.test(value) && !value.includes(": ")) return value;
  // Between single quotes nothing is escaped but they themselves; JSON's strings are double-quoted ones.
  const isLegible = /["\\]/.test(value) && !/[\p{Cc}\p{Cs}']/u.test(value);
  return isLegible ? `'${value}'` : JSON.stringify(value);
}
