/**
 * The files that are generated from the SLOs.
 *
 * @module
 */
import { shown } from "../../core/check.ts";
import { alertmanagerRoute } from "../../slo/generate/alertmanager.ts";
import { dashboard } from "../../slo/generate/dashboard.ts";
import { ruleTests } from "../../slo/generate/rule_tests.ts";
import { rules, type RulesOptions } from "../../slo/generate/rules.ts";
import { serviceMonitor } from "../../slo/generate/service_monitor.ts";
import type { Subject } from "../../slo/generate/subject.ts";
import { BadRequest, Parameters } from "../wire/parameters.ts";
import { reply } from "../wire/reply.ts";

/** Options as a request gives them: the generator checks them. */
type Given = Pick<
  RulesOptions,
  "source" | "naming" | "histograms" | "matchers" | "intervalSeconds"
>;

/** Each file and its parameters, besides `file`: as the command line names them. */
const FILES: Readonly<
  Record<string, { readonly takes: readonly string[]; text(t: Subject, given: Given): string }>
> = {
  rules: { takes: ["source", "naming", "histograms", "match", "interval"], text: rules },
  tests: { takes: ["source", "naming", "match"], text: ruleTests },
  dashboard: { takes: ["match"], text: (t, { matchers }) => dashboard(t, { matchers }) },
  alertmanager: { takes: [], text: (t) => alertmanagerRoute(t) },
  servicemonitor: { takes: [], text: (t) => serviceMonitor(t) },
};

/** Answers `api/generate?file=rules`: YAML, and JSON for the dashboard. */
export function answerGenerate(t: Subject, request: Request): Response {
  const all = ["file", ...new Set(Object.values(FILES).flatMap(({ takes }) => takes))];
  const name = new Parameters(request, all).text("file");
  if (name === undefined || !Object.hasOwn(FILES, name)) {
    const names = Object.keys(FILES).join(", ");
    throw new BadRequest(`file must be one of ${names}, got ${shown(name)}`);
  }
  const { takes, text } = FILES[name]!, parameters = new Parameters(request, ["file", ...takes]);
  const given = {
    source: parameters.text("source"),
    naming: parameters.text("naming"),
    histograms: parameters.text("histograms"),
    intervalSeconds: parameters.whole("interval", 1, 300),
    matchers: matchersOf(parameters.text("match")),
  } as Given;
  const type = name === "dashboard" ? "application/json" : "application/yaml; charset=utf-8";
  try {
    return reply(text(t, given), type);
  } catch (error) {
    // What can't be generated so: the message names it.
    if (error instanceof TypeError || error instanceof RangeError) {
      throw new BadRequest(error.message);
    }
    throw error;
  }
}

/** `job=shop,env=prod` as an object. */
function matchersOf(text: string | undefined): Given["matchers"] {
  if (text === undefined) return undefined;
  return Object.fromEntries(
    text.split(",").map((pair) => {
      const [label, value] = pair.split(/=(.*)/s);
      if (value === undefined) {
        throw new BadRequest(
          `match must be label=value, and further ones after a comma, got ${shown(pair)}`,
        );
      }
      return [label!, value];
    }),
  );
}
