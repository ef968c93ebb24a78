/**
 * Requests that ask the database the same again and again.
 *
 * @module
 */
import { printName, printValue } from "../../events/question/print.ts";
import { STEP, type Steps } from "../../events/store/frame.ts";
import type { SpanRecord } from "../../trace/span/record.ts";
import type { Weighed } from "./finding.ts";
import type { RowsNow } from "./rows.ts";
import { figure, named } from "./words.ts";

/** A query that is repeated more often in one request is one that should be asked once. */
const MOST = 10;
const MAX_GROUPS = 8, LEAST = 5;
/** Traces that are looked into for the query. */
const MOST_TRACES = 8;

/** Routes and jobs of which one in twenty repeats a query more than ten times. */
export function* repeats(
  rows: RowsNow,
  ofTrace: (trace: string) => readonly SpanRecord[],
): Steps<Weighed[]> {
  const repeated = rows.numbers("db.repeat"), ms = rows.numbers("db.ms"), found: Weighed[] = [];
  for (const field of ["route", "job"]) {
    for (const { value, rows: all } of (yield* rows.by(field)).slice(0, MAX_GROUPS)) {
      if (all.length > STEP) yield;
      const many = all.filter((row) => repeated[row]! > MOST);
      if (many.length < LEAST || many.length < all.length / 20) continue;
      const times = middle(many, repeated), { trace, query } = shownBy(many, rows, ofTrace);
      const scope = `${printName(field)}:${printValue(value)}`;
      found.push({
        kind: "repeats",
        severity: "notice",
        subject: value,
        title: `${named(value)} asks the database the same ${figure(times)} times in one request` +
          (query === undefined ? "" : `: ${named(query)}`),
        figures: [
          { name: "db.repeat, median", value: times },
          { name: "db.ms, median", value: middle(many, ms) },
        ],
        causes: query === undefined ? [] : [query],
        evidence: [`${many.length} of ${all.length} of its requests do.`],
        question: `${scope} db.repeat>${MOST} show count,max(db.repeat),sum(db.ms)`,
        trace,
        share: many.length / rows.frame.count,
      });
    }
  }
  return found;
}

function middle(rows: Uint32Array, values: Float64Array): number {
  const sorted = Float64Array.from(rows, (row) => values[row]! || 0).sort();
  return sorted[sorted.length >> 1] ?? 0;
}

/** One of the newest traces, of which spans are held that say what is repeated. */
function shownBy(
  many: Uint32Array,
  rows: RowsNow,
  ofTrace: (trace: string) => readonly SpanRecord[],
): { readonly trace: string | undefined; readonly query: string | undefined } {
  for (const row of many.slice(-MOST_TRACES).reverse()) {
    const trace = rows.text("trace", row);
    const query = trace === undefined ? undefined : mostRepeated(ofTrace(trace));
    if (query !== undefined) return { trace, query };
  }
  return { trace: rows.text("trace", many.at(-1)!), query: undefined };
}

/** The query that an event names, as fast ones have no span; else what most database spans are named. */
function mostRepeated(spans: readonly SpanRecord[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { name, attributes, events } of spans) {
    const told = events.findLast((event) => event.name === "db.repeated_query")?.attributes;
    if (told !== undefined) return String(told["db.query.summary"]);
    if (!("db.system.name" in attributes)) continue;
    const query = String(attributes["db.query.summary"] ?? name);
    counts.set(query, (counts.get(query) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}
