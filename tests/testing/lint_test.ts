import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { encodeText, numberFamily, Registry } from "../../src/metrics/mod.ts";
import { lint, parseText } from "../../src/testing/mod.ts";
import { built, builtOrInstalled, lackingBuilt } from "../peers/built.ts";
import { HANG_MS, lacking } from "../tool.ts";
import { everything, naughty } from "../metrics/pages.ts";

const HELP = "no help text";
const TOTAL = 'counter metrics should have "_total" suffix';
const NO_TOTAL = 'non-counter metrics should not have "_total" suffix';
const CAMEL = "metric names should be written in 'snake_case' not 'camelCase'";
const LABEL_CAMEL = "label names should be written in 'snake_case' not 'camelCase'";
const COLON = "metric names should not contain ':'";
const ABBREVIATED = "metric names should not contain abbreviated units";
const LE = 'non-histogram metrics should not have "le" label';
const QUANTILE = 'non-summary metrics should not have "quantile" label';
const UNIQUE = "metric not unique";
const base = (base: string, unit: string) => `use base unit "${base}" instead of "${unit}"`;
const inName = (type: string) => `metric name should not include type '${type}'`;

/** Each: a page, and the expected problems, `name: text`. */
const CASES: readonly (readonly [page: string, problems: readonly string[]])[] = [
  ["# HELP x_seconds Waits.\n# TYPE x_seconds gauge\nx_seconds 1\n", []],
  ["# TYPE x gauge\nx 1\n", [`x: ${HELP}`]],
  ["# HELP x\n# TYPE x gauge\nx 1\n", [`x: ${HELP}`]],
  ["x 1\n", [`x: ${HELP}`]],
  ["# HELP x X.\n# TYPE x counter\nx 1\n", [`x: ${TOTAL}`]],
  ["# HELP x_total X.\n# TYPE x_total counter\nx_total 1\n", []],
  ["# HELP x_total X.\n# TYPE x_total gauge\nx_total 1\n", [`x_total: ${NO_TOTAL}`]],
  ["# HELP x_total X.\nx_total 1\n", []],
  ...[
    ["milliseconds", "seconds"],
    ["minutes", "seconds"],
    ["kilobytes", "bytes"],
    ["bits", "bytes"],
    ["gibibits", "bytes"],
    ["kelvins", "kelvin"],
    ["fahrenheit", "celsius"],
    ["miles", "meters"],
    ["kilometres", "metres"],
    ["calories", "joules"],
    ["ounces", "grams"],
    ["millivolts", "volts"],
  ].map(([unit, of]): [string, string[]] => [
    `# HELP x_${unit} X.\nx_${unit} 1\n`,
    [`x_${unit}: ${base(of!, unit!)}`],
  ]),
  ...["amperes", "bytes", "celsius", "grams", "joules", "kelvin", "meters", "metres", "volts"]
    .map((unit): [string, string[]] => [`# HELP x_${unit} X.\nx_${unit} 1\n`, []]),
  ["# HELP minutes_x X.\nminutes_x 1\n", [`minutes_x: ${base("seconds", "minutes")}`]],
  ["# HELP x_bytes_hours X.\nx_bytes_hours 1\n", []],
  ["# HELP x_MINUTES X.\nx_MINUTES 1\n", []],
  ...["bucket", "count", "sum"].map((suffix): [string, string[]] => [
    `# HELP x_${suffix} X.\n# TYPE x_${suffix} gauge\nx_${suffix} 1\n`,
    [
      `x_${suffix}: non-histogram${suffix === "bucket" ? "" : " and non-summary"} ` +
      `metrics should not have "_${suffix}" suffix`,
    ],
  ]),
  ["# HELP x_count X.\nx_count 1\n", []],
  [
    '# HELP x_bucket X.\n# TYPE x_bucket summary\nx_bucket{quantile="1"} 1\n',
    ['x_bucket: non-histogram metrics should not have "_bucket" suffix'],
  ],
  ['# HELP x_sum X.\n# TYPE x_sum summary\nx_sum{quantile="1"} 1\n', []],
  ['# HELP x X.\n# TYPE x gauge\nx{le="1"} 1\nx{le="2"} 1\n', [`x: ${LE}`]],
  ['# HELP x X.\n# TYPE x gauge\nx{quantile="1"} 1\n', [`x: ${QUANTILE}`]],
  ['# HELP x X.\nx{le="1",quantile="1"} 1\n', []],
  ['# HELP x X.\n# TYPE x histogram\nx_bucket{le="+Inf"} 1\nx_sum 1\nx_count 1\n', []],
  ["# HELP x_gauge X.\n# TYPE x_gauge gauge\nx_gauge 1\n", [`x_gauge: ${inName("gauge")}`]],
  [
    "# HELP x_Counter_total X.\n# TYPE x_Counter_total counter\nx_Counter_total 1\n",
    [`x_Counter_total: ${inName("counter")}`],
  ],
  ["# HELP gauge_x X.\n# TYPE gauge_x gauge\ngauge_x 1\n", []],
  ["# HELP x_gauge X.\nx_gauge 1\n", []],
  ["# HELP x:y X.\nx:y 1\n", [`x:y: ${COLON}`]],
  ["# HELP waitTime X.\nwaitTime 1\n", [`waitTime: ${CAMEL}`]],
  ['# HELP x X.\nx{aB="1",cD="2"} 1\nx{aB="2"} 1\n', [`x: ${LABEL_CAMEL}`]],
  ...["s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d"]
    .map((unit): [string, string[]] => [
      `# HELP x_${unit} X.\nx_${unit} 1\n`,
      [`x_${unit}: ${ABBREVIATED}`],
    ]),
  ["# HELP x_MS_y_b X.\nx_MS_y_b 1\n", [`x_MS_y_b: ${ABBREVIATED}`]],
  ["# HELP s_x X.\ns_x 1\n", []],
  [
    "# TYPE a:waitMs_total gauge\na:waitMs_total 1\n# TYPE x_h counter\nx_h 1\n",
    [
      `a:waitMs_total: ${HELP}`,
      `a:waitMs_total: ${NO_TOTAL}`,
      `a:waitMs_total: ${COLON}`,
      `a:waitMs_total: ${CAMEL}`,
      `x_h: ${HELP}`,
      `x_h: ${TOTAL}`,
      `x_h: ${ABBREVIATED}`,
    ],
  ],
];

const said = (page: string): string[] =>
  lint(parseText(page)).map(({ metric, text }) => `${metric}: ${text}`);

test("lint() reports what promlint's rules report", () => {
  for (const [page, problems] of CASES) assert.deepEqual(said(page), problems, page);
});

test("lint() finds duplicate series, whatever the order of labels", () => {
  const twice = numberFamily("gauge", "x", "X", [[1, { a: 1, b: 2 }], [2, { b: 2, a: 1 }]]);
  assert.deepEqual(lint([twice]), [{ metric: "x", text: UNIQUE }]);
  const other = numberFamily("gauge", "x", "X", [[1, { a: 1, b: 2 }], [2, { b: 1, a: 2 }]]);
  assert.deepEqual(lint([other]), []);
});

test("lint() takes an info and a state set for gauges, as other formats do", async () => {
  const registry = new Registry();
  registry.info("build_info", "The build");
  registry.stateSet("light", "Which is on", ["red", "green"]);
  assert.deepEqual(lint(await registry.collect()), []);
});

/** The lines that `promtool check metrics` writes about a page. */
function promtool(program: string, page: string): string[] {
  const { status, stdout, stderr, error } = spawnSync(program, ["check", "metrics"], {
    // Given an empty input by Bun, promtool now and then exits 1; an empty line says the same to it.
    input: page === "" ? "\n" : page,
    encoding: "utf8",
  });
  if (error !== undefined) throw error;
  assert.ok(status === 0 || status === 3, `${page}\n${stderr}`);
  return (stdout + stderr).split("\n").filter((line) => line !== "");
}

const PROMTOOL = "peers/promtool";
const twoTools = { skip: lackingBuilt(PROMTOOL), timeout: HANG_MS };

test("promtool reports for every page what lint() reports", twoTools, () => {
  for (const [page] of CASES) {
    const theirs = promtool(built(PROMTOOL), page).map((line) => line.replace(" ", ": "));
    // Of a label it speaks once for every series.
    assert.deepEqual([...new Set(theirs)].sort(), said(page).sort(), page);
  }
});

const anyPromtool = {
  skip: builtOrInstalled("promtool") === undefined && lacking("promtool"),
  timeout: HANG_MS,
};

test("promtool finds no fault with the pages of our registries", anyPromtool, async () => {
  const program = builtOrInstalled("promtool")!;
  for (const registry of [everything(), naughty()]) {
    const families = (await registry.collect()).filter(({ help }) => help.trim() !== "");
    assert.deepEqual(lint(families), []);
    assert.deepEqual(promtool(program, encodeText(families)), []);
  }
});
