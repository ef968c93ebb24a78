/**
 * Which checks wait for which.
 *
 * @module
 */

/** What a check says about others. */
export interface Dependent {
  /** The names of the checks that it waits for; registered or not. */
  readonly dependsOn: readonly string[];
}

/**
 * The way from a check back to itself, as `a → b → a`; undefined when there is none. Only the new
 * check can have closed a circle.
 */
export function cycleThrough(
  name: string,
  dependsOn: readonly string[],
  others: ReadonlyMap<string, Dependent>,
): string | undefined {
  const seen = new Set<string>();
  const walk = (at: string, way: readonly string[]): readonly string[] | undefined => {
    if (at === name && way.length > 0) return [...way, at];
    if (seen.has(at)) return undefined;
    seen.add(at);
    const next = at === name ? dependsOn : others.get(at)?.dependsOn ?? [];
    for (const other of next) {
      const found = walk(other, [...way, at]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return walk(name, [])?.join(" → ");
}
