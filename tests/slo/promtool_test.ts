/**
 * Generated rules under Prometheus' own promtool, against times by hand, against what the process says of
 * the same events, and against sloth's rules.
 */
import { deepEqual, equal, match, throws } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { telltale } from "../../mod.ts";
import { rules, type RulesOptions, ruleTests } from "../../src/slo/mod.ts";
import { builtOrInstalled } from "../peers/built.ts";
import { HANG_MS, lacking, skipWhen } from "../tool.ts";
import { checkRules, testRules } from "./promtool.ts";
import { expectation, firing, liveStates, type Phase, seriesOf } from "./scenario.ts";

const MISSING = builtOrInstalled("promtool") === undefined ? lacking("promtool") : false;
const HERE = { skip: MISSING, timeout: HANG_MS };
/** Minutes of promtool: once is enough, it is given the same text on both runtimes. */
const ONCE = {
  skip: MISSING || skipWhen(!("Deno" in globalThis), "promtool takes minutes: run once, on Deno"),
  timeout: HANG_MS,
};

const OURS = "SloErrorBudgetBurn";

function shop(name = "shop") {
  return telltale({ service: name, log: { sinks: [] }, otlp: false, metrics: { runtime: false } });
}

/** The rules of the SLO of the scenarios. */
function checkoutRules(): string {
  const t = shop();
  t.slo("checkout", { objective: 0.999, custom: true });
  return rules(t);
}

/** Runs one scenario; returns what promtool says of it, empty when all is as expected. */
function failuresOf(
  phases: readonly Phase[],
  expected: readonly object[],
  more: Readonly<Record<string, string>> = {},
): string {
  const { output, tests, failures } = testRules({
    "rules.yml": checkoutRules(),
    ...more,
    "tests.yml": JSON.stringify({
      rule_files: ["rules.yml", ...Object.keys(more)],
      evaluation_interval: "1m",
      tests: [{
        name: "scenario",
        interval: "1m",
        input_series: seriesOf(phases),
        promql_expr_test: expected,
      }],
    }),
  });
  equal(tests, 1, output);
  return failures === 0 ? "" : output;
}

/** Prometheus is to say the same as the process, up to one minute more or less. */
function asLive(phases: readonly Phase[], from = 0): object[] {
  const states = liveStates(phases);
  return states.flatMap((state, minute) => {
    const isSteady = minute >= from && states[minute - 1] === state && states[minute + 1] === state;
    if (!isSteady) return [];
    // A page is beside a ticket in Prometheus; the process says the more urgent of both.
    const page = expectation(firing(OURS, "page"), minute, state === "page");
    return state === "page"
      ? [page]
      : [page, expectation(firing(OURS, "ticket"), minute, state === "ticket")];
  });
}

test("rules() passes promtool's strictest check, from every source", HERE, () => {
  const t = shop('a "shop" {{x}}');
  t.slo("checkout", {
    objective: 0.999,
    description: "Orders {{are}} 'placed'\nwithin \\ reason",
    runbookUrl: "https://runbooks.example/checkout?a=1#b",
    availability: { route: "/orders/:id(\\d+)", ok: (status) => status < 500 && status !== 429 },
    ignore: (status) => status === 404 || status === 499,
  });
  t.slo("reads", {
    objective: 0.95,
    windowDays: 7,
    latency: { route: ["/orders", "/carts"], method: "GET", underMs: 1000 },
  });
  t.slo("all", { objective: 0.9, windowDays: 90, latency: { underMs: 250 } });
  const sources: RulesOptions[] = [
    {},
    { intervalSeconds: 30, forMinutes: { page: 2, ticket: 15 }, labels: { team: "shop" } },
    { matchers: { job: "shop" }, dashboardUrl: "https://grafana.example/d/slo" },
    { source: "http" },
    { source: "http", naming: "semconv" },
    { source: "http", histograms: "native" },
  ];
  const texts = sources.map((options) => rules(t, options));
  for (const text of texts) equal(checkRules(text), "");
  match(texts[2]!, /slo_events_total\{job="shop",slo="checkout",outcome="bad"\}\[5m\]/);
  match(
    texts[3]!,
    /http_requests_total\{route="\/orders\/:id\(\\\\d\+\)",status=~"429\|5\.\."\}.*status!~"404\|499"\}/,
  );
  match(texts[3]!, /http_request_duration_seconds_bucket\{.*,le=~"1\(\\\\\.0\)\?"\}/);
  match(texts[4]!, /http_server_request_duration_seconds_count\{http_route="\/orders/);
  match(
    texts[5]!,
    /histogram_fraction\(0, 0.25, sum\(rate\(http_request_duration_seconds\[1h\]\)\)\)/,
  );
  // The same SLOs give the same text.
  equal(rules(t), texts[0]);
});

test("checkRules() finds what is wrong", HERE, () => {
  match(
    checkRules("groups: [{name: a, rules: [{record: b, expr: sum(}]}]"),
    /parse error|could not parse/,
  );
});

test("rules() and ruleTests() refuse what can't be generated", () => {
  const t = shop();
  t.slo("mails", { objective: 0.999, custom: true });
  const rows: [options: object, message: string][] = [
    [
      { source: "requests" },
      'Cannot generate rules: source must be one of events, http, got "requests"',
    ],
    [{ sorce: "http" }, 'Cannot generate rules: unknown option "sorce", did you mean "source"?'],
    [
      { source: "http" },
      'Cannot generate rules of SLO "mails" from requests: it must be one of requests, got "custom"',
    ],
    [
      { intervalSeconds: 0 },
      "Cannot generate rules: intervalSeconds must be a whole number from 1 to 300, got 0",
    ],
    [
      { labels: { severity: "p1" } },
      'Cannot generate rules: labels must not be slo, service or severity, got "severity"',
    ],
    [
      { matchers: { "a-b": "c" } },
      'Cannot generate rules: matchers must be named as labels are, got "a-b"',
    ],
  ];
  for (const [options, message] of rows) {
    throws(() => rules(t, options as RulesOptions), { message });
  }
  throws(() => ruleTests(t, { forMinutes: { page: 1 } }), { message: /forMinutes must be 0/ });
  // The histogram is made by the first instrument(): later bounds are none of its own.
  const late = shop("late");
  late.instrument(() => new Response());
  late.slo("slow", { objective: 0.9, latency: { underMs: 123 } });
  throws(() => rules(late, { source: "http" }), {
    message:
      'Cannot generate rules of SLO "slow" from requests: it must be defined before t.instrument, so that its bound is one of the histogram, got "123 ms"',
  });
  match(rules(late), /slo_events_total\{slo="slow"/);
});

test("ruleTests() are tests that promtool runs and that pass, from every source", ONCE, () => {
  const t = shop();
  t.slo("checkout", { objective: 0.99, windowDays: 7, availability: { route: "/orders" } });
  const brief = shop();
  brief.slo("reads", { objective: 0.5, windowDays: 7, latency: { underMs: 1000 } });
  for (const options of [{}, { source: "http" }, { source: "http", naming: "semconv" }] as const) {
    const of = "naming" in options ? brief : t;
    const { output, tests, failures } = testRules({
      "rules.yml": rules(of, options),
      "tests.yml": ruleTests(of, options),
    });
    deepEqual([tests, failures], [of === t ? 4 : 3, 0], output);
  }
});

test("ruleTests() fail for rules with another threshold", ONCE, () => {
  const t = shop();
  t.slo("checkout", { objective: 0.99, windowDays: 7, custom: true });
  const { failures } = testRules({
    "rules.yml": rules(t).replaceAll("> 0.0336", "> 0.336"),
    "tests.yml": ruleTests(t),
  });
  equal(failures > 0, true);
});

test("rules() page in minute 18 of 5 % errors after four clean days, as sloth's do", ONCE, () => {
  const phases: Phase[] = [[5760, 600, 0], [60, 570, 30], [60, 600, 0]];
  const page = firing(OURS, "page"), ticket = firing(OURS, "ticket");
  const sloth = (severity: string) =>
    `(${firing(OURS, severity)} or vector(0)) == bool (${
      firing("SlothAlert", severity)
    } or vector(0))`;
  const minutes = Array.from({ length: 110 }, (_, i) => 5765 + i);
  const expected = [
    // 60 * 1.44 / 5 = 17.28 minutes; 5m/1h holds until 63.6, then 30m/6h until 86.4.
    ...[5765, 5777].map((at) => expectation(page, at, false)),
    ...[5778, 5790, 5824, 5845].map((at) => expectation(page, at, true)),
    ...[5848, 5870].map((at) => expectation(page, at, false)),
    ...[5765, 5790, 5824, 5870].map((at) => expectation(ticket, at, false)),
    ...minutes.flatMap((at) =>
      ["page", "ticket"].map((severity) => expectation(sloth(severity), at, true))
    ),
    ...asLive(phases, 5762),
  ];
  const path = new URL("../data/slo/sloth_rules.yml", import.meta.url);
  equal(failuresOf(phases, expected, { "sloth.yml": readFileSync(path, "utf8") }), "");
});

/** What is said of each scenario by hand, besides the agreement of Prometheus with the process. */
const SCENARIOS: Readonly<Record<string, { phases: Phase[]; pages: number[]; silent: number[] }>> =
  {
    "a new service with 5 % errors": {
      phases: [[60, 570, 30], [60, 600, 0]],
      pages: [19, 40, 62, 84],
      silent: [5, 10, 16, 88],
    },
    "a full outage of a new service": { phases: [[10, 0, 600]], pages: [3, 10], silent: [0] },
    "one failure in a quiet night": {
      phases: [[20, .1, 0], [1, 0, 1], [420, .1, 0]],
      pages: [],
      silent: [20, 21, 22, 25, 30, 60, 120, 360],
    },
    "two failures of a new, quiet service": {
      phases: [[1, 0, 1], [9, .1, 0], [1, 0, 1], [120, .1, 0]],
      pages: [],
      silent: [2, 5, 11, 20, 60, 120],
    },
    "errors of one minute in ten": {
      phases: Array.from({ length: 12 }, (): Phase[] => [[1, 0, 600], [9, 600, 0]]).flat(),
      pages: [30, 40, 50, 60, 65, 70, 75, 80, 85, 90, 95, 100, 110],
      silent: [],
    },
    "quiet for an hour, then errors": {
      phases: [[60, 60, 0], [60, 0, 0], [30, 30, 30]],
      pages: [124, 140],
      silent: [60, 100, 119],
    },
  };

for (const [name, { phases, pages, silent }] of Object.entries(SCENARIOS)) {
  test(`rules() and the process say the same of ${name}`, ONCE, () => {
    const page = firing(OURS, "page");
    equal(
      failuresOf(phases, [
        ...pages.map((at) => expectation(page, at, true)),
        ...silent.map((at) => expectation(page, at, false)),
        ...asLive(phases, 2),
      ]),
      "",
    );
  });
}

test("rules() take a restart of the service, whose counters begin at 0, for no event", ONCE, () => {
  const page = firing(OURS, "page");
  const series = (outcome: string, values: string) => ({
    series: `slo_events_total{slo="checkout",outcome="${outcome}"}`,
    values,
  });
  const { output, tests, failures } = testRules({
    "rules.yml": checkoutRules(),
    "tests.yml": JSON.stringify({
      rule_files: ["rules.yml"],
      evaluation_interval: "1m",
      tests: [{
        name: "restart",
        interval: "1m",
        // Ten minutes of 5 % errors, a restart, and on.
        input_series: [
          series("good", "0+600x60 36570+570x9 0+570x50"),
          series("bad", "0+0x60 30+30x9 0+30x50"),
        ],
        promql_expr_test: [
          ...[70, 71, 72, 75].map((at) => expectation(page, at, false)),
          ...[81, 90, 100].map((at) => expectation(page, at, true)),
        ],
      }],
    }),
  });
  deepEqual([tests, failures], [1, 0], output);
});
