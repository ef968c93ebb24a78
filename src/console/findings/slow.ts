/**
 * Requests and jobs that take longer than they did.
 *
 * @module
 */
import { printName, printValue } from "../../events/question/print.ts";
import type { Steps } from "../../events/store/frame.ts";
import { because, newCauses, newestFirst } from "./cause.ts";
import type { Weighed } from "./finding.ts";
import type { Group, RowsNow } from "./rows.ts";
import { type Shift, shiftOf } from "./shift.ts";
import { duration, named, percent, sinceText } from "./words.ts";

/** Groups that are looked at, those with most rows first. */
const MAX_GROUPS = 8;
/** Fewer rows say nothing. */
const LEAST = 60;

/** Routes and jobs of which a part became slow. */
export function* slow(rows: RowsNow): Steps<Weighed[]> {
  const ms = rows.numbers("ms"), found: Weighed[] = [];
  for (const field of ["route", "job"]) {
    const groups = (yield* rows.by(field)).filter((group) => group.rows.length >= LEAST);
    for (const group of groups.slice(0, MAX_GROUPS)) {
      const shift = yield* shiftOf(group.rows, rows.times, ms);
      if (shift !== undefined) found.push(yield* slower(rows, group, ms, shift));
    }
  }
  return found;
}

function* slower(rows: RowsNow, group: Group, ms: Float64Array, shift: Shift): Steps<Weighed> {
  const above = Number(Math.max(shift.above, shift.quantileBefore).toPrecision(2));
  const scope = `${printName(group.field)}:${printValue(group.value)}`;
  const question = `${scope} why ms>${above}`;
  const why = yield* rows.why(question);
  const over = group.rows.filter((row) => ms[row]! > above), { sinceMs } = shift;
  const before = over.filter((row) => rows.times[row]! < sinceMs).length;
  const fresh = yield* newCauses(rows, `${scope} ms>${above}`, sinceMs, before);
  const known = because(why), causes = newestFirst(fresh, known.causes), [cause] = causes;
  return {
    kind: "slow",
    severity: "suffering",
    subject: group.value,
    title:
      `${percent(shift.after)} of ${named(group.value)} take more than ${duration(shift.above)}${
        sinceText(sinceMs)
      }, ${percent(shift.before)} before` +
      (cause === undefined ? "" : `: ${named(cause)}`),
    sinceMs,
    figures: [
      { name: "share that is slow", value: shift.after, before: shift.before },
      { name: "their median ms", value: shift.quantileAfter, before: shift.quantileBefore },
    ],
    ...known,
    causes,
    question,
    trace: over.length === 0 ? undefined : rows.text("trace", over.at(-1)!),
    share: shift.count / rows.frame.count,
  };
}
