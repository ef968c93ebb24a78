/**
 * Significant candidates: strongest first, duplicates merged, confounded ones under their cause.
 *
 * @module
 */
import type { Steps } from "../store/frame.ts";
import type { Candidate, Sides } from "./candidate.ts";
import type { Term } from "./explanation.ts";
import { Hits } from "./hits.ts";
import { type Counts, leastDifference, leastWithin, phi } from "./shares.ts";

/** Smaller differences of shares are ignored. */
const LEAST = 0.02;
/** Candidates compared with each other, and singles combined into pairs, at most. */
const MAX_STRONG = 40, MAX_SINGLES = 12;
/** The Jaccard index above which two terms describe the same rows. */
const SAME = 0.85;
/** The factor by which the phi of a pair must exceed that of the better single. */
const BETTER = 1.15;

/** A term, or a pair of terms, that is significant. */
export interface Strong {
  readonly terms: readonly Term[];
  readonly hits: Counts;
  readonly least: number;
  readonly phi: number;
  /** Terms that describe the same rows. */
  readonly also: Term[];
  /** Terms that differ only because of it. */
  readonly follows: Term[];
}

/** A single term, with the rows that have it. */
interface Single extends Strong {
  readonly hits: Hits;
}

/** The significant candidates. Outcomes are not tested for confounding: they are all effects. */
export function* strongest(
  sides: Sides,
  candidates: readonly Candidate[],
  z: number,
  isOutcome: boolean,
): Steps<Strong[]> {
  const { selected, others } = sides;
  const totals = { selected: selected.length, others: others.length };
  const rated = candidates.map((candidate) => ({
    candidate,
    least: leastDifference(candidate, totals, z),
    phi: phi(candidate, totals),
  })).filter(({ least }) => least > LEAST);
  rated.sort((a, b) =>
    b.phi - a.phi || b.least - a.least || compareTerms(a.candidate.term, b.candidate.term)
  );
  const kept: Single[] = [];
  for (const { candidate: { term, has }, least, phi } of rated.slice(0, MAX_STRONG)) {
    const hits = new Hits(selected, others, has);
    yield;
    const same = kept.find((strong) => overlap(strong.hits, hits) > SAME);
    const cause = same !== undefined || isOutcome
      ? undefined
      : kept.find((strong) =>
        leastWithin(hits, strong.hits, strong.hits.and(hits), totals, z) <= LEAST
      );
    if (same !== undefined) same.also.push(term);
    else if (cause !== undefined) cause.follows.push(term);
    else kept.push({ terms: [term], hits, least, phi, also: [], follows: [] });
  }
  const pair = isOutcome ? undefined : pairOf(kept.slice(0, MAX_SINGLES), totals, z);
  yield;
  if (pair === undefined) return kept;
  return [...kept, pair].sort((a, b) => b.phi - a.phi);
}

/** The best pair of terms that separates the rows better than each term alone. */
function pairOf(singles: readonly Single[], totals: Counts, z: number): Strong | undefined {
  let pair: Strong | undefined;
  for (const [k, one] of singles.entries()) {
    for (const other of singles.slice(k + 1)) {
      if (one.terms[0]!.field === other.terms[0]!.field) continue;
      const hits = one.hits.and(other.hits), strength = phi(hits, totals);
      const least = leastDifference(hits, totals, z);
      if (least <= LEAST || strength <= BETTER * Math.max(one.phi, other.phi)) continue;
      if (pair !== undefined && strength <= pair.phi) continue;
      const terms = [one.terms[0]!, other.terms[0]!];
      pair = { terms, hits, least, phi: strength, also: [], follows: [] };
    }
  }
  return pair;
}

/** The Jaccard index of two sets of rows. */
function overlap(one: Hits, other: Hits): number {
  const both = one.and(other), count = both.selected + both.others;
  return count / (one.selected + one.others + other.selected + other.others - count);
}

/** The most specific first, for terms with the same rows. */
const PLAINER: readonly Term["op"][] = ["=", ">=", "<=", "?", "-?"];

function compareTerms(a: Term, b: Term): number {
  const order = PLAINER.indexOf(a.op) - PLAINER.indexOf(b.op);
  return order || (a.text < b.text ? -1 : a.text > b.text ? 1 : 0);
}
