/** Sends spans with every part to real receivers, and reads what they have stored. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { HANG_MS } from "../tool.ts";
import type { Arrived, Outcome } from "./difference.ts";
import { runSpans, SPAN_WAYS } from "./span_run.ts";
import { isHere, without } from "./servers.ts";

/** What each way changes, value by value; `TELLTALE_RECEIVERS=write` writes it, to be read in the diff. */
const STORED = new URL("stored_spans.json", import.meta.url);
const stored: Readonly<Record<string, Outcome>> = JSON.parse(readFileSync(STORED, "utf8"));

/** All at once. */
let run: Promise<ReadonlyMap<string, Arrived>> | undefined;

async function runAll(): Promise<ReadonlyMap<string, Arrived>> {
  const ways = SPAN_WAYS.filter(({ server }) => isHere(server));
  const arrived = await runSpans(ways);
  const found = new Map(ways.map(({ service }, i) => [service, arrived[i]!]));
  if (process.env.TELLTALE_RECEIVERS === "write") {
    // A receiver that is not here keeps what it had.
    const outcomes = SPAN_WAYS.map((
      { service: name },
    ) => [name, found.get(name)?.outcome ?? stored[name]]);
    writeFileSync(
      STORED,
      `${JSON.stringify(Object.fromEntries(outcomes), null, 2)}
`,
    );
  }
  return found;
}

for (const { service, server, how, says } of SPAN_WAYS) {
  const options = { timeout: HANG_MS, skip: without(server) };
  test(`spans are stored as the document says: ${service} (${how})`, options, async () => {
    const { outcome, faults } = (await (run ??= runAll())).get(service)!;
    assert.deepEqual(faults, []);
    assert.deepEqual(outcome, stored[service]);
    const said = new Set(says.flatMap(([, ...cases]) => cases));
    assert.deepEqual([...said].sort(), Object.keys(outcome).sort());
  });
}
