import { ok } from "node:assert/strict";
import process from "node:process";

/** How much longer the input is that the second measurement takes. */
const FACTOR = 8;
/** 1 is linear and 2 quadratic; what lies between is caches and collections of garbage. */
const LIMIT = 1.5;
/** What grows too fast does so each time; what other work on the machine adds, it adds now and then. */
const ATTEMPTS = 9;
/** One alone may have been unlucky with its smaller size. */
const ENOUGH = 3;
/** A reading of the CPU's time may be coarser than the work. */
const LEAST_US = 100;

/**
 * Fails when the cost of `work` grows faster than its input. Both sizes are measured in one run and
 * by the CPU's own time, so that a busy or a slow machine changes the cost and not the verdict.
 * `work` takes the size; at the smaller one it should cost a millisecond or more.
 */
export function growsLinearly(what: string, work: (size: number) => void, size: number): void {
  for (let i = 0; i < 3; i++) work(size); // For the compiler.
  const exponents: number[] = [];
  for (let linear = 0; exponents.length < ATTEMPTS;) {
    const exponent = Math.log(cost(work, size * FACTOR) / cost(work, size)) / Math.log(FACTOR);
    if (exponent < LIMIT && ++linear === ENOUGH) return;
    exponents.push(Math.round(exponent * 100) / 100);
  }
  ok(false, `${what}: cost grows by a power of ${exponents.join(", ")}`);
}

function cost(work: (size: number) => void, size: number): number {
  const before = process.cpuUsage();
  work(size);
  const { user, system } = process.cpuUsage(before);
  return Math.max(user + system, LEAST_US);
}
