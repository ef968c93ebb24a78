/**
 * A health snapshot as the text that Kubernetes' own servers write for `?verbose`.
 *
 * @module
 */
import type { HealthStatus } from "./outcome.ts";
import type { HealthSnapshot } from "./snapshot.ts";

/** What is listed. */
export interface CheckListOptions {
  /** The state that was asked for; that of the service by default. */
  readonly status?: HealthStatus | undefined;
  /** Only the checks of this group. */
  readonly group?: string | undefined;
  /** The checks that were left out. */
  readonly exclude?: readonly string[] | undefined;
}

/**
 * One line a check, `[+]` for UP, `[!]` for DEGRADED and `[-]` for DOWN with the reason, and a last
 * line that sums up. It holds error texts: for authorised callers only.
 *
 * @example
 * ```ts
 * import { checkList, HealthRegistry } from "@telltale/telltale/health";
 * import { equal } from "node:assert/strict";
 *
 * const health = new HealthRegistry();
 * health.check("database", () => true);
 * equal(checkList("ready", await health.refresh()), "[+]database ok\nready check passed\n");
 * ```
 *
 * @param title what the last line calls it
 */
export function checkList(
  title: string,
  snapshot: HealthSnapshot,
  options: CheckListOptions = {},
): string {
  const { status = snapshot.status, group, exclude = [] } = options;
  const lines: string[] = [];
  for (const [name, health] of Object.entries(snapshot.components)) {
    if (group !== undefined && !health.groups.includes(group)) continue;
    const why = oneLine(health.error ?? health.description ?? "no reason given");
    if (exclude.includes(name)) lines.push(`[+]${name} excluded: ok`);
    else if (health.status === "UP") lines.push(`[+]${name} ok`);
    else if (health.status === "DEGRADED") lines.push(`[!]${name} degraded: ${why}`);
    else lines.push(`[-]${name} failed: ${why}${health.critical ? "" : " (not critical)"}`);
  }
  const unknown = exclude.filter((name) => !Object.hasOwn(snapshot.components, name));
  if (unknown.length > 0) {
    const names = unknown.map((name) => JSON.stringify(name)).join(",");
    lines.push(`warn: some checks cannot be excluded: no matches for ${names}`);
  }
  if (snapshot.draining) lines.push("draining");
  if (snapshot.maintenance !== undefined) {
    lines.push(`in maintenance: ${oneLine(snapshot.maintenance)}`);
  }
  lines.push(`${title} check ${status === "DOWN" ? "failed" : "passed"}`);
  return lines.join("\n") + "\n";
}

/** What others wrote must not forge a line. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ");
}
