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
function checkoutRules(intervalSeconds = 60): string {
  const t = shop();
  t.slo("checkout", { objective: 0.999, custom: true });
  return rules(t, { intervalSeconds });
}

/** How often promtool takes a sample, and evaluates the rules. */
interface Pace {
  readonly sampleSeconds: number;
  readonly evaluationSeconds: number;
}

const EACH_MINUTE: Pace = { sampleSeconds: 60, evaluationSeconds: 60 };
/** For windows of days, which at one minute take promtool a minute of work for each. */
const EACH_FIVE: Pace = { sampleSeconds: 150, evaluationSeconds: 300 };

/** Runs one scenario; returns what promtool says of it, empty when all is as expected. */
function failuresOf(
  phases: readonly Phase[],
  expected: readonly object[],
  { sampleSeconds, evaluationSeconds }: Pace = EACH_MINUTE,
  more: Readonly<Record<string, string>> = {},
): string {
  const { output, tests, failures } = testRules({
    "rules.yml": checkoutRules(evaluationSeconds),
    ...more,
    "tests.yml": JSON.stringify({
      rule_files: ["rules.yml", ...Object.keys(more)],
      evaluation_interval: `${evaluationSeconds}s`,
      group_eval_order: Object.values(more).flatMap(groupsOf),
      tests: [{
        name: "scenario",
        interval: `${sampleSeconds}s`,
        input_series: seriesOf(phases, sampleSeconds / 60),
        promql_expr_test: expected,
      }],
    }),
  });
  equal(tests, 1, output);
  return failures === 0 ? "" : output.replaceAll(/\n\s*\n/g, "\n");
}

/**
 * The groups of a file of rules, in its order. promtool evaluates others in any order, another one each
 * time: alerts that read what another group records are then, now and then, one interval late.
 */
function groupsOf(text: string): string[] {
  return [...text.matchAll(/^- name: (.+)$/gm)].map(([, name]) => name!);
}

/** Prometheus is to say the same as the process, up to one evaluation more or less. */
function asLive(phases: readonly Phase[], from = 0, everyMinutes = 1): object[] {
  const states = liveStates(phases);
  return states.flatMap((state, minute) => {
    const around = states.slice(Math.max(0, minute - everyMinutes), minute + everyMinutes + 1);
    const isSteady = around.every((other) => other === state);
    if (minute < from || minute % everyMinutes !== 0 || !isSteady) return [];
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

test("rules() name the burn rate at which they alert, also where the ratio is capped", () => {
  const t = shop();
  t.slo("half", { objective: 0.5, custom: true });
  match(rules(t), /more than 1\.8 times over 5m and 1h/);
  match(checkoutRules(), /more than 14\.4 times over 5m and 1h/);
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

test("rules() of native histograms record no NaN in a quiet spell", HERE, () => {
  const t = shop();
  t.slo("reads", { objective: 0.9, latency: { underMs: 1000 } });
  // A minute has two requests of up to half a second and two of up to four; then there are none.
  const four = "{{schema:0 sum:9 count:4 buckets:[2 0 0 2] offset:-1}}";
  const bad = 'slo:sli_bad:rate5m{service="shop",slo="reads"}';
  const { output, tests, failures } = testRules({
    "rules.yml": rules(t, { source: "http", histograms: "native" }),
    "tests.yml": JSON.stringify({
      rule_files: ["rules.yml"],
      evaluation_interval: "1m",
      tests: [{
        name: "quiet",
        interval: "1m",
        input_series: [{
          series: 'http_request_duration_seconds{route="/",status="200"}',
          values: `${four}+${four}x10 ${
            "{{schema:0 sum:99 count:44 buckets:[22 0 0 22] offset:-1}} ".repeat(20)
          }`.trim(),
        }],
        promql_expr_test: [
          {
            expr: "slo:sli_bad:rate5m * 60",
            eval_time: "9m",
            exp_samples: [{ labels: '{service="shop",slo="reads"}', value: 2 }],
          },
          {
            expr: "slo:sli_bad:rate5m",
            eval_time: "25m",
            exp_samples: [{ labels: bad, value: 0 }],
          },
        ],
      }],
    }),
  });
  deepEqual([tests, failures], [1, 0], output);
});

test("ruleTests() fail for rules with another threshold", ONCE, () => {
  const t = shop();
  t.slo("checkout", { objective: 0.99, windowDays: 7, custom: true });
  const { failures } = testRules({
    "rules.yml": rules(t).replaceAll("> 0.0336", "> 0.336"),
    "tests.yml": ruleTests(t),
  }, "a fast burn");
  equal(failures > 0, true);
});

/** That an alert of ours fires exactly while sloth's does. */
function asSloth(severity: string, minute: number): object {
  const [ours, theirs] = [OURS, "SlothAlert"].map((name) =>
    `${firing(name, severity)} or vector(0)`
  );
  return expectation(`(${ours}) == bool (${theirs})`, minute, true);
}

function slothRules(): string {
  return readFileSync(new URL("../data/slo/sloth_rules.yml", import.meta.url), "utf8");
}

test("rules() page in minute 18 of 5 % errors, as sloth's do", ONCE, () => {
  // The windows of pages are full when it begins.
  const phases: Phase[] = [[400, 600, 0], [60, 570, 30], [60, 600, 0]];
  const page = firing(OURS, "page"), ticket = firing(OURS, "ticket");
  const expected = [
    // 60 * 1.44 / 5 = 17.28 minutes; 5m/1h holds until 63.6, then 30m/6h until 86.4.
    ...[405, 417].map((at) => expectation(page, at, false)),
    ...[418, 430, 464, 485].map((at) => expectation(page, at, true)),
    ...[488, 510].map((at) => expectation(page, at, false)),
    ...[405, 430, 464, 510].map((at) => expectation(ticket, at, false)),
    ...Array.from({ length: 110 }, (_, i) => asSloth("page", 405 + i)),
    ...asLive(phases, 402),
  ];
  equal(failuresOf(phases, expected, EACH_MINUTE, { "sloth.yml": slothRules() }), "");
});

test(
  "rules() make a ticket of a slow burn and none of a fast one, after three clean days, as sloth's do",
  ONCE,
  () => {
    const clean = 3 * 24 * 60, slow = clean + 120, end = slow + 270;
    const phases: Phase[] = [
      [clean, 600, 0],
      [60, 570, 30],
      [60, 600, 0],
      [270, 597, 3],
      [300, 600, 0],
    ];
    const page = firing(OURS, "page"), ticket = firing(OURS, "ticket");
    const minutes = Array.from({ length: 150 }, (_, i) => clean + 5 + 5 * i);
    const expected = [
      // 17.28 minutes; until 86.4.
      ...[clean + 15, clean + 90].map((at) => expectation(page, at, false)),
      ...[clean + 20, clean + 80].map((at) => expectation(page, at, true)),
      // Three days have room for 2592 bad events: 1800 of the fast burn, 3 a minute for 264 minutes.
      ...[clean + 85, slow + 260].map((at) => expectation(ticket, at, false)),
      // 6h/3d holds while six hours have more than 216 of them: 72 minutes of the slow burn.
      ...[slow + 270, end + 285].map((at) => expectation(ticket, at, true)),
      expectation(ticket, end + 295, false),
      expectation(page, end, false),
      ...["page", "ticket"].flatMap((severity) => minutes.map((at) => asSloth(severity, at))),
      ...asLive(phases, clean + 5, 5),
    ];
    equal(failuresOf(phases, expected, EACH_FIVE, { "sloth.yml": slothRules() }), "");
  },
);

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
