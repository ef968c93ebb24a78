/**
 * A CPU profile: `deno run --allow-sys examples/profile.ts` profiles work in two functions, and prints their shares.
 */
import { cpuProfile } from "../src/profile/mod.ts";

/** Work that no compiler can leave out. */
function work(rounds: number): number {
  let sum = 0;
  for (let i = 0; i < rounds; i++) sum += Math.sqrt(i ^ sum);
  return sum;
}
// Not `return work()`: Bun leaves a caller whose last act is a call out of the stack.
function resize(): number {
  return 1 + work(3_000_000);
}
function encode(): number {
  return 1 + work(1_000_000);
}

let kept = 0, isOver = false;
const taking = cpuProfile({ seconds: 0.5 }).finally(() => isOver = true);
while (!isOver) {
  kept += resize() + encode();
  await new Promise((resolve) => setTimeout(resolve));
}

const profile = await taking;
const shares = new Map<string, number>();
for (const line of profile.folded().trimEnd().split("\n")) {
  const [stack, weight] = line.split(/ (?=\d+$)/) as [string, string];
  const name = ["resize", "encode"].find((name) => stack.includes(name)) ?? "other";
  shares.set(name, (shares.get(name) ?? 0) + Number(weight));
}
const all = [...shares.values()].reduce((sum, weight) => sum + weight, 0);
for (const name of ["resize", "encode"]) {
  console.log(`${name} ${Math.round((shares.get(name) ?? 0) / all * 100)} %`);
}
if (kept === 0) console.log("nothing was done");
