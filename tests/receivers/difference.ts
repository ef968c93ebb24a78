/** What became of one case: rows that are missing, and those that are there instead. */
export interface Difference {
  readonly missing: readonly string[];
  readonly instead: readonly string[];
}

/** What a way made of the cases, by case: only those that differ. */
export type Outcome = Readonly<Record<string, Difference>>;

/** What came of a way. */
export interface Arrived {
  readonly outcome: Outcome;
  /** What our side reported. */
  readonly faults: readonly string[];
}

/** A sentence about what differs, and the cases that it is about. */
export type Says = readonly [sentence: string, ...cases: string[]];

/** The rows that only one side has; undefined where both have the same. */
export function differenceOf(
  expected: readonly string[],
  found: readonly string[],
): Difference | undefined {
  const sent = new Set(expected), stored = new Set(found);
  const missing = [...sent].filter((row) => !stored.has(row)).sort();
  const instead = [...stored].filter((row) => !sent.has(row)).sort();
  return missing.length + instead.length > 0 ? { missing, instead } : undefined;
}
