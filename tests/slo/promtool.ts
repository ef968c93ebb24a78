import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtOrInstalled } from "../peers/built.ts";

/** What promtool said, and the unit tests of rules that it ran. */
export interface Verdict {
  readonly output: string;
  /** The numbers of tests and of failures, as its JUnit report has them. */
  readonly tests: number;
  readonly failures: number;
}

/** Complaints about rules; empty without one. */
export function checkRules(rules: string): string {
  return inFolder({ "rules.yml": rules }, (folder) => {
    const { status, output } = promtool(folder, [
      "check",
      "rules",
      "--lint=all",
      "--lint-fatal",
      "rules.yml",
    ]);
    return status === 0 && /SUCCESS: \d+ rules found/.test(output) ? "" : output;
  });
}

/**
 * Runs the unit tests in `tests.yml`; a file that names no rules would succeed with none.
 *
 * @param only a regular expression for the names of tests
 */
export function testRules(files: Readonly<Record<string, string>>, only = ".*"): Verdict {
  return inFolder(files, (folder) => {
    const args = ["test", "rules", "--junit=report.xml", `--run=${only}`, "tests.yml"];
    const { output } = promtool(folder, args);
    const report = readFileSync(join(folder, "report.xml"), "utf8");
    const sum = (name: string) =>
      [...report.matchAll(new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"`, "g"))]
        .reduce((total, [, count]) => total + Number(count), 0);
    return { output, tests: sum("tests"), failures: sum("failures") + sum("errors") };
  });
}

function promtool(folder: string, args: readonly string[]): { status: number; output: string } {
  const { error, status, stdout, stderr } = spawnSync(builtOrInstalled("promtool")!, args, {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (error !== undefined) throw error;
  return { status: status ?? 1, output: stdout + stderr };
}

function inFolder<T>(files: Readonly<Record<string, string>>, use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "telltale-slo-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
