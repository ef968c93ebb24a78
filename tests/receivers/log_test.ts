/** Sends log records with every type of body and field to real receivers, and reads what they have stored. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HANG_MS } from "../tool.ts";
import type { Arrived } from "./difference.ts";
import { runLogs } from "./log_run.ts";
import { LOG_WAYS } from "./log_ways.ts";
import { Outcomes } from "./outcomes.ts";
import { isHere, without } from "./servers.ts";

const outcomes = new Outcomes("stored_logs.json");

/** All at once. */
let run: Promise<ReadonlyMap<string, Arrived>> | undefined;

async function runAll(): Promise<ReadonlyMap<string, Arrived>> {
  const ways = LOG_WAYS.filter(({ server }) => isHere(server));
  const names = (of: typeof LOG_WAYS) => of.map(({ service }) => service);
  return outcomes.take(names(LOG_WAYS), names(ways), await runLogs(ways));
}

for (const { service, server, how, says } of LOG_WAYS) {
  const options = { timeout: HANG_MS, skip: without(server) };
  test(`log records are stored as the document says: ${service} (${how})`, options, async () => {
    const { outcome, faults } = (await (run ??= runAll())).get(service)!;
    assert.deepEqual(faults, []);
    assert.deepEqual(outcome, outcomes.stored[service]);
    const said = new Set(says.flatMap(([, ...cases]) => cases));
    assert.deepEqual([...said].sort(), Object.keys(outcome).sort());
  });
}
