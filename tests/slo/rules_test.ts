import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runtime } from "../../src/core/platform.ts";
import { telltale } from "../../mod.ts";
import { rules, type RulesOptions, ruleTests } from "../../src/slo/mod.ts";
import { built, lackingBuilt } from "../peers/built.ts";

const skip = lackingBuilt("peers/promtool");
/** A minute of promtool's work, over a text that is the same on both runtimes. */
const slow = skip || runtime.name !== "deno" && "the same text is tested on Deno";

function shop() {
  const t = telltale({ service: "shop", otlp: false, log: { sinks: [] } });
  t.slo("checkout", {
    objective: 0.999,
    description: "Orders are taken {{ always }}",
    availability: { route: "/orders" },
    ignore: (status) => status === 401 || status === 404,
  });
  return t;
}

/** Runs promtool over files in a folder of their own; returns its status and what it printed. */
function promtool(files: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const cwd = mkdtempSync(join(tmpdir(), "telltale-rules-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
    const { status, stdout, stderr } = spawnSync(built("peers/promtool"), args, {
      cwd,
      encoding: "utf8",
    });
    return { status, output: stdout + stderr };
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

const WAYS: readonly (readonly [name: string, options: RulesOptions])[] = [
  ["events", {}],
  ["requests", { source: "http" }],
  ["requests, by the names of OTLP", { source: "http", naming: "semconv" }],
  ["requests, from native histograms", { source: "http", histograms: "native" }],
  ["events, with everything else", {
    matchers: { job: "shop" },
    intervalSeconds: 30,
    forMinutes: { page: 2, ticket: 15 },
    labels: { team: "shop" },
    dashboardUrl: "https://grafana.example/d/shop",
  }],
];

for (const [name, options] of WAYS) {
  test(`promtool finds nothing wrong with generated rules of ${name}`, { skip }, async () => {
    await using t = shop();
    t.slo("latency", {
      objective: 0.99,
      latency: { route: ["/orders", "/carts/:id"], underMs: 300 },
    });
    if (options.source !== "http") t.slo("jobs", { objective: 0.95, windowDays: 7, custom: true });
    t.instrument(() => new Response("ok"));
    const text = rules(t, options);
    assert.equal(rules(t, options), text, "the same definitions give the same text");
    const args = ["check", "rules", "--lint=all", "--lint-fatal", "rules.yml"];
    const { status, output } = promtool({ "rules.yml": text }, ...args);
    assert.equal(status, 0, output);
    const count = [...text.matchAll(/^ {6}- (?:record|alert): /gm)].length;
    assert.equal(count, [...t.slos].length * 26);
    assert.ok(output.includes(`${count} rules found`), output);
  });
}

test(
  "promtool's unit tests of generated rules pass, and each of them ran",
  { skip: slow },
  async () => {
    await using t = shop();
    const tests = ruleTests(t);
    assert.equal([...tests.matchAll(/^ {2}- name: "checkout: /gm)].length, 4);
    const { status, output } = promtool(
      { "rules.yml": rules(t), "tests.yml": tests },
      ...["test", "rules", "--debug", "tests.yml"],
    );
    assert.equal(status, 0, output);
    // A pattern that matches no file of rules is a warning and success.
    const ran = tests.replace(/exp_samples:\n +- labels: "{}"\n +value: 1/, "exp_samples: []");
    assert.notEqual(ran, tests);
    const wrong = promtool(
      { "rules.yml": rules(t), "tests.yml": ran.split(/(?=^ {2}- name: )/m).slice(0, 2).join("") },
      ...["test", "rules", "tests.yml"],
    );
    assert.equal(wrong.status, 1, "a wrong expectation fails");
    assert.match(wrong.output, /FAILED/);
  },
);

/** An hour with five percent of errors after four clean days, by hand. */
const LATE = `
rule_files: [rules.yml]
evaluation_interval: 1m
tests:
  - name: an hour with five percent of errors after four clean days
    interval: 1m
    input_series:
      - series: slo_events_total{slo="checkout",outcome="good"}
        values: 0+1000x5760 5760950+950x59 5818000+1000x60
      - series: slo_events_total{slo="checkout",outcome="bad"}
        values: 0+0x5760 50+50x59 3000+0x60
    promql_expr_test:
PAGES`;

/**
 * Minutes after the first error, and whether there is a page: 14.4 times 0.1 % of an hour is spent after
 * 17.28 minutes of 5 %. When the errors have ended, 5m and 1h hold it until minute 63, then 30m and 6h until
 * less than 3.6 bad minutes are in the last 30: minute 86.4, or a minute earlier by `rate`, which sees 29
 * steps of 30 samples. A day has too few of them for a ticket.
 */
const MOMENTS: readonly (readonly [minute: number, pages: boolean])[] = [
  ...[[17, false], [18, true], [40, true], [62, true], [64, true]] as const,
  ...[[85, true], [87, false], [119, false]] as const,
];

test(
  "an hour with five percent of errors pages from minute 18 to 85, and makes no ticket",
  { skip: slow },
  async () => {
    await using t = shop();
    const expectations = MOMENTS.flatMap(([minute, pages]) =>
      (["page", "ticket"] as const).map((severity) =>
        `      - expr: count(ALERTS{alertstate="firing",severity="${severity}"})
        eval_time: ${5760 + minute}m
        exp_samples: ${severity === "page" && pages ? '[{labels: "{}", value: 1}]' : "[]"}`
      )
    );
    // Without those of the whole window, which no alert needs and which take most of the time.
    const alerting = rules(t).split(/(?=^ {6}- )/m).filter((rule) => !/period|rate30d/.test(rule));
    const { status, output } = promtool(
      {
        "rules.yml": alerting.join(""),
        "tests.yml": LATE.replace("PAGES", expectations.join("\n")),
      },
      ...["test", "rules", "tests.yml"],
    );
    assert.equal(status, 0, output);
  },
);

test("options of rules that can't work are refused", async () => {
  await using t = shop();
  const wrong = (options: unknown) => () => rules(t, options as RulesOptions);
  assert.throws(wrong({ sources: "http" }), {
    name: "TypeError",
    message: /Cannot generate rules: unknown option "sources" \(did you mean "source"\?\)|source/,
  });
  assert.throws(wrong({ source: "otlp" }), {
    message: /source must be one of events, http, got "otlp"/,
  });
  assert.throws(wrong({ intervalSeconds: 0 }), { name: "RangeError" });
  assert.throws(wrong({ labels: { severity: "x" } }), {
    message: /labels must not be slo, service or sev/,
  });
  assert.throws(wrong({ matchers: { "a-b": "x" } }), {
    message: /matchers must be named as labels are/,
  });
  assert.throws(() => ruleTests(t, { forMinutes: { page: 1 } }), {
    message: /forMinutes must be 0/,
  });
  assert.throws(() => ruleTests(t, { intervalSeconds: 30 }), {
    message: /intervalSeconds must be one of 60/,
  });
});

test("rules of requests refuse an SLO that requests do not count", async () => {
  await using t = telltale({ service: "shop", otlp: false, log: { sinks: [] } });
  t.slo("jobs", { objective: 0.95, custom: true });
  assert.throws(() => rules(t, { source: "http" }), {
    message:
      /Cannot generate rules of SLO "jobs" from requests: it must be one of requests, got "custom"/,
  });
});
