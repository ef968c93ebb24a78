/**
 * Changes of flags, and their marks: in the log, among the rows, and as a counter for charts.
 *
 * @module
 */
import type { FlagDefinition } from "./rule/definition.ts";
import type { FlagKind } from "./rule/value.ts";
import type { FlagsOptions } from "./options.ts";

/** A change of a flag. */
export interface FlagChange {
  /** The flag. */
  readonly key: string;
  /** What happened to it. */
  readonly change: "added" | "changed" | "removed";
  /** Who changed it: `define`, `set`, `guard`, or the source that was loaded. */
  readonly by: string;
  /** When, in milliseconds since the Unix epoch. */
  readonly timeMs: number;
}

/** What there is to know about a flag. */
export interface FlagInfo {
  /** Its key. */
  readonly key: string;
  /** The kind of its values; undefined where they have several. */
  readonly kind: FlagKind | undefined;
  /** The names of its values. */
  readonly variants: readonly string[];
  /** The variant of those whom nothing decides for. */
  readonly default: string | undefined;
  /** The definition in force; undefined for a flag of flagd or Unleash. */
  readonly definition: FlagDefinition | undefined;
  /** Its last change at run time. */
  readonly changed: FlagChange | undefined;
}

/** Changes of one load that are told one by one; the others are told as a number. */
const MAX_TOLD = 20;

/** Marks changes that came together. */
export function mark(changes: readonly FlagChange[], options: FlagsOptions): void {
  const { log, events, metrics } = options;
  if (changes.length === 0) return;
  const counter = metrics?.counter(
    "feature_flag_changes_total",
    "Changes of feature flags at run time",
    ["flag", "by"],
    { exemplars: false },
  );
  for (const { key, by } of changes) counter?.inc({ flag: key, by });
  for (const { key, change, by, timeMs } of changes.slice(0, MAX_TOLD)) {
    log?.info("flag changed", { flag: key, change, by });
    events?.add({ time: timeMs, job: "flag changed", flag: key, change, by });
  }
  const more = changes.length - MAX_TOLD;
  if (more > 0) log?.info("flags changed", { more, by: changes[0]!.by });
}
