import { equal } from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "../../src/core/clock.ts";
import { WallTime } from "../../src/trace/wall_time.ts";

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

test("WallTime looks at the wall clock once a second", () => {
  const machine = new Machine(), wall = new WallTime(machine);
  let looks = 0;
  machine.now = () => {
    looks++;
    return Math.floor(machine.trueMs);
  };
  for (let i = 0; i < 2500; i++) {
    wall.at(machine.monotonicMs);
    machine.advance(1);
  }
  equal(looks, 3);
});

test("WallTime follows a wall clock that is set, and leaves earlier anchors as they were", () => {
  const machine = new Machine(), wall = new WallTime(machine);
  const before = wall.at(machine.monotonicMs), offsetMs = before.offsetMs;
  machine.trueMs -= 3_600_000;
  machine.advance(1000);
  equal(Math.abs(unix(wall, machine) - machine.trueMs) < 1, true);
  equal(before.offsetMs, offsetMs);
});

test("WallTime never orders two times against the monotonic clock while nobody sets the clock", () => {
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
