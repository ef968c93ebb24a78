/**
 * A dashboard of Grafana: requests by route, SLOs, runtime and health of a service.
 *
 * @module
 */
import { check, type Known, refuseUnknown } from "../../core/check.ts";
import { type Panel, rowsOf, sloRow } from "./panels.ts";
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
 * route with exemplars and links to traces, the budget and burn rates of all SLOs, runtime and health, with
 * a mark where a feature flag was changed.
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
      annotations: { list: [flagChanges(common)] },
      links: [],
      panels,
    },
    undefined,
    2,
  );
}

/**
 * A mark over all panels where a feature flag was changed. A counter of changes begins with the first one,
 * of which no rate knows.
 */
function flagChanges(common: readonly string[]): object {
  const changes = `feature_flag_changes_total${common.length === 0 ? "" : `{${common.join(",")}}`}`;
  const before = `${changes} offset 1m`;
  return {
    name: "Flag changes",
    datasource: PROMETHEUS,
    enable: true,
    iconColor: "purple",
    expr: `sum by (flag, by) (${changes} - ${before} > 0 or ${changes} unless ${before})`,
    // That of the offset, so that each change is one mark.
    step: "1m",
    titleFormat: "{{flag}}",
    textFormat: "changed by {{by}}",
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
