/**
 * What the dashboard shows, in rows: the panels and their queries.
 *
 * @module
 */
import type { Subject } from "./subject.ts";

/** One query of a panel. */
export interface Query {
  readonly expr: string;
  readonly legend: string;
}

/** What one panel asks and how it shows it. */
export interface Panel {
  readonly title: string;
  readonly description: string;
  readonly unit: string;
  readonly queries: readonly Query[];
  /** Whether series lead to the traces of their route. */
  readonly isOfRoutes?: boolean;
}

/** Panels under one heading. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** The rows of every service: its requests, runtime and health. */
export function rowsOf(common: readonly string[]): Row[] {
  const of = (...more: readonly string[]) => {
    const all = [...common, ...more];
    return all.length === 0 ? "" : `{${all.join(",")}}`;
  };
  const rate = (metric: string, ...more: string[]) =>
    `rate(${metric}${of(...more)}[$__rate_interval])`;
  const quantile = (q: number): Query => ({
    expr: `histogram_quantile(${q}, sum by (le, route) (${
      rate("http_request_duration_seconds_bucket")
    }))`,
    legend: `{{route}} p${q * 100}`,
  });
  const one = (expr: string, legend: string): readonly Query[] => [{ expr, legend }];
  const requests = (...more: string[]) =>
    `sum by (route) (${rate("http_requests_total", ...more)})`;
  return [{
    title: "Requests",
    panels: [{
      title: "Rate",
      description: "Requests answered, by route",
      unit: "reqps",
      queries: one(requests(), "{{route}}"),
      isOfRoutes: true,
    }, {
      title: "Errors",
      description: "The share of requests that were answered with 500 and above, by route",
      unit: "percentunit",
      queries: one(
        `(${requests('status=~"5.."')} or 0 * ${requests()}) / ${requests()}`,
        "{{route}}",
      ),
      isOfRoutes: true,
    }, {
      title: "Duration",
      description: "Quantiles by route; a point is the trace of one request",
      unit: "s",
      queries: [quantile(0.5), quantile(0.99)],
      isOfRoutes: true,
    }],
  }, {
    title: "Runtime and health",
    panels: [{
      title: "Memory",
      description: "Resident memory of the process",
      unit: "bytes",
      queries: one(`process_resident_memory_bytes${of()}`, "{{instance}}"),
    }, {
      title: "CPU",
      description: "Cores in use",
      unit: "short",
      queries: one(rate("process_cpu_seconds_total"), "{{instance}}"),
    }, {
      title: "Health",
      description: "2 is UP, 1 is DEGRADED, 0 is DOWN",
      unit: "short",
      queries: one(`component_health_status${of()}`, "{{component}}"),
    }, {
      title: "In progress",
      description: "Requests that have no response yet",
      unit: "short",
      queries: one(`sum by (method) (http_requests_in_progress${of()})`, "{{method}}"),
    }, {
      title: "Log records",
      description: "Log records made",
      unit: "short",
      queries: one(`sum(${rate("telltale_log_records_total")})`, "records"),
    }],
  }];
}

/** From the counters, which add up over instances: each instance knows its own budget only. */
export function sloRow({ slos }: Subject, common: readonly string[]): Row {
  const of = (...more: readonly string[]) =>
    `{${[...common, `slo=~"${names}"`, ...more].join(",")}}`;
  const names = [...slos].map(({ definition: { name } }) => name.replaceAll(".", "\\\\."))
    .join("|");
  const bad = `sum by (slo) (rate(slo_events_total${of('outcome="bad"')}[$__rate_interval]))`;
  const all = `sum by (slo) (rate(slo_events_total${of()}[$__rate_interval]))`;
  const least = (metric: string) => `min by (slo) (${metric}${of()})`;
  return {
    title: "SLOs",
    panels: [{
      title: "Error budget left",
      description: "Of the instance that has least; negative when overspent",
      unit: "percentunit",
      queries: [{ expr: least("slo_error_budget_remaining_ratio"), legend: "{{slo}}" }],
    }, {
      title: "Burn rate",
      description: "How many times faster than allowed the budget is spent",
      unit: "short",
      queries: ["5m", "1h", "6h", "3d"].map((window) => ({
        expr: `max by (slo) (slo_burn_rate${of(`window="${window}"`)})`,
        legend: `{{slo}} ${window}`,
      })),
    }, {
      title: "Alert",
      description: "2 is a page, 1 is a ticket, 0 is none",
      unit: "short",
      queries: [{ expr: `max by (slo) (slo_alert_state${of()})`, legend: "{{slo}}" }],
    }, {
      title: "Good events",
      description: "The share of events that are good; compare with the objective",
      unit: "percentunit",
      queries: [
        { expr: `1 - ${bad} / (${all} > 0)`, legend: "{{slo}}" },
        { expr: `max by (slo) (slo_objective_ratio${of()})`, legend: "{{slo}} objective" },
      ],
    }, {
      title: "Seen of the window",
      description: "The share of each window in which events were counted",
      unit: "percentunit",
      queries: [{
        expr: `max by (slo, window) (slo_window_coverage_ratio${of()})`,
        legend: "{{slo}} {{window}}",
      }],
    }],
  };
}
