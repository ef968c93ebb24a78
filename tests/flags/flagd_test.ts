import assert from "node:assert/strict";
import { test } from "node:test";
import { FlagdCore } from "@openfeature/flagd-core";
import fc from "fast-check";
import { type FlagContext, type FlagdHash, Flags } from "../../src/flags/mod.ts";
import { Faults } from "../../src/core/faults.ts";

type Config = Record<string, unknown>;

const silent = { error() {}, warn() {}, info() {}, debug() {} };

async function ours(config: Config, hash?: FlagdHash): Promise<Flags> {
  const flags = new Flags({ faults: new Faults(() => {}) });
  await flags.load("flags.json", config, { format: "flagd", hash });
  return flags;
}

function theirs(config: Config): FlagdCore {
  const core = new FlagdCore(undefined, silent);
  core.setConfigurations(JSON.stringify(config));
  return core;
}

const KINDS = ["boolean", "string", "number", "object"] as const;
const FALLBACKS = { boolean: false, string: "fallback", number: -1, object: { fallback: true } };

/** Value, variant, reason and code of every kind, by us and by flagd. */
function compare(flags: Flags, core: FlagdCore, key: string, context: FlagContext): void {
  for (const kind of KINDS) {
    const fallback = FALLBACKS[kind];
    const expected = core.resolve(kind, key, fallback as never, context as never, silent);
    const { value = fallback, variant, reason, errorCode } = flags.details(key, context, kind);
    const shown = `${key} as ${kind} in ${JSON.stringify(context)}`;
    assert.deepEqual(
      [value, variant, reason, errorCode],
      [expected.value, expected.variant, expected.reason, expected.errorCode],
      shown,
    );
  }
}

const ATTRIBUTES = [
  "email",
  "age",
  "version",
  "plan",
  "roles",
  "deep.er",
  "missing",
  "targetingKey",
];
const variable = fc.constantFrom(...ATTRIBUTES, "$flagd.flagKey").map((name) => ({ var: name }));
const literal = fc.constantFrom<unknown>(
  ...["a@x.com", "x.com", "pro", "", "1.2.0", "10", 0, 1, 18, 1.5, -1, true, false, null],
);
const weight = fc.constantFrom<unknown>(0, 1, 25, 50, 100, -5, 0.5, "25", 2147483647, 2 ** 31);
const bucket = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.tuple(fc.constantFrom("on", "off", "none"), fc.constantFrom(0, 1, 25, 50)),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom<unknown>("on", true, 3, null), weight) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(["on"], [], "on", ["on", 1, 2], 5) },
);
const splits = fc.array(bucket, { minLength: 1, maxLength: 4 }).map((buckets) =>
  buckets as unknown[]
);

/**
 * Rules in which flagd-core agrees with itself: with two arguments it interprets an `if`, which it compiles
 * with more, and then has other results for `all` of no list, and for `cat` of null. And it compares what
 * the second argument of a comparison ends with, where that is computed of several.
 */
const rule = fc.letrec<{ rule: unknown; value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    variable,
    // A `cat` with the literal null is one text by itself and another one beside a variable.
    literal.filter((one) => one !== null),
    fc.tuple(tie("value"), tie("value")).map((cat) => ({ cat })),
  ),
  rule: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom<unknown>("on", "off", "none", true, null),
    fc.tuple(
      fc.constantFrom("==", "!=", "===", "!==", "<", "<=", ">", ">="),
      fc.oneof(variable, fc.tuple(tie("value"), variable).map((cat) => ({ cat }))),
      fc.oneof(variable, literal),
    )
      .map(([name, a, b]) => ({ [name]: [a, b] })),
    fc.tuple(fc.constantFrom("starts_with", "ends_with"), tie("value"), tie("value"))
      .map(([name, a, b]) => ({ [name]: [a, b] })),
    fc.tuple(variable, fc.constantFrom("=", "!=", "<", "<=", ">", ">=", "^", "~", "?"), literal)
      .map((parts) => ({ sem_ver: parts })),
    fc.tuple(fc.constantFrom("and", "or"), fc.array(tie("rule"), { minLength: 1, maxLength: 3 }))
      .map(([name, all]) => ({ [name]: all })),
    tie("rule").map((one) => ({ "!": [one] })),
    fc.tuple(variable, fc.constantFrom<unknown>(["pro", "free"], "pro x.com", { var: "roles" }))
      .map((parts) => ({ in: parts })),
    fc.array(tie("rule"), { minLength: 3, maxLength: 5 }).map((parts) => ({ if: parts })),
    fc.record({ fractional: splits }),
    fc.tuple(variable, splits).map(([name, buckets]) => ({
      fractional: [{ cat: [{ var: "$flagd.flagKey" }, name] }, ...buckets],
    })),
    fc.constant({ $ref: "isPro" }),
    fc.array(fc.constantFrom(...ATTRIBUTES), { maxLength: 3 }).map((missing) => ({ missing })),
    fc.tuple(fc.constantFrom("some", "all", "none"), fc.constantFrom("admin", "x"))
      .map(([name, role]) => ({
        [name]: [{ var: ["roles", []] }, { "==": [{ var: "" }, role] }],
      })),
  ),
}));

const flag = fc.record({
  state: fc.constantFrom("ENABLED", "ENABLED", "ENABLED", "ENABLED", "DISABLED"),
  variants: fc.constantFrom<unknown>(
    { on: true, off: false, none: false },
    { on: "yes", off: "no" },
    { on: 1, off: 2 },
    { on: { a: 1 }, off: {} },
    { on: true, off: "mixed" },
  ),
  defaultVariant: fc.constantFrom<unknown>("on", "off", null),
  targeting: fc.oneof(fc.constant({}), rule.rule.filter((one) => typeof one === "object")),
});

const ascii = fc.string({ unit: "grapheme-ascii", maxLength: 12 });
const context = fc.record({
  targetingKey: ascii,
  email: fc.constantFrom("a@x.com", "b@y.org", ""),
  age: fc.constantFrom<unknown>(0, 17, 18, 65.5, "18", null),
  version: fc.constantFrom<unknown>("1.2.0", "v1.3.0", "2", "1.2", "2.0.0-rc.1", "nope", 3),
  plan: fc.constantFrom("pro", "free"),
  roles: fc.constantFrom(["admin"], [], ["x", "y"]),
  deep: fc.record({ er: literal }),
}, { requiredKeys: [] });

test("Flags of flagd are evaluated as flagd-core of JavaScript does, in 10 000 random contexts", async () => {
  let contexts = 0;
  const seen = new Map<string, number>();
  const configs = fc.sample(fc.array(flag, { minLength: 1, maxLength: 3 }), {
    numRuns: 500,
    seed: 18,
  });
  const all = fc.sample(context, { numRuns: 10_000, seed: 19 }) as FlagContext[];
  for (const [i, list] of configs.entries()) {
    const config = {
      flags: Object.fromEntries(list.map((one, k) => [`flag-${k}`, one])),
      $evaluators: { isPro: { "==": [{ var: "plan" }, "pro"] } },
    };
    const core = theirs(config), flags = await ours(config);
    for (const one of all.slice(i * 20, i * 20 + 20)) {
      for (const key of Object.keys(config.flags)) {
        compare(flags, core, key, one);
        const { reason, errorCode = "" } = flags.details(key, one);
        seen.set(reason + errorCode, (seen.get(reason + errorCode) ?? 0) + 1);
      }
      contexts++;
    }
  }
  assert.equal(contexts, 10_000);
  // What was generated reaches all of it.
  for (const kind of ["DISABLED", "STATIC", "DEFAULT", "TARGETING_MATCH", "ERRORGENERAL"]) {
    assert.ok(seen.get(kind)! > 100, `${kind}: ${seen.get(kind)}`);
  }
});

const COLORS = { a: "a", b: "b", c: "c", d: "d" };
const split = (targeting: unknown) => ({
  flags: { color: { state: "ENABLED", variants: COLORS, defaultVariant: "d", targeting } },
});
const SUBJECTS = ["u-1", "u-2", "u-3", "ünïcode", "日本語", "😀", "a".repeat(300), "x"];

/** Each by the implementation it names, run on these subjects. */
const VECTORS: Readonly<Record<FlagdHash, string>> = {
  // As flagd's server: for ASCII by flagd-core 4.0.1 of JavaScript too.
  text: "ccbbcaac",
  // openfeature-flagd-core 2.0.0 of Python.
  cbor: "bccccaba",
  // flagd-core 4.0.1 of JavaScript; below, it is asked.
  "utf-16": "ccbcbbac",
};

test("fractional follows the implementation that `hash` names", async () => {
  const config = split({ fractional: [["a", 25], ["b", 25], ["c", 50]] });
  const core = theirs(config);
  const given = SUBJECTS.map((targetingKey) =>
    core.resolve("string", "color", "", { targetingKey }, silent).value
  );
  assert.equal(given.join(""), VECTORS["utf-16"]);
  for (const [hash, vector] of Object.entries(VECTORS)) {
    const flags = await ours(config, hash as FlagdHash);
    const found = SUBJECTS.map((targetingKey) => flags.string("color", { targetingKey }));
    assert.equal(found.join(""), vector, hash);
  }
  const standard = await ours(config);
  assert.equal(standard.string("color", { targetingKey: "u-1" }), "c", "text is the default");
});

test("With utf-16, fractional agrees with flagd-core of JavaScript beyond ASCII", async () => {
  const config = split({ fractional: [["a", 1], ["b", 1], ["c", 1], ["d", 1]] });
  const core = theirs(config), flags = await ours(config, "utf-16");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (targetingKey) => {
      compare(flags, core, "color", { targetingKey });
    }),
    { numRuns: 1000 },
  );
});

test("With cbor, fractional hashes any value in its deterministic form, as flagd-core of Python", async () => {
  const parts = [["a", 25], ["b", 25], ["c", 25], ["d", 25]];
  const flags = await ours(split({ fractional: [{ var: "value" }, ...parts] }), "cbor");
  // The variants that openfeature-flagd-core 2.0.0 gave.
  const table: readonly (readonly [value: unknown, variant: string])[] = [
    [5, "b"],
    [-7, "a"],
    [1.5, "a"],
    [0.1, "a"],
    [true, "a"],
    [1e20, "c"],
    [70_000, "c"],
    [5_000_000_000, "a"],
    [-0.5, "b"],
    ["x", "a"],
    [2 ** 53, "b"],
    [65_504, "c"],
    [1e-7, "a"],
    [3, "b"],
    [-254913399465583500, "d"],
    [-(2 ** 63), "a"],
    [2 ** 63, "c"],
    [{ b: 2, a: 1 }, "d"],
    [{ z: [], aa: {}, "": null }, "c"],
    [{ "ÿ": { x: [1.5, 0] } }, "a"],
    [{}, "a"],
  ];
  for (const [value, variant] of table) {
    assert.equal(flags.string("color", { value }), variant, JSON.stringify(value));
  }
  assert.equal(flags.details("color", { value: null }).reason, "DEFAULT");
});

test("A rule that can't be compiled fails its flag with PARSE_ERROR; what is no file is refused", async () => {
  const good = { state: "ENABLED", variants: { on: true }, defaultVariant: "on" };
  const config = {
    flags: {
      good,
      bad: { ...good, targeting: { nope: [1] } },
      two: { ...good, targeting: { a: 1, b: 2 } },
    },
    metadata: { flagSetId: "shop", version: "v5" },
  };
  const flags = await ours(config), core = theirs(config);
  for (const key of ["good", "bad", "two", "absent"]) compare(flags, core, key, {});
  assert.equal(flags.details("bad").errorCode, "PARSE_ERROR");
  let deep: unknown = true;
  for (let i = 0; i < 200; i++) deep = { "!": [deep] };
  const refused: readonly (readonly [config: unknown, message: RegExp])[] = [
    ["{", /JSON/],
    [[], /the file must be an object, got "array"/],
    [{}, /flags must be an object, got "undefined"/],
    [
      { flags: { a: { ...good, state: "enabled" } } },
      /state must be ENABLED or DISABLED, got "enabled"/,
    ],
    [
      { flags: { a: { ...good, defaultVariant: "off" } } },
      /defaultVariant must be one of on, got "off"/,
    ],
    [{ flags: { a: { state: "ENABLED" } } }, /variants of a must be an object/],
    [{ flags: { a: { ...good, targeting: deep } } }, /nested too deep/],
    [
      { flags: { a: { ...good, targeting: { $ref: "x" } } }, $evaluators: { x: { $ref: "x" } } },
      /must not contain themselves/,
    ],
  ];
  for (const [given, message] of refused) {
    await assert.rejects(flags.load("x", given as object, { format: "flagd" }), { message });
  }
  await assert.rejects(flags.load("x", {}, { format: "flag" as never }), {
    message: 'Cannot load flags "x": format must be one of telltale, flagd, unleash, got "flag"',
  });
  await assert.rejects(
    flags.load("x", {}, { hash: "cbor" }),
    /hash must go with the format "flagd"/,
  );
});
