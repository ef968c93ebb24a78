/**
 * What the health endpoints answer: the state, the detail, or one of two other formats.
 *
 * @module
 */
import { checkList } from "../health/check_list.ts";
import { healthJson } from "../health/health_json.ts";
import { healthReport } from "../health/report.ts";
import type { HealthSnapshot } from "../health/snapshot.ts";
import { HEALTH_JSON_TYPE, type HealthQuestion, type HealthView } from "./health_question.ts";

/** What is told besides the state; undefined for who may not see it. */
export interface HealthDetail {
  readonly version: string | undefined;
}

/** The answer to a question: 200 unless the state is DOWN, then 503. */
export function answerHealth(
  view: HealthView,
  snapshot: HealthSnapshot,
  { exclude, isVerbose, isDraft }: HealthQuestion,
  detail: HealthDetail | undefined,
): Response {
  const status = view === "health" ? snapshot.status : snapshot[view];
  const group = view === "health" ? undefined : view;
  const answer = (body: string, type: string) =>
    new Response(body, {
      status: status === "DOWN" ? 503 : 200,
      headers: { "content-type": type },
    });
  if (isVerbose) {
    const list = checkList(view, snapshot, { status, group, exclude });
    return answer(list, "text/plain; charset=utf-8");
  }
  const shown = only(snapshot, detail === undefined, group, exclude);
  const body = isDraft
    ? healthJson(shown, { status, version: detail?.version })
    : detail !== undefined && view === "health"
    ? healthReport(shown, detail)
    : { status };
  return answer(JSON.stringify(body), isDraft ? HEALTH_JSON_TYPE : "application/json");
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
