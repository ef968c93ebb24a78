import assert from "node:assert/strict";
import { test } from "node:test";
import { BUN, DENO, type Format, Report } from "./report.ts";

function read(format: Format, output: string, success: boolean, reasons: string[] = []) {
  let shown = "";
  const report = new Report(format, (text) => shown += text, () => reasons);
  // As a pipe may cut it.
  for (let i = 0; i < output.length; i += 7) report.take(output.slice(i, i + 7));
  return { totals: report.end(success), shown, failures: report.failures };
}

const DENO_GREEN = `running 2 tests from ./tests/a_test.ts
loud ...
------- output -------
a line of the product
----- output end -----
loud ... \x1b[32mok\x1b[0m (2ms)
elsewhere ... \x1b[33mignored\x1b[0m (0ms)

ok | 1 passed | 0 failed | 1 ignored (20ms)
`;

const DENO_RED = `running 2 tests from ./tests/a_test.ts
quiet ... ok (2ms)
also quiet ... ok (0ms)
running 1 test from ./tests/b_test.ts
red ...
------- post-test output -------
noise of red
----- post-test output end -----
red ... FAILED (5ms)

 ERRORS 

red => ./tests/b_test.ts:3:1
error: AssertionError

FAILED | 2 passed | 1 failed (20ms)
`;

const BUN_RED = `bun test v1.4.5

tests/a_test.ts:
noise
(pass) quiet [1.00ms]
(skip) elsewhere

tests/b_test.ts:
noise of red
AssertionError: 1 !== 2
(fail) red [1.76ms]

1 tests skipped:
(skip) elsewhere


1 tests failed:
(fail) red [1.76ms]

 1 pass
 1 skip
 1 fail
Ran 3 tests across 2 files. [46.00ms]
`;

test("Report is one line a file when all is green, with the reason of what was skipped", () => {
  assert.deepEqual(read(DENO, DENO_GREEN, true, ["only Bun has it"]), {
    totals: { passed: 1, failed: 0, skipped: 1 },
    shown: "ok     ./tests/a_test.ts  1 passed, 1 skipped (only Bun has it)\n",
    failures: [],
  });
});

test("Report fails a file whose skipped tests give no reason", () => {
  const { totals, shown } = read(DENO, DENO_GREEN, true);
  assert.deepEqual(totals, { passed: 1, failed: 1, skipped: 1 });
  assert.match(shown, /^FAILED .* 1 skipped \(no reason given/);
});

test("Report shows everything of a file that failed and the runner's account, nothing of others", () => {
  const { totals, shown } = read(DENO, DENO_RED, false);
  assert.deepEqual(totals, { passed: 2, failed: 1, skipped: 0 });
  assert.deepEqual(shown.split("\n").slice(0, 2), [
    "ok     ./tests/a_test.ts  2 passed",
    "FAILED ./tests/b_test.ts  0 passed, 1 failed",
  ]);
  for (const part of ["noise of red", " ERRORS ", "AssertionError"]) {
    assert.ok(shown.includes(part));
  }
  assert.ok(!shown.includes("quiet"));
});

test("Report reads Bun's output the same way", () => {
  const { totals, shown } = read(BUN, BUN_RED, false, ["no promtool"]);
  assert.deepEqual(totals, { passed: 1, failed: 1, skipped: 1 });
  assert.ok(shown.includes("ok     tests/a_test.ts  1 passed, 1 skipped (no promtool)\n"));
  assert.ok(shown.includes("noise of red\nAssertionError: 1 !== 2\n"));
  assert.ok(!shown.includes("noise\n(pass)"));
});

test("Report tells each failed test once more, with its file and the lines that say why", () => {
  const deno = read(DENO, DENO_RED, false).failures, bun = read(BUN, BUN_RED, false).failures;
  assert.deepEqual(deno, [
    "red => ./tests/b_test.ts:3:1\nerror: AssertionError\nFAILED | 2 passed | 1 failed (20ms)",
  ]);
  assert.deepEqual(bun, [
    "tests/b_test.ts\nnoise of red\nAssertionError: 1 !== 2\n(fail) red [1.76ms]",
  ]);
  assert.deepEqual(read(DENO, DENO_GREEN, true).failures, []);
});

test("Report counts a run that ended without its totals as failed, and shows what it said", () => {
  const { totals, shown } = read(DENO, "error: Module not found\n", false);
  assert.deepEqual(totals, { passed: 0, failed: 1, skipped: 0 });
  assert.ok(shown.includes("error: Module not found"));
});
