import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Faults } from "../../src/core/faults.ts";
import { type FlagChange, type FlagDefinition, Flags } from "../../src/flags/mod.ts";
import { ManualClock } from "../manual_clock.ts";

const quiet = () => new Faults(() => {});

function flagsOf(definitions: Record<string, FlagDefinition>, clock = new ManualClock()): Flags {
  const flags = new Flags({ clock, faults: quiet() });
  flags.define(definitions);
  return flags;
}

test("Flags gives value, variant and reason", () => {
  const flags = flagsOf({
    plain: { default: true },
    text: { default: "hello" },
    number: { default: 5 },
    object: { default: { a: [1] } },
    named: { default: "red", variants: { blue: "#00f", red: "#f00" } },
    listed: {
      default: "red",
      variants: ["blue", "red"],
      rules: [{ when: { a: 1 }, serve: "blue" }],
    },
    implied: { default: "blue", rollout: { weights: { red: 1 } } },
    by_value: { default: false, variants: { yes: true, no: false } },
    killed: { default: false, enabled: false, rules: [{ serve: true }] },
    ruled: {
      default: false,
      rules: [{ when: { plan: "pro" }, serve: "on" }, { when: { plan: "x" }, serve: true }],
    },
    rolled: { default: false, rollout: { percentage: 100 } },
    rolled_by_rule: {
      default: false,
      rules: [{ when: { plan: "pro" }, rollout: { percentage: 100, by: "id" } }],
      rollout: { percentage: 0 },
    },
    off: { default: "a", variants: { a: 1, b: 2 }, off: ["b"], rules: [{ serve: "b" }] },
  });
  const pro = { targetingKey: "u", plan: "pro", id: 7 };
  const table = [
    ["plain", {}, true, "on", "STATIC"],
    ["text", {}, "hello", "default", "STATIC"],
    ["number", {}, 5, "default", "STATIC"],
    ["object", {}, { a: [1] }, "default", "STATIC"],
    ["named", {}, "#f00", "red", "STATIC"],
    ["listed", { a: 1 }, "blue", "blue", "TARGETING_MATCH"],
    ["implied", { targetingKey: "u" }, "red", "red", "SPLIT"],
    ["by_value", {}, false, "no", "STATIC"],
    ["killed", {}, false, "off", "DISABLED"],
    ["ruled", pro, true, "on", "TARGETING_MATCH"],
    ["ruled", {}, false, "off", "DEFAULT"],
    ["rolled", pro, true, "on", "SPLIT"],
    ["rolled_by_rule", pro, true, "on", "SPLIT"],
    ["rolled_by_rule", { targetingKey: "u" }, false, "off", "SPLIT"],
    ["off", {}, 1, "a", "DEFAULT"],
  ] as const;
  for (const [key, context, value, variant, reason] of table) {
    assert.deepEqual(flags.details(key, context), { value, variant, reason }, key);
  }
});

test("Flags gives the fallback and an error code for what goes wrong", () => {
  const flags = flagsOf({
    yes: { default: true },
    rolled: { default: true, rollout: { percentage: 50, by: "id" } },
  });
  assert.equal(flags.boolean("nope"), false);
  assert.equal(flags.boolean("nope", {}, true), true);
  assert.equal(flags.string("yes", {}, "fallback"), "fallback");
  assert.equal(flags.number("yes"), 0);
  assert.deepEqual(flags.object("yes"), {});
  assert.deepEqual(flags.details("nope"), {
    value: undefined,
    variant: undefined,
    reason: "ERROR",
    errorCode: "FLAG_NOT_FOUND",
    errorMessage: 'There is no flag "nope"',
  });
  assert.deepEqual(flags.details("yes", {}, "number"), {
    value: undefined,
    variant: undefined,
    reason: "ERROR",
    errorCode: "TYPE_MISMATCH",
    errorMessage: 'Flag "yes" is a boolean, not a number',
  });
  for (const id of [undefined, null, "", true, {}]) {
    assert.deepEqual(flags.details("rolled", { id }), {
      value: true,
      variant: "on",
      reason: "ERROR",
      errorCode: "TARGETING_KEY_MISSING",
      errorMessage: "The context has no id, by which the rollout is split",
    });
  }
});

test("An evaluation throws for no context", () => {
  const faults = quiet();
  const flags = new Flags({ faults });
  flags.define({
    a: {
      default: true,
      rules: [{ when: { "a.b": { prefix: "x" }, not: { c: { gt: 5 } } }, serve: false }],
      rollout: { weights: { on: 1, off: 2 }, by: "id" },
    },
  });
  const thrower = new Proxy({}, {
    get() {
      throw new Error("mine");
    },
  });
  const { reason, errorCode, value } = flags.details("a", thrower);
  assert.deepEqual([value, reason, errorCode], [true, "ERROR", "GENERAL"]);
  assert.equal(flags.boolean("a", thrower, false), true, "the flag's own default");
  assert.equal(faults.counts().get("flag evaluation"), 2);
  assert.deepEqual(flags.details("a", null as never).errorCode, "TARGETING_KEY_MISSING");
  fc.assert(fc.property(fc.anything(), fc.anything(), (context, inner) => {
    for (const given of [context, { a: inner, id: context, c: inner }]) {
      assert.equal(typeof flags.boolean("a", given as Record<string, unknown>), "boolean");
    }
  }));
});

test("An object of a flag can't be changed by those who get it, nor by who defined it", () => {
  const limits = { max: 5, nested: { min: [1] } };
  const flags = flagsOf({ limits: { default: limits } });
  limits.max = 7;
  limits.nested.min.push(2);
  const got = flags.object<typeof limits>("limits");
  assert.deepEqual(got, { max: 5, nested: { min: [1] } });
  assert.throws(() => got.nested.min.push(3), TypeError);
});

test("A definition is that of the call, whatever becomes of the object", () => {
  const definition = { default: false, rules: [{ when: { plan: "pro" }, serve: true }] };
  const flags = flagsOf({ a: definition });
  definition.rules[0]!.serve = false;
  definition.default = true;
  flags.set("a", { description: "patched" });
  assert.deepEqual([flags.boolean("a", { plan: "pro" }), flags.boolean("a")], [true, false]);
});

test("A flag requires variants of others", () => {
  const flags = flagsOf({
    parent: { default: false, rules: [{ when: { plan: "pro" }, serve: true }] },
    child: { default: false, requires: { parent: "on" }, rules: [{ serve: true }] },
    grandchild: { default: false, requires: { child: ["on", "x"] }, rules: [{ serve: true }] },
    orphan: { default: false, requires: { nobody: "on" }, rules: [{ serve: true }] },
  });
  assert.deepEqual(
    ["child", "grandchild", "orphan"].map((key) => flags.boolean(key, { plan: "pro" })),
    [true, true, false],
  );
  assert.deepEqual(flags.details("grandchild").reason, "DEFAULT");
  assert.deepEqual(flags.details("orphan"), {
    value: false,
    variant: "off",
    reason: "ERROR",
    errorCode: "GENERAL",
    errorMessage: 'It requires flag "nobody", and there is none',
  });
  flags.set("parent", { default: true });
  assert.equal(flags.boolean("grandchild"), true);
  assert.throws(() => flags.set("parent", { requires: { grandchild: "on" } }), {
    message:
      'Cannot define flag "parent": it requires itself, parent → grandchild → child → parent',
  });
  assert.equal(flags.boolean("grandchild"), true, "what was refused has changed nothing");
});

test("A schedule is from its first moment to before its last", () => {
  const clock = new ManualClock(Date.UTC(2026, 11, 1));
  const day = 86_400_000;
  const flags = flagsOf({
    sale: {
      default: false,
      schedule: { from: "2026-12-02T00:00:00Z", until: "2026-12-04T01:00:00+01:00" },
      rules: [{ serve: true }],
    },
    growing: {
      default: false,
      rules: [
        { from: "2026-12-03", rollout: { percentage: 100 } },
        { until: Date.UTC(2026, 11, 2), rollout: { percentage: 0 } },
      ],
    },
  }, clock);
  const seen = [];
  for (const step of [0, day - 1, 1, day, day - 1, 1]) {
    clock.advance(step);
    seen.push([flags.boolean("sale"), flags.details("growing", { targetingKey: "u" }).reason]);
  }
  assert.deepEqual(seen, [
    [false, "SPLIT"],
    [false, "SPLIT"],
    [true, "DEFAULT"],
    [true, "SPLIT"],
    [true, "SPLIT"],
    [false, "SPLIT"],
  ]);
  const refused = (schedule: object) => () => flagsOf({ a: { default: true, schedule } });
  assert.throws(refused({ from: "2026-12-02T00:00:00" }), /schedule.from must be a time such as/);
  assert.throws(refused({ from: "2026-02-31T99:00:00Z" }), /must be a time/);
  assert.throws(
    refused({ from: 5, until: 5 }),
    /schedule.until must be after schedule.from, got 5/,
  );
});

test("set() changes a flag, and undefined takes all changes back", () => {
  const flags = flagsOf({
    color: { default: "blue", variants: { blue: "#00f", red: "#f00" } },
    limit: { default: 5 },
  });
  const changes: Omit<FlagChange, "timeMs">[] = [];
  const remove = flags.onChange(({ timeMs, ...change }) => {
    assert.equal(timeMs, Date.UTC(2026, 0, 1));
    changes.push(change);
  });
  flags.set("color", { default: "red" });
  flags.set("color", { enabled: false });
  assert.deepEqual(flags.details("color"), { value: "#f00", variant: "red", reason: "DISABLED" });
  flags.set("color", { enabled: false });
  flags.set("color", undefined);
  assert.equal(flags.string("color"), "#00f");
  flags.set("limit", { default: 7 });
  assert.equal(flags.number("limit"), 7);
  remove();
  flags.set("limit", undefined);
  const change = { change: "changed", by: "set" };
  const color = { key: "color", ...change };
  assert.deepEqual(changes, [color, color, color, { key: "limit", ...change }]);
});

test("list() gives the flags as plain data, with the last change", () => {
  const flags = flagsOf({ a: { default: true, description: "first" }, b: { default: 5 } });
  flags.set("b", { default: 7 });
  const timeMs = Date.UTC(2026, 0, 1);
  assert.deepEqual(flags.list(), [
    {
      key: "a",
      kind: "boolean",
      variants: ["on", "off"],
      default: "on",
      definition: { default: true, description: "first" },
      changed: undefined,
    },
    {
      key: "b",
      kind: "number",
      variants: ["default"],
      default: "default",
      definition: { default: 7 },
      changed: { key: "b", change: "changed", by: "set", timeMs },
    },
  ]);
});

test("What set() and define() refuse changes nothing", () => {
  const flags = flagsOf({ color: { default: "blue", variants: { blue: "#00f", red: "#f00" } } });
  const refused: readonly (readonly [() => void, string])[] = [
    [() => flags.set("nope", {}), 'Cannot set flag "nope": it is not defined'],
    [
      () => flags.set("color", { default: "green" }),
      'Cannot define flag "color": default must be one of the variants blue, red, got "green"',
    ],
    [
      () => flags.set("color", { defalt: "red" } as object),
      'Cannot define flag "color": unknown option "defalt", did you mean "default"?',
    ],
    [
      () => flags.define({ color: { default: true } }),
      'Cannot define flag "color": the key is taken',
    ],
    [
      () => flags.define({ a: { default: undefined } } as never),
      'Cannot define flag "a": default must be a boolean, text, number or object, got undefined',
    ],
    [
      () => flags.define({ a: { default: NaN } }),
      'Cannot define flag "a": default must be a boolean, text, number or object, got NaN',
    ],
    [
      () => flags.define({ a: { default: new Map() as never } }),
      'Cannot define flag "a": values must be plain data, got object',
    ],
    [
      () => flags.define({ a: { default: "x", variants: { x: 1, y: "2" } } }),
      'Cannot define flag "a": variants.y must be a number, got "string"',
    ],
    [
      () => flags.define({ a: { default: true, rules: [{}] } }),
      'Cannot define flag "a": rules[0] must have either serve or rollout, got "neither"',
    ],
    [
      () => flags.define({ a: { default: true, off: ["onn"] } } as never),
      'Cannot define flag "a": off must be a list of variants, got ["onn"]',
    ],
    [
      () => flags.define({ a: { default: true, guard: { errors: 0.5 } } }),
      'Cannot define flag "a": guard.errors must be at least 1, got 0.5',
    ],
    [
      () => flags.define({ a: { default: true, requires: { a: "on" } } }),
      'Cannot define flag "a": requires must name other flags, got "a"',
    ],
    [
      () => flags.define({ a: { default: "a", variants: ["a", "a"] } }),
      'Cannot define flag "a": a list of variants must have different texts, got ["a", "a"]',
    ],
    [
      () => flags.define({ "": { default: true } }),
      'Cannot define flag "": its key must have 1 to 200 characters, got 0',
    ],
    [
      () => flags.define(undefined as never),
      "Cannot define flags: definitions must be an object, got undefined",
    ],
    [
      () => new Flags({ exposures: { maxSubjects: 1 } }),
      "Cannot make flags: exposures.maxSubjects must be a whole number from 2 to 16777216, got 1",
    ],
    [
      () => new Flags({ exposures: { level: "warn" as never } }),
      'Cannot make flags: exposures.level must be one of debug, info, off, got "warn"',
    ],
  ];
  for (const [act, message] of refused) assert.throws(act, { message });
  assert.deepEqual(flags.keys, ["color"]);
  assert.equal(flags.string("color"), "#00f");
});

test("A listener that throws is counted, and the others are called", () => {
  const faults = quiet(), seen: string[] = [];
  const flags = new Flags({ faults });
  flags.onChange(() => {
    throw new Error("mine");
  });
  flags.onChange(({ key, change, by }) => seen.push(`${key} ${change} ${by}`));
  flags.define({ a: { default: true } });
  assert.deepEqual(seen, ["a added define"]);
  assert.equal(faults.counts().get("flag listener"), 1);
});

test("details() say what is known of a flag and its set", async () => {
  const flags = new Flags({ faults: new Faults(() => {}) });
  flags.define({ versioned: { default: true, version: "7" }, plain: { default: true } });
  await flags.load("flagd", {
    flags: {
      remote: {
        state: "ENABLED",
        variants: { on: true },
        defaultVariant: "on",
        metadata: { owner: "shop", nothing: null, version: 3 },
      },
    },
    metadata: { flagSetId: "web", owner: "all" },
  }, { format: "flagd" });
  const of = (key: string) => flags.details(key).metadata;
  assert.deepEqual(of("versioned"), { version: "7" });
  assert.equal("metadata" in flags.details("plain"), false);
  assert.deepEqual(of("remote"), { flagSetId: "web", owner: "shop", version: 3 });
  flags.set("remote", { enabled: false });
  assert.deepEqual(of("remote"), { flagSetId: "web", owner: "shop", version: 3 });
});
