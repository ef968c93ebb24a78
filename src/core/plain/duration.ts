/**
 * A length of time that says its unit.
 *
 * @module
 */

/** A length of time with its unit, which becomes a part of the key that it is logged under. */
export class Duration {
  /** What no object of another class has, and no proxy pretends to have. */
  readonly #isDuration = true;
  /** How many of the unit. */
  readonly value: number;
  /** What the key ends in. */
  readonly unit: "ms" | "seconds";

  /** Made by {@linkcode milliseconds} and {@linkcode seconds}. */
  constructor(value: number, unit: "ms" | "seconds") {
    this.value = value;
    this.unit = unit;
  }

  /** Whether `value` is one. Asks nothing of an object that is none. */
  static is(value: unknown): value is Duration {
    return typeof value === "object" && value !== null && #isDuration in value &&
      value.#isDuration;
  }

  /** The key with its unit: `took` is `took_ms`; a key that has it already stays. */
  keyFor(key: string): string {
    return key.endsWith(`_${this.unit}`) || key === this.unit ? key : `${key}_${this.unit}`;
  }

  /** The number, for who knows nothing of units. */
  toJSON(): number {
    return this.value;
  }
}

/**
 * A field that is a time in milliseconds: `{ took: milliseconds(12.5) }` is logged as `took_ms`.
 *
 * @example
 * ```ts
 * import { Logger, milliseconds } from "@telltale/telltale/log";
 * import assert from "node:assert/strict";
 *
 * const log = new Logger({ sinks: [] });
 * log.info("paid", { took: milliseconds(12.5) });
 * assert.deepEqual(log.ring.at(0)?.fields, { took_ms: 12.5 });
 * ```
 */
export function milliseconds(value: number): Duration {
  return new Duration(value, "ms");
}

/**
 * A field that is a time in seconds: `{ uptime: seconds(90) }` is logged as `uptime_seconds`.
 *
 * @example
 * ```ts
 * import { Logger, seconds } from "@telltale/telltale/log";
 * import assert from "node:assert/strict";
 *
 * const log = new Logger({ sinks: [] });
 * log.info("up", { uptime: seconds(90) });
 * assert.deepEqual(log.ring.at(0)?.fields, { uptime_seconds: 90 });
 * ```
 */
export function seconds(value: number): Duration {
  return new Duration(value, "seconds");
}
