/**
 * Outgoing calls that became slow, and those that are tried again and again.
 *
 * @module
 */
import { printValue } from "../../events/question/print.ts";
import type { Steps } from "../../events/store/frame.ts";
import { changeOf } from "../../events/why/onset.ts";
import type { Weighed } from "./finding.ts";
import type { Group, RowsNow } from "./rows.ts";
import { shiftOf } from "./shift.ts";
import { duration, figure, named, percent, sinceText } from "./words.ts";

/** Hosts that are looked at, and rows that say enough about one. */
const MAX_HOSTS = 8, LEAST = 20;
/** Retries for each call that are a storm, whatever was before. */
const STORM = 0.5;

/** Hosts that answer late or make us try again. */
export function* calls(rows: RowsNow): Steps<Weighed[]> {
  const found: Weighed[] = [];
  const hosts = (yield* rows.by("http.host")).filter((host) => host.rows.length >= LEAST);
  for (const host of hosts.slice(0, MAX_HOSTS)) {
    const retried = yield* retries(rows, host);
    if (retried !== undefined) found.push(retried);
    const late = yield* lateHost(rows, host);
    if (late !== undefined) found.push(late);
  }
  return found;
}

function* lateHost(rows: RowsNow, host: Group): Steps<Weighed | undefined> {
  const ms = rows.numbers("http.ms"), shift = yield* shiftOf(host.rows, rows.times, ms);
  if (shift === undefined) return undefined;
  const above = Number(Math.max(shift.above, shift.quantileBefore).toPrecision(2));
  return {
    kind: "calls",
    severity: "notice",
    subject: host.value,
    title: `${percent(shift.after)} of the requests that call ${named(host.value)} wait more than ${
      duration(shift.above)
    } for it${sinceText(shift.sinceMs)}, ${percent(shift.before)} before`,
    sinceMs: shift.sinceMs,
    figures: [
      { name: "share that waits", value: shift.after, before: shift.before },
      { name: "their median http.ms", value: shift.quantileAfter, before: shift.quantileBefore },
    ],
    causes: [`http.host=${printValue(host.value)}`],
    evidence: [],
    question: `http.host:${printValue(host.value)} why http.ms>${above}`,
    share: shift.count / rows.frame.count,
  };
}

function* retries(rows: RowsNow, host: Group): Steps<Weighed | undefined> {
  const retried = rows.numbers("http.retries"), made = rows.numbers("http.n");
  const again = host.rows.filter((row) => retried[row]! > 0);
  if (again.length < LEAST) return undefined;
  const once = host.rows.filter((row) => !(retried[row]! > 0));
  const change = yield* changeOf(rows.times, again, once);
  const rose = change !== undefined && change.after > change.before;
  const sinceMs = rose ? change.timeMs : -Infinity;
  const sums = (isIn: (row: number) => boolean) => {
    let calls = 0, again = 0, requests = 0;
    for (const row of host.rows) {
      if (!isIn(row)) continue;
      requests++;
      calls += made[row]! || 0;
      again += retried[row]! || 0;
    }
    return { perRequest: requests && calls / requests, perCall: calls && again / calls };
  };
  const now = sums((row) => !(rows.times[row]! < sinceMs));
  const before = rose ? sums((row) => rows.times[row]! < sinceMs) : undefined;
  const isStorm = now.perCall >= STORM ||
    before !== undefined && now.perRequest >= 1.5 * before.perRequest;
  if (!isStorm) return undefined;
  const name = named(host.value);
  return {
    kind: "retries",
    severity: "suffering",
    subject: host.value,
    title: `${figure(now.perRequest)} calls to ${name} a request${
      sinceText(rose ? sinceMs : undefined)
    }${before === undefined ? "" : `, ${figure(before.perRequest)} before`}: ${
      percent(now.perCall)
    } of them are retries`,
    sinceMs: rose ? sinceMs : undefined,
    figures: [
      { name: "calls a request", value: now.perRequest, before: before?.perRequest },
      { name: "share of retries", value: now.perCall, before: before?.perCall },
    ],
    causes: [`http.host=${printValue(host.value)}`, "http.retries>0"],
    evidence: [`${again.length} of ${host.rows.length} requests to ${name} were tried again.`],
    question: `http.retries>0 by http.host every 10s`,
    trace: rows.text("trace", again.at(-1)!),
    share: again.length / rows.frame.count,
  };
}
