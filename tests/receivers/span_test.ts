/** Sends spans with every part to real receivers, and reads what they have stored. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HANG_MS } from "../tool.ts";
import type { Arrived } from "./difference.ts";
import { runSpans, SPAN_WAYS } from "./span_run.ts";
import { Outcomes } from "./outcomes.ts";
import { isHere, without } from "./servers.ts";

const outcomes = new Outcomes("stored_spans.json");

/** All at once. */
let run: Promise<ReadonlyMap<string, Arrived>> | undefined;

async function runAll(): Promise<ReadonlyMap<string, Arrived>> {
  const ways = SPAN_WAYS.filter(({ server }) => isHere(server));
  const names = (of: typeof SPAN_WAYS) => of.map(({ service }) => service);
  return outcomes.take(names(SPAN_WAYS), names(ways), await runSpans(ways));
}

for (const { service, server, how, says } of SPAN_WAYS) {
  const options = { timeout: HANG_MS, skip: without(server) };
  test(`spans are stored as the document says: ${service} (${how})`, options, async () => {
    const { outcome, faults } = (await (run ??= runAll())).get(service)!;
    assert.deepEqual(faults, []);
    assert.deepEqual(outcome, outcomes.stored[service]);
    const said = new Set(says.flatMap(([, ...cases]) => cases));
    assert.deepEqual([...said].sort(), Object.keys(outcome).sort());
  });
}
