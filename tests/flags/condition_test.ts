import assert from "node:assert/strict";
import { test } from "node:test";
import { compileCondition } from "../../src/flags/rule/condition.ts";

const CONTEXT = {
  targetingKey: "u-17",
  country: "DE",
  age: 30,
  beta: true,
  version: "1.4.0",
  roles: ["admin", "editor"],
  user: { plan: "pro", tags: { a: 1 } },
  "exact.name": "dotted",
  signedUp: new Date("2026-03-01T12:00:00Z"),
  nothing: null,
};

const TABLE: readonly (readonly [condition: unknown, holds: boolean])[] = [
  [{}, true],
  [{ country: "DE" }, true],
  [{ country: "de" }, false],
  [{ age: "30" }, false],
  [{ country: ["FR", "DE"] }, true],
  [{ country: [] }, false],
  [{ country: { equals: "DE" } }, true],
  [{ country: { in: ["FR"] } }, false],
  [{ beta: true, age: 30 }, true],
  [{ beta: true, age: 31 }, false],
  [{ version: { prefix: "1." } }, true],
  [{ version: { suffix: ".0" } }, true],
  [{ version: { prefix: "2." } }, false],
  [{ age: { prefix: "3" } }, false],
  [{ roles: { contains: "admin" } }, true],
  [{ roles: { contains: "owner" } }, false],
  [{ country: { contains: "E" } }, true],
  [{ version: { semver: "^1.2.0" } }, true],
  [{ version: { semver: ">=1.0.0 <1.4.0" } }, false],
  [{ country: { semver: "^1.2.0" } }, false],
  [{ age: { gte: 18, lt: 65 } }, true],
  [{ age: { gt: 30 } }, false],
  [{ age: { lte: 30 } }, true],
  [{ age: { gt: "3" } }, false],
  [{ signedUp: { gte: "2026-01-01", lt: "2026-04-01" } }, true],
  [{ signedUp: { lt: "2026-01-01" } }, false],
  [{ "user.plan": "pro" }, true],
  [{ "user.tags.a": 1 }, true],
  [{ "user.tags.b": 1 }, false],
  [{ "user.plan.length": 3 }, false],
  [{ "exact.name": "dotted" }, true],
  [{ toString: { exists: true } }, false],
  [{ "user.constructor": { exists: true } }, false],
  [{ missing: "x" }, false],
  [{ missing: { exists: false } }, true],
  [{ nothing: { exists: true } }, false],
  [{ country: { exists: true } }, true],
  [{ not: { country: "DE" } }, false],
  [{ not: { missing: "x" } }, true],
  [{ or: [{ country: "FR" }, { age: 30 }] }, true],
  [{ or: [] }, false],
  [{ and: [{ country: "DE" }, { not: { beta: false } }] }, true],
  [{ and: [{ country: "DE" }, { beta: false }] }, false],
  [{ country: "DE", or: [{ age: 1 }, { beta: true }], not: { age: 31 } }, true],
];

test("A condition holds, or not", () => {
  for (const [condition, holds] of TABLE) {
    const shown = JSON.stringify(condition);
    assert.equal(compileCondition("test", "when", condition)(CONTEXT), holds, shown);
  }
});

test("compileCondition() refuses what is no condition, and names the place", () => {
  const refused: readonly (readonly [condition: unknown, message: string])[] = [
    ["DE", 'when must be an object of attributes, got "DE"'],
    [
      { country: null },
      "when.country must be a value, a list of values or an object of tests, got null",
    ],
    [{ country: { startsWith: "D" } }, 'when.country: unknown option "startsWith"'],
    [{ country: {} }, "when.country must be an object with a test, got object"],
    [
      { country: { in: "DE" } },
      'when.country.in must be a list of texts, numbers and booleans, got "DE"',
    ],
    [{ v: { semver: "newest" } }, 'when.v.semver must be a range such as ^1.2.0, got "newest"'],
    [{ age: { gt: true } }, "when.age.gt must be a number or text, got true"],
    [{ or: { a: 1 } }, "when.or must be a list of conditions, got object"],
    [{ or: [{ a: 1 }, 5] }, "when.or[1] must be an object of attributes, got 5"],
    [{ not: [] }, "when.not must be an object of attributes, got array"],
  ];
  for (const [condition, message] of refused) {
    assert.throws(() => compileCondition("define flag", "when", condition), {
      name: "TypeError",
      message: `Cannot define flag: ${message}`,
    });
  }
  let deep: object = { a: 1 };
  for (let i = 0; i < 20; i++) deep = { not: deep };
  assert.throws(() => compileCondition("define flag", "when", deep), /nested too deep/);
});
