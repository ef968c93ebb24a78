/**
 * Runs every test on Deno and again on Bun, and the examples of the doc comments on Deno.
 *
 * `deno task test [PART-OF-A-PATH]`: the last line is `N passed, N failed, N skipped`, the sum of
 * all runs; the exit code is 1 when anything failed.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** A run's own count, wherever the runner prints it; undefined when it never got that far. */
type ReadTotals = (output: string) => Totals | undefined;

function denoTotals(output: string): Totals | undefined {
  const found = output.matchAll(
    /^(?:ok|FAILED) \| (\d+) passed[^|]*\| (\d+) failed[^|\n]*(?:\| (\d+) ignored)?/gm,
  );
  const last = [...found].at(-1);
  if (last === undefined) return undefined;
  return { passed: Number(last[1]), failed: Number(last[2]), skipped: Number(last[3] ?? 0) };
}

function bunTotals(output: string): Totals | undefined {
  const count = (what: string): number =>
    Number([...output.matchAll(new RegExp(`^ *(\\d+) ${what}$`, "gm"))].at(-1)?.[1] ?? 0);
  if (!/^Ran \d+ tests? /m.test(output)) return undefined;
  return { passed: count("pass"), failed: count("fail"), skipped: count("skip") + count("todo") };
}

/** Runs a command, its output shown as it comes, and reads its totals from it. */
async function run(
  title: string,
  command: string,
  args: readonly string[],
  read: ReadTotals,
): Promise<Totals> {
  console.log(`\n=== ${title}`);
  const child = new Deno.Command(command, {
    args: [...args],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [stdout, stderr, { code }] = await Promise.all([
    tee(child.stdout, Deno.stdout),
    tee(child.stderr, Deno.stderr),
    child.status,
  ]);
  // A runner that fails without a failed test (an import that throws) is one failure as well.
  const output = stripVTControlCharacters(stdout + "\n" + stderr);
  const totals = read(output) ?? { passed: 0, failed: 0, skipped: 0 };
  return code === 0 ? totals : { ...totals, failed: Math.max(1, totals.failed) };
}

async function tee(
  from: ReadableStream<Uint8Array>,
  to: { writeSync(bytes: Uint8Array): number },
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of from) {
    for (let written = 0; written < bytes.length;) written += to.writeSync(bytes.subarray(written));
    text += decoder.decode(bytes, { stream: true });
  }
  return text;
}

/** Bun is a development dependency, so that Deno alone is enough to have both. */
async function install(): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--quiet", "--frozen"],
    cwd: ROOT,
    stdin: "null",
  }).spawn().status;
  return success;
}

/** The files under a folder whose path ends so and contains the filter, sorted. */
function files(folder: string, ending: string, filter: string): string[] {
  const found: string[] = [];
  for (const entry of Deno.readDirSync(`${ROOT}/${folder}`)) {
    const path = `${folder}/${entry.name}`;
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
    runs.push(["Deno", await run("Deno", deno, args, denoTotals)]);
  }
  // These two leave a core free each, and neither looks at the other.
  const rest: Promise<[string, Totals]>[] = [];
  if (documented.length > 0) {
    const args = ["test", "-A", "--no-check", "--doc", "--permit-no-files", ...documented];
    const title = "Deno, doc examples";
    rest.push(run(title, deno, args, denoTotals).then((totals) => [title, totals]));
  }
  if (tests.length > 0) {
    const args = ["test", "--timeout", "60000", ...tests];
    rest.push(run("Bun", bun, args, bunTotals).then((totals) => ["Bun", totals]));
  }
  runs.push(...await Promise.all(rest));

  console.log();
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
