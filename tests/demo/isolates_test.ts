import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Pair } from "../../examples/demo/pair.ts";
import { RUNTIME } from "../e2e/command.ts";
import { until } from "../e2e/wait.ts";
import { HANG_MS } from "../tool.ts";

test("orders runs in three isolates, of which any takes orders and knows the others", {
  timeout: HANG_MS,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "telltale-isolates-"));
  const pair = await Pair.start({ port: 0, runtime: RUNTIME, folder, isolates: 3 });
  try {
    const { url } = pair.orders;
    const order = {
      items: [{ sku: "lamp", quantity: 1, price_dollars: 20 }],
      payment: { method: "card", token: "card_ok" },
    };
    // Each answer closes its connection: the next one may be another isolate's.
    const seen = await until("orders of all three", async () => {
      const response = await fetch(`${url}/orders`, {
        method: "POST",
        body: JSON.stringify(order),
      });
      assert.equal(response.status, 201);
      await response.body?.cancel();
      const asked = await fetch(`${url}/telltale/api/ask?q=route:/orders+by+isolate`);
      const { groups, isolates } = await asked.json();
      return groups.length === 3 && isolates.length === 3 ? groups : undefined;
    });
    assert.equal(seen.length, 3);
  } finally {
    const { orders, payments } = await pair.stop();
    rmSync(folder, { recursive: true, force: true });
    assert.deepEqual([orders.code, payments.code], [0, 0]);
  }
});
