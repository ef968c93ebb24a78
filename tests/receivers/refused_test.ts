import assert from "node:assert/strict";
import { test } from "node:test";
import { HANG_MS } from "../tool.ts";
import { REFUSALS } from "./refused.ts";
import { without } from "./servers.ts";

for (const { server, what, line, ledger, stored, run } of REFUSALS) {
  test(`a refusal is one line and counted exactly: ${server}, ${what}`, {
    timeout: HANG_MS,
    skip: without(server),
  }, async () => {
    const found = await run();
    assert.deepEqual(found, { line, stored, ...(ledger !== undefined && { ledger }) });
    assert.doesNotMatch(found.line, /\n/);
  });
}
