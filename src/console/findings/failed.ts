/**
 * Requests and jobs that fail more often than they did, or often.
 *
 * @module
 */
import { printName, printValue } from "../../events/question/print.ts";
import type { Steps } from "../../events/store/frame.ts";
import { changeOf } from "../../events/why/onset.ts";
import { leastShare } from "../../events/why/shares.ts";
import { because, newCauses, newestFirst } from "./cause.ts";
import type { Weighed } from "./finding.ts";
import type { Group, RowsNow } from "./rows.ts";
import { named, percent, sinceText } from "./words.ts";

/** Groups that are looked at, those with most failures first. */
const MAX_GROUPS = 8;
/** Fewer failures are bad luck. */
const LEAST = 10;
/** A share that is always too much, beyond chance. */
const TOO_MUCH = 0.05;
/** A property of which most requests fail is a fault of its own, however rare it is. */
const MOST = 0.5;
/** A rise that counts: to this many times the share of before. */
const RISE = 2;
/** Standard deviations of what is beyond chance. */
const Z = 3;

/** Routes whose answers are 500 and up, and jobs that throw. */
export function* failed(rows: RowsNow): Steps<Weighed[]> {
  const statuses = rows.numbers("status"), found: Weighed[] = [];
  const errors = yield* rows.frame.keys("error.type");
  const kinds = [
    { field: "route", asked: "status>=500", isFailed: (row: number) => statuses[row]! >= 500 },
    { field: "job", asked: "error.type?", isFailed: (row: number) => errors.keys[row] !== 0 },
  ];
  for (const { field, asked, isFailed } of kinds) {
    const groups = (yield* rows.by(field)).map((group) => ({
      group,
      bad: group.rows.filter(isFailed),
    }))
      .filter(({ bad }) => bad.length >= LEAST)
      .sort((a, b) => b.bad.length - a.bad.length).slice(0, MAX_GROUPS);
    for (const { group, bad } of groups) {
      const finding = yield* failing(rows, group, bad, asked);
      if (finding !== undefined) found.push(finding);
    }
  }
  return merged(found);
}

function* failing(
  rows: RowsNow,
  group: Group,
  bad: Uint32Array,
  asked: string,
): Steps<Weighed | undefined> {
  const total = group.rows.length, isBad = new Set(bad);
  const good = group.rows.filter((row) => !isBad.has(row));
  const change = yield* changeOf(rows.times, bad, good);
  const rose = change !== undefined && change.after >= RISE * change.before;
  const sinceMs = rose ? change.timeMs : undefined;
  const share = rose ? change.after : bad.length / total;
  const scope = `${printName(group.field)}:${printValue(group.value)}`;
  const question = `${scope} why ${asked}`;
  const why = yield* rows.why(question);
  const before = rose ? change.before : undefined;
  const [cause] = why.which;
  const isOfOne = cause !== undefined && cause.shareWith >= MOST && cause.selected >= LEAST;
  if (!rose && !isOfOne && leastShare(bad.length, total, Z) < TOO_MUCH) return undefined;
  const earlier = rose ? bad.filter((row) => rows.times[row]! < change.timeMs).length : 0;
  const fresh = yield* newCauses(rows, `${scope} ${asked}`, sinceMs, earlier);
  const known = because(why), causes = newestFirst(fresh, known.causes);
  return {
    kind: "failed",
    severity: "failing",
    subject: group.value,
    title: `${percent(share)} of ${named(group.value)} fail${sinceText(sinceMs)}` +
      (before === undefined ? "" : `, ${percent(before)} before`) +
      (causes[0] === undefined ? "" : `: ${named(causes[0])}`),
    sinceMs,
    figures: [{ name: "share that fails", value: share, before }, {
      name: "failed",
      value: bad.length,
    }],
    ...known,
    causes,
    question,
    trace: rows.text("trace", bad.at(-1)!),
    share: bad.length / rows.frame.count,
  };
}

/** One finding for all routes that began to fail for the same cause. */
function merged(found: readonly Weighed[]): Weighed[] {
  const byCause = new Map<string, Weighed[]>();
  for (const finding of found) {
    const cause = finding.causes[0] ?? `only ${finding.subject}`;
    byCause.set(cause, [...byCause.get(cause) ?? [], finding]);
  }
  return [...byCause.values()].map(([first, ...others]) =>
    others.length === 0 ? first! : {
      ...first!,
      evidence: [
        ...first!.evidence,
        `The same holds for ${others.map(({ subject }) => named(subject)).join(", ")}.`,
      ],
      share: others.reduce((sum, { share }) => sum + share, first!.share),
    }
  );
}
