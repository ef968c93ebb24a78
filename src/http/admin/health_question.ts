/**
 * Questions to a health endpoint, and the answer with the bare status.
 *
 * @module
 */
import type { HealthSnapshot, HealthStatus } from "../../health/snapshot.ts";

/** The media type of draft-inadarei-api-health-check. */
export const HEALTH_JSON_TYPE = "application/health+json";

/** What a request to a health endpoint asks for. */
export interface HealthQuestion {
  /** Names of checks to leave out. */
  readonly exclude: readonly string[];
  /** Whether it asks for `application/health+json`. */
  readonly isDraft: boolean;
}

/** More names to leave out are not read. */
const MAX_EXCLUDED = 100;

/** Reads the question; a caller that may not see the detail can choose the format only. */
export function healthQuestion(request: Request, mayDetail: boolean): HealthQuestion {
  const isDraft = request.headers.get("accept")?.includes(HEALTH_JSON_TYPE) ?? false;
  const start = request.url.indexOf("?");
  if (start === -1 || !mayDetail) return { exclude: [], isDraft };
  const query = new URLSearchParams(request.url.slice(start + 1));
  return { exclude: query.getAll("exclude").slice(0, MAX_EXCLUDED), isDraft };
}

/** The probes of Kubernetes, and the health of the whole. */
export type HealthView = "health" | "live" | "ready" | "startup";

/** The status that a view shows. */
export function statusOf(view: HealthView, snapshot: HealthSnapshot): HealthStatus {
  return view === "health" ? snapshot.status : snapshot[view];
}

/** 503 for DOWN, else 200. @param body the bare status when left out */
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
