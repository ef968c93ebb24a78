/**
 * Aggregates of groups of rows, in total and over time.
 *
 * @module
 */
import { isOfRows, type Measure, type Question } from "../question/question.ts";
import type { Value } from "../store/column.ts";
import { type Frame, isTime, STEP, type Steps } from "../store/frame.ts";
import type { Group, Series } from "./answer.ts";
import { group, type RowGroup } from "./group.ts";
import { USUAL, worksOf } from "./measure.ts";
import { compare, compareAll, firstOf } from "./order.ts";

/** Buckets of a series, and of all series together. */
const MAX_BUCKETS = 1000, MAX_CELLS = 50_000;

/** The rows to aggregate. */
export interface Scope {
  readonly frame: Frame;
  readonly question: Question;
  /** Rows that the conditions hold for. */
  readonly matched: Uint32Array;
  /** Rows that a `share` is relative to. */
  readonly whole: Uint32Array;
  /** Seconds that a `rate` is relative to. */
  readonly seconds: number;
  /** Groups shown. */
  readonly top: number;
}

/** A group with its measures and its rows. */
export interface Worked extends Group {
  readonly rows: Uint32Array;
}

/** The measures of each group. */
export function shownOf({ show }: Question): readonly Measure[] {
  return show.length === 0 ? USUAL : show;
}

/** The groups that come first in the order asked for, and how many more there are. */
export function* table(scope: Scope): Steps<{ groups: Worked[]; more: number }> {
  const { frame, question, matched, top } = scope, { by, sort } = question;
  const works = yield* worksOf(frame, shownOf(question));
  const whole = { rows: scope.whole.length, seconds: scope.seconds };
  const key = sort?.by.field !== undefined || isOfRows(sort?.by.name)
    ? -1
    : by.indexOf(sort?.by.name ?? "");
  const [order] = sort === undefined || key >= 0 ? works : yield* worksOf(frame, [sort.by]);
  const worked: (Worked & { readonly order: Value | null })[] = [];
  let done = 0;
  for (const { keys, rows } of yield* group(frame, matched, by)) {
    const cells: (number | null)[] = [];
    for (const work of works) {
      cells.push(work(rows, whole));
      if (rows.length >= STEP) yield;
    }
    worked.push({ keys, cells, rows, order: key >= 0 ? keys[key]! : order!(rows, whole) });
    // Each group has a cost of its own, however few its rows.
    if ((done += rows.length + 16) < STEP) continue;
    done = 0;
    yield;
  }
  const isDescending = sort?.isDescending ?? true;
  const groups = yield* firstOf(
    worked,
    top,
    (a, b) => compare(a.order, b.order, isDescending) || compareAll(a.keys, b.keys),
  );
  return { groups, more: worked.length - groups.length };
}

/** Groups bucket by bucket: a bucket starts at a multiple of `everyMs`. */
export function* buckets(
  scope: Scope,
  groups: readonly RowGroup[],
  everyMs: number,
): Steps<{ startMs: number; count: number; series: Omit<Series, "cells">[] }> {
  const { frame, question, matched } = scope;
  const works = yield* worksOf(frame, shownOf(question));
  const times = frame.column("time")?.numbers;
  if (times === undefined) return { startMs: 0, count: 0, series: [] };
  let oldest = Infinity, newest = -Infinity;
  for (const row of matched) {
    const time = times[row]!;
    if (!isTime(time)) continue;
    oldest = Math.min(oldest, time);
    newest = Math.max(newest, time);
  }
  if (newest < oldest) return { startMs: 0, count: 0, series: [] };
  const end = Math.floor(newest / everyMs) + 1;
  const most = Math.min(MAX_BUCKETS, Math.ceil(MAX_CELLS / groups.length));
  const start = Math.max(Math.floor(oldest / everyMs), end - most), count = end - start;
  const cut = (rows: Uint32Array): Uint32Array[] => {
    const parts = Array.from({ length: count }, (): number[] => []);
    for (const row of rows) parts[Math.floor(times[row]! / everyMs) - start]?.push(row);
    return parts.map((part) => Uint32Array.from(part));
  };
  const wholes = cut(scope.whole).map(({ length }) => ({ rows: length, seconds: everyMs / 1000 }));
  const series: Omit<Series, "cells">[] = [];
  for (const { keys, rows } of groups) {
    const parts: (number | null)[][] = [];
    for (const [k, part] of cut(rows).entries()) {
      parts.push(works.map((work) => work(part, wholes[k]!)));
      if (k % 64 === 0) yield;
    }
    series.push({ keys, buckets: parts });
  }
  return { startMs: start * everyMs, count, series };
}
