import assert from "node:assert/strict";
import { test } from "node:test";
import { HANG_MS } from "../tool.ts";
import { without } from "./servers.ts";
import { TWICE } from "./twice.ts";

for (const { server, how, setThere = "", counts, run } of TWICE) {
  const times = counts === 1 ? "once" : "twice", where = [server, setThere].join(" ").trim();
  test(`an export that arrives twice is counted ${times}: ${how} to ${where}`, {
    timeout: HANG_MS,
    skip: without(server),
  }, async () => {
    assert.equal(await run(), 5 * counts);
  });
}
