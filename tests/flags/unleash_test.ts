import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Flags } from "../../src/flags/mod.ts";
import { ManualClock } from "../manual_clock.ts";

interface Specification {
  readonly name: string;
  readonly state: object;
  readonly tests?: readonly {
    readonly description: string;
    readonly context: Record<string, unknown>;
    readonly toggleName: string;
    readonly expectedResult: boolean;
  }[];
  readonly variantTests?: readonly {
    readonly description: string;
    readonly context: Record<string, unknown>;
    readonly toggleName: string;
    readonly expectedResult: {
      readonly name: string;
      readonly enabled: boolean;
      readonly feature_enabled: boolean;
      readonly payload?: { readonly type: string; readonly value: string };
    };
  }[];
}

const FOLDER = new URL(
  "../../node_modules/@unleash/client-specification/specifications/",
  import.meta.url,
);
const NAMES: readonly string[] = JSON.parse(readFileSync(new URL("index.json", FOLDER), "utf8"));

async function flagsOf(state: object, random?: () => number): Promise<Flags> {
  const flags = new Flags({ clock: new ManualClock(), random });
  await flags.load("unleash", state, { format: "unleash" });
  return flags;
}

for (const name of NAMES) {
  const specification: Specification = JSON.parse(readFileSync(new URL(name, FOLDER), "utf8"));
  const { tests = [], variantTests = [] } = specification;
  test(`Unleash's client specification: ${specification.name}`, async () => {
    const flags = await flagsOf(specification.state);
    assert.ok(tests.length + variantTests.length > 0);
    for (const { description, context, toggleName, expectedResult } of tests) {
      assert.equal(flags.boolean(toggleName, context), expectedResult, description);
    }
    for (const { description, context, toggleName, expectedResult } of variantTests) {
      const { value, variant } = flags.details(toggleName, context);
      const { enabled, feature_enabled, payload } = expectedResult;
      assert.equal(value === true, feature_enabled, description);
      // What Unleash calls the variant "disabled" is none.
      if (enabled) assert.equal(variant, expectedResult.name, description);
      else assert.ok([undefined, "on", "off"].includes(variant), description);
      if (payload === undefined) continue;
      if (payload.type === "number") {
        assert.equal(flags.number(toggleName, context), Number(payload.value), description);
      } else assert.equal(flags.string(toggleName, context), payload.value, description);
    }
  });
}

const strategy = (constraint: object) => ({ name: "default", constraints: [constraint] });

test("Constraints hold as Unleash has them, also inverted and folded", async () => {
  const table: readonly (readonly [constraint: object, context: object, holds: boolean])[] = [
    [{ operator: "IN", values: ["a", " b "] }, { x: "b" }, true],
    [{ operator: "IN", values: ["A"] }, { x: "a" }, false],
    [{ operator: "IN", values: ["A"], caseInsensitive: true }, { x: "a" }, true],
    [{ operator: "NOT_IN", values: ["a"] }, {}, true],
    [{ operator: "NOT_IN", values: ["a"] }, { x: "a" }, false],
    [{ operator: "IN", values: ["a"], inverted: true }, { x: "b" }, true],
    [{ operator: "STR_STARTS_WITH", values: ["ab"] }, { x: "abc" }, true],
    [{ operator: "STR_ENDS_WITH", values: ["BC"], caseInsensitive: true }, { x: "abc" }, true],
    [{ operator: "STR_CONTAINS", values: ["z"], inverted: true }, {}, true],
    [{ operator: "NUM_GTE", value: "5" }, { x: 5 }, true],
    [{ operator: "NUM_LT", value: "5" }, { x: "4.9" }, true],
    [{ operator: "NUM_EQ", value: "five" }, { x: "five" }, false],
    [{ operator: "NUM_EQ", value: "0" }, {}, false],
    [{ operator: "SEMVER_GTE", value: "1.2.0" }, { x: "1.2.0" }, true],
    [{ operator: "SEMVER_LTE", value: "1.2.0" }, { x: "1.2.0-rc.1" }, true],
    [{ operator: "SEMVER_EQ", value: "1.2.0" }, { x: "v1.2.0" }, false],
    [{ operator: "SEMVER_EQ", value: "1.2" }, { x: "1.2" }, false],
    [{ operator: "DATE_AFTER", value: "2025-12-31T23:59:59Z" }, {}, true],
    [{ operator: "DATE_BEFORE", value: "2026-01-01T00:00:00Z" }, {}, false],
    [
      { operator: "DATE_BEFORE", value: "2026-01-01T00:00:00Z" },
      { currentTime: "2025-06-01" },
      true,
    ],
    [{ operator: "REGEX", value: "^[a-z]+@x\\.com$" }, { x: "me@x.com" }, true],
    [{ operator: "REGEX", value: "X\\.COM", caseInsensitive: true }, { x: "me@x.com" }, true],
    [{ operator: "REGEX", value: "(?i)x\\.COM$" }, { x: "me@X.com" }, true],
    [{ operator: "REGEX", value: "(" }, { x: "(" }, false],
    [{ operator: "REGEX", value: "(?=a)a" }, { x: "a" }, false],
    [{ operator: "REGEX", value: "^(a+)+$" }, { x: "a".repeat(40) + "!" }, false],
    [{ operator: "IN_CIDR", values: ["10.0.0.0/8", "2001:db8::/32"] }, { x: "10.200.3.4" }, true],
    [{ operator: "IN_CIDR", values: ["10.0.0.0/8", "2001:db8::/32"] }, { x: "11.0.0.1" }, false],
    [{ operator: "IN_CIDR", values: ["2001:db8::/32"] }, { x: "2001:DB8:1::ffff" }, true],
    [{ operator: "IN_CIDR", values: ["2001:db8::/32"] }, { x: "2001:db9::" }, false],
    [{ operator: "IN_CIDR", values: ["::ffff:10.0.0.0/104"] }, { x: "::ffff:10.1.2.3" }, true],
    [{ operator: "IN_CIDR", values: ["10.0.0.1"] }, { x: "10.0.0.1" }, true],
    [
      { operator: "IN_CIDR", values: ["10.0.0.0/33", "x/8", "10.0.0.0/a"] },
      { x: "10.0.0.0" },
      false,
    ],
    [{ operator: "IN_CIDR", values: ["0.0.0.0/0"] }, { x: "not an address" }, false],
    [{ operator: "NEW_ONE", values: ["a"], inverted: true }, { x: "a" }, false],
  ];
  for (const [constraint, context, holds] of table) {
    const strategies = [strategy({ contextName: "x", ...constraint })];
    const flags = await flagsOf({ features: [{ name: "a", enabled: true, strategies }] });
    const shown = JSON.stringify([constraint, context]);
    assert.equal(flags.boolean("a", context as Record<string, unknown>), holds, shown);
    const properties = { properties: context };
    if (!("currentTime" in context)) assert.equal(flags.boolean("a", properties), holds, shown);
  }
});

test("Segments, dependencies and strategies of Unleash", async () => {
  const off = { name: "off", enabled: false, strategies: [] };
  const on = { name: "on", enabled: true, strategies: [] };
  const child = (name: string, dependencies: object[]) => ({
    name,
    enabled: true,
    strategies: [],
    dependencies,
  });
  const flags = await flagsOf({
    features: [
      on,
      off,
      { name: "in", enabled: true, strategies: [{ name: "default", segments: [1] }] },
      { name: "lost", enabled: true, strategies: [{ name: "default", segments: [9] }] },
      { name: "unknown", enabled: true, strategies: [{ name: "mine" }] },
      {
        name: "ids",
        enabled: true,
        strategies: [{ name: "userWithId", parameters: { userIds: "a, b" } }],
      },
      {
        name: "ips",
        enabled: true,
        strategies: [{ name: "remoteAddress", parameters: { IPs: "10.0.0.0/8,::1" } }],
      },
      { name: "malformed", enabled: true },
      { name: "v", enabled: true, strategies: [], variants: [{ name: "red", weight: 1 }] },
      child("child of on", [{ feature: "on" }]),
      child("child of off", [{ feature: "off" }]),
      child("child of not off", [{ feature: "off", enabled: false }]),
      child("child of nobody", [{ feature: "nobody" }]),
      child("grandchild", [{ feature: "child of on" }]),
      child("child of red", [{ feature: "v", variants: ["red"] }]),
      child("child of blue", [{ feature: "v", variants: ["blue"] }]),
    ],
    segments: [{ id: 1, constraints: [{ contextName: "plan", operator: "IN", values: ["pro"] }] }],
  });
  const context = { userId: "b", remoteAddress: "10.1.1.1", properties: { plan: "pro" } };
  const enabled = flags.keys.filter((key) => flags.boolean(key, context));
  assert.deepEqual(enabled, [
    ...["on", "in", "ids", "ips", "v"],
    ...["child of on", "child of not off", "child of red"],
  ]);
  assert.equal(
    flags.boolean("ids", { targetingKey: "a" }),
    true,
    "OpenFeature's subject is the user",
  );
  assert.equal(flags.boolean("ips", { remoteAddress: "::1" }), true);
  assert.equal(flags.boolean("in", {}), false);
});

test("Events of Unleash add up to a state", async () => {
  const feature = (name: string, segments: number[] = []) => ({
    name,
    enabled: true,
    strategies: [{ name: "default", segments }],
  });
  const segment = (id: number, plan: string) => ({
    id,
    constraints: [{ contextName: "plan", operator: "IN", values: [plan] }],
  });
  const hydration = {
    type: "hydration",
    eventId: 1,
    features: [feature("a"), feature("b", [1]), feature("c")],
    segments: [segment(1, "free"), segment(2, "free")],
  };
  const flags = await flagsOf({
    events: [
      { type: "feature-updated", eventId: 0, feature: feature("forgotten") },
      hydration,
      { type: "feature-updated", eventId: 2, feature: { ...feature("a"), enabled: false } },
      { type: "feature-removed", eventId: 3, featureName: "c", project: "default" },
      { type: "segment-updated", eventId: 4, segment: segment(1, "pro") },
      { type: "feature-updated", eventId: 5, feature: feature("d", [2]) },
      { type: "segment-removed", eventId: 6, segmentId: 2 },
      { type: "unheard-of", eventId: 7 },
    ],
  });
  const pro = { properties: { plan: "pro" } };
  assert.deepEqual(flags.keys.map((key) => [key, flags.boolean(key, pro)]), [
    ["a", false],
    ["b", true],
    ["d", false],
  ]);
});

test("Rollouts that are not sticky are by chance, and overrides come before weights", async () => {
  let next = 0.5;
  const rollout = (stickiness: string, percentage: string) => [{
    name: "flexibleRollout",
    parameters: { rollout: percentage, stickiness, groupId: "g" },
  }];
  const variants = [
    { name: "a", weight: 1, overrides: [{ contextName: "userId", values: ["me"] }] },
    { name: "b", weight: 999, payload: { type: "json", value: '{"b":[1]}' } },
  ];
  const flags = await flagsOf({
    features: [
      {
        name: "random",
        enabled: true,
        strategies: [{ name: "gradualRolloutRandom", parameters: { percentage: "50" } }],
      },
      { name: "lost", enabled: true, strategies: rollout("team", "100") },
      { name: "all", enabled: true, strategies: rollout("default", "100"), variants },
    ],
  }, () => next);
  assert.equal(flags.boolean("random"), false);
  next = 0.499;
  assert.equal(flags.boolean("random"), true);
  assert.equal(flags.boolean("lost", { userId: "u" }), false, "100 % of those with a team");
  assert.equal(flags.details("all", { userId: "me" }).variant, "a");
  assert.equal(flags.details("all", { userId: "other" }).variant, "b");
  assert.deepEqual(flags.object("all", { userId: "other" }), { b: [1] });
  assert.equal(flags.number("all", { userId: "other" }, 7), 7);
});

test("Flags of another format take the kill switch, and no other change", async () => {
  const flags = await flagsOf({ features: [{ name: "a", enabled: true, strategies: [] }] });
  flags.set("a", { enabled: false });
  assert.deepEqual(flags.details("a"), {
    value: undefined,
    variant: undefined,
    reason: "DISABLED",
  });
  assert.equal(flags.boolean("a", {}, true), true, "the fallback");
  flags.set("a", undefined);
  assert.equal(flags.boolean("a"), true);
  assert.throws(() => flags.set("a", { default: true }), {
    message: 'Cannot set flag "a": a flag of another format takes only "enabled", got "default"',
  });
});
