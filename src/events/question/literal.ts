/**
 * Values as they are written in a question.
 *
 * @module
 */

/** A value that a field is compared to. */
export type Literal =
  /** This text, or a value that is written this way; in quotes, always the text. */
  | { readonly kind: "text"; readonly text: string }
  /** This number, or the text that was written. */
  | { readonly kind: "number"; readonly text: string; readonly value: number }
  /** A number from one to another, both included. */
  | { readonly kind: "range"; readonly text: string; readonly from: number; readonly to: number }
  /** A text with anything in place of each `*`. */
  | { readonly kind: "pattern"; readonly text: string };

/** Milliseconds or bytes in one unit. */
const UNITS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  b: 1,
  kb: 1e3,
  mb: 1e6,
};
const OF_TIME = /^(?:us|ms|s|m|h)$/;

const NUMBER = /^(-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(us|ms|s|m|h|b|kb|mb)?$/i;
const CLASS = /^\dxx$/i;

/** The meaning of a value without quotes. */
export function literal(text: string): Literal {
  const value = numberOf(text);
  if (value !== undefined) return { kind: "number", text, value };
  if (CLASS.test(text)) {
    const from = Number(text[0]) * 100;
    return { kind: "range", text, from, to: from + 99 };
  }
  const at = text.indexOf("..");
  if (at >= 0 && text.length > 2) {
    const from = at === 0 ? -Infinity : numberOf(text.slice(0, at));
    const to = at + 2 === text.length ? Infinity : numberOf(text.slice(at + 2));
    if (from !== undefined && to !== undefined) return { kind: "range", text, from, to };
  }
  return { kind: text.includes("*") ? "pattern" : "text", text };
}

/** The number that a text states: a time in milliseconds, a size in bytes. */
function numberOf(text: string): number | undefined {
  const found = NUMBER.exec(text);
  if (found === null) return undefined;
  const unit = found[2];
  if (unit === undefined) return Number(found[1]);
  const value = Number(found[1]) * UNITS[unit.toLowerCase()]!;
  // A tenth of a second is 100 ms, not 100.00000000000001.
  return Number(value.toPrecision(15));
}

/** Shorter durations would number buckets beyond the integers that a number can hold. */
const LEAST_MS = 0.001;

/** Milliseconds of a time of at least a microsecond, with its unit; else undefined. */
export function durationOf(text: string): number | undefined {
  const unit = NUMBER.exec(text)?.[2]?.toLowerCase() ?? "", value = numberOf(text);
  return OF_TIME.test(unit) && value! >= LEAST_MS && Number.isFinite(value) ? value : undefined;
}
