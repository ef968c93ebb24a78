/**
 * What happened to the service itself, and what may have begun with that.
 *
 * @module
 */
import type { RuntimeHistory } from "../../core/runtime/history.ts";
import type { Rows } from "../../events/store/rows.ts";
import type { HealthChange } from "../../health/snapshot.ts";
import type { LogRecord } from "../../log/record/record.ts";
import type { Marker, Weighed } from "./finding.ts";
import { clockTime, named } from "./words.ts";

/** The job whose rows are changes of flags, which are no work. */
export const FLAG_CHANGED = "flag changed";
/** An onset is known to a bin: of an hour, 15 seconds. */
const NEAR_MS = 20_000;
/** Kinds that have a profile of their own cause, by what the line about it says. */
const PROFILED: Readonly<Record<string, string>> = {
  blocked: "Event loop blocked",
  gc: "Event loop blocked",
  heap: "Profile kept",
};

/** What marks are read from. */
export interface MarkSource {
  readonly events: Rows | undefined;
  readonly health: { history(): readonly HealthChange[] };
  readonly history: Pick<RuntimeHistory, "steps">;
}

/** What may have changed how the service does, the oldest first. */
export function marksOf({ events, health, history }: MarkSource): Marker[] {
  const marks: Marker[] = events === undefined ? [] : [...marksOfRows(events)];
  for (const { component, from, to, timeMs } of health.history()) {
    // Every component has a first state.
    if (from === undefined) continue;
    marks.push({ timeMs, kind: "health", text: `${named(component)} became ${to}` });
  }
  for (const { timeMs, stepMs } of history.steps) {
    const way = stepMs < 0 ? "back" : "forward";
    marks.push({ timeMs, kind: "clock", text: `the clock went ${way}` });
  }
  return marks.sort((a, b) => a.timeMs - b.timeMs);
}

/** Changes of flags, and versions that came after others. */
function* marksOfRows(events: Rows): Generator<Marker> {
  const jobs = events.column("job"), versions = events.column("version");
  const known = new Set<unknown>();
  for (let number = events.first; number < events.next; number++) {
    const slot = number % events.slots, version = versions?.at(slot);
    const isNew = version !== undefined && !known.has(version);
    const isChange = jobs?.at(slot) === FLAG_CHANGED;
    if (!isNew && !isChange) continue;
    const { time, flag = "", change = "", by = "" } = events.row(number)!, timeMs = Number(time);
    if (isChange) {
      const text = `flag ${named(String(flag))} ${named(String(change))} by ${named(String(by))}`;
      yield { timeMs, kind: "flag", text };
    }
    // The first is what the service was started with.
    if (isNew && known.size > 0) {
      yield { timeMs, kind: "version", text: `version ${named(String(version))} came` };
    }
    if (isNew) known.add(version);
  }
}

/**
 * With the change of a flag or version that is nearest to the onset, and the profile that was taken because of
 * it. A mark is no proof: the finding says when, not that it is the cause.
 */
export function marked(
  finding: Weighed,
  marks: readonly Marker[],
  lines: readonly LogRecord[],
): Weighed {
  const { sinceMs } = finding, profile = profileOf(finding, lines);
  const near = sinceMs === undefined
    ? []
    : marks.filter(({ kind, timeMs }) =>
      (kind === "flag" || kind === "version") && Math.abs(timeMs - sinceMs) <= NEAR_MS
    );
  near.sort((a, b) => Math.abs(a.timeMs - sinceMs!) - Math.abs(b.timeMs - sinceMs!));
  const [mark] = near;
  const said = mark === undefined
    ? []
    : [`It began when ${mark.text}, at ${clockTime(mark.timeMs)}.`];
  return { ...finding, evidence: [...said, ...finding.evidence], mark, profile };
}

/** The id that a line about the same thing tells, the newest. */
function profileOf({ kind, subject }: Weighed, lines: readonly LogRecord[]): string | undefined {
  const message = PROFILED[kind];
  if (message === undefined && kind !== "burning") return undefined;
  const line = lines.findLast(({ message: said, fields }) =>
    fields.profile_id !== undefined &&
    (kind === "burning" ? fields.slo === subject : said === message) &&
    (kind !== "heap" || fields.trigger === "heap")
  );
  return line === undefined ? undefined : String(line.fields.profile_id);
}
