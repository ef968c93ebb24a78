/**
 * What the health endpoints answer: the state, the detail, or `application/health+json`.
 *
 * @module
 */
import { healthJson } from "../../health/report.ts";
import { healthReport } from "../../health/report.ts";
import type { HealthSnapshot } from "../../health/snapshot.ts";
import {
  answerStatus,
  HEALTH_JSON_TYPE,
  type HealthQuestion,
  type HealthView,
  statusOf,
} from "./health_question.ts";

/** What is told besides the state; undefined for who may not see it. */
export interface HealthDetail {
  readonly version: string | undefined;
}

/** The answer to a question about more than the status, or to a caller who may see more. */
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

/** The snapshot without what is not to be shown. */
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
