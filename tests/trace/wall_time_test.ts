import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "../../src/core/clock.ts";
import { WallTime } from "../../src/trace/span/wall_time.ts";

/** A machine whose true Unix time has a fraction that `Date.now()` does not show. */
class Machine implements Clock {
  monotonicMs = 50;
  trueMs = 1_767_225_600_000.7;
  monotonic = () => this.monotonicMs;
  now = () => Math.floor(this.trueMs);
  after = () => () => {};
  every = () => () => {};
  advance(ms: number): void {
    this.monotonicMs += ms;
    this.trueMs += ms;
  }
}

const unix = (wall: WallTime, machine: Machine) =>
  machine.monotonicMs + wall.at(machine.monotonicMs).offsetMs;

test("WallTime is within a millisecond at first, and converges on the true fraction", () => {
  const machine = new Machine(), wall = new WallTime(machine);
  equal(Math.abs(unix(wall, machine) - machine.trueMs) < 1, true);
  for (let i = 0; i < 100; i++) {
    machine.advance(1000.37);
    wall.at(machine.monotonicMs);
  }
  equal(Math.abs(unix(wall, machine) - machine.trueMs) < 0.1, true);
});

test("WallTime reads the wall clock at most once a millisecond", () => {
  const machine = new Machine(), wall = new WallTime(machine);
  machine.trueMs = 1_767_225_600_000;
  let looks = 0;
  machine.now = () => {
    looks++;
    return Math.floor(machine.trueMs);
  };
  wall.at(machine.monotonicMs);
  looks = 0;
  for (let i = 0; i < 2500; i++) {
    machine.advance(1 / 16);
    wall.at(machine.monotonicMs);
  }
  equal(looks, Math.floor(2500 / 16));
});

test("WallTime converts readings from before a jump of the wall clock", () => {
  const machine = new Machine(), wall = new WallTime(machine);
  machine.trueMs = 1_767_225_600_000;
  const told: [monotonicMs: number, trueMs: number][] = [];
  for (let i = 0; i < 40; i++) {
    wall.at(machine.monotonicMs);
    told.push([machine.monotonicMs, machine.trueMs]);
    machine.advance(5);
    machine.trueMs += i % 2 === 0 ? 8 * 3_600_000 : -3_600_000;
  }
  const shown = told.map(([monotonicMs]) => wall.unixMsAt(monotonicMs));
  // The last jumps are remembered, 16 of them.
  deepEqual(shown.slice(-16), told.slice(-16).map(([, trueMs]) => trueMs));
  equal(wall.unixMsAt(machine.monotonicMs + 1000), machine.trueMs + 1000);
});

test("WallTime follows a wall clock that is set, and leaves earlier anchors as they were", () => {
  const machine = new Machine(), wall = new WallTime(machine);
  const before = wall.at(machine.monotonicMs), offsetMs = before.offsetMs;
  machine.trueMs -= 3_600_000;
  machine.advance(1000);
  equal(Math.abs(unix(wall, machine) - machine.trueMs) < 1, true);
  equal(before.offsetMs, offsetMs);
});

test("WallTime never reverses two monotonic times while the clock is not set", () => {
  const machine = new Machine(), wall = new WallTime(machine);
  let last = -Infinity;
  for (let i = 0; i < 10_000; i++) {
    const now = unix(wall, machine);
    equal(now > last, true);
    last = now;
    machine.advance(0.4 + (i * 7 % 13) * 31);
    machine.trueMs += 0.00001; // The clocks drift apart.
  }
});
