/** Sends every type of metric with its edges to real receivers, and reads what they have stored. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HANG_MS } from "../tool.ts";
import type { Arrived } from "./difference.ts";
import { runMetrics } from "./metric_run.ts";
import { METRIC_WAYS } from "./metric_ways.ts";
import { Outcomes } from "./outcomes.ts";
import { isHere, without } from "./servers.ts";

const outcomes = new Outcomes("stored_metrics.json");

/** All at once: most of the time is that between scrapes. */
let run: Promise<ReadonlyMap<string, Arrived>> | undefined;

async function runAll(): Promise<ReadonlyMap<string, Arrived>> {
  const ways = METRIC_WAYS.filter(({ server }) => isHere(server));
  const names = (of: typeof METRIC_WAYS) => of.map(({ job }) => job);
  return outcomes.take(names(METRIC_WAYS), names(ways), await runMetrics(ways));
}

for (const { job, server, how, says } of METRIC_WAYS) {
  const options = { timeout: HANG_MS, skip: without(server) };
  test(`metrics are stored as the document says: ${job} (${how})`, options, async () => {
    const { outcome, faults } = (await (run ??= runAll())).get(job)!;
    assert.deepEqual(faults, []);
    assert.deepEqual(outcome, outcomes.stored[job]);
    const said = new Set(says.flatMap(([, ...cases]) => cases));
    assert.deepEqual([...said].sort(), Object.keys(outcome).sort());
  });
}
