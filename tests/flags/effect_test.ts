import assert from "node:assert/strict";
import { test } from "node:test";
import { telltale } from "../../mod.ts";
import { EventStore } from "../../src/events/mod.ts";
import { Flags, type FlagsOptions } from "../../src/flags/mod.ts";
import { ManualClock } from "../manual_clock.ts";

/** Requests by variant: of each `every`, the first fails. */
function serve(events: EventStore, variant: string, count: number, every: number, ms = 10): void {
  for (let i = 0; i < count; i++) {
    const status = i % every === 0 ? 503 : 200;
    events.add({ route: "/", status, ms: ms + i % 7, "flag.new_checkout": variant });
  }
}

const GUARDED = {
  new_checkout: {
    default: false,
    rollout: { percentage: 50, by: "user" },
    guard: { errors: 2, minEvents: 200 },
  },
} as const;

function setUp(options: FlagsOptions = {}, limits = {}) {
  const events = new EventStore({ maxRows: 20_000, ...limits });
  const clock = new ManualClock();
  const lines: unknown[][] = [];
  const log = {
    debug() {},
    info() {},
    warn: (...line: unknown[]) => void lines.push(line),
  };
  const flags = new Flags({ events, clock, log, ...options });
  return { events, clock, flags, lines };
}

test("effect() compares errors, mean and p99 of the variants, with intervals and verdicts", async () => {
  const { events, flags } = setUp();
  flags.define({ new_checkout: { default: false, rollout: { percentage: 50, by: "user" } } });
  events.add({ route: "/other", status: 500, ms: 1 });
  serve(events, "off", 3000, 100);
  serve(events, "on", 3000, 20, 30);
  const { base, variants, comparisons, lostShare, summary } = await flags.effect("new_checkout");
  assert.deepEqual([base, lostShare], ["off", 0]);
  assert.deepEqual(
    variants.map((
      { variant, requests, errors, errorShare },
    ) => [variant, requests, errors, errorShare]),
    [["off", 3000, 30, 0.01], ["on", 3000, 150, 0.05]],
  );
  const [on] = comparisons;
  assert.deepEqual([on!.errors.verdict, on!.meanMs.verdict, on!.p99Ms.verdict], [
    "worse",
    "worse",
    "worse",
  ]);
  assert.ok(Math.abs(on!.errors.difference - 0.04) < 1e-12);
  assert.ok(0 < on!.errors.low! && on!.errors.low! < 0.04 && 0.04 < on!.errors.high!);
  assert.ok(Math.abs(on!.meanMs.difference - 20) < 1e-9);
  assert.ok(on!.p99Ms.low! < 20 && 20 < on!.p99Ms.high!, JSON.stringify(on!.p99Ms));
  assert.match(
    summary,
    /^requests with on fail more: \d\.\d\d points at least; .* at p99 at least, beside off$/,
  );

  const other = await flags.effect("new_checkout", { base: "on" });
  assert.deepEqual(other.comparisons.map(({ variant, errors }) => [variant, errors.verdict]), [[
    "off",
    "better",
  ]]);
});

test("effect() says when requests are too few, and when nothing is certain", async () => {
  const { events, flags } = setUp();
  flags.define({ new_checkout: { default: false } });
  assert.equal(
    (await flags.effect("new_checkout")).summary,
    "No request has evaluated new_checkout",
  );
  serve(events, "off", 150, 1000);
  serve(events, "on", 150, 2);
  const few = await flags.effect("new_checkout");
  assert.deepEqual(
    Object.values(few.comparisons[0]!).slice(1).map((one) => [one.verdict, one.low, one.high]),
    [["too few", null, null], ["too few", null, null], ["too few", null, null]],
  );
  assert.equal(few.summary, "Too few requests to compare with off");
  const enough = await flags.effect("new_checkout", { minEvents: 100 });
  assert.equal(enough.comparisons[0]!.errors.verdict, "worse");

  const same = setUp();
  same.flags.define({ new_checkout: { default: false } });
  serve(same.events, "off", 1000, 50);
  serve(same.events, "on", 1000, 45);
  assert.equal(
    (await same.flags.effect("new_checkout")).summary,
    "No difference to off is certain",
  );
});

test("effect() adds requests up beyond the rows that are kept, and begins anew when the flag is changed", async () => {
  const { events, flags } = setUp({}, { maxRows: 500 });
  flags.define({ new_checkout: { default: false } });
  for (let i = 0; i < 10; i++) {
    serve(events, i % 2 === 0 ? "off" : "on", 400, 50);
    await flags.effect("new_checkout");
  }
  const whole = await flags.effect("new_checkout");
  assert.deepEqual(whole.variants.map(({ requests }) => requests), [2000, 2000]);
  serve(events, "on", 2000, 50);
  const { lostShare } = await flags.effect("new_checkout");
  assert.ok(Math.abs(lostShare - 1500 / 6000) < 0.02, `${lostShare}`);
  flags.set("new_checkout", { default: true });
  assert.deepEqual((await flags.effect("new_checkout")).variants, []);
});

test("effect() refuses what it can't use", async () => {
  const { flags } = setUp();
  await assert.rejects(flags.effect("a", { minEvents: 1 }), {
    message: 'Cannot compare variants of "a": minEvents must be a whole number from 2, got 1',
  });
  await assert.rejects(
    flags.effect("a", { bas: "on" } as object),
    /unknown option "bas", did you mean "base"/,
  );
  await assert.rejects(flags.effect("a", { alpha: 0.6 }), /alpha must be 1e-9 to 0.5, got 0.6/);
  await assert.rejects(new Flags().effect("a"), {
    message: 'Cannot compare variants of "a": rows must be kept',
  });
});

test("A guard turns off a variant whose requests fail; set() turns it on again", async () => {
  const { events, flags, lines } = setUp();
  flags.define(GUARDED);
  const on = ["a", "b", "c", "d", "e", "f"].find((user) =>
    flags.boolean("new_checkout", { user })
  )!;
  serve(events, "off", 1000, 100);
  serve(events, "on", 1000, 10);
  const changes: string[] = [];
  flags.onChange(({ key, by }) => changes.push(`${key} ${by}`));
  const trips = await flags.guard();
  assert.deepEqual(
    trips.map((
      { variant, requests, errors, otherErrors },
    ) => [variant, requests, errors, otherErrors]),
    [
      ["on", 1000, 100, 10],
    ],
  );
  assert.deepEqual(changes, ["new_checkout guard"]);
  assert.deepEqual(flags.details("new_checkout", { user: on }), {
    value: false,
    variant: "off",
    reason: "DEFAULT",
  });
  assert.deepEqual(lines, [["flag guard turned a variant off", {
    flag: "new_checkout",
    variant: "on",
    requests: 1000,
    errors: 100,
    other_requests: 1000,
    other_errors: 10,
  }]]);
  assert.deepEqual(await flags.guard(), [], "what was learnt is of the past");

  flags.set("new_checkout", { off: [] });
  assert.equal(flags.boolean("new_checkout", { user: on }), true);
  assert.deepEqual(await flags.guard(), []);
});

/** Each would trip but for one thing. */
test("A guard does not act on twice the errors, few requests, the default, or without knowing enough", async () => {
  const cases:
    readonly (readonly [name: string, act: () => Promise<readonly unknown[]>, count: number])[] = [
      ["the errors are many", () =>
        looked((events) => {
          serve(events, "off", 1000, 100);
          serve(events, "on", 1000, 10);
        }), 1],
      ["less than the factor is certain", () =>
        looked((events) => {
          serve(events, "off", 1000, 100);
          serve(events, "on", 1000, 50);
        }), 0],
      ["too few requests", () =>
        looked((events) => {
          serve(events, "off", 1000, 1000);
          serve(events, "on", 199, 2);
        }), 0],
      ["too few others", () =>
        looked((events) => {
          serve(events, "off", 199, 1000);
          serve(events, "on", 1000, 2);
        }), 0],
      ["it is the default", () =>
        looked((events) => {
          serve(events, "off", 1000, 2);
          serve(events, "on", 1000, 1000);
        }), 0],
      ["rows were lost", () =>
        looked((events) => {
          serve(events, "off", 20_000, 100);
          serve(events, "off", 1000, 100);
          serve(events, "on", 1000, 10);
        }), 0],
      ["the service starts", () =>
        looked((events) => {
          serve(events, "off", 1000, 100);
          serve(events, "on", 1000, 10);
        }, { startup: "DOWN" }), 0],
      ["the service drains", () =>
        looked((events) => {
          serve(events, "off", 1000, 100);
          serve(events, "on", 1000, 10);
        }, { draining: true }), 0],
    ];
  for (const [name, act, count] of cases) assert.equal((await act()).length, count, name);
});

async function looked(
  act: (events: EventStore) => void,
  state: { startup?: string; draining?: boolean } = {},
): Promise<readonly unknown[]> {
  const snapshot = () => ({ startup: "UP", draining: false, ...state });
  const health = { check: () => () => {}, snapshot } as unknown as NonNullable<
    FlagsOptions["health"]
  >;
  const { events, flags } = setUp({ health });
  flags.define(GUARDED);
  act(events);
  return await flags.guard();
}

test("Requests of the start, and of a drain that ends, count for no guard; effect() has them", async () => {
  const state = { startup: "DOWN", draining: false };
  const health = {
    check: () => () => {},
    snapshot: () => ({ ...state }),
  } as unknown as NonNullable<
    FlagsOptions["health"]
  >;
  const { events, flags } = setUp({ health });
  flags.define(GUARDED);
  const fail = () => {
    serve(events, "off", 1000, 100);
    serve(events, "on", 1000, 10);
  };
  const looked = async () => (await flags.guard()).length;
  fail();
  state.startup = "UP";
  assert.equal(await looked(), 0, "they are of the start");
  assert.equal(await looked(), 0);
  state.draining = true;
  fail();
  assert.equal(await looked(), 0, "it drains");
  state.draining = false;
  fail();
  assert.equal(await looked(), 0, "they may be of the drain");
  const { variants } = await flags.effect("new_checkout");
  assert.deepEqual(variants.map(({ requests }) => requests), [3000, 3000]);
  fail();
  assert.equal(await looked(), 1);
});

test("Guards look every second, until the flags are closed", async () => {
  const { events, clock, flags } = setUp();
  assert.equal(clock.waiting, 0, "without a guard, there is no timer");
  flags.define(GUARDED);
  serve(events, "off", 1000, 100);
  serve(events, "on", 1000, 10);
  const tripped = new Promise<string>((resolve) => flags.onChange(({ by }) => resolve(by)));
  clock.advance(1000);
  assert.equal(await tripped, "guard");
  await flags.close();
  assert.equal(clock.waiting, 0);
});

test("A guard without rows says so, once", () => {
  const { flags, lines } = setUp({ events: undefined });
  flags.define(GUARDED);
  flags.set("new_checkout", { guard: { errors: 3 } });
  assert.deepEqual(lines, [["flag guards see no requests: rows are not kept"]]);
});

test("A guard watches the requests of a service, and its trip is counted and marked", async () => {
  const t = telltale({ service: "shop", log: { sinks: [] } });
  const flags = t.flags.define(GUARDED);
  let n = 0;
  const handler = t.instrument(() => {
    const isOn = flags.boolean("new_checkout", { user: `u-${n++}` });
    return new Response(null, { status: isOn && n % 5 === 0 ? 500 : 200 });
  });
  for (let i = 0; i < 1500; i++) await handler(new Request("http://localhost/checkout"));
  const [trip] = await flags.guard();
  assert.equal(trip?.variant, "on");
  for (let i = 0; i < 100; i++) await handler(new Request("http://localhost/checkout"));
  const after = [...t.events!].slice(-100).map((row) => row["flag.new_checkout"]);
  assert.deepEqual(new Set(after), new Set(["off"]));
  const page = await (await t.metrics.scrape()).text();
  assert.match(page, /feature_flag_guard_trips_total\{flag="new_checkout",variant="on"\} 1\n/);
  assert.match(page, /feature_flag_changes_total\{flag="new_checkout",by="guard"\} 1\n/);
  await t.shutdown();
});
