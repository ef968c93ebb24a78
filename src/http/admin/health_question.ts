/**
 * What a caller asks a health endpoint for.
 *
 * @module
 */
import type { HealthSnapshot, HealthStatus } from "../../health/snapshot.ts";

/** The media type of draft-inadarei-api-health-check. */
export const HEALTH_JSON_TYPE = "application/health+json";

/** What a caller of a health endpoint asked for. */
export interface HealthQuestion {
  /** The checks to leave out. */
  readonly exclude: readonly string[];
  /** As `application/health+json`. */
  readonly isDraft: boolean;
}

/** Names that are left out at once; more are not read. */
const MAX_EXCLUDED = 100;

/** Reads what a request asks for; who may not see the detail asks for a format at most. */
export function healthQuestion(request: Request, mayDetail: boolean): HealthQuestion {
  const isDraft = request.headers.get("accept")?.includes(HEALTH_JSON_TYPE) ?? false;
  const start = request.url.indexOf("?");
  if (start === -1 || !mayDetail) return { exclude: [], isDraft };
  const query = new URLSearchParams(request.url.slice(start + 1));
  return { exclude: query.getAll("exclude").slice(0, MAX_EXCLUDED), isDraft };
}

/** The probes of Kubernetes, and the health of the whole. */
export type HealthView = "health" | "live" | "ready" | "startup";

/** The state that a view is about. */
export function statusOf(view: HealthView, snapshot: HealthSnapshot): HealthStatus {
  return view === "health" ? snapshot.status : snapshot[view];
}

/** An answer of this status, 200 unless it is DOWN, then 503; the status alone when nothing is said. */
export function answerStatus(
  status: HealthStatus,
  body: string = JSON.stringify({ status }),
  type = "application/json",
): Response {
  return new Response(body, {
    status: status === "DOWN" ? 503 : 200,
    headers: { "content-type": type },
  });
}
