/**
 * Work that used to run inside of requests and now does not belong to any: its context was lost.
 *
 * @module
 */
import type { Steps } from "../../events/store/frame.ts";
import { changeOf } from "../../events/why/onset.ts";
import type { LogRecord } from "../../log/record/record.ts";
import type { SpanRecord } from "../../trace/span/record.ts";
import type { Weighed } from "./finding.ts";
import { clockTime, named, percent } from "./words.ts";

/** Names that are looked at, and how often each must have been inside and outside. */
const MAX_NAMES = 64, LEAST = 10;
/** The share outside after the change, and at most before it. */
const MOST_OUT = 0.5, FEW_OUT = 0.1;

/** One span or line. */
interface Seen {
  readonly timeMs: number;
  readonly isInside: boolean;
}

/** Spans and lines that lost their request. */
export function* outside(
  spans: Iterable<SpanRecord>,
  lines: readonly LogRecord[],
): Steps<Weighed[]> {
  const bySpan = new Map<string, Seen[]>(), byLine = new Map<string, Seen[]>();
  for (const { name, kind, requestId, parentSpanId, startTimeMs } of spans) {
    if (kind === "server" || kind === "consumer") continue;
    add(bySpan, name, { timeMs: startTimeMs, isInside: requestId !== "" || parentSpanId !== "" });
  }
  yield;
  for (const { message, traceId, timeMs } of lines) {
    add(byLine, message, { timeMs, isInside: traceId !== "" });
  }
  yield;
  return [...yield* lostAmong(bySpan, "spans"), ...yield* lostAmong(byLine, "lines")];
}

function add(byName: Map<string, Seen[]>, name: string, seen: Seen): void {
  const known = byName.get(name);
  if (known !== undefined) known.push(seen);
  else if (byName.size < MAX_NAMES) byName.set(name, [seen]);
}

function* lostAmong(
  byName: ReadonlyMap<string, readonly Seen[]>,
  what: "spans" | "lines",
): Steps<Weighed[]> {
  const found: Weighed[] = [];
  for (const [name, seen] of byName) {
    const times = Float64Array.from(seen, ({ timeMs }) => timeMs);
    const places = (isInside: boolean) =>
      Uint32Array.from(seen.flatMap((one, i) => one.isInside === isInside ? [i] : []));
    const out = places(false), inside = places(true);
    if (out.length < LEAST || inside.length < LEAST) continue;
    const change = yield* changeOf(times, out, inside);
    if (change === undefined || change.after < MOST_OUT || change.before > FEW_OUT) continue;
    found.push({
      kind: "outside",
      severity: "notice",
      subject: name,
      title: `${percent(change.after)} of the ${what} "${named(name)}" belong to no request since ${
        clockTime(change.timeMs)
      }, ${percent(change.before)} before: their context is lost`,
      sinceMs: change.timeMs,
      figures: [
        { name: "share outside any request", value: change.after, before: change.before },
        { name: `${what} outside`, value: out.length },
      ],
      causes: [],
      evidence: [],
      share: 0,
    });
  }
  return found;
}
