/**
 * What every answer about health tells, whoever asks.
 *
 * @module
 */
import type { HealthStatus } from "../health/outcome.ts";
import type { HealthSnapshot } from "../health/snapshot.ts";

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
