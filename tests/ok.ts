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

/** Everything but the page: its sources are for a browser, whose types are not Deno's. */
const TYPED = ["mod.ts", "src", "tests", "bench", "examples", "console/build.ts"];

const STEPS: readonly (readonly [title: string, args: readonly string[]])[] = [
  ["dependencies as locked", ["install", "--frozen"]],
  ["format", ["fmt", "--check"]],
  ["lint", ["lint"]],
  ["types", ["check", "--quiet", "--frozen", ...TYPED]],
  ["types of the page", ["run", "-A", "--frozen", "npm:typescript@5.9.3/tsc", "-p", "console"]],
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
