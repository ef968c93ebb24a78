import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { systemClock } from "../../src/core/clock.ts";
import { current, run } from "../../src/core/context.ts";
import { environment, runtime } from "../../src/core/platform.ts";

test("systemClock tells the time and sets timers that can be cancelled", async () => {
  assert.ok(Math.abs(systemClock.now() - Date.now()) < 1000);
  const before = systemClock.monotonic();
  const keepAlive = setInterval(() => {}, 1000); // Our own timers don't.
  await new Promise<void>((resolve) => systemClock.after(1, resolve));
  await new Promise<void>((resolve) => {
    let calls = 0;
    const cancel = systemClock.every(1, () => {
      if (++calls < 2) return;
      cancel();
      resolve();
    });
  });
  systemClock.after(0, () => assert.fail("was cancelled"))();
  clearInterval(keepAlive);
  assert.ok(systemClock.monotonic() > before);
});

test("systemClock runs what it was given in no context, whoever asked", async () => {
  const context = { traceId: "", spanId: "", flags: 0, tracestate: "", requestId: "r" };
  const keepAlive = setInterval(() => {}, 1000);
  const seen = await run(context, () =>
    Promise.all([
      new Promise((resolve) => systemClock.after(1, () => resolve(current()))),
      new Promise((resolve) => {
        const cancel = systemClock.every(1, () => (cancel(), resolve(current())));
      }),
      // The one who waits is still in its own.
      new Promise<void>((resolve) => systemClock.after(1, resolve)).then(() => current()),
    ]));
  clearInterval(keepAlive);
  assert.deepEqual(seen, [undefined, undefined, context]);
});

test("environment() takes the empty text for unset", () => {
  assert.equal(environment("TELLTALE_TEST_NOT_SET"), undefined);
  process.env.TELLTALE_TEST_EMPTY = "";
  assert.equal(environment("TELLTALE_TEST_EMPTY"), undefined);
  assert.ok(environment("PATH"));
});

test("runtime is the one that runs this", () => {
  assert.equal(runtime.name, "Bun" in globalThis ? "bun" : "Deno" in globalThis ? "deno" : "node");
  assert.match(runtime.version, /^\d+\.\d+\.\d+/);
});
