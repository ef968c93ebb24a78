/**
 * Runs every test on Deno and again on Bun, and the examples of the doc comments on Deno.
 *
 * `deno task test [PART-OF-A-PATH]`: the last line is `N passed, N failed, N skipped`, the sum of
 * all runs; the exit code is 1 when anything failed.
 *
 * @module
 */
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { BUN, DENO, type Format, Report, type Totals } from "./runner/report.ts";
import { HANG_MS } from "./tool.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What failed, of all runs: the end of a log is what a person reads first. */
const failures: string[] = [];

/** Runs a command and shows what matters of its output, file by file. */
async function run(
  title: string,
  command: string,
  args: readonly string[],
  format: Format,
  show: "as it comes" | "at the end" = "as it comes",
): Promise<Totals> {
  const reasons = Deno.makeTempFileSync({ dir: tmpdir(), prefix: "telltale-skips-" });
  const shown: string[] = [`\n=== ${title}\n`];
  const report = new Report(format, (text) => shown.push(text), (file) => reasonsOf(reasons, file));
  // One pipe for both streams: what a test wrote must stay beside what the runner says of it.
  const child = new Deno.Command("sh", {
    args: ["-c", 'exec "$0" "$@" 2>&1', command, ...args],
    cwd: ROOT,
    env: { TELLTALE_SKIP_REASONS: reasons },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const decoder = new TextDecoder();
  for await (const bytes of child.stdout) {
    report.take(decoder.decode(bytes, { stream: true }));
    if (show === "as it comes") write(shown.splice(0).join(""));
  }
  const totals = report.end((await child.status).success);
  write(shown.splice(0).join(""));
  Deno.removeSync(reasons);
  failures.push(...report.failures.map((failure) => `--- ${title}: ${failure}\n`));
  return totals;
}

/** Each reason once, of the tests of one file. */
function reasonsOf(path: string, file: string): string[] {
  const rows = Deno.readTextFileSync(path).split("\n").map((row) => row.split("\t"));
  const own = rows.filter(([from]) => from !== undefined && from !== "" && file.endsWith(from));
  return [...new Set(own.map(([, reason]) => reason!))];
}

function write(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += Deno.stdout.writeSync(bytes.subarray(done));
}

/** Programs that have packages of their own, beside what the other tests have. */
const PROGRAMS = ["tests/bridge/api_1_10"];

/** Bun is a development dependency, so that Deno alone is enough to have both. */
async function install(): Promise<boolean> {
  for (const folder of ["", ...PROGRAMS]) {
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["install", "--quiet", "--frozen"],
      cwd: `${ROOT}/${folder}`,
      stdin: "null",
    }).spawn().status;
    if (!success) return false;
  }
  return true;
}

/** The files under a folder whose path ends so and contains the filter, sorted. */
function files(folder: string, ending: string, filter: string): string[] {
  const found: string[] = [];
  for (const entry of Deno.readDirSync(`${ROOT}/${folder}`)) {
    const path = `${folder}/${entry.name}`;
    if (entry.name === "node_modules") continue;
    if (entry.isDirectory) found.push(...files(path, ending, filter));
    else if (path.endsWith(ending) && path.includes(filter)) found.push(`./${path}`);
  }
  return found.sort();
}

async function main(filter: string): Promise<number> {
  if (!await install()) return 1;
  const deno = Deno.execPath();
  const bun = `${ROOT}/node_modules/.bin/bun`;
  const tests = files("tests", "_test.ts", filter);
  const documented = [...files("src", ".ts", filter)];
  if (tests.length + documented.length === 0) {
    console.error(`No path of a test or a source contains "${filter}"`);
    return 2;
  }

  const started = performance.now();
  const runs: [string, Totals][] = [];
  if (tests.length > 0) {
    const args = ["test", "-A", "--no-check", ...tests];
    runs.push(["Deno", await run("Deno", deno, args, DENO)]);
  }
  // These two leave a core free each, and neither looks at the other.
  const rest: Promise<[string, Totals]>[] = [];
  if (documented.length > 0) {
    const args = ["test", "-A", "--no-check", "--doc", "--permit-no-files", ...documented];
    const title = "Deno, doc examples";
    rest.push(run(title, deno, args, DENO, "at the end").then((totals) => [title, totals]));
  }
  if (tests.length > 0) {
    const args = ["test", "--timeout", String(HANG_MS), ...tests];
    rest.push(run("Bun", bun, args, BUN).then((totals) => ["Bun", totals]));
  }
  runs.push(...await Promise.all(rest));

  console.log(`\n${failures.join("\n")}`);
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const [title, { passed, failed, skipped }] of runs) {
    console.log(`${title}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
    sum.passed += passed;
    sum.failed += failed;
    sum.skipped += skipped;
  }
  console.log(`${((performance.now() - started) / 1000).toFixed(1)} s`);
  // Deno reports a file as passed that throws after its first `test()`: the rest is never there.
  const [onDeno, onBun] = ["Deno", "Bun"].map((name) => count(runs, name));
  if (onDeno !== onBun) {
    console.log(
      `Deno has ${onDeno} tests, Bun ${onBun}: some file did not load to its end, or changed`,
    );
    sum.failed++;
  }
  const skipped = sum.skipped === 0 ? "" : `, ${sum.skipped} skipped`;
  console.log(`${sum.passed} passed, ${sum.failed} failed${skipped}`);
  return sum.failed === 0 && sum.passed > 0 ? 0 : 1;
}

/** All tests that a runtime knew of. */
function count(runs: readonly [string, Totals][], title: string): number {
  const totals = runs.find(([name]) => name === title)?.[1];
  return totals === undefined ? 0 : totals.passed + totals.failed + totals.skipped;
}

if (import.meta.main) Deno.exit(await main(Deno.args[0] ?? ""));
