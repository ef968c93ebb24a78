import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compileRollout, type Rollout } from "../../src/flags/rule/rollout.ts";

const FLAG = { key: "color", variants: ["blue", "red", "green"], base: "blue" };
const SUBJECTS = Array.from({ length: 10_000 }, (_, i) => `user-${i}`);

/** Each subject's variant. */
function chosen(rollout: Rollout, subjects: readonly string[] = SUBJECTS, key = "color"): string[] {
  const { choose, variants } = compileRollout("test", "rollout", rollout, { ...FLAG, key });
  return subjects.map((subject) => variants[choose(subject)]!);
}

function count(variants: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const variant of variants) counts[variant] = (counts[variant] ?? 0) + 1;
  return counts;
}

/** Pearson's statistic of the counts beside their expected shares. */
function chiSquare(variants: readonly string[], shares: Readonly<Record<string, number>>): number {
  const counts = count(variants);
  return Object.entries(shares).reduce((sum, [name, share]) => {
    const expected = share * variants.length;
    return sum + ((counts[name] ?? 0) - expected) ** 2 / expected;
  }, 0);
}

test("A rollout gives each variant its share", () => {
  // The hash is fixed, so these are too: 13.8 is the 0.1 % quantile of two degrees of freedom.
  const weights = { blue: 10, red: 30, green: 60 };
  assert.ok(chiSquare(chosen({ weights }), { blue: .1, red: .3, green: .6 }) < 13.8);
  const two = chosen({ weights: { blue: 1, red: 1 } });
  assert.ok(chiSquare(two, { blue: .5, red: .5 }) < 10.8);
  const few = chosen({ percentage: 2.5, variant: "red" });
  assert.ok(chiSquare(few, { blue: .975, red: .025 }) < 10.8);
});

test("Rollouts of two flags are independent of each other", () => {
  const one = chosen({ percentage: 50, variant: "red" });
  const other = chosen({ percentage: 50, variant: "red" }, SUBJECTS, "size");
  const both = one.map((variant, i) => `${variant} ${other[i]}`);
  const shares = { "blue blue": .25, "blue red": .25, "red blue": .25, "red red": .25 };
  assert.ok(chiSquare(both, shares) < 16.3);
  const same = chosen({ percentage: 50, variant: "red", salt: "color" }, SUBJECTS, "size");
  assert.deepEqual(same, one);
});

const subjects = fc.array(fc.string({ minLength: 1, unit: "grapheme" }), { maxLength: 50 });
const weight = fc.double({ min: 0, max: 100, noNaN: true });

test("A raised percentage takes the variant from nobody", () => {
  const percent = fc.double({ min: 0, max: 100, noNaN: true });
  fc.assert(fc.property(subjects, percent, percent, (ids, a, b) => {
    const before = chosen({ percentage: Math.min(a, b), variant: "red" }, ids);
    const after = chosen({ percentage: Math.max(a, b), variant: "red" }, ids);
    for (const i of ids.keys()) if (before[i] === "red") assert.equal(after[i], "red");
  }));
  assert.deepEqual(count(chosen({ percentage: 100, variant: "red" })), { red: 10_000 });
  assert.deepEqual(count(chosen({ percentage: 0, variant: "red" })), { blue: 10_000 });
});

test("A raised weight moves subjects to that variant only, a lowered one away from it only", () => {
  fc.assert(fc.property(subjects, weight, weight, weight, weight, (ids, blue, red, green, more) => {
    const low = { blue, red: red + 1, green }, high = { blue, red: red + 1 + more, green };
    const before = chosen({ weights: low }, ids), after = chosen({ weights: high }, ids);
    for (const i of ids.keys()) {
      if (before[i] !== after[i]) assert.equal(after[i], "red");
    }
  }));
});

test("Subjects stay in a variant whose weight grows while the others' shrink", () => {
  const before = chosen({ weights: { blue: 80, red: 10, green: 10 } });
  const after = chosen({ weights: { blue: 70, red: 20, green: 10 } });
  const lost = before.filter((variant, i) => variant === "red" && after[i] !== "red");
  assert.deepEqual(lost, []);
  // A split along a line would move all of green.
  const moved = before.filter((variant, i) => variant !== after[i]).length;
  assert.ok(moved < 1300, `${moved} moved, where 1000 must`);
});

test("The order of the weights does not matter", () => {
  assert.deepEqual(
    chosen({ weights: { green: 60, blue: 10, red: 30 } }),
    chosen({ weights: { blue: 10, red: 30, green: 60 } }),
  );
});

test("compileRollout() refuses what is no rollout", () => {
  const refused: readonly (readonly [rollout: unknown, message: RegExp])[] = [
    [{}, /rollout must have either percentage or weights, got "neither"/],
    [{ percentage: 5, weights: { red: 1 } }, /got "both"/],
    [{ percentage: 101, variant: "red" }, /percentage must be 0 to 100, got 101/],
    [{ percentage: 5 }, /variant must be one of blue,red,green, got undefined/],
    [{ weights: { pink: 1 } }, /unknown option "pink"/],
    [{ weights: { red: -1 } }, /weights.red must be at least 0, got -1/],
    [{ weights: { red: 0 } }, /weights must have a positive sum, got 0/],
    [{ weights: { red: Infinity } }, /positive sum/],
    [{ percentage: 5, variant: "red", by: "" }, /by must be the name of an attribute/],
    [{ percent: 5 }, /unknown option "percent", did you mean "percentage"/],
  ];
  for (const [rollout, message] of refused) {
    assert.throws(() => compileRollout("test", "rollout", rollout, FLAG), { message });
  }
});
