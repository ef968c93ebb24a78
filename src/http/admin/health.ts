/**
 * The answer of a health endpoint beyond the bare status; loaded with the first of them.
 *
 * @module
 */
import { healthJson, healthReport } from "../../health/report.ts";
import type { HealthSnapshot } from "../../health/snapshot.ts";
import {
  answerStatus,
  HEALTH_JSON_TYPE,
  type HealthQuestion,
  type HealthView,
  statusOf,
} from "./health_question.ts";

/** What the report says besides the components. */
export interface HealthDetail {
  readonly version: string | undefined;
}

/**
 * The report, as `application/health+json` where that is asked for.
 *
 * @param detail undefined for a caller that may see the status only
 */
export function answerHealth(
  view: HealthView,
  snapshot: HealthSnapshot,
  { exclude, isDraft }: HealthQuestion,
  detail: HealthDetail | undefined,
): Response {
  const status = statusOf(view, snapshot);
  const group = view === "health" ? undefined : view;
  const shown = only(snapshot, detail === undefined, group, exclude);
  if (isDraft) {
    const draft = healthJson(shown, { status, version: detail?.version });
    return answerStatus(status, JSON.stringify(draft), HEALTH_JSON_TYPE);
  }
  return answerStatus(status, JSON.stringify(healthReport(shown, detail)));
}

/** The snapshot without the parts that are not to be shown. */
function only(
  snapshot: HealthSnapshot,
  isBare: boolean,
  group: string | undefined,
  exclude: readonly string[],
): HealthSnapshot {
  if (isBare) return { ...snapshot, components: {}, draining: false, maintenance: undefined };
  if (group === undefined && exclude.length === 0) return snapshot;
  const components = Object.entries(snapshot.components).filter(([name, { groups }]) =>
    !exclude.includes(name) && (group === undefined || groups.includes(group))
  );
  return { ...snapshot, components: Object.fromEntries(components) };
}
