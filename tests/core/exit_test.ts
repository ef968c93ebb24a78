import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { beforeExit } from "../../src/core/exit.ts";

// How a process really ends is shown by tests/log/exit_test.ts, with processes that end.

test("beforeExit() runs what is registered, isolated, until it is taken back", () => {
  const seen: string[] = [];
  const takeBack = [
    beforeExit(() => seen.push("a")),
    beforeExit(() => {
      seen.push("b");
      throw new Error("ignored");
    }),
    beforeExit(() => seen.push("c")),
  ];
  process.emit("exit", 0);
  assert.deepEqual(seen, ["a", "b", "c"]);
  takeBack[1]!();
  process.emit("exit", 0);
  assert.deepEqual(seen, ["a", "b", "c", "a", "c"]);
  for (const each of takeBack) each();
  process.emit("exit", 0);
  assert.equal(seen.length, 5);
});

test("beforeExit() installs its hooks once", () => {
  const before = process.listenerCount("exit");
  for (let i = 0; i < 5; i++) beforeExit(() => {})();
  assert.ok(before > 0);
  assert.equal(process.listenerCount("exit"), before);
});
