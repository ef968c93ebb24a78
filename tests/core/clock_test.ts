import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { delay, systemClock, within } from "../../src/core/clock.ts";
import { current, run } from "../../src/core/context.ts";
import { environment, runtime } from "../../src/core/platform.ts";
import { ManualClock } from "../manual_clock.ts";

test("systemClock reads the time and sets timers that can be cancelled", async () => {
  const { now } = Date;
  try {
    // Not between two readings: the machine's clock may be set meanwhile.
    Date.now = () => 1_767_225_600_000;
    assert.equal(systemClock.now(), 1_767_225_600_000);
  } finally {
    Date.now = now;
  }
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

test("systemClock runs callbacks outside all contexts", async () => {
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

test("within() tells whether work was done in time, and cancels its timer", async () => {
  const clock = new ManualClock();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const late = within(clock, 100, promise);
  clock.advance(100);
  assert.equal(await late, false);
  const inTime = within(clock, 100, promise);
  resolve();
  assert.equal(await inTime, true);
  await assert.rejects(within(clock, 100, Promise.reject(new Error("failed"))), /failed/);
  assert.equal(clock.waiting, 0);
  reject(); // Settled already.
});

test("within() handles a rejection that comes too late", async () => {
  const clock = new ManualClock();
  const { promise, reject } = Promise.withResolvers<void>();
  const late = within(clock, 100, promise);
  clock.advance(100);
  reject(new Error("too late"));
  assert.equal(await late, false);
});

test("delay() resolves after its time", async () => {
  const clock = new ManualClock();
  let isOver = false;
  const over = delay(clock, 100).then(() => isOver = true);
  clock.advance(99);
  await Promise.resolve();
  assert.equal(isOver, false);
  clock.advance(1);
  await over;
});

test("environment() treats an empty variable as unset", () => {
  assert.equal(environment("TELLTALE_TEST_NOT_SET"), undefined);
  process.env.TELLTALE_TEST_EMPTY = "";
  assert.equal(environment("TELLTALE_TEST_EMPTY"), undefined);
  assert.ok(environment("PATH"));
});

test("runtime is the one that runs this test", () => {
  assert.equal(runtime.name, "Bun" in globalThis ? "bun" : "Deno" in globalThis ? "deno" : "node");
  assert.match(runtime.version, /^\d+\.\d+\.\d+/);
});
