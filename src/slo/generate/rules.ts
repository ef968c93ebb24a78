/**
 * Recording and alerting rules for Prometheus.
 *
 * @module
 */
import { check, checkWhole, type Known, refuseUnknown } from "../../core/check.ts";
import {
  alertingFactorOf,
  budgetOf,
  BURN_RULES,
  type BurnRule,
  type Severity,
  thresholdOf,
  WINDOW_NAMES,
  WINDOWS,
} from "../live/burn.ts";
import { written } from "../live/decimal.ts";
import type { SloDefinition } from "../live/definition.ts";
import { checkSource, type Source, sourceOf, type SourceOptions } from "./source.ts";
import type { Subject } from "./subject.ts";
import { yaml } from "./yaml.ts";

/** How rules are generated. */
export interface RulesOptions extends SourceOptions {
  /** Seconds between two evaluations, 1 to 300. @default 60 */
  readonly intervalSeconds?: number | undefined;
  /** Minutes that a page and a ticket wait before they fire. @default 0, the windows suffice */
  readonly forMinutes?: {
    /** Of pages. */
    readonly page?: number | undefined;
    /** Of tickets. */
    readonly ticket?: number | undefined;
  } | undefined;
  /** Further labels of alerts, such as `{ team: "shop" }`. @default none */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** An annotation of alerts: where the dashboard is. @default none */
  readonly dashboardUrl?: string | undefined;
}

/** The name of all alerts: their labels tell them apart. */
export const ALERT_NAME = "SloErrorBudgetBurn";

/** One rule of Prometheus. */
interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string | undefined>>;
}

const KNOWN: Known<RulesOptions> = {
  source: true,
  naming: true,
  histograms: true,
  matchers: true,
  intervalSeconds: true,
  forMinutes: true,
  labels: true,
  dashboardUrl: true,
};

/** Checks options that rules and their tests share; returns the interval. */
export function checkRules(what: string, options: RulesOptions): number {
  refuseUnknown(what, options, KNOWN);
  checkSource(what, options);
  const { intervalSeconds = 60, forMinutes = {}, labels = {} } = options;
  checkWhole(what, "intervalSeconds", intervalSeconds, 1, 300);
  refuseUnknown(what, forMinutes, { page: true, ticket: true }, "forMinutes");
  for (const [severity, minutes] of Object.entries(forMinutes)) {
    checkWhole(what, `forMinutes.${severity}`, minutes ?? 0, 0, 1440);
  }
  for (const name of Object.keys(labels)) {
    const isOwn = ["slo", "service", "severity"].includes(name);
    check(!isOwn, what, "labels must not be slo, service or severity", name, TypeError);
  }
  return intervalSeconds;
}

/**
 * A file of recording and alerting rules: page and ticket by multi-window multi-burn-rate, for
 * Prometheus 2.42 and up. The same SLOs and options give the same text. Names are those of sloth where it
 * has one (`slo:sli_error:ratio_rate5m`); the error ratio of the whole window weighs by events.
 *
 * @example
 * ```ts
 * import { telltale } from "@telltale/telltale";
 * import { rules } from "@telltale/telltale/slo";
 * import { match } from "node:assert/strict";
 *
 * await using t = telltale({ service: "shop" });
 * t.slo("checkout", { objective: 0.999, availability: { route: "/orders" } });
 * match(rules(t), /alert: SloErrorBudgetBurn/);
 * ```
 *
 * @throws {TypeError} for an unknown option, or one of the wrong kind; for an SLO that the source lacks
 * @throws {RangeError} for a value that is out of range
 */
export function rules(t: Subject, options: RulesOptions = {}): string {
  const interval = checkRules("generate rules", options);
  const groups = [...t.slos].map(({ definition }) => ({
    name: `slo-${t.resource.service}-${definition.name}`,
    interval: `${interval}s`,
    rules: rulesOf(t, definition, options, interval).map((rule) => ({ ...rule })),
  }));
  return yaml({ groups });
}

/** The rules of one SLO, in the order in which they need each other. */
function rulesOf(
  { resource: { service }, slos }: Subject,
  definition: SloDefinition,
  options: RulesOptions,
  intervalSeconds: number,
): Rule[] {
  const source = sourceOf(definition, options, slos.hasBound(definition));
  const labels = { slo: definition.name, service };
  const of = (name: string) =>
    `${name}{service=${JSON.stringify(service)},slo="${definition.name}"}`;
  const record = (name: string, expr: string): Rule => ({ record: name, expr, labels });
  const budget = written(budgetOf(definition)), days = definition.windowDays;
  const longs = [...new Set(BURN_RULES.map(({ long }) => long))];
  return [
    record("slo:objective:ratio", `vector(${written(definition.objective)})`),
    record("slo:error_budget:ratio", `vector(${budget})`),
    record("slo:time_period:days", `vector(${days})`),
    record("slo:sli_total:rate5m", source.total("5m")),
    record("slo:sli_bad:rate5m", source.bad("5m")),
    ...WINDOW_NAMES.map((window) =>
      record(`slo:sli_error:ratio_rate${window}`, ratio(source, window))
    ),
    record(`slo:sli_error:ratio_rate${days}d`, periodRatio(of, days)),
    ...longs.map((window) =>
      record(`slo:sli_bad:increase${window}`, `${WINDOWS[window] / 1000} * ${source.bad(window)}`)
    ),
    ...longs.map((window) => {
      const share = `${intervalSeconds} / ${WINDOWS[window] / 1000}`;
      const seen = `count_over_time(${of("slo:sli_total:rate5m")}[${window}])`;
      return record(`slo:window_coverage:ratio${window}`, `clamp_max(${seen} * ${share}, 1)`);
    }),
    record("slo:current_burn_rate:ratio", `${of("slo:sli_error:ratio_rate5m")} / ${budget}`),
    record("slo:period_burn_rate:ratio", `${of(`slo:sli_error:ratio_rate${days}d`)} / ${budget}`),
    record("slo:period_error_budget_remaining:ratio", `1 - ${of("slo:period_burn_rate:ratio")}`),
    alert("page", definition, service, of, options),
    alert("ticket", definition, service, of, options),
  ];
}

/** The share of bad events; 0 where there was no event, and nothing where there is no series. */
function ratio(source: Source, range: string): string {
  const total = source.total(range);
  return `${source.bad(range)}\n/ (${total} > 0)\nor 0 * ${total}`;
}

/** From the rates of each five minutes: events count alike by day and by night. */
function periodRatio(of: (name: string) => string, days: number): string {
  const sum = (name: string) => `sum_over_time(${of(name)}[${days}d:5m])`;
  const total = sum("slo:sli_total:rate5m");
  return `${sum("slo:sli_bad:rate5m")}\n/ (${total} > 0)\nor 0 * ${total}`;
}

function alert(
  severity: Severity,
  definition: SloDefinition,
  service: string,
  of: (name: string) => string,
  { forMinutes, labels, dashboardUrl }: RulesOptions,
): Rule {
  const burning = BURN_RULES.filter((rule) => rule.severity === severity);
  const minutes = forMinutes?.[severity] ?? 0;
  const { name, description, runbookUrl } = definition;
  const factors = burning.map((rule) =>
    `${written(alertingFactorOf(rule, definition))} times over ${rule.short} and ${rule.long}`
  );
  return {
    alert: ALERT_NAME,
    expr: burning.map((rule) => condition(rule, definition, of)).join("\nor\n"),
    for: minutes === 0 ? undefined : `${minutes}m`,
    labels: { ...escapedAll(labels), slo: name, service: escapedTemplate(service), severity },
    annotations: {
      summary: `SLO ${name} of ${escapedTemplate(service)} spends its error budget too fast`,
      description: [
        ...(description === undefined ? [] : [`${escapedTemplate(description)}.`]),
        `Objective ${percent(definition.objective)} over ${definition.windowDays} days.`,
        `The error ratio is {{ $value | humanizePercentage }}: it burns more than`,
        `${factors.join(", or ")} as fast as allowed.`,
      ].join(" "),
      runbook_url: runbookUrl === undefined ? undefined : escapedTemplate(runbookUrl),
      dashboard_url: dashboardUrl === undefined ? undefined : escapedTemplate(dashboardUrl),
    },
  };
}

/**
 * Both windows burn, and enough was seen: what was not seen of the long one counts as good, so that a new
 * service does not alert by its first errors.
 */
function condition(
  rule: BurnRule,
  definition: SloDefinition,
  of: (name: string) => string,
): string {
  const { short, long } = rule, threshold = written(thresholdOf(rule, definition));
  const least = written(definition.minBad - 0.5);
  const ratio = (window: string) => of(`slo:sli_error:ratio_rate${window}`);
  return [
    "(",
    `  ${ratio(short)} > ${threshold}`,
    `  and ${ratio(long)} * ${of(`slo:window_coverage:ratio${long}`)} > ${threshold}`,
    `  and ${of(`slo:sli_bad:increase${long}`)} >= ${least}`,
    ")",
  ].join("\n");
}

/** Braces would be a template of Prometheus. */
function escapedTemplate(text: string): string {
  return text.replaceAll("{{", '{{ "{{" }}');
}

function escapedAll(labels: RulesOptions["labels"] = {}): Record<string, string> {
  const all = Object.entries(labels);
  return Object.fromEntries(all.map(([name, value]) => [name, escapedTemplate(value)]));
}

function percent(share: number): string {
  return `${written(Number((share * 100).toPrecision(12)))} %`;
}
