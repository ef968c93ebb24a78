import { deepEqual, equal, match } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { telltale } from "../../mod.ts";
import { cli } from "../../src/cli/main.ts";
import { dashboard, rules, ruleTests, serviceMonitor } from "../../src/slo/mod.ts";
import { HANG_MS } from "../tool.ts";

function service() {
  const t = telltale({
    service: "shop",
    log: { sinks: [] },
    otlp: false,
    metrics: { runtime: false },
  });
  t.slo("checkout", { objective: 0.999, availability: { route: "/orders" } });
  return t;
}

/** Runs a command on a module with these exports: its exit code, and what it wrote. */
async function run(
  args: readonly string[],
  exports: Readonly<Record<string, unknown>>,
): Promise<[code: number, out: string, err: string]> {
  let out = "", err = "";
  const code = await cli(args, {
    write: (text) => void (out += text),
    warn: (text) => void (err += text),
    load: () => Promise.resolve(exports),
  });
  return [code, out, err];
}

test("cli() writes to a file where the module writes to standard output itself", async () => {
  const written: [text: string, path: string | undefined][] = [], t = service();
  const code = await cli(["rules", "a.ts", "--out=rules.yml"], {
    write: (text, path) => void written.push([text, path]),
    warn: () => {},
    load: () => Promise.resolve({ t }),
  });
  deepEqual([code, written], [0, [[rules(t), "rules.yml"]]]);
});

test("cli() writes what the functions of ./slo return", async () => {
  const t = service();
  const matchers = { job: "shop" };
  const rows: [args: string[], text: string][] = [
    [["rules", "a.ts"], rules(t)],
    [
      ["rules", "a.ts", "--source", "http", "--match=job=shop"],
      rules(t, { source: "http", matchers }),
    ],
    [["rules", "--tests", "a.ts"], ruleTests(t)],
    [
      ["rules", "a.ts", "--source=http", "--naming", "semconv", "--interval=30"],
      rules(t, { source: "http", naming: "semconv", intervalSeconds: 30 }),
    ],
    [
      ["rules", "a.ts", "--source=http", "--histograms=native"],
      rules(t, { source: "http", histograms: "native" }),
    ],
    [["dashboard", "a.ts", "--match", "job=shop"], `${dashboard(t, { matchers })}\n`],
    [["servicemonitor", "a.ts"], serviceMonitor(t)],
  ];
  for (const [args, text] of rows) {
    const [code, out, err] = await run(args, { t });
    deepEqual([code, out], [0, text]);
    const isNoted = args.includes("rules") && !args.includes("--match=job=shop");
    equal(/^Note: without --match job=NAME/.test(err), isNoted, args.join(" "));
  }
});

test("cli() lists metrics, and what is wrong with them", async () => {
  const t = service();
  t.metrics.counter("jobs", "Jobs done");
  t.metrics.histogram("jobDuration_ms", "");
  const [code, out, err] = await run(["metrics", "a.ts"], { default: {}, service: t });
  equal(code, 1);
  match(out, /^jobs +counter +Jobs done$/m);
  match(out, /^slo_events_total +counter +Events that count/m);
  deepEqual(err.trim().split("\n"), [
    "jobDuration_ms: has no help text",
    "jobDuration_ms: should be in snake_case",
    "jobDuration_ms: should be in seconds, not in ms",
    "jobs: a counter's name should end in _total",
  ]);
});

test("cli() says what is wrong with its arguments and with the module", async () => {
  const t = service();
  const rows: [args: string[], exports: object, code: number, message: RegExp][] = [
    [
      ["rule", "a.ts"],
      { t },
      2,
      /^Cannot run: command must be one of rules, .*, got "rule"\n\nUsage/,
    ],
    [["rules"], { t }, 2, /^Cannot run rules: the module is missing\n/],
    [["rules", "a.ts", "b.ts"], { t }, 2, /there must be one module, got b.ts as well/],
    [["rules", "a.ts", "--teste"], { t }, 2, /there is no option --teste/],
    [["rules", "a.ts", "--match", "job"], { t }, 2, /--match must be LABEL=VALUE, got "job"/],
    [["rules", "a.ts", "--match"], { t }, 2, /--match must have a value, got none/],
    [["rules", "a.ts", "--source", "x"], { t }, 1, /source must be one of events, http, got "x"/],
    [["rules", "a.ts", "--interval", "1m"], { t }, 1, /intervalSeconds must be .*, got NaN/],
    [["rules", "a.ts", "--naming=x"], { t }, 1, /naming must be one of telltale, semconv, got "x"/],
    [
      ["dashboard", "a.ts", "--source=http"],
      { t },
      2,
      /^Cannot run dashboard: --tests, --source, --naming, --histograms, --interval are for rules only\n/,
    ],
    [["rules", "a.ts"], { fetch }, 1, /it must export what telltale\(\) returned, .* got fetch$/m],
    [["rules", "a.ts"], { t: telltale({ log: { sinks: [] } }) }, 1, /The module defines no SLO/],
  ];
  for (const [args, exports, code, message] of rows) {
    const [got, , err] = await run(args, exports as Record<string, unknown>);
    equal(got, code, err);
    match(err, message);
  }
  deepEqual((await run([], {}))[0], 0);
  match((await run(["--help"], {}))[1], /^Usage: telltale COMMAND MODULE/);
});

test("The command runs on this runtime, on a module that serves", { timeout: HANG_MS }, () => {
  const folder = mkdtempSync(join(tmpdir(), "telltale-cli-"));
  try {
    const root = new URL("../../mod.ts", import.meta.url).href;
    writeFileSync(
      join(folder, "service.ts"),
      `import { telltale } from ${JSON.stringify(root)};
export const t = telltale({ service: "shop", log: { sinks: [] }, otlp: false });
t.slo("checkout", { objective: 0.999, availability: { route: "/orders" } });
setInterval(() => {}, 1000);
`,
    );
    const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
    const isDeno = "Deno" in globalThis;
    const args = [...isDeno ? ["run", "-A", "--no-check"] : ["run"], main, "rules", "service.ts"];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: folder,
      encoding: "utf8",
    });
    equal(status, 0, stderr);
    equal(stdout, rules(service()));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
