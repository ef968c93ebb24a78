import { test } from "node:test";
import { deepEqual, equal, throws } from "node:assert/strict";
import fc from "fast-check";
import { Faults } from "../../src/core/faults.ts";
import type { CheckOptions } from "../../src/health/check.ts";
import type { HealthChange } from "../../src/health/snapshot.ts";
import type { CheckResult, HealthStatus } from "../../src/health/snapshot.ts";
import { HealthRegistry } from "../../src/health/registry.ts";
import { statusValue } from "../../src/health/snapshot.ts";
import { ManualClock } from "../manual_clock.ts";

function setup() {
  const clock = new ManualClock();
  const faults = new Faults();
  return { clock, faults, health: new HealthRegistry({ clock, faults }) };
}

/** Lets every promise that can settle do so. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function deferred<T>() {
  let resolve!: (value: T) => void, reject!: (error: unknown) => void;
  const promise = new Promise<T>((a, b) => [resolve, reject] = [a, b]);
  return { promise, resolve, reject };
}

test("HealthRegistry without checks is UP", () => {
  const { health, clock } = setup();
  deepEqual(health.snapshot(), {
    status: "UP",
    live: "UP",
    ready: "UP",
    startup: "UP",
    draining: false,
    maintenance: undefined,
    components: {},
    timestampMs: clock.now(),
  });
});

test("HealthRegistry.refresh() reads every kind of result", async () => {
  const says: readonly (readonly [says: () => unknown, status: HealthStatus, text?: string])[] = [
    [() => undefined, "UP"],
    [() => true, "UP"],
    [() => Promise.resolve(), "UP"],
    [() => false, "DOWN"],
    [() => Promise.resolve(false), "DOWN"],
    [() => ({ status: "UP", description: "12 ms" }), "UP", "12 ms"],
    [() => ({ status: "DEGRADED", description: 5 }), "DEGRADED", "5"],
    [() => Promise.resolve({ status: "DOWN" }), "DOWN"],
    [
      () => {
        throw new TypeError("no route");
      },
      "DOWN",
      "TypeError: no route",
    ],
    [() => Promise.reject("text"), "DOWN", "string: text"],
    [() => Promise.reject(undefined), "DOWN", "undefined: undefined"],
    [
      () => Promise.reject(new Error("fetch failed", { cause: new Error("refused") })),
      "DOWN",
      "Error: fetch failed (Error: refused)",
    ],
  ];
  for (const [fn, status, text] of says) {
    const { health } = setup();
    health.check("it", fn as () => void);
    const component = (await health.refresh()).components.it!;
    deepEqual([component.status, component.description ?? component.error], [status, text]);
  }
});

test("HealthRegistry counts an invalid result as a fault and DOWN", async () => {
  const hostile = new Proxy({}, {
    get(_, key) {
      if (key === "then") return undefined;
      throw new Error("trap");
    },
  });
  for (const value of [null, 1, "UP", {}, { status: "OK" }, [], hostile]) {
    const { health, faults } = setup();
    health.check("it", () => value as CheckResult);
    const { status, components } = await health.refresh();
    equal(status, "DOWN");
    equal(
      components.it!.error,
      "TypeError: a check must return nothing, a boolean or { status: UP, DEGRADED or DOWN }",
    );
    deepEqual([...faults.counts()], [["health check result", 1]]);
  }
});

test("HealthRegistry isolates and counts a check that throws", async () => {
  const { health, faults } = setup();
  health.check("bad", () => {
    throw new Error("password=hunter2");
  });
  health.check("good", () => true);
  const { components } = await health.refresh();
  deepEqual([components.bad!.status, components.good!.status], ["DOWN", "UP"]);
  equal(components.bad!.description, undefined);
  deepEqual([...faults.counts()], [["health check", 1]]);
});

test("HealthRegistry abandons a check at its timeout, aborts it and discards a late result", async () => {
  const { health, clock } = setup();
  const call = deferred<boolean>();
  let signal: AbortSignal | undefined;
  health.check("slow", (given) => {
    signal = given;
    return call.promise;
  }, { timeoutMs: 250 });
  const refreshed = health.refresh();
  clock.advance(249);
  equal(signal!.aborted, false);
  clock.advance(1);
  const { components } = await refreshed;
  deepEqual([components.slow!.status, components.slow!.error], ["DOWN", "timed out after 250 ms"]);
  deepEqual([components.slow!.durationMs, signal!.aborted], [250, true]);
  equal(signal!.reason.name, "TimeoutError");
  call.resolve(true);
  await settled();
  deepEqual(health.snapshot().components, components);
});

test("HealthRegistry starts at most four runs of a check that ignores its abort", async () => {
  const { health, clock } = setup();
  const calls: ReturnType<typeof deferred<boolean>>[] = [];
  health.check("hung", () => {
    calls.push(deferred());
    return calls.at(-1)!.promise;
  }, { timeoutMs: 10, ttlMs: 0 });
  const errors: (string | undefined)[] = [];
  for (let i = 0; i < 6; i++) {
    const refreshed = health.refresh();
    clock.advance(10);
    errors.push((await refreshed).components.hung!.error);
  }
  const late = "timed out after 10 ms", refused = "4 earlier runs ignore their abort";
  deepEqual(errors, [late, late, late, late, refused, refused]);
  calls[0]!.resolve(true);
  await settled();
  const refreshed = health.refresh();
  calls.at(-1)!.resolve(true);
  equal((await refreshed).components.hung!.status, "UP");
  deepEqual([calls.length, clock.waiting], [5, 0]);
});

test("HealthRegistry.refresh() runs a check once for concurrent callers, and again after its TTL", async () => {
  const { health, clock } = setup();
  let runs = 0;
  health.check("it", () => void runs++, { ttlMs: 500 });
  await Promise.all([health.refresh(), health.refresh(), health.refresh()]);
  equal(runs, 1);
  clock.advance(499);
  await health.refresh();
  equal(runs, 1);
  clock.advance(1);
  await health.refresh();
  equal(runs, 2);
});

test("HealthRegistry.refresh() stops waiting after deadlineMs while the run goes on", async () => {
  const { health, clock } = setup();
  const call = deferred<boolean>();
  health.check("fast", () => true);
  health.check("slow", () => call.promise, { critical: false });
  const refreshed = health.refresh({ deadlineMs: 100 });
  await settled();
  clock.advance(100);
  const early = await refreshed;
  deepEqual([early.ready, early.components.slow!.description], ["DEGRADED", "not checked yet"]);
  call.resolve(true);
  await settled();
  equal(health.snapshot().components.slow!.status, "UP");
});

test("HealthRegistry runs an interval check by itself, the first time at once", async () => {
  const { health, clock } = setup();
  let runs = 0;
  const remove = health.check("it", () => void runs++, { intervalMs: 1000 });
  equal(runs, 0);
  await settled();
  equal(runs, 1);
  await health.refresh();
  equal(runs, 1);
  clock.advance(1000);
  await settled();
  equal(runs, 2);
  remove();
  clock.advance(5000);
  deepEqual([runs, clock.waiting, health.snapshot().components], [2, 0, {}]);
});

test("HealthRegistry.close() ends intervals, also twice and by disposal", async () => {
  const { health, clock } = setup();
  health.check("it", () => true, { intervalMs: 1000 });
  await settled();
  await health.close();
  await health[Symbol.asyncDispose]();
  equal(clock.waiting, 0);
  equal(health.snapshot().components.it!.status, "UP");
});

test("HealthRegistry runs nothing by interval after close(), not even once", async () => {
  const { health, clock } = setup();
  let runs = 0;
  health.check("before", () => void runs++, { intervalMs: 1000 });
  await health.close();
  health.check("after", () => void runs++, { intervalMs: 1000 });
  await settled();
  deepEqual([clock.waiting, runs], [0, 0]);
});

test("HealthRegistry ignores the result of a check that was removed during its run", async () => {
  const { health } = setup();
  const gate = deferred<boolean>();
  const changes: HealthChange[] = [];
  health.onChange((change) => void changes.push(change));
  const remove = health.check("it", () => gate.promise);
  const refreshed = health.refresh();
  remove();
  health.check("it", () => true);
  gate.resolve(false);
  await refreshed;
  await health.refresh();
  deepEqual(changes.map(({ to }) => to), ["UP"]);
  equal(health.history().length, 1);
});

test("HealthRegistry skips an interval run while the last one hangs", async () => {
  const { health, clock } = setup();
  let runs = 0;
  health.check("it", () => {
    runs++;
    return new Promise(() => {});
  }, { intervalMs: 100, timeoutMs: 350 });
  await settled();
  clock.advance(300);
  equal(runs, 1);
  clock.advance(50);
  await settled();
  clock.advance(50);
  equal(runs, 2);
});

test("HealthRegistry derives its status from the components by criticality", async () => {
  const table: readonly (readonly [
    checks: readonly (readonly [HealthStatus, critical: boolean])[],
    status: HealthStatus,
  ])[] = [
    [[["UP", true], ["UP", false]], "UP"],
    [[["DEGRADED", true], ["UP", true]], "DEGRADED"],
    [[["DEGRADED", false]], "DEGRADED"],
    [[["UP", true], ["DOWN", false]], "DEGRADED"],
    [[["DOWN", false], ["DOWN", true]], "DOWN"],
    [[["DOWN", true], ["UP", true]], "DOWN"],
  ];
  for (const [checks, status] of table) {
    const { health } = setup();
    checks.forEach(([status, critical], i) =>
      health.check(`c${i}`, () => ({ status }), { critical })
    );
    const snapshot = await health.refresh();
    deepEqual([snapshot.status, snapshot.ready, snapshot.live], [status, status, "UP"]);
  }
});

test("HealthRegistry keeps a state until its thresholds are met", async () => {
  const { health } = setup();
  let says = true;
  health.check("it", () => says, { ttlMs: 0, failureThreshold: 3, successThreshold: 2 });
  const seen: string[] = [];
  for (const next of [true, false, false, true, false, false, false, true, false, true, true]) {
    says = next;
    const { status, consecutiveFailures } = (await health.refresh()).components.it!;
    seen.push(`${next ? "+" : "-"}${status}${consecutiveFailures}`);
  }
  deepEqual(
    seen.join(" "),
    "+UP0 -UP1 -UP2 +UP0 -UP1 -UP2 -DOWN3 +DOWN0 -DOWN1 +DOWN0 +UP0",
  );
});

test("HealthRegistry takes the first result as it is, whatever the thresholds", async () => {
  for (const first of [true, false]) {
    const { health } = setup();
    health.check("it", () => first, { failureThreshold: 3, successThreshold: 3 });
    equal((await health.refresh()).status, first ? "UP" : "DOWN");
  }
});

test("HealthRegistry is DOWN for requests and UP for liveness before the first result", () => {
  const { health } = setup();
  health.check("database", () => true);
  health.check("loop", () => true, { groups: ["live"] });
  const { ready, live, startup, components } = health.snapshot();
  deepEqual({ ready, live, startup }, { ready: "DOWN", live: "UP", startup: "DOWN" });
  deepEqual(components.database, {
    status: "DOWN",
    description: "not checked yet",
    critical: true,
    groups: ["ready", "startup"],
    skipped: false,
    lastCheckedMs: undefined,
    durationMs: 0,
    durationSumMs: 0,
    runs: 0,
    failures: 0,
    consecutiveFailures: 0,
  });
});

test("HealthRegistry runs checks and derives states by group", async () => {
  const { health } = setup();
  const ran: string[] = [];
  const check = (name: string, up: boolean, groups: string[]) =>
    health.check(name, () => {
      ran.push(name);
      return up;
    }, { groups });
  check("loop", true, ["live"]);
  check("database", false, ["ready"]);
  check("deep", true, ["own", "ready"]);
  equal((await health.refresh({ group: "live" })).live, "UP");
  deepEqual(ran, ["loop"]);
  await health.refresh();
  deepEqual(ran, ["loop", "database", "deep"]);
  deepEqual([health.state("live"), health.state("ready"), health.state("own")], [
    "UP",
    "DOWN",
    "UP",
  ]);
});

test("HealthRegistry latches startup once its group was not DOWN", async () => {
  const { health } = setup();
  let up = false;
  health.check("it", () => up, { ttlMs: 0 });
  const seen: HealthStatus[] = [];
  for (up of [false, true, false]) seen.push((await health.refresh()).startup);
  deepEqual(seen, ["DOWN", "UP", "UP"]);
});

test("HealthRegistry.drain() ends readiness, not liveness", async () => {
  const { health } = setup();
  health.check("it", () => true);
  await health.refresh();
  health.drain();
  const { status, ready, live, startup, draining } = health.snapshot();
  deepEqual({ status, ready, live, startup, draining }, {
    status: "DOWN",
    ready: "DOWN",
    live: "UP",
    startup: "UP",
    draining: true,
  });
});

test("HealthRegistry.onChange() reports each change once and isolates a listener that throws", async () => {
  const { health, faults, clock } = setup();
  const changes: HealthChange[] = [];
  let says: CheckResult = { status: "UP" };
  health.onChange(() => {
    throw new Error("listener");
  });
  const end = health.onChange((change) => void changes.push(change));
  health.check("it", () => says, { ttlMs: 0, critical: false });
  await health.refresh();
  await health.refresh();
  says = { status: "DEGRADED", description: "slow" };
  await health.refresh();
  end();
  says = { status: "DOWN" };
  await health.refresh();
  const same = { component: "it", critical: false, error: undefined, timeMs: clock.now() };
  deepEqual(changes, [
    { ...same, from: undefined, to: "UP", description: undefined },
    { ...same, from: "UP", to: "DEGRADED", description: "slow" },
  ]);
  deepEqual([...faults.counts()], [["health listener", 3]]);
});

test("HealthRegistry counts the runs and failures of every check", async () => {
  const { health, clock } = setup();
  let call = deferred<boolean>();
  health.check("it", () => call.promise, { ttlMs: 0 });
  for (const [ms, up] of [[20, true], [30, false]] as const) {
    call = deferred<boolean>();
    const refreshed = health.refresh();
    clock.advance(ms);
    call.resolve(up);
    await refreshed;
  }
  const { runs, failures, durationMs, durationSumMs, lastCheckedMs } = health.snapshot()
    .components.it!;
  deepEqual({ runs, failures, durationMs, durationSumMs, lastCheckedMs }, {
    runs: 2,
    failures: 1,
    durationMs: 30,
    durationSumMs: 50,
    lastCheckedMs: clock.now(),
  });
  deepEqual((["DOWN", "DEGRADED", "UP"] as const).map(statusValue), [0, 1, 2]);
});

test("HealthRegistry.check() refuses invalid names, functions and options", () => {
  const { health } = setup();
  health.check("taken", () => true);
  const cases: readonly (readonly [string, unknown, CheckOptions, string])[] = [
    ["taken", () => {}, {}, "the name is taken"],
    ["a", true, {}, "check must be a function, got true"],
    ["a", () => {}, { timeoutMs: 0 }, "timeoutMs must be 1 to 2147483647, got 0"],
    ["a", () => {}, { timeoutMs: Infinity }, "timeoutMs must be 1 to 2147483647, got Infinity"],
    ["a", () => {}, { ttlMs: -1 }, "ttlMs must be 0 to 2147483647, got -1"],
    ["a", () => {}, { intervalMs: NaN }, "intervalMs must be 1 to 2147483647, got NaN"],
    [
      "a",
      () => {},
      { failureThreshold: 0 },
      "failureThreshold must be a whole number from 1, got 0",
    ],
    [
      "a",
      () => {},
      { successThreshold: 1.5 },
      "successThreshold must be a whole number from 1, got 1.5",
    ],
    ["a", () => {}, { maxTimeInErrorMs: -1 }, "maxTimeInErrorMs must be 0 to 2147483647, got -1"],
    ["a", () => {}, { critical: "no" as never }, 'critical must be a boolean, got "no"'],
    ["a", () => {}, { groups: "live" as never }, 'groups must be an array of names, got "live"'],
    ["a", () => {}, { dependsOn: [1] as never }, "dependsOn must be an array of names, got [1]"],
    ["a", () => {}, { dependsOn: ["a"] }, "it depends on itself, a → a"],
  ];
  for (const [name, fn, options, why] of cases) {
    throws(() => health.check(name, fn as () => void, options), {
      message: `Cannot register check ${JSON.stringify(name)}: ${why}`,
    });
  }
  for (const [name, got] of [["", '""'], ["a\nb", '"a\\nb"'], [1, "1"]]) {
    throws(() => health.check(name as string, () => {}), {
      name: "TypeError",
      message: `Cannot register check: name must be 1 to 100 printable characters, got ${got}`,
    });
  }
  deepEqual(Object.keys(health.snapshot().components), ["taken"]);
});

test("HealthRegistry keeps a component called __proto__ as plain data", async () => {
  const { health } = setup();
  health.check("__proto__", () => true);
  const { components } = await health.refresh();
  deepEqual(Object.keys(components), ["__proto__"]);
});

test("HealthRegistry never reports UP with a critical check DOWN, whatever the order of events", async () => {
  const step = fc.record({ up: fc.boolean(), late: fc.boolean(), critical: fc.boolean() });
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 6 }), async (steps) => {
    const { health, clock } = setup();
    steps.forEach(({ up, late, critical }, i) =>
      health.check(`c${i}`, () => late ? new Promise(() => {}) : Promise.resolve(up), {
        critical,
        timeoutMs: 5,
      })
    );
    const refreshed = health.refresh();
    await settled();
    clock.advance(5);
    const { status } = await refreshed;
    const down = steps.filter(({ up, late }) => late || !up);
    const expected = down.some(({ critical }) => critical)
      ? "DOWN"
      : down.length > 0
      ? "DEGRADED"
      : "UP";
    equal(status, expected);
  }));
});

test("HealthRegistry.refresh() resolves when every check rejects", async () => {
  const { health } = setup();
  for (const name of ["a", "b"]) health.check(name, () => Promise.reject(new Error(name)));
  equal((await health.refresh()).status, "DOWN");
});
