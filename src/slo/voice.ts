/**
 * What SLOs say: to the log when an alert changes, and to health while they burn.
 *
 * @module
 */
import type { HealthRegistry } from "../health/registry.ts";
import type { Logger } from "../log/logger.ts";
import type { SloChange } from "./live/alert.ts";
import type { Slo } from "./slo.ts";

/** Logs that an alert begins, changes or ends. */
export function logAlert(
  log: Pick<Logger, "info" | "warn" | "error"> | undefined,
  { slo, from, to, state: { burn, budgetRemaining } }: SloChange,
  profileId: string | undefined,
): void {
  const fields = {
    slo,
    from,
    to,
    burn_1h: burn["1h"],
    burn_6h: burn["6h"],
    burn_3d: burn["3d"],
    budget_remaining: budgetRemaining,
    ...(profileId && { profile_id: profileId }),
  };
  if (to === "page") log?.error("SLO alert", fields);
  else if (to === "ticket") log?.warn("SLO alert", fields);
  else log?.info("SLO alert ended", fields);
}

/** Has an SLO degrade health while it pages; in no group, for it is no reason to send requests elsewhere. */
export function degrade(health: Pick<HealthRegistry, "check"> | undefined, slo: Slo): void {
  health?.check(`slo ${slo.name}`, () => {
    const { alert, budgetRemaining } = slo.state();
    if (alert !== "page") return true;
    const left = `${Math.round(budgetRemaining * 100)} % of the error budget left`;
    return { status: "DEGRADED", description: `burning, ${left}` };
  }, { critical: false, groups: [] });
}
