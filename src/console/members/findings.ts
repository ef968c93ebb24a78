/**
 * What the members of a cluster have found, in one list.
 *
 * @module
 */
import { type Finding, type FindingKind, RANKS } from "../findings/finding.ts";
import { type Found, MAX_FINDINGS } from "../findings/findings.ts";

/** About an isolate itself; what is about rows was found among the rows of all. */
const OF_ISOLATE: ReadonlySet<FindingKind> = /* @__PURE__ */ new Set<FindingKind>([
  "health",
  "series",
  "outside",
  "heap",
  "gc",
  "clock",
  "lost",
]);

/** What one of the others has found. */
export interface FoundThere {
  readonly isolate: string;
  readonly findings: readonly Finding[];
}

/** The findings of all: one that several isolates have is told once, and says where. */
export function whereFound(own: Found, isolate: string, others: readonly FoundThere[]): Found {
  const all: Finding[] = [], where = new Map<string, { at: number; isolates: string[] }>();
  for (const { isolate: name, findings } of [{ isolate, findings: own.findings }, ...others]) {
    for (const finding of findings) {
      if (!OF_ISOLATE.has(finding.kind)) {
        if (name === isolate) all.push(finding);
        continue;
      }
      const key = `${finding.kind}\n${finding.subject}`, known = where.get(key);
      if (known === undefined) where.set(key, { at: all.push(finding) - 1, isolates: [name] });
      else known.isolates.push(name);
    }
  }
  for (const { at, isolates } of where.values()) {
    const finding = all[at]!;
    const isEverywhere = isolates.length === others.length + 1;
    const said = isEverywhere
      ? "All isolates have it."
      : `Isolate ${isolates.join(", ")} has it, of ${others.length + 1} that answered.`;
    all[at] = { ...finding, evidence: [...finding.evidence, said] };
  }
  // Those of one severity stay in the order in which each isolate has them.
  all.sort((a, b) => RANKS[b.severity] - RANKS[a.severity]);
  const findings = all.slice(0, MAX_FINDINGS);
  return { ...own, findings, more: own.more + all.length - findings.length };
}
