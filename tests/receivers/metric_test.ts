/** Sends every type of metric with its edges to real receivers, and reads what they have stored. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { HANG_MS } from "../tool.ts";
import type { Arrived, Outcome } from "./difference.ts";
import { runMetrics } from "./metric_run.ts";
import { METRIC_WAYS } from "./metric_ways.ts";
import { isHere, without } from "./servers.ts";

/** What each way changes, value by value; `TELLTALE_RECEIVERS=write` writes it, to be read in the diff. */
const STORED = new URL("stored_metrics.json", import.meta.url);
const stored: Readonly<Record<string, Outcome>> = JSON.parse(readFileSync(STORED, "utf8"));

/** All at once: most of the time is that between scrapes. */
let run: Promise<ReadonlyMap<string, Arrived>> | undefined;

async function runAll(): Promise<ReadonlyMap<string, Arrived>> {
  const ways = METRIC_WAYS.filter(({ server }) => isHere(server));
  const arrived = await runMetrics(ways);
  const found = new Map(ways.map(({ job }, i) => [job, arrived[i]!]));
  if (process.env.TELLTALE_RECEIVERS === "write") {
    // A receiver that is not here keeps what it had.
    const outcomes = METRIC_WAYS.map((
      { job: name },
    ) => [name, found.get(name)?.outcome ?? stored[name]]);
    writeFileSync(
      STORED,
      `${JSON.stringify(Object.fromEntries(outcomes), null, 2)}
`,
    );
  }
  return found;
}

for (const { job, server, how, says } of METRIC_WAYS) {
  const options = { timeout: HANG_MS, skip: without(server) };
  test(`metrics are stored as the document says: ${job} (${how})`, options, async () => {
    const { outcome, faults } = (await (run ??= runAll())).get(job)!;
    assert.deepEqual(faults, []);
    assert.deepEqual(outcome, stored[job]);
    const said = new Set(says.flatMap(([, ...cases]) => cases));
    assert.deepEqual([...said].sort(), Object.keys(outcome).sort());
  });
}
