/**
 * Findings that other parts have made already: objectives that burn, components that are not up, metrics
 * at their cap, telemetry that is lost.
 *
 * @module
 */
import { printName, printValue } from "../../events/question/print.ts";
import type { HealthChange, HealthSnapshot } from "../../health/snapshot.ts";
import type { FullMetric } from "../../metrics/full.ts";
import type { Slo } from "../../slo/slo.ts";
import type { Weighed } from "./finding.ts";
import { figure, named, sinceText } from "./words.ts";

/** Of an error budget: a burn rate of 1 spends it in the whole window. */
const HOURS_A_DAY = 24;

/** SLOs whose alert is on. */
export function burning(slos: Iterable<Slo>): Weighed[] {
  const found: Weighed[] = [];
  for (const slo of slos) {
    const { alert, burn, budgetRemaining, events, bad } = slo.state();
    if (alert === "none") continue;
    const { windowDays } = slo.definition, rate = burn["1h"];
    const hours = rate > 0 ? budgetRemaining * windowDays * HOURS_A_DAY / rate : Infinity;
    const ends = budgetRemaining <= 0 ? "it is spent" : `spent in ${figure(hours)} hours`;
    found.push({
      kind: "burning",
      severity: alert === "page" ? "failing" : "suffering",
      subject: slo.name,
      title: `The error budget of ${named(slo.name)} burns ${figure(rate)} times too fast: ${ends}`,
      figures: [
        { name: "burn rate, 1 h", value: rate },
        { name: "burn rate, 5 m", value: burn["5m"] },
        { name: "budget left", value: budgetRemaining },
      ],
      causes: [],
      evidence: [`${bad} of ${events} events were bad.`],
      question: questionOf(slo),
      share: events === 0 ? 0 : bad / events,
    });
  }
  return found;
}

/** The question whose answer says which requests were bad; undefined where these are no requests. */
export function questionOf({ definition }: Slo): string | undefined {
  const { kind, underMs, routes } = definition;
  if (kind === "custom") return undefined;
  const scope = routes === undefined ? "" : `route:${routes.map(printValue).join(",")} `;
  return `${scope}why ${underMs === undefined ? "status>=500" : `ms>=${underMs}`}`;
}

/** Components that are not up. */
export function unhealthy(snapshot: HealthSnapshot, history: readonly HealthChange[]): Weighed[] {
  const found: Weighed[] = [];
  for (const [name, component] of Object.entries(snapshot.components)) {
    const { status, critical, skipped, description, error, lastCheckedMs } = component;
    // An SLO that degrades the service has a finding of its own.
    if (status === "UP" || skipped || lastCheckedMs === undefined || name.startsWith("slo ")) {
      continue;
    }
    const change = history.findLast(({ component, to }) => component === name && to === status);
    const why = description ?? error;
    found.push({
      kind: "health",
      severity: critical && status === "DOWN" ? "failing" : "suffering",
      subject: name,
      title: `${named(name)} is ${status}${sinceText(change?.timeMs)}` +
        (why === undefined ? "" : `: ${named(why)}`),
      sinceMs: change?.timeMs,
      figures: [{ name: "failures in a row", value: component.consecutiveFailures }],
      causes: [],
      evidence: critical ? ["The service is not ready while it is DOWN."] : [],
      share: 0,
    });
  }
  return found;
}

/** Metrics whose further series are added up in one. */
export function full(metrics: readonly FullMetric[]): Weighed[] {
  return metrics.map(({ name, series, overflowed, labels }) => {
    const [widest] = Object.entries(labels).sort((a, b) => b[1] - a[1]);
    return {
      kind: "series" as const,
      severity: "notice" as const,
      subject: name,
      title: `${named(name)} is at its cap of ${series} series` +
        (widest === undefined ? "" : `: label ${named(widest[0])} has ${widest[1]} values`),
      figures: [
        { name: "series", value: series },
        { name: "samples in the overflow series", value: overflowed },
        ...Object.entries(labels).map(([label, count]) => ({
          name: `values of ${named(label)}`,
          value: count,
        })),
      ],
      causes: widest === undefined ? [] : [printName(widest[0])],
      evidence: ["Samples of further label sets are counted in one overflow series."],
      share: 0,
    };
  });
}

/** Telemetry that was lost, or went wrong. */
export interface Loss {
  /** `spans`, `log records`, `errors`. */
  readonly what: string;
  /** Why, or where. */
  readonly reason: string;
  readonly count: number;
}

/** What was lost of Telltale's own data. */
export function lost(losses: readonly Loss[]): Weighed[] {
  return losses.filter(({ count }) => count > 0).map(({ what, reason, count }) => ({
    kind: "lost" as const,
    severity: "notice" as const,
    subject: what,
    title: what === "errors"
      ? `${count} errors inside of telemetry, or of what it called: ${named(reason)}`
      : `${count} ${named(what)} were lost: ${named(reason)}`,
    figures: [{ name: what, value: count }],
    causes: [],
    evidence: [],
    share: 0,
  }));
}
