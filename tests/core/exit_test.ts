import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { beforeExit } from "../../src/core/exit.ts";

// How a process really ends is shown by tests/log/exit_test.ts, with processes that end.

/** What the runtime does first when the process ends. */
function end(): void {
  if ("Deno" in globalThis) globalThis.dispatchEvent(new Event("unload"));
  else process.emit("exit", 0);
}

test("beforeExit() runs each hook, isolated, until it is removed", () => {
  const seen: string[] = [];
  const takeBack = [
    beforeExit(() => seen.push("a")),
    beforeExit(() => {
      seen.push("b");
      throw new Error("ignored");
    }),
    beforeExit(() => seen.push("c")),
  ];
  end();
  assert.deepEqual(seen, ["a", "b", "c"]);
  takeBack[1]!();
  end();
  assert.deepEqual(seen, ["a", "b", "c", "a", "c"]);
  for (const each of takeBack) each();
  end();
  assert.equal(seen.length, 5);
});

test("beforeExit() installs its hooks once", () => {
  for (let i = 0; i < 5; i++) beforeExit(() => {})();
  let runs = 0;
  const takeBack = beforeExit(() => runs++);
  end();
  takeBack();
  assert.equal(runs, 1);
});
