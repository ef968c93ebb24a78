/**
 * Runs the comparisons on Deno and on Bun: `deno task bench:versus [NAME]`.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

const here = new URL(".", import.meta.url);
const bun = fileURLToPath(new URL("../../node_modules/.bin/bun", import.meta.url));
/** Files that the comparisons share, or that have a task of their own. */
const helpers = ["run.ts", "rounds.ts", "checkout.ts"].concat(
  ["http.ts", "scale.ts", "latency.ts", "profile.ts"],
);

const names = [...Deno.readDirSync(here)]
  .filter(({ name, isFile }) => isFile && name.endsWith(".ts") && !helpers.includes(name))
  .map(({ name }) => name)
  .filter((name) => name.includes(Deno.args[0] ?? ""))
  .sort();
if (names.length === 0) {
  console.error(`No comparison is named "${Deno.args[0]}"`);
  Deno.exit(2);
}

let failed = false;
for (const name of names) {
  const path = fileURLToPath(new URL(name, here));
  for (
    const [command, args] of [
      [Deno.execPath(), ["run", "-A", "--v8-flags=--expose-gc", path]],
      [bun, [path]],
    ] as const
  ) {
    const { success } = await new Deno.Command(command, { args: [...args] }).spawn().status;
    failed ||= !success;
  }
}
Deno.exit(failed ? 1 : 0);
