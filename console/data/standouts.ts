/**
 * Finds what stands out: groups of failed or slow requests that have something in common.
 *
 * @module
 */
import { ask } from "../../src/events/ask/ask.ts";
import type { WhyAnswer } from "../../src/events/ask/answer.ts";
import type { Finding, Onset } from "../../src/events/why/explanation.ts";
import type { Frame } from "../../src/events/store/frame.ts";
import { is, joined } from "../question/links.ts";
import { routesOf, type Summary } from "./summary.ts";

/** Requests that stand out, and what they have in common. */
export interface Standout {
  readonly kind: "failed" | "slow";
  /** The route; empty for all. */
  readonly route: string;
  /** The condition of the route, and the whole question. */
  readonly where: string;
  readonly question: string;
  readonly selected: number;
  readonly others: number;
  readonly finding: Finding;
  readonly onset: Onset | undefined;
  /** The trace of one of them. */
  readonly trace: string | undefined;
  /** Over the time that is shown. */
  readonly course: Float64Array;
  /** The place of the onset in it, 0 to 1. */
  readonly mark: number | undefined;
  /** From here on a request counts as slow. */
  readonly limitMs: number;
}

const MOST = 3, ROUTES = 6, BINS = 48;
/** Fewer requests say too little; weaker findings too. */
const LEAST = 10, LEAST_PHI = 0.25;
/** Slow is above this many times the usual, and above what anybody notices. */
const TIMES_USUAL = 4, NOTICED_MS = 20;

/** The groups that stand out most, at most three; pauses after each question, which takes some milliseconds. */
export function* standoutsOf(
  frame: Frame,
  fromMs: number,
  toMs: number,
): Generator<void, Standout[], void> {
  const routes = routesOf(frame, fromMs, toMs, BINS).slice(0, ROUTES), found: Standout[] = [];
  for (const route of routes) {
    const where = route.method === "job"
      ? is("job", route.route)
      : route.route === ""
      ? ""
      : is("route", route.route);
    const scope = { frame, fromMs, toMs, route, where };
    const failed = route.failed >= LEAST ? look(scope, "failed", "status>=500", 0) : undefined;
    if (failed !== undefined) found.push(failed);
    yield;
    const limit = Number(Math.max(NOTICED_MS, TIMES_USUAL * route.p50).toPrecision(2));
    if (route.count < 10 * LEAST || !(route.p99 > limit)) continue;
    const slow = look(scope, "slow", `ms>${limit}`, limit);
    // Failed requests are often slow ones, of the same cause: that is said once.
    if (slow !== undefined && !isSame(slow, failed)) found.push(slow);
    yield;
  }
  const weight = ({ selected, finding }: Standout) => Math.log2(selected) * finding.phi;
  return found.sort((a, b) => weight(b) - weight(a)).slice(0, MOST);
}

function isSame(slow: Standout, failed: Standout | undefined): boolean {
  if (failed === undefined) return false;
  const name = ({ finding }: Standout) => finding.terms.map(({ text }) => text).join(" ");
  return name(slow) === name(failed) && slow.selected < 1.5 * failed.selected;
}

interface Scope {
  readonly frame: Frame;
  readonly fromMs: number;
  readonly toMs: number;
  readonly route: Summary;
  readonly where: string;
}

function look(
  { frame, fromMs, toMs, route, where }: Scope,
  kind: Standout["kind"],
  condition: string,
  limitMs: number,
): Standout | undefined {
  const question = joined(where, `why ${condition}`);
  let answer: WhyAnswer;
  try {
    answer = ask(frame, question) as WhyAnswer;
  } catch {
    // A route with a name that no question can have: the other routes are looked at.
    return undefined;
  }
  const finding = answer.which[0];
  if (answer.isTooFew || finding === undefined || finding.phi < LEAST_PHI) return undefined;
  const { selected, others, onset, examples } = answer;
  const trace = examples.find(({ fields }) => typeof fields.trace === "string")?.fields.trace;
  return {
    kind,
    route: `${route.method} ${route.route}`.trim(),
    where,
    question,
    selected,
    others,
    finding,
    onset,
    trace: trace as string | undefined,
    course: kind === "failed" ? route.failures : route.p99s,
    mark: onset && (onset.timeMs - fromMs) / Math.max(1, toMs - fromMs),
    limitMs,
  };
}
