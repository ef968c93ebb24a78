/**
 * A dashboard of Grafana: requests by route, SLOs, runtime and health of a service.
 *
 * @module
 */
import { check, type Known, refuseUnknown } from "../../core/check.ts";
import type { Subject } from "./subject.ts";

/** What the dashboard shows. */
export interface DashboardOptions {
  /** Labels that all series must have, such as `{ job: "orders" }`. @default none */
  readonly matchers?: Readonly<Record<string, string>> | undefined;
  /** Its title. @default the service */
  readonly title?: string | undefined;
  /** Seconds between two scrapes: the shortest step of queries. @default 30 */
  readonly intervalSeconds?: number | undefined;
}

const KNOWN: Known<DashboardOptions> = { matchers: true, title: true, intervalSeconds: true };

/** One query of a panel. */
interface Query {
  readonly expr: string;
  readonly legend: string;
}

interface Panel {
  readonly title: string;
  readonly description: string;
  readonly unit: string;
  readonly queries: readonly Query[];
  /** Whether series lead to the traces of their route. */
  readonly isOfRoutes?: boolean;
}

const PROMETHEUS = { type: "prometheus", uid: "${datasource}" };

/** What is chosen at the top of the dashboard. */
const VARIABLES = [
  { name: "datasource", label: "Metrics", type: "datasource", query: "prometheus" },
  { name: "traces", label: "Traces", type: "datasource", query: "tempo" },
];

/** Traces of the route of a series, in the data source that is chosen at the top. */
const TRACES = {
  title: "Traces of ${__field.labels.route}",
  url: "/explore?schemaVersion=1&panes=" +
    encodeURIComponent(JSON.stringify({
      a: {
        datasource: "TRACES",
        queries: [{
          refId: "A",
          queryType: "traceql",
          query: '{resource.service.name="SERVICE" && span.http.route="ROUTE"}',
        }],
        range: { from: "FROM", to: "TO" },
      },
    })),
};

/**
 * A dashboard of Grafana as JSON (schema 42), to be imported or provisioned: rate, errors and duration by
 * route with exemplars and links to traces, the budget and burn rates of all SLOs, runtime and health.
 *
 * @example
 * ```ts
 * import { telltale } from "@telltale/telltale";
 * import { dashboard } from "@telltale/telltale/slo";
 * import { equal } from "node:assert/strict";
 *
 * await using t = telltale({ service: "shop" });
 * equal(JSON.parse(dashboard(t)).title, "shop");
 * ```
 *
 * @throws {TypeError} for an unknown option, or one of the wrong kind
 */
export function dashboard(t: Subject, options: DashboardOptions = {}): string {
  const what = "generate dashboard", { service } = t.resource;
  refuseUnknown(what, options, KNOWN);
  const { title = service, matchers = {}, intervalSeconds = 30 } = options;
  check(typeof title === "string" && title !== "", what, "title must be a text", title, TypeError);
  const common = Object.entries(matchers).map(([name, value]) =>
    `${name}=${JSON.stringify(value)}`
  );
  const rows = [...rowsOf(common), ...[...t.slos].length > 0 ? [sloRow(t, common)] : []];
  const panels: object[] = [];
  let y = 0;
  for (const row of rows) {
    panels.push({
      id: panels.length + 1,
      type: "row",
      title: row.title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y: y++, w: 24, h: 1 },
    });
    for (const [i, panel] of row.panels.entries()) {
      const gridPos = { x: 8 * (i % 3), y: y + 8 * Math.floor(i / 3), w: 8, h: 8 };
      panels.push(panelOf(panel, panels.length + 1, gridPos, service, intervalSeconds));
    }
    y += 8 * Math.ceil(row.panels.length / 3);
  }
  return JSON.stringify(
    {
      uid: uidOf(service),
      title,
      tags: ["telltale"],
      timezone: "browser",
      editable: true,
      graphTooltip: 1,
      refresh: "30s",
      schemaVersion: 42,
      time: { from: "now-1h", to: "now" },
      templating: { list: VARIABLES },
      annotations: { list: [] },
      links: [],
      panels,
    },
    undefined,
    2,
  );
}

interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

function rowsOf(common: readonly string[]): Row[] {
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
function sloRow({ slos }: Subject, common: readonly string[]): Row {
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

function panelOf(
  { title, description, unit, queries, isOfRoutes }: Panel,
  id: number,
  gridPos: object,
  service: string,
  intervalSeconds: number,
): object {
  return {
    id,
    type: "timeseries",
    title,
    description,
    gridPos,
    datasource: PROMETHEUS,
    interval: `${intervalSeconds}s`,
    fieldConfig: {
      defaults: { unit, links: isOfRoutes === true ? [tracesOf(service)] : [] },
      overrides: [],
    },
    options: {
      legend: { displayMode: "list", placement: "bottom", showLegend: true, calcs: [] },
      tooltip: { mode: "multi", sort: "desc" },
    },
    targets: queries.map(({ expr, legend }, i) => ({
      refId: String.fromCharCode(65 + i),
      datasource: PROMETHEUS,
      expr,
      legendFormat: legend,
      exemplar: isOfRoutes === true,
      range: true,
    })),
  };
}

/** Grafana replaces its variables in the URL as it stands, so that they must not be encoded. */
function tracesOf(service: string): object {
  const text = encodeURIComponent(JSON.stringify(service).slice(1, -1));
  const url = TRACES.url
    .replace("TRACES", "${traces}")
    .replace("SERVICE", text)
    .replace("ROUTE", "${__field.labels.route}")
    .replace("FROM", "${__from}")
    .replace("TO", "${__to}");
  return {
    title: TRACES.title,
    url,
    targetBlank: true,
    type: "link",
    icon: "external link",
    tooltip: "",
    tags: [],
    asDropdown: false,
    includeVars: false,
    keepTime: false,
  };
}

/** The same service has the same dashboard: Grafana takes 40 letters, digits, `-` and `_`. */
function uidOf(service: string): string {
  return `telltale-${service.replace(/[^\w-]/g, "-")}`.slice(0, 40);
}
