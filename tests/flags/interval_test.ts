import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  anytime,
  meanDifference,
  quantileShares,
  shareDifference,
} from "../../src/flags/effect/interval.ts";
import { Sketch } from "../../src/flags/effect/sketch.ts";

/** A generator of numbers from 0 to below 1 (mulberry32): the verdicts are the same in each run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = state + 0x6d2b79f5 | 0;
    let mixed = Math.imul(state ^ state >>> 15, 1 | state);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
}

const RUNS = 400, REQUESTS = 4000, FIRST = 200, EVERY = 20;

/** In how many of the runs somebody who looks every 20 requests sees a difference of two equal shares. */
function falseFindings(share: number, isDifferent: (a: number, b: number, n: number) => boolean) {
  const random = seeded(Math.round(share * 1e4));
  let found = 0;
  for (let run = 0; run < RUNS; run++) {
    let a = 0, b = 0, seen = false;
    for (let n = 1; n <= REQUESTS && !seen; n++) {
      if (random() < share) a++;
      if (random() < share) b++;
      seen = n >= FIRST && n % EVERY === 0 && isDifferent(a, b, n);
    }
    if (seen) found++;
  }
  return found / RUNS;
}

test("Who looks again and again at equal shares is misled in less than 5 % of the cases", () => {
  for (const share of [0.005, 0.05, 0.5]) {
    const ours = falseFindings(share, (a, b, n) => {
      const { low, high } = shareDifference(
        { count: a, total: n },
        { count: b, total: n },
        1,
        0.05,
      );
      return low > 0 || high < 0;
    });
    assert.ok(ours <= 0.05, `${share}: ${ours}`);
  }
  // What happens without: the interval of a fixed sample, looked at as often.
  const fixed = falseFindings(0.05, (a, b, n) => {
    const p = a / n, q = b / n;
    return Math.abs(p - q) > 1.96 * Math.sqrt((p * (1 - p) + q * (1 - q)) / n);
  });
  assert.ok(fixed > 0.15, `${fixed}`);
});

test("A difference is found, and the interval narrows about it", () => {
  const random = seeded(7);
  let a = 0, b = 0, foundAt = 0;
  for (let n = 1; n <= 20_000; n++) {
    if (random() < 0.05) a++;
    if (random() < 0.02) b++;
    const { low } = shareDifference({ count: a, total: n }, { count: b, total: n }, 1, 0.05);
    if (foundAt === 0 && n >= FIRST && low > 0) foundAt = n;
  }
  assert.ok(foundAt > 0 && foundAt < 3000, `${foundAt}`);
  const end = shareDifference({ count: a, total: 20_000 }, { count: b, total: 20_000 }, 1, 0.05);
  assert.ok(end.low < 0.03 && 0.03 < end.high && end.high - end.low < 0.02, JSON.stringify(end));
});

test("anytime() is the confidence sequence of Waudby-Smith and others, by their own formula", () => {
  // ρ, as they name the square root of the mixture in units of the deviation; sample size n.
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      fc.double({ min: 1e-6, max: 0.5, noNaN: true }),
      (n, alpha) => {
        const deviation = 3, twice = -2 * Math.log(alpha);
        const rho2 = (twice + Math.log(twice) + 1) / 1000;
        const half = deviation *
          Math.sqrt(
            2 * (n * rho2 + 1) / (n ** 2 * rho2) * Math.log(Math.sqrt(n * rho2 + 1) / alpha),
          );
        const { low, high } = anytime(10, deviation ** 2 / n, deviation ** 2, alpha);
        assert.ok(Math.abs(high - low - 2 * half) < 1e-9 * half, `${high - low} ${2 * half}`);
        assert.ok(Math.abs(high + low - 20) < 1e-9 * (1 + half));
      },
    ),
  );
});

test("meanDifference() and quantileShares() by hand", () => {
  const of = (values: readonly number[]) => ({
    count: values.length,
    sum: values.reduce((sum, value) => sum + value, 0),
    squares: values.reduce((sum, value) => sum + value * value, 0),
  });
  const one = of([1, 2, 3, 4]), other = of([2, 2, 2, 2]);
  const expected = anytime(0.5, 5 / 3 / 4, 5 / 3, 0.05);
  assert.deepEqual(meanDifference(one, other, 0.05), expected);
  const shares = quantileShares(0.99, 10_000, 0.05);
  assert.ok(shares.low > 0.985 && shares.high < 0.995, JSON.stringify(shares));
  assert.ok(quantileShares(0.99, 500, 0.05).high > 1, "too few to bound it from above");
});

test("Sketch has every quantile within 2 %", () => {
  const value = fc.double({ min: 0.001, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 200 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, share) => {
        const sketch = new Sketch();
        for (const one of values) sketch.add(one);
        const sorted = values.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(share * values.length) - 1)]!;
        const [from, to] = sketch.cellOf(share)!;
        assert.ok(from <= exact * 1.000001 && exact <= to * 1.000001, `${from} ${exact} ${to}`);
        assert.ok(to / from < 1.0200001);
      },
    ),
  );
  const sketch = new Sketch();
  for (const odd of [0, -1, 1e300, Infinity]) sketch.add(odd);
  assert.equal(sketch.count, 4);
  assert.equal(sketch.cellOf(1.1), undefined);
  assert.equal(new Sketch().cellOf(0.5), undefined);
});
