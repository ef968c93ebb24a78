/**
 * Everything that is checked without running the tests: `deno task ok`. Stops at the first step
 * that fails and shows what it said. Needs no network once the dependencies are installed.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const config = JSON.parse(Deno.readTextFileSync(`${ROOT}/deno.json`));
const entryPoints = Object.values<string>(config.exports);

const STEPS: readonly (readonly [title: string, args: readonly string[]])[] = [
  ["dependencies as locked", ["install", "--frozen"]],
  ["format", ["fmt", "--check"]],
  ["lint", ["lint"]],
  ["types", ["check", "--quiet", "--frozen", "."]],
  ["types of doc examples", ["check", "--quiet", "--frozen", "--doc-only", "mod.ts", "src"]],
  ["docs of every entry point", ["doc", "--lint", ...entryPoints]],
  ["floors", ["test", "-A", "--no-check", "--frozen", "tests/floors"]],
  ["publish, dry", ["publish", "--dry-run", "--allow-dirty"]],
];

for (const [title, args] of STEPS) {
  const started = performance.now();
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    stdin: "null",
  }).output();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${success ? "ok    " : "failed"} ${title} (${seconds} s)`);
  if (!success) {
    await Deno.stderr.write(stdout);
    await Deno.stderr.write(stderr);
    console.error(`\nFailed: deno ${args.join(" ")}`);
    Deno.exit(1);
  }
}
