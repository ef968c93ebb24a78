import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { DOCUMENT, document } from "./document.ts";

test("docs/receivers.md is what the tables say: deno task receivers writes it", () => {
  assert.equal(readFileSync(DOCUMENT, "utf8"), document());
});
