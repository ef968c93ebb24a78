/**
 * The isolates of the service, where there are several.
 *
 * @module
 */
import { type Signal, signal } from "@preact/signals-core";
import type { OfCluster } from "../../src/console/state/shapes.ts";

/** Who there is, in the order of their names, and who did not answer; undefined of a single isolate. */
export const members: Signal<Members | undefined> = signal(undefined);

/** Names of isolates. */
export interface Members {
  readonly present: readonly string[];
  readonly missing: readonly string[];
}

/** Takes what an answer says of it. */
export function noteMembers({ isolates, missing }: Partial<OfCluster>): void {
  if (isolates === undefined || missing === undefined) return;
  const names = new Set([...isolates.map(({ isolate }) => isolate), ...missing].map(String));
  const told = { present: [...names].sort(), missing: [...missing].map(String).sort() };
  if (JSON.stringify(told) !== JSON.stringify(members.peek())) members.value = told;
}
