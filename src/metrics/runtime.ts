/**
 * What the process and its runtime say of themselves, under the names prom-client made familiar.
 *
 * @module
 */
import process from "node:process";
import { type Clock, systemClock } from "../core/clock.ts";
import { runtime } from "../core/platform.ts";
import { type Family, numberFamily } from "./family.ts";

/** Options of a {@linkcode RuntimeCollector}. */
export interface RuntimeCollectorOptions {
  /** Its time. */
  readonly clock?: Clock | undefined;
  /** How often the event loop's lag is looked at. 500 by default. */
  readonly lagIntervalMs?: number | undefined;
}

/**
 * Families about the process: CPU, memory, start time, event-loop lag, versions. What the runtime
 * can't give is left out, never a false zero.
 *
 * The lag comes from a timer of our own, which does not keep the process alive: neither runtime has
 * a monitor of its own that can be trusted.
 *
 * @example
 * ```ts
 * import { Registry, RuntimeCollector } from "@telltale/telltale/metrics";
 * import { match } from "node:assert/strict";
 *
 * const registry = new Registry();
 * const runtime = new RuntimeCollector();
 * registry.collector(() => runtime.collect());
 *
 * match(await (await registry.scrape()).text(), /process_resident_memory_bytes \d+/);
 * runtime.stop();
 * ```
 */
export class RuntimeCollector {
  readonly #startSeconds: number;
  readonly #lag: LoopLag;

  /** Starts to watch the event loop. */
  constructor(options: RuntimeCollectorOptions = {}) {
    const { clock = systemClock, lagIntervalMs = 500 } = options;
    this.#startSeconds = (clock.now() - process.uptime() * 1000) / 1000;
    this.#lag = new LoopLag(clock, lagIntervalMs);
  }

  /** Everything at this moment. */
  collect(): Family[] {
    const { user, system } = process.cpuUsage();
    const memory = process.memoryUsage();
    const gauges: [name: string, help: string, value: number | undefined][] = [
      ["process_start_time_seconds", "When the process started, Unix time", this.#startSeconds],
      ["process_resident_memory_bytes", "Resident memory", memory.rss],
      ["nodejs_heap_size_total_bytes", "Heap the runtime holds", memory.heapTotal],
      ["nodejs_heap_size_used_bytes", "Heap in use", memory.heapUsed],
      ["nodejs_external_memory_bytes", "Memory outside the heap", memory.external],
      ...this.#lag.take(),
    ];
    return [
      numberFamily("counter", "process_cpu_user_seconds_total", "User CPU time", [[user / 1e6]]),
      numberFamily("counter", "process_cpu_system_seconds_total", "System CPU time", [
        [system / 1e6],
      ]),
      numberFamily("counter", "process_cpu_seconds_total", "User and system CPU time", [
        [(user + system) / 1e6],
      ]),
      ...gauges.flatMap(([name, help, value]) =>
        // Zero is what a runtime says of memory it does not count.
        value === undefined || value === 0 && name.endsWith("_bytes")
          ? []
          : [numberFamily("gauge", name, help, [[value]])]
      ),
      numberFamily("gauge", "runtime_info", "The runtime and its version", [
        [1, { name: runtime.name, version: runtime.version }],
      ]),
    ];
  }

  /** Stops to watch the event loop. */
  stop(): void {
    this.#lag.stop();
  }
}

/** How late a regular timer comes: what the event loop's other work costs a callback. */
class LoopLag {
  /** Ends the watch. */
  readonly stop: () => void;
  #latest: number | undefined;
  #min = Infinity;
  #max = 0;
  #sum = 0;
  #count = 0;

  constructor(clock: Clock, intervalMs: number) {
    let due = clock.monotonic() + intervalMs;
    this.stop = clock.every(intervalMs, () => {
      const now = clock.monotonic();
      this.#add(Math.max(0, now - due) / 1000);
      due = now + intervalMs;
    });
  }

  #add(seconds: number): void {
    this.#latest = seconds;
    this.#min = Math.min(this.#min, seconds);
    this.#max = Math.max(this.#max, seconds);
    this.#sum += seconds;
    this.#count++;
  }

  /** The figures since the last time; none when the timer has not come since. */
  take(): [name: string, help: string, value: number][] {
    if (this.#latest === undefined || this.#count === 0) return [];
    const name = "nodejs_eventloop_lag";
    const figures: [string, string, number][] = [
      [`${name}_seconds`, "How late the last timer came", this.#latest],
      [`${name}_min_seconds`, "The least lag since the last scrape", this.#min],
      [`${name}_max_seconds`, "The most lag since the last scrape", this.#max],
      [`${name}_mean_seconds`, "The mean lag since the last scrape", this.#sum / this.#count],
    ];
    this.#min = Infinity;
    this.#max = this.#sum = this.#count = 0;
    return figures;
  }
}
