import { test } from "node:test";
import { deepEqual, throws } from "node:assert/strict";
import { Drain } from "../../src/serve/drain.ts";
import { type Drained, splitDrainOptions } from "../../src/serve/options.ts";
import { ManualClock } from "../manual_clock.ts";

type Signal = "SIGTERM" | "SIGINT";

/** A fake process that records what is called. */
class FakeHost {
  readonly clock = new ManualClock();
  readonly story: string[] = [];
  readonly #listeners = new Map<Signal, () => void>();

  on(signal: Signal, listener: () => void) {
    this.#listeners.set(signal, listener);
  }

  off(signal: Signal, listener: () => void) {
    if (this.#listeners.get(signal) === listener) this.#listeners.delete(signal);
  }

  hold() {
    this.story.push("hold");
  }

  exit(code: number) {
    this.story.push(`exit ${code}`);
  }

  get listening(): Signal[] {
    return [...this.#listeners.keys()];
  }

  async signal(signal: Signal) {
    this.#listeners.get(signal)?.();
    await settled();
  }

  async advance(ms: number) {
    this.clock.advance(ms);
    await settled();
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function telltale(story: string[], name = ""): Drained {
  return {
    health: { drain: () => void story.push(name + "not ready") },
    log: { warn: (message) => void story.push(name + message) },
    stop: () => void story.push(name + "stop"),
    shutdown: () => {
      story.push(name + "shutdown");
      return Promise.resolve();
    },
  };
}

function setup({ drainDelayMs = 0, drainDeadlineMs = 10_000 } = {}) {
  const host = new FakeHost();
  const drain = new Drain(host);
  let finish!: (value?: unknown) => void, fail!: (error: unknown) => void;
  const inFlight = new Promise((resolve, reject) => [finish, fail] = [resolve, reject]);
  const server = {
    t: telltale(host.story),
    drainDelayMs,
    drainDeadlineMs,
    close: () => {
      host.story.push("close");
      return inFlight;
    },
  };
  return { host, drain, server, finish, fail };
}

test("Drain runs the steps in order", async () => {
  const { host, drain, server, finish } = setup({ drainDelayMs: 5000 });
  drain.add(server);
  await host.signal("SIGTERM");
  deepEqual(host.story, ["hold", "not ready"]);
  await host.advance(4999);
  deepEqual(host.story.length, 2);
  await host.advance(1);
  deepEqual(host.story.slice(2), ["close", "stop"]);
  finish();
  await settled();
  deepEqual(host.story.slice(4), ["shutdown", "exit 0"]);
});

test("Drain cuts off requests in flight at the deadline, and logs it", async () => {
  const { host, drain, server } = setup({ drainDeadlineMs: 300 });
  drain.add(server);
  await host.signal("SIGINT");
  await host.advance(299);
  deepEqual(host.story, ["hold", "not ready", "close", "stop"]);
  await host.advance(1);
  deepEqual(host.story.slice(4), ["requests in flight were cut off", "shutdown", "exit 0"]);
});

test("Drain exits at a second signal from half a second after the first", async () => {
  for (const [signal, code] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
    const { host, drain, server } = setup();
    drain.add(server);
    await host.signal("SIGINT");
    await host.advance(1);
    await host.signal("SIGINT");
    await host.advance(498);
    await host.signal(signal);
    deepEqual(host.story, ["hold", "not ready", "close", "stop"]);
    await host.advance(1);
    await host.signal(signal);
    deepEqual(host.story.slice(4), [`exit ${code}`]);
  }
});

test("Drain goes on when a step throws", async () => {
  const { host, drain } = setup();
  const broken = () => {
    throw new Error("broken");
  };
  drain.add({
    t: { health: { drain: broken }, log: { warn: broken }, stop: broken, shutdown: broken },
    drainDelayMs: 0,
    drainDeadlineMs: 10_000,
    close: broken,
  });
  await host.signal("SIGTERM");
  deepEqual(host.story, ["hold", "exit 0"]);
});

test("Drain takes a server whose close rejects for closed", async () => {
  const { host, drain, server, fail } = setup();
  drain.add(server);
  await host.signal("SIGTERM");
  fail(new Error("closed already"));
  await settled();
  deepEqual(host.story.slice(2), ["close", "stop", "shutdown", "exit 0"]);
});

test("Drain ends all servers before it shuts down a shared Telltale, once", async () => {
  const { host, drain, server, finish } = setup();
  const admin = { ...server, close: () => Promise.resolve(host.story.push("close admin")) };
  const other = { ...admin, t: telltale(host.story, "other ") };
  for (const each of [server, admin, other]) drain.add(each);
  await host.signal("SIGTERM");
  deepEqual(host.story.filter((step) => step.includes("shutdown")), []);
  finish();
  await settled();
  deepEqual(host.story.slice(-3), ["shutdown", "other shutdown", "exit 0"]);
});

test("Drain listens only while it has a server", async () => {
  const { host, drain, server } = setup();
  deepEqual(host.listening, []);
  const removeOne = drain.add(server);
  const removeOther = drain.add({ ...server });
  deepEqual(host.listening, ["SIGTERM", "SIGINT"]);
  removeOne();
  deepEqual(host.listening, ["SIGTERM", "SIGINT"]);
  removeOther();
  deepEqual(host.listening, []);
  await host.signal("SIGTERM");
  deepEqual(host.story, []);
});

test("Drain goes on listening while it drains, for the last flush and a second signal", async () => {
  const { host, drain, server } = setup();
  const remove = drain.add(server);
  await host.signal("SIGTERM");
  remove();
  deepEqual(host.listening, ["SIGTERM", "SIGINT"]);
});

test("splitDrainOptions() separates the drain options from the runtime's and checks them", () => {
  deepEqual(splitDrainOptions({ port: 0, drainDelayMs: 1, drainDeadlineMs: 2, signals: false }), {
    drain: { drainDelayMs: 1, drainDeadlineMs: 2, signals: false },
    runtime: { port: 0 },
  });
  const inKubernetes = (name: string) =>
    name === "KUBERNETES_SERVICE_HOST" ? "10.0.0.1" : undefined;
  const drain = { drainDeadlineMs: 10_000, signals: true };
  deepEqual(splitDrainOptions({}, () => undefined).drain, { drainDelayMs: 0, ...drain });
  deepEqual(splitDrainOptions({}, inKubernetes).drain, { drainDelayMs: 5000, ...drain });
  for (const value of [-1, NaN, Infinity, 2 ** 31, "5"]) {
    throws(() => splitDrainOptions({ drainDeadlineMs: value as number }), {
      name: typeof value === "string" ? "TypeError" : "RangeError",
      message: `Cannot serve: drainDeadlineMs must be 0 to 2147483647, got ${
        typeof value === "string" ? JSON.stringify(value) : value
      }`,
    });
  }
});
