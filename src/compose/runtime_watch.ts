/**
 * The runtime's metrics in a service: loaded and begun when they are first needed.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import { load, run } from "../core/context.ts";
import type { Faults } from "../core/faults.ts";
import type { Family } from "../metrics/data/family.ts";
import type { RuntimeCollector } from "../metrics/runtime/runtime.ts";

/** After the service's start, which the code to load must not slow. */
const BEGIN_AFTER_MS = 1000;

/** Watches the process and its runtime from the first scrape on, or from soon after the start. */
export class RuntimeWatch {
  readonly #clock: Clock;
  readonly #faults: Faults;
  #cancel: (() => void) | undefined;
  #collector: Promise<RuntimeCollector | undefined> | undefined;

  constructor(clock: Clock, faults: Faults) {
    this.#clock = clock;
    this.#faults = faults;
  }

  /** Begins in a second. */
  beginSoon(): void {
    this.#cancel ??= this.#clock.after(BEGIN_AFTER_MS, () => void this.#begin());
  }

  /** What is known now; begins if that is still to come. */
  async families(): Promise<Family[]> {
    return (await this.#begin())?.collect() ?? [];
  }

  /** Ends every timer. A watch that has not begun never does. */
  async close(): Promise<void> {
    this.#cancel?.();
    (await (this.#collector ??= Promise.resolve(undefined)))?.stop();
  }

  /** Outside any request that may have asked. */
  #begin(): Promise<RuntimeCollector | undefined> {
    return this.#collector ??= run(undefined, async () => {
      try {
        const { RuntimeCollector } = await load(() => import("../metrics/runtime/runtime.ts"));
        return new RuntimeCollector({ clock: this.#clock });
      } catch (error) {
        this.#faults.record("collector", error);
        return undefined;
      }
    });
  }
}
