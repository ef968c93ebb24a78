import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { candidatesOf } from "../../src/events/why/candidate.ts";
import { bestCut } from "../../src/events/why/cut.ts";
import { Hits } from "../../src/events/why/hits.ts";
import { changeOf } from "../../src/events/why/onset.ts";
import { leastDifference, leastWithin, phi } from "../../src/events/why/shares.ts";
import { percent } from "../../src/events/why/words.ts";
import { Frame, type FrameColumn, type Steps } from "../../src/events/store/frame.ts";

function all<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

function range(from: number, to: number): Uint32Array {
  return Uint32Array.from({ length: to - from }, (_, i) => from + i);
}

test("leastDifference() is the lower bound of Newcombe's method 10", () => {
  // Newcombe 1998, Interval estimation for the difference between independent proportions, table II.
  const cases = [
    [56, 70, 48, 80, 0.0524],
    [9, 10, 3, 10, 0.1705],
    [6, 7, 2, 7, 0.0582],
    [5, 56, 0, 29, -0.0381],
    [0, 10, 0, 20, -0.1611],
    [10, 10, 0, 20, 0.6791],
  ] as const;
  for (const [selected, ofSelected, others, ofOthers, expected] of cases) {
    const least = leastDifference(
      { selected, others },
      { selected: ofSelected, others: ofOthers },
      1.959964,
    );
    assert.equal(Number(least.toFixed(4)), expected);
  }
});

const bits = fc.array(fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()), {
  minLength: 2,
  maxLength: 80,
});

test("phi() is the correlation of having something and being selected", () => {
  fc.assert(fc.property(bits, (rows) => {
    const count = (of: (row: readonly boolean[]) => boolean) => rows.filter(of).length;
    const of = { selected: count(([is]) => is!), others: count(([is]) => !is) };
    const hits = {
      selected: count(([is, has]) => is! && has!),
      others: count(([is, has]) => !is && has!),
    };
    const n = rows.length, p = of.selected / n, q = (hits.selected + hits.others) / n;
    const covariance = hits.selected / n - p * q, scale = Math.sqrt(p * (1 - p) * q * (1 - q));
    const expected = q === 0 || q === 1 ? 0 : covariance / scale;
    if (of.selected === 0 || of.others === 0) return;
    assert.ok(Math.abs(phi(hits, of) - expected) < 1e-9);
  }));
});

test("leastWithin() is about nothing when one thing goes along with another", () => {
  // Selected are those with the cause; the companion is on 80 % of the cause and 20 % of the rest.
  const of = { selected: 1000, others: 9000 };
  const cause = { selected: 900, others: 100 };
  const companion = { selected: 740, others: 1860 };
  const both = { selected: 720, others: 80 };
  assert.ok(Math.abs(leastWithin(companion, cause, both, of, 0)) < 0.001);
  assert.ok(leastDifference(companion, of, 4.5) > 0.4);
  // The cause differs whether or not the companion is there.
  assert.ok(leastWithin(cause, companion, both, of, 4.5) > 0.7);
});

test("Hits count what two things share", () => {
  const rows = fc.array(fc.tuple(fc.boolean(), fc.boolean()), { maxLength: 200 });
  fc.assert(fc.property(rows, fc.nat(200), (rows, part) => {
    const at = Math.min(part, rows.length);
    const selected = range(0, at), others = range(at, rows.length);
    const [one, other] = [0, 1].map((k) => new Hits(selected, others, (row) => rows[row]![k]!));
    const count = (from: number, to: number, test: (row: readonly boolean[]) => boolean) =>
      rows.slice(from, to).filter(test).length;
    assert.equal(one!.selected, count(0, at, ([has]) => has!));
    assert.equal(one!.others, count(at, rows.length, ([has]) => has!));
    assert.deepEqual(one!.and(other!), {
      selected: count(0, at, ([a, b]) => a! && b!),
      others: count(at, rows.length, ([a, b]) => a! && b!),
    });
  }));
});

test("bestCut() is the best of all cuts at numbers that selected rows have", () => {
  const numbers = fc.array(fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant(NaN)), {
    minLength: 2,
    maxLength: 60,
  });
  fc.assert(fc.property(numbers, fc.integer({ min: 1, max: 59 }), (list, part) => {
    const values = Float64Array.from(list), at = Math.min(part, values.length - 1);
    const sides = { selected: range(0, at), others: range(at, values.length), support: 2 };
    const of = { selected: at, others: values.length - at };
    const strengths = [...values.subarray(0, at)].flatMap((value) =>
      [(number: number) => number >= value, (number: number) => number <= value].flatMap((is) => {
        const selected = values.subarray(0, at).filter(is).length;
        return selected < 2
          ? []
          : [phi({ selected, others: values.subarray(at).filter(is).length }, of)];
      })
    );
    const cut = all(bestCut(values, sides));
    if (strengths.length === 0) assert.equal(cut, undefined);
    else {
      assert.ok(Math.abs(phi(cut!, of) - Math.max(...strengths)) < 1e-9);
      const is = (number: number) => cut!.op === ">=" ? number >= cut!.value : number <= cut!.value;
      assert.equal(cut!.selected, values.subarray(0, at).filter(is).length);
      assert.equal(cut!.others, values.subarray(at).filter(is).length);
    }
  }));
});

test("candidatesOf() finds each frequent text of a field without a dictionary", () => {
  const column = fc.record({
    texts: fc.array(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.nat()), {
      minLength: 40,
      maxLength: 300,
    }),
    others: fc.integer({ min: 20, max: 100 }),
  });
  fc.assert(fc.property(column, ({ texts: list, others }) => {
    const texts = list.map((n) => n > 200 ? undefined : `v${n}`);
    const at = Math.max(1, texts.length - others), support = Math.max(3, Math.ceil(0.05 * at));
    const frame = new Frame(0, texts.length, [{ name: "f", texts } as FrameColumn]);
    const sides = { frame, selected: range(0, at), others: range(at, texts.length), support };
    const found = all(candidatesOf(sides, frame.column("f")!)).candidates
      .filter(({ term }) => term.op === "=");
    const frequent = [...new Set(texts)].filter((text) =>
      text !== undefined && texts.slice(0, at).filter((other) => other === text).length >= support
    );
    assert.deepEqual(found.map(({ term }) => term.value).toSorted(), frequent.toSorted());
    for (const { term, selected, others, has } of found) {
      assert.equal(selected, texts.slice(0, at).filter((text) => text === term.value).length);
      assert.equal(others, texts.slice(at).filter((text) => text === term.value).length);
      assert.equal(range(0, at).filter(has).length, selected);
    }
  }));
});

test("candidatesOf() compares the values of a category, and of a measurement its cut alone", () => {
  const numbers = Float64Array.from({ length: 100 }, (_, i) => i < 50 ? i % 5 : i % 4);
  const measured = numbers.map((number, i) => number * 1000 + i % 30);
  const columns = [{ name: "retries", numbers }, { name: "took", numbers: measured }];
  const frame = new Frame(0, 100, [...columns, { name: "exit.code", numbers: measured }]);
  const sides = { frame, selected: range(0, 50), others: range(50, 100), support: 3 };
  const found = (name: string) => {
    const { candidates, tried } = all(candidatesOf(sides, frame.column(name)!));
    return [tried, ...new Set(candidates.map(({ term }) => term.text.replace(/\d+$/, "")))];
  };
  assert.deepEqual(found("retries"), [10, "retries>=", "retries="]);
  assert.deepEqual(found("took"), [40, "took>="]);
  assert.equal(found("exit.code").includes("exit.code>="), false);
});

test("changeOf() finds the bin after which a share is another", () => {
  const times = Float64Array.from({ length: 1200 }, (_, i) => i * 100);
  const rows = range(0, 1200), isIn = (i: number) => i % 20 === 0 || i >= 700 && i % 3 === 0;
  const change = all(changeOf(times, rows.filter(isIn), rows.filter((i) => !isIn(i))))!;
  assert.equal(change.timeMs, 70_000);
  assert.deepEqual([change.before.toFixed(2), change.after.toFixed(2)], ["0.05", "0.37"]);
  const steady = (i: number) => i % 7 === 0;
  assert.equal(
    all(changeOf(times, rows.filter(steady), rows.filter((i) => !steady(i)))),
    undefined,
  );
});

test("percent() has as many digits as tell", () => {
  assert.deepEqual([0, 0.0004, 0.034, 0.0996, 0.331, 0.89, 0.997, 0.9999, 1].map(percent), [
    ...["0 %", "< 0.1 %", "3.4 %", "10 %", "33 %", "89 %", "99.7 %", "> 99.9 %", "100 %"],
  ]);
});
