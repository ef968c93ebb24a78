/**
 * What stands out among candidates: strongest first, each said once, the cause before what follows.
 *
 * @module
 */
import type { Steps } from "../store/frame.ts";
import type { Candidate, Sides } from "./candidate.ts";
import type { Term } from "./explanation.ts";
import { Hits } from "./hits.ts";
import { type Counts, leastDifference, leastWithin, phi } from "./shares.ts";

/** A difference of shares that is less is none. */
const LEAST = 0.02;
/** What is compared with each other at most, of each group. */
const MAX_STRONG = 40, MAX_SINGLES = 12;
/** Rows that two things share, of all that have one of them, from which on they are the same. */
const SAME = 0.85;
/** How much better two together must tell who is selected than the better one of them. */
const BETTER = 1.15;

/** Something that stands out. */
export interface Strong {
  readonly terms: readonly Term[];
  readonly hits: Counts;
  readonly least: number;
  readonly phi: number;
  /** The same rows by other names. */
  readonly also: Term[];
  /** What differs only because of it. */
  readonly follows: Term[];
}

/** One thing that stands out, with the rows that have it. */
interface Single extends Strong {
  readonly hits: Hits;
}

/** What differs by more than chance; `isOutcome` says that no cause is looked for among them. */
export function* strongest(
  sides: Sides,
  candidates: readonly Candidate[],
  z: number,
  isOutcome: boolean,
): Steps<Strong[]> {
  const { selected, others } = sides;
  const of = { selected: selected.length, others: others.length };
  const rated = candidates.map((candidate) => ({
    candidate,
    least: leastDifference(candidate, of, z),
    phi: phi(candidate, of),
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
        leastWithin(hits, strong.hits, strong.hits.and(hits), of, z) <= LEAST
      );
    if (same !== undefined) same.also.push(term);
    else if (cause !== undefined) cause.follows.push(term);
    else kept.push({ terms: [term], hits, least, phi, also: [], follows: [] });
  }
  const pair = isOutcome ? undefined : pairOf(kept.slice(0, MAX_SINGLES), of, z);
  yield;
  if (pair === undefined) return kept;
  return [...kept, pair].sort((a, b) => b.phi - a.phi);
}

/** Two things that together tell better who is selected than each alone. */
function pairOf(singles: readonly Single[], of: Counts, z: number): Strong | undefined {
  let pair: Strong | undefined;
  for (const [k, one] of singles.entries()) {
    for (const other of singles.slice(k + 1)) {
      if (one.terms[0]!.field === other.terms[0]!.field) continue;
      const hits = one.hits.and(other.hits), strength = phi(hits, of);
      const least = leastDifference(hits, of, z);
      if (least <= LEAST || strength <= BETTER * Math.max(one.phi, other.phi)) continue;
      if (pair !== undefined && strength <= pair.phi) continue;
      const terms = [one.terms[0]!, other.terms[0]!];
      pair = { terms, hits, least, phi: strength, also: [], follows: [] };
    }
  }
  return pair;
}

/** The part of the rows with one of two things that have both (Jaccard). */
function overlap(one: Hits, other: Hits): number {
  const both = one.and(other), count = both.selected + both.others;
  return count / (one.selected + one.others + other.selected + other.others - count);
}

/** A value says more than that there is one. */
const PLAINER: readonly Term["op"][] = ["=", ">=", "<=", "?", "-?"];

function compareTerms(a: Term, b: Term): number {
  const order = PLAINER.indexOf(a.op) - PLAINER.indexOf(b.op);
  return order || (a.text < b.text ? -1 : a.text > b.text ? 1 : 0);
}
