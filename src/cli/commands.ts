/**
 * The commands of the command line.
 *
 * @module
 */
import type { Family } from "../metrics/data/family.ts";
import { alertmanagerRoute } from "../slo/generate/alertmanager.ts";
import { dashboard } from "../slo/generate/dashboard.ts";
import { ruleTests } from "../slo/generate/rule_tests.ts";
import { rules, type RulesOptions } from "../slo/generate/rules.ts";
import { serviceMonitor } from "../slo/generate/service_monitor.ts";
import type { Subject } from "../slo/generate/subject.ts";
import type { Arguments } from "./arguments.ts";
import { problemsOf } from "./lint.ts";

/** What a module exports: a `Telltale`, known by its shape, because it may be of another copy. */
export interface Exported extends Subject {
  readonly metrics: { collect(): Promise<readonly Family[]> };
}

/** What is written, and what is wrong. */
export interface Outcome {
  readonly text: string;
  readonly problems: readonly string[];
}

/** The composition that a module exports, under any name. */
export function telltaleOf(module: Readonly<Record<string, unknown>>): Exported {
  const found = Object.values(module).find((value) => {
    const { slos, metrics, resource } = (value ?? {}) as Partial<Exported>;
    return typeof slos?.hasBound === "function" && typeof metrics?.collect === "function" &&
      typeof resource?.service === "string";
  });
  if (found !== undefined) return found as Exported;
  const names = Object.keys(module).join(", ") || "nothing";
  throw new TypeError(
    `Cannot read module: it must export what telltale() returned, as in "export const t = telltale()", got ${names}`,
  );
}

/** Runs a command. */
export async function run(
  { command, tests, how, matchers }: Arguments,
  t: Exported,
): Promise<Outcome> {
  const options = { ...how, matchers } as RulesOptions;
  switch (command) {
    case "rules":
      return withSlos(t, tests ? ruleTests(t, options) : rules(t, options));
    case "alertmanager":
      return withSlos(t, alertmanagerRoute(t));
    case "dashboard":
      return { text: `${dashboard(t, { matchers })}\n`, problems: [] };
    case "servicemonitor":
      return { text: serviceMonitor(t), problems: [] };
    case "metrics":
      return listed(await t.metrics.collect());
  }
}

function withSlos(t: Exported, text: string): Outcome {
  const has = [...t.slos].length > 0;
  return { text, problems: has ? [] : ["The module defines no SLO: see t.slo()"] };
}

function listed(families: readonly Family[]): Outcome {
  const sorted = [...families].sort((a, b) => a.name < b.name ? -1 : 1);
  const width = Math.max(0, ...sorted.map(({ name }) => name.length));
  const lines = sorted.map(({ name, type, help }) =>
    `${name.padEnd(width)}  ${type.padEnd(9)}  ${help}\n`
  );
  return { text: lines.join(""), problems: sorted.flatMap(problemsOf) };
}
