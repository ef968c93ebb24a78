/**
 * Which names belong to a metric besides its own.
 *
 * @module
 */
import { escapeName } from "./escape.ts";
import type { Family } from "./family.ts";

const SUFFIXES: { readonly [type: string]: readonly string[] | undefined } = {
  histogram: ["", "_bucket", "_sum", "_count", "_gsum", "_gcount", "_created"],
  summary: ["", "_sum", "_count", "_created"],
};

/**
 * Every name that some line of a metric may begin with, in any format, as it is and as it is escaped
 * for readers of plain names. Two metrics on one page must have none in common.
 */
export function claimsOf(type: Family["type"], name: string): string[] {
  const plain = plainClaims(type, name);
  const escaped = plain.flatMap((claim) => [
    escapeName(claim, "underscores"),
    escapeName(claim, "values"),
  ]);
  return [...new Set([...plain, ...escaped])];
}

function plainClaims(type: Family["type"], name: string): string[] {
  if (type === "counter") {
    const base = name.replace(/_total$/, "");
    return [name, base, `${base}_total`, `${base}_created`];
  }
  if (type === "info") return [name, name.replace(/_info$/, "")];
  return (SUFFIXES[type] ?? [""]).map((suffix) => name + suffix);
}
