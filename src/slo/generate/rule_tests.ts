/**
 * Unit tests of generated rules, which promtool runs.
 *
 * @module
 */
import { check, checkChoice, refuseUnknown } from "../../core/check.ts";
import {
  budgetOf,
  BURN_RULES,
  type BurnRule,
  factorOf,
  type Severity,
  thresholdOf,
  WINDOWS,
} from "../live/burn.ts";
import type { SloDefinition } from "../live/definition.ts";
import { ALERT_NAME, checkRules, type RulesOptions } from "./rules.ts";
import { type Source, sourceOf } from "./source.ts";
import type { Subject } from "./subject.ts";
import { yaml, type YamlValue } from "./yaml.ts";

/** How unit tests are generated: for rules that were generated with the same options. */
export interface RuleTestsOptions extends RulesOptions {
  /** The file of the rules, from that of the tests on. @default "rules.yml" */
  readonly rulesFile?: string | undefined;
}

/** Events a minute that the tests assume. */
const PER_MINUTE = 6000;
const MINUTE = 60_000, HOUR_MINUTES = 60;

/** A moment and whether alerts fire then. */
interface Expectation {
  readonly atMinutes: number;
  readonly severity: Severity;
  readonly isFiring: boolean;
}

/**
 * Unit tests of the rules of {@linkcode rules}, for `promtool test rules`: each SLO with a fast burn that
 * ends, a slow one, no errors, and one failure in a quiet night, at times that follow from its own
 * objective.
 *
 * @example
 * ```ts
 * import { telltale } from "@telltale/telltale";
 * import { ruleTests } from "@telltale/telltale/slo";
 * import { match } from "node:assert/strict";
 *
 * await using t = telltale({ service: "shop" });
 * t.slo("checkout", { objective: 0.999, availability: { route: "/orders" } });
 * match(ruleTests(t), /rule_files:\n {2}- rules.yml/);
 * ```
 *
 * @throws {TypeError} for an unknown option, or one of the wrong kind; for native histograms
 * @throws {RangeError} for a value that is out of range
 */
export function ruleTests(t: Subject, options: RuleTestsOptions = {}): string {
  const what = "generate tests of rules";
  const { rulesFile = "rules.yml", ...others } = options;
  checkRules(what, others);
  refuseUnknown(what, { rulesFile }, { rulesFile: true });
  check(typeof rulesFile === "string", what, "rulesFile must be a path", rulesFile, TypeError);
  // Waiting alerts fire later, and promtool evaluates at one interval.
  const { forMinutes, intervalSeconds = 60 } = others;
  const waits = (forMinutes?.page ?? 0) + (forMinutes?.ticket ?? 0) > 0;
  check(!waits, what, "forMinutes must be 0", "a wait", TypeError);
  checkChoice(what, "intervalSeconds", intervalSeconds, [60]);
  return yaml({
    rule_files: [rulesFile],
    evaluation_interval: "1m",
    fuzzy_compare: true,
    tests: [...t.slos].flatMap(({ definition }) => {
      const source = sourceOf(definition, others, t.slos.hasBound(definition));
      return testsOf(t.resource.service, definition, source);
    }),
  });
}

function testsOf(service: string, definition: SloDefinition, source: Source): YamlValue[] {
  const { name } = definition;
  const one = (
    what: string,
    phases: readonly Phase[],
    expected: readonly Expectation[],
  ): YamlValue => ({
    name: `${name}: ${what}`,
    interval: "1m",
    input_series: seriesOf(source, phases),
    promql_expr_test: expected.map(({ atMinutes, severity, isFiring }) => {
      const labels = `alertname="${ALERT_NAME}",service=${JSON.stringify(service)},slo="${name}"`;
      const alerts = `ALERTS{alertstate="firing",${labels},severity="${severity}"}`;
      return {
        expr: `count(${alerts})`,
        eval_time: `${atMinutes}m`,
        exp_samples: isFiring ? [{ labels: "{}", value: 1 }] : [],
      };
    }),
  });
  const steady = (minutes: number, badRatio: number): Phase => ({
    minutes,
    good: PER_MINUTE * (1 - badRatio),
    bad: PER_MINUTE * badRatio,
  });
  const tests: YamlValue[] = [];

  const budget = budgetOf(definition), fast = Math.min(1, 50 * budget);
  const pageAt = firesAt("page", definition, fast);
  const endsAt = pageAt + 30 + WINDOWS["6h"] / MINUTE;
  tests.push(one("a fast burn pages, and no longer than it lasts", [
    steady(pageAt + 30, fast),
    steady(endsAt, 0),
  ], [
    ...pageAt > 2 ? [expect(pageAt - 2, "page", false)] : [],
    expect(pageAt + 2, "page", true),
    expect(endsAt, "page", false),
  ]));

  // As fast as it may be without a page: the sooner the ticket, the less promtool has to evaluate.
  const pages = BURN_RULES.filter(({ severity }) => severity === "page");
  const slow = Math.max(2, 0.8 * Math.min(...pages.map((rule) => factorOf(rule, definition)))) *
    budget;
  const ticketAt = firesAt("ticket", definition, slow);
  if (slow < 1 && ticketAt < Infinity) {
    tests.push(one("a slow burn makes a ticket and no page", [steady(ticketAt + 20, slow)], [
      expect(ticketAt - 10, "ticket", false),
      expect(ticketAt + 10, "ticket", true),
      expect(ticketAt + 10, "page", firesAt("page", definition, slow) < ticketAt),
    ]));
  }

  const hours = (count: number) => count * HOUR_MINUTES;
  tests.push(one("no errors, no alert", [steady(hours(2), 0)], [
    expect(5, "page", false),
    expect(5, "ticket", false),
    expect(hours(2), "page", false),
    expect(hours(2), "ticket", false),
  ]));

  const few = definition.minBad - 1;
  if (few > 0) {
    // One event in ten minutes; the few failures are the only ones of an hour.
    const quiet = { minutes: 10, good: 0.1, bad: 0 };
    const night = [
      quiet,
      { minutes: 1, good: 0, bad: few },
      { ...quiet, minutes: hours(7) },
    ];
    const moments = [11, 12, 20, 30, 45, 60, 90, hours(2), hours(4), hours(6), hours(7)];
    tests.push(one("a few failures at night are no alert", night, [
      ...moments.map((at) => expect(at, "page", false)),
      ...moments.map((at) => expect(at, "ticket", false)),
    ]));
  }
  return tests;
}

function expect(atMinutes: number, severity: Severity, isFiring: boolean): Expectation {
  return { atMinutes, severity, isFiring };
}

/** The minute in which alerts begin when a service without history has this share of errors. */
function firesAt(severity: Severity, definition: SloDefinition, badRatio: number): number {
  const minutes = (rule: BurnRule): number => {
    const share = thresholdOf(rule, definition) / badRatio;
    return share < 1 ? Math.ceil(share * WINDOWS[rule.long] / MINUTE) : Infinity;
  };
  return Math.min(
    ...BURN_RULES.filter((rule) => rule.severity === severity).map(minutes),
  );
}

/** Some minutes with so many events each. */
interface Phase {
  readonly minutes: number;
  readonly good: number;
  readonly bad: number;
}

/** Series in promtool's notation, from 0 on: `0+10x60` is sixty steps of ten. */
function seriesOf(source: Source, phases: readonly Phase[]): YamlValue[] {
  const first = source.series(0, 0);
  return first.map(([series], i) => {
    let value = 0;
    const values = phases.map(({ minutes, good, bad }, phase) => {
      const step = rounded(source.series(good, bad)[i]![1]);
      // The first phase has one value more: that of minute 0.
      const from = phase === 0 ? value : rounded(value + step);
      const text = `${from}+${step}x${phase === 0 ? minutes : minutes - 1}`;
      value = rounded(value + minutes * step);
      return text;
    });
    return { series, values: values.join(" ") };
  });
}

/** Without the noise of binary fractions. */
function rounded(value: number): number {
  return Number(value.toFixed(6));
}
