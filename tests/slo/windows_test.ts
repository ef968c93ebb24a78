/** The sums of windows against a list of all events. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Registry } from "../../mod.ts";
import { WINDOWS } from "../../src/slo/live/burn.ts";
import { WindowSums } from "../../src/slo/live/windows.ts";
import { SloRegistry } from "../../src/slo/mod.ts";
import { ManualClock } from "../manual_clock.ts";

const SECOND_MS = 1000, MINUTE_MS = 60_000, HOUR_MS = 3_600_000, DAY_MS = 86_400_000;

/** How fine a window is: events within one such step of its beginning may count or not. */
function stepOf(lengthMs: number, periodMs: number): number {
  if (lengthMs <= HOUR_MS) return 10 * SECOND_MS;
  if (lengthMs <= 6 * HOUR_MS) return MINUTE_MS;
  return lengthMs <= 3 * DAY_MS ? 10 * MINUTE_MS : periodMs / 720;
}

/** A reading, so long after the last one, with what happened in between. */
const reading = fc.record({
  // Mostly as the timer has it; now and then the machine slept.
  afterMs: fc.oneof(
    { weight: 40, arbitrary: fc.integer({ min: 1, max: 10 * SECOND_MS }) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 * DAY_MS }) },
  ),
  good: fc.oneof(fc.constant(0), fc.nat(1000)),
  bad: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(100) }),
  /** Whether the process restarts here, from what was saved. */
  restarts: fc.oneof(
    { weight: 50, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  repeat: fc.integer({ min: 1, max: 60 }),
});

test("WindowSums are those of a list of all events, to a step of the window", () => {
  const scene = fc.record({
    days: fc.integer({ min: 7, max: 90 }),
    readings: fc.array(reading, { minLength: 1, maxLength: 60 }),
  });
  fc.assert(
    fc.property(scene, ({ days, readings }) => {
      const periodMs = days * DAY_MS;
      let windows = new WindowSums(periodMs);
      /** Totals after each reading. */
      const all = [{ atMs: 0, good: 0, bad: 0, seenMs: 0 }];
      const totalsAt = (atMs: number) => all.findLast((one) => one.atMs <= atMs) ?? all[0]!;
      for (const { afterMs, good, bad, restarts, repeat } of readings) {
        for (let i = 0; i < (afterMs > 10 * SECOND_MS ? 1 : repeat); i++) {
          const last = all.at(-1)!;
          const atMs = last.atMs + afterMs;
          const now = { atMs, good: last.good + good, bad: last.bad + bad, seenMs: atMs };
          all.push(now);
          windows.advance(atMs, now);
        }
        const now = all.at(-1)!;
        if (restarts) {
          const saved = JSON.parse(JSON.stringify(windows.save()));
          windows = new WindowSums(periodMs);
          ok(windows.restore(saved, now.atMs, now));
        }
        for (const lengthMs of [...Object.values(WINDOWS), periodMs]) {
          const sum = windows.sum(lengthMs), step = stepOf(lengthMs, periodMs);
          const from = Math.floor((now.atMs - lengthMs) / step) * step;
          const most = totalsAt(Math.max(0, from)),
            least = totalsAt(
              Math.max(0, from + step + 10 * SECOND_MS),
            );
          for (const outcome of ["good", "bad", "seenMs"] as const) {
            const upper = now[outcome] - (from < 0 ? 0 : most[outcome]);
            const lower = now.atMs <= lengthMs ? now[outcome] : now[outcome] - least[outcome];
            const what = `${outcome} of ${lengthMs} ms at ${now.atMs}: ${sum[outcome]}`;
            ok(sum[outcome] <= upper + 1e-6, `${what} is more than ${upper}`);
            ok(sum[outcome] >= lower - 1e-6, `${what} is less than ${lower}`);
          }
        }
      }
    }),
    { numRuns: 150 },
  );
});

test("WindowSums stay of one size", () => {
  const windows = new WindowSums(30 * DAY_MS);
  const sizes = [1, 2].map((round) => {
    for (let i = 1; i <= 20_000; i++) {
      const atMs = (i + (round - 1) * 20_000) * 5 * MINUTE_MS;
      windows.advance(atMs, { good: i, bad: 0, seenMs: atMs });
    }
    return windows.save().map(({ totals }) => totals.length);
  });
  deepEqual(sizes[0], sizes[1]);
});

test("a latency counts as the histogram of durations does, to the last bit", () => {
  const bound = fc.double({ min: 0.001, max: 3_600_000, noNaN: true });
  fc.assert(
    fc.property(bound, fc.integer({ min: -3, max: 3 }), (underMs, ulps) => {
      const clock = new ManualClock();
      const slos = new SloRegistry({ metrics: new Registry({ clock }), clock });
      const slo = slos.define("fast", { objective: 0.9, latency: { underMs } });
      const bits = new BigInt64Array(1), time = new Float64Array(bits.buffer);
      time[0] = underMs;
      bits[0]! += BigInt(ulps);
      slos.ended("GET", "/", 200, time[0]);
      equal(slo.state().bad, time[0] / 1000 <= underMs / 1000 ? 0 : 1);
    }),
    { numRuns: 500 },
  );
});
