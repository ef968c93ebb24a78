/**
 * The trace of a query as a comment in its text, for the server's own log.
 *
 * @see {@link https://google.github.io/sqlcommenter/spec/}
 *
 * @module
 */
import type { Context } from "../../core/context.ts";

/** The text with the trace appended; undefined for one that may have comments already. */
export function commented(sql: string, { traceId, spanId, flags }: Context): string | undefined {
  if (sql.includes("/*") || sql.includes("--")) return undefined;
  const sampled = (flags & 1).toString().padStart(2, "0");
  return `${sql} /*traceparent='00-${traceId}-${spanId}-${sampled}'*/`;
}
