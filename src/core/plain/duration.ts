/**
 * A length of time that says its unit.
 *
 * @module
 */

/**
 * A duration with its unit, which becomes a part of the key that it is logged under.
 *
 * @example
 * ```ts
 * import { Duration, Logger } from "@telltale/telltale/log";
 * import assert from "node:assert/strict";
 *
 * const log = new Logger({ sinks: [] });
 * log.info("paid", { took: Duration.milliseconds(12.5), uptime: Duration.seconds(90) });
 * assert.deepEqual(log.ring.at(0)!.fields, { took_ms: 12.5, uptime_seconds: 90 });
 * ```
 */
export class Duration {
  /** A brand that no object of another class and no proxy has. */
  readonly #isDuration = true;
  /** The number of units. */
  readonly value: number;
  /** The suffix of the key. */
  readonly unit: "ms" | "seconds";

  private constructor(value: number, unit: "ms" | "seconds") {
    this.value = value;
    this.unit = unit;
  }

  /** A time in milliseconds: `{ took: Duration.milliseconds(12.5) }` is logged as `took_ms`. */
  static milliseconds(value: number): Duration {
    return new Duration(value, "ms");
  }

  /** A time in seconds: `{ uptime: Duration.seconds(90) }` is logged as `uptime_seconds`. */
  static seconds(value: number): Duration {
    return new Duration(value, "seconds");
  }

  /** Whether `value` is a duration. Runs no code of the value. */
  static is(value: unknown): value is Duration {
    return typeof value === "object" && value !== null && #isDuration in value &&
      value.#isDuration;
  }

  /** The key with its unit: `took` is `took_ms`; a key that has it already stays. */
  keyFor(key: string): string {
    return key.endsWith(`_${this.unit}`) || key === this.unit ? key : `${key}_${this.unit}`;
  }

  /** The number alone. */
  toJSON(): number {
    return this.value;
  }
}
