/**
 * Metrics of the process and its runtime, loaded and started when they are first needed.
 *
 * @module
 */
import type { Blocks } from "../core/runtime/blocks.ts";
import type { Clock } from "../core/clock.ts";
import { load, run } from "../core/context.ts";
import type { Faults } from "../core/faults.ts";
import type { RuntimeHistory } from "../core/runtime/history.ts";
import type { Family } from "../metrics/data/family.ts";
import type { RuntimeCollector } from "../metrics/runtime/runtime.ts";

/** Loading the code must not slow the service's start. */
const START_AFTER_MS = 1000;

/** Measures the process and its runtime from the first scrape on, or from a second after the start. */
export class RuntimeWatch {
  readonly #clock: Clock;
  readonly #faults: Faults;
  readonly #blocks: Blocks;
  readonly #history: RuntimeHistory;
  #cancel: (() => void) | undefined;
  #collector: Promise<RuntimeCollector | undefined> | undefined;

  constructor(clock: Clock, faults: Faults, blocks: Blocks, history: RuntimeHistory) {
    this.#clock = clock;
    this.#faults = faults;
    this.#blocks = blocks;
    this.#history = history;
  }

  /** Starts in a second. */
  startSoon(): void {
    this.#cancel ??= this.#clock.after(START_AFTER_MS, () => void this.#start());
  }

  /** The current families; starts first if needed. */
  async families(): Promise<Family[]> {
    return (await this.#start())?.collect() ?? [];
  }

  /** Ends every timer. One that has not started never starts. */
  async close(): Promise<void> {
    this.#cancel?.();
    await (await (this.#collector ??= Promise.resolve(undefined)))?.close();
  }

  /** Runs outside the context of the request that may have called. */
  #start(): Promise<RuntimeCollector | undefined> {
    return this.#collector ??= run(undefined, async () => {
      try {
        const { RuntimeCollector } = await load(() => import("../metrics/runtime/runtime.ts"));
        const clock = this.#clock, history = this.#history;
        return new RuntimeCollector({
          clock,
          onLag: (nowMs, lagMs) => {
            this.#blocks.add(nowMs, lagMs);
            history.tick(clock.now(), nowMs, lagMs);
          },
          onMajorGc: (bytes) => history.collected(clock.now(), bytes),
          onGc: (seconds) => history.gcMs += seconds * 1000,
        });
      } catch (error) {
        this.#faults.record("collector", error);
        return undefined;
      }
    });
  }
}
