import { test } from "node:test";
import { deepEqual, equal } from "node:assert/strict";
import { Uploads } from "../../src/serve/drain.ts";
import { ManualClock } from "../manual_clock.ts";

function gated() {
  const clock = new ManualClock();
  const uploads = new Uploads(clock);
  const gate = Promise.withResolvers<Response>();
  const handler = uploads.watch(() => gate.promise);
  const ask = (method: string) => handler(new Request("http://orders/", { method }));
  return { clock, uploads, gate, ask };
}

test("Uploads.settled() waits for requests that may have a body, until they are answered or fail", async () => {
  for (const ending of ["resolve", "reject"] as const) {
    const { uploads, gate, ask, clock } = gated();
    const answer = Promise.resolve(ask("POST")).catch(() => {});
    const order: string[] = [];
    const settled = uploads.settled(1000).then(() => order.push("settled"));
    await new Promise((resolve) => setImmediate(resolve));
    order.push("ended");
    gate[ending](new Response());
    await Promise.all([answer, settled]);
    deepEqual(order, ["ended", "settled"]);
    equal(clock.waiting, 0);
    // Nothing is kept of it.
    await uploads.settled(1000);
    equal(clock.waiting, 0);
  }
});

test("Uploads.settled() waits for no GET, and not beyond its limit", async () => {
  const { uploads, ask, clock } = gated();
  void ask("GET");
  await uploads.settled(1000);
  void ask("PUT");
  const settled = uploads.settled(1000);
  equal(clock.waiting, 1);
  clock.advance(1000);
  await settled;
});

test("Uploads.watch() returns the handler's own answer", () => {
  const response = new Response();
  equal(new Uploads().watch(() => response)(new Request("http://orders/")), response);
});
