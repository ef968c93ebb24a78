/**
 * What is unusual about the service, as plain data.
 *
 * @module
 */

/** How much a finding matters: requests fail, requests suffer, or somebody should know. */
export type Severity = "failing" | "suffering" | "notice";

/** Which detector found it. */
export type FindingKind =
  | "failed"
  | "slow"
  | "calls"
  | "retries"
  | "repeats"
  | "blocked"
  | "burning"
  | "health"
  | "series"
  | "outside"
  | "heap"
  | "gc"
  | "clock"
  | "lost";

/** A number that a finding rests on. */
export interface Figure {
  /** What was measured: `share`, `p99 ms`, `calls per request`. */
  readonly name: string;
  /** Its value now. */
  readonly value: number;
  /** Its value before; undefined where nothing is known from before. */
  readonly before?: number | undefined;
}

/** Something unusual, with what it rests on. */
export interface Finding {
  /** Which detector found it. */
  readonly kind: FindingKind;
  /** How much it matters. */
  readonly severity: Severity;
  /** What it is about: a route, a host, an SLO, a metric. */
  readonly subject: string;
  /** The finding in one sentence. */
  readonly title: string;
  /** When it began, in milliseconds since the Unix epoch; undefined when it was always so, as far as is known. */
  readonly sinceMs?: number | undefined;
  /** Numbers that it rests on. */
  readonly figures: readonly Figure[];
  /** What the requests concerned have in common, as written in a question, the strongest first. */
  readonly causes: readonly string[];
  /** More about it, a sentence each. */
  readonly evidence: readonly string[];
  /** The question whose answer proves it. */
  readonly question?: string | undefined;
  /** The slowest or last of the requests concerned. */
  readonly trace?: string | undefined;
  /** The change of a flag or version at which it began. */
  readonly mark?: Marker | undefined;
  /** The id of a profile that was taken because of it. */
  readonly profile?: string | undefined;
}

/** Something that happened to the service at a time. */
export interface Marker {
  readonly timeMs: number;
  readonly kind: "start" | "version" | "flag" | "health" | "clock";
  readonly text: string;
}

/** A finding, and the share of the service's requests that it concerns. */
export interface Weighed extends Finding {
  /** 0 to 1. */
  readonly share: number;
}

/** The worst has the greatest. */
export const RANKS: Readonly<Record<Severity, number>> = { failing: 2, suffering: 1, notice: 0 };

/** The worst first: by severity, then by the share of requests concerned. */
export function worstFirst(found: readonly Weighed[]): Weighed[] {
  return found.toSorted((a, b) =>
    RANKS[b.severity] - RANKS[a.severity] || b.share - a.share || (a.title < b.title ? -1 : 1)
  );
}
