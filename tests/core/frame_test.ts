import { deepEqual, equal, throws } from "node:assert/strict";
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { type Context, current, load, outside, run } from "../../src/core/context.ts";
import { frameSlot } from "../../src/core/frame.ts";
import { frameAccess, runtime } from "../../src/core/platform.ts";

const context = (requestId: string): Context => ({
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  flags: 3,
  tracestate: "",
  requestId,
});
const mine = context("mine"), other = context("other");
const tick = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

test("frameSlot() is what Deno has, and no other runtime", () => {
  equal(frameSlot() !== undefined, runtime.name === "deno");
});

test("frameSlot() is undefined where storages are not kept in the frame that it gets", () => {
  let frame: unknown;
  const own = {
    getAsyncContext: () => frame,
    setAsyncContext: (given: unknown) => void (frame = given),
  };
  const broken = {
    getAsyncContext: () => undefined,
    setAsyncContext() {
      throw new Error("not here");
    },
  };
  const deaf = { getAsyncContext: () => undefined, setAsyncContext() {} };
  // Storages as Deno might keep them one day: in a map, of which no property is copied.
  const real = frameAccess() ?? own;
  const mapped = {
    getAsyncContext: () => new Map(Object.entries(real.getAsyncContext() ?? {})),
    setAsyncContext: (given: unknown) => real.setAsyncContext(given),
  };
  for (const access of [own, broken, deaf, mapped]) equal(frameSlot(access), undefined);
  equal(current(), undefined);
});

test("run() leaves the values of the application's storages alone, across awaits and timers", async () => {
  const storage = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  const look = () => seen.push([current()?.requestId, storage.getStore()]);
  const inside = run(mine, () =>
    storage.run("inside", async () => {
      await tick();
      look();
      await run(other, async () => {
        await tick();
        look();
      });
      look();
    }));
  const around = storage.run("around", () =>
    run(mine, async () => {
      await tick();
      look();
      queueMicrotask(look);
      await storage.run("new", async () => {
        await null;
        look();
        await new Promise<void>((resolve) => setTimeout(() => (look(), resolve()), 0));
      });
      storage.exit(() => seen.push(current()?.requestId));
    }));
  await inside;
  await around;
  look();
  deepEqual(
    new Set(seen.map(String)),
    new Set([
      "mine,inside",
      "other,inside",
      "mine,around",
      "mine,new",
      "mine",
      ",",
    ]),
  );
});

test("run() is seen by what captures a context: resources, snapshots, bound functions", () => {
  const storage = new AsyncLocalStorage<string>();
  const look = () => `${current()?.requestId} ${storage.getStore()}`;
  const [resource, snapshot, bound] = storage.run("there", () =>
    run(mine, () =>
      [
        new AsyncResource("job"),
        AsyncLocalStorage.snapshot(),
        AsyncLocalStorage.bind(look),
      ] as const));
  storage.run("here", () =>
    run(other, () => {
      equal(resource.runInAsyncScope(look), "mine there");
      equal(snapshot(look), "mine there");
      equal(bound(), "mine there");
      equal(look(), "other here");
    }));
});

test("what enterWith() of a storage entered holds on after a context, as it would without one", () => {
  const storage = new AsyncLocalStorage<string>(), emitter = new EventEmitter();
  const seen: unknown[] = [];
  emitter.on("event", () => seen.push(current()?.requestId, storage.getStore()));
  // Node's and Bun's `run` leave it to whoever called `enterWith` to end it.
  new AsyncResource("test").runInAsyncScope(() => {
    run(mine, () => {
      run(other, () => storage.enterWith("entered"));
      emitter.emit("event");
    });
    emitter.emit("event");
    throws(() =>
      run(mine, () => {
        storage.enterWith("thrown");
        throw new Error("no");
      })
    );
    emitter.emit("event");
  });
  equal(current(), undefined);
  deepEqual(seen, ["mine", "entered", undefined, "entered", undefined, "thrown"]);
});

test("outside() and load() run without a context, load() without any storage's value too", async () => {
  const storage = new AsyncLocalStorage<string>();
  const look = () => [current(), storage.getStore()];
  await storage.run("there", () =>
    run(mine, async () => {
      deepEqual(outside(look), [undefined, "there"]);
      deepEqual(await load(() => Promise.resolve(look())), [undefined, undefined]);
      deepEqual(look(), [mine, "there"]);
    }));
});

test("run() calls its function without arguments", () => {
  equal(
    run(mine, function () {
      return arguments.length;
    }),
    0,
  );
});
