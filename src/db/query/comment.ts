/**
 * The trace of a query as a comment in its text, for the server's own log.
 *
 * @see {@link https://google.github.io/sqlcommenter/spec/}
 *
 * @module
 */
import type { Context } from "../../core/context.ts";

/** Characters that `encodeURIComponent` keeps; a quote would end the value, and `*` could end the comment. */
const KEPT = /[!'()*]/g;

/**
 * Whether a text may get a comment: not one that may have comments already, which must not be changed. In MySQL a
 * `#` begins one.
 */
export function isCommentable(sql: string, system: string): boolean {
  if (sql.includes("/*") || sql.includes("--")) return false;
  return !(sql.includes("#") && (system === "mysql" || system === "mariadb"));
}

/** The text with the trace appended: keys in order, values URL-encoded and in quotes; before a last semicolon. */
export function commented(sql: string, { traceId, spanId, flags, tracestate }: Context): string {
  const sampled = (flags & 1).toString().padStart(2, "0");
  let pairs = `traceparent='00-${traceId}-${spanId}-${sampled}'`;
  if (tracestate !== "") pairs += `,tracestate='${encoded(tracestate)}'`;
  const end = statementEnd(sql);
  return `${sql.slice(0, end)} /*${pairs}*/${sql.slice(end)}`;
}

function encoded(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replace(
    KEPT,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Where the text ends, without semicolons and white space. */
export function statementEnd(sql: string): number {
  let end = sql.length;
  while (end > 0 && /[;\s]/.test(sql[end - 1]!)) end--;
  return end;
}
