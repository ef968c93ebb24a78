/**
 * Metrics of the process and its runtime, under the names that prom-client uses.
 *
 * @module
 */
import { checkNumber, type Known, MAX_TIMER_MS, refuseUnknown } from "../../core/check.ts";
import { type Clock, systemClock } from "../../core/clock.ts";
import { ASYNC_DISPOSE } from "../../core/dispose.ts";
import { fileSystem, mayRead, nodeProcess, runtime } from "../../core/platform.ts";
import { type Family, numberFamily } from "../data/family.ts";
import { FullCollections } from "./full_gc.ts";
import { GcWatch } from "./gc.ts";
import { LoopLag } from "./loop_lag.ts";

/** Options of a {@linkcode RuntimeCollector}. */
export interface RuntimeCollectorOptions {
  /** Source of time. @default the machine's */
  readonly clock?: Clock | undefined;
  /** How often the lag of the event loop is measured. @default 500 */
  readonly lagIntervalMs?: number | undefined;
  /** Called at every measurement with its monotonic time and the lag; must not throw. */
  readonly onLag?: ((nowMs: number, lagMs: number) => void) | undefined;
  /** Called with the bytes that a major collection has left in the heap; must not throw. */
  readonly onMajorGc?: ((heapBytes: number) => void) | undefined;
  /** Called with the time of each collection; must not throw. */
  readonly onGc?: ((seconds: number) => void) | undefined;
}

const OPTIONS: Known<RuntimeCollectorOptions> = {
  clock: true,
  lagIntervalMs: true,
  onLag: true,
  onMajorGc: true,
  onGc: true,
};

type Figure = [
  name: string,
  help: string,
  value: number | undefined,
  cluster?: Pick<Family, "aggregation" | "perProcess">,
];

/** Figures of the process, which all its isolates report alike. */
const PER_PROCESS = { perProcess: true } as const;

/**
 * Families about the process: CPU, memory, file descriptors, start time, event-loop lag, garbage
 * collection, heap spaces, versions. A figure that the runtime does not have is left out, never a
 * false zero. Its one timer does not keep the process alive.
 *
 * @example
 * ```ts
 * import { Registry, RuntimeCollector } from "@telltale/telltale/metrics";
 * import { match } from "node:assert/strict";
 *
 * const registry = new Registry();
 * await using runtime = new RuntimeCollector();
 * registry.collector(() => runtime.collect());
 *
 * match(await (await registry.scrape()).text(), /process_resident_memory_bytes \d+/);
 * ```
 */
export class RuntimeCollector {
  readonly #startSeconds: number;
  readonly #gc: GcWatch;
  readonly #lag: LoopLag;

  /**
   * Starts to measure the event loop and garbage collection.
   *
   * @throws {TypeError} for an unknown option, or one of the wrong kind
   * @throws {RangeError} for an interval that no timer takes
   */
  constructor(options: RuntimeCollectorOptions = {}) {
    refuseUnknown("watch runtime", options, OPTIONS);
    const { clock = systemClock, lagIntervalMs = 500, onLag, onMajorGc, onGc } = options;
    checkNumber("watch runtime", "lagIntervalMs", lagIntervalMs, 1, MAX_TIMER_MS);
    this.#gc = new GcWatch(undefined, onMajorGc, onGc);
    this.#startSeconds = clock.now() / 1000 - nodeProcess().uptime();
    const full = runtime.name === "bun" && onMajorGc ? new FullCollections() : undefined;
    this.#lag = new LoopLag(clock, lagIntervalMs, (nowMs, lagMs) => {
      this.#gc.harvest();
      if (full !== undefined) {
        const { heapUsed } = nodeProcess().memoryUsage();
        if (full.noticed(heapUsed)) onMajorGc?.(heapUsed);
      }
      onLag?.(nowMs, lagMs);
    });
  }

  /** Everything at this moment. */
  collect(): Family[] {
    this.#gc.harvest();
    return [
      ...cpu(),
      ...gauges([
        ["process_start_time_seconds", "When the process started, Unix time", this.#startSeconds, {
          aggregation: "min",
        }],
        ...memory(),
        ...descriptors(),
        ...this.#lag.figures().map(([name, help, value]): Figure => [name, help, value, {
          aggregation: "max",
        }]),
      ]),
      ...this.#gc.families(),
      ...heapSpaces(),
      ...versions(),
    ];
  }

  /** Ends its timer and its profiler. Safe to call twice. */
  close(): Promise<void> {
    this.#lag.close();
    this.#gc.close();
    return Promise.resolve();
  }

  /** {@linkcode RuntimeCollector.close}, for `await using`. */
  [ASYNC_DISPOSE](): Promise<void> {
    return this.close();
  }
}

function gauges(figures: readonly Figure[]): Family[] {
  return figures.flatMap(([name, help, value, cluster]) =>
    value === undefined ? [] : [{ ...numberFamily("gauge", name, help, [[value]]), ...cluster }]
  );
}

function cpu(): Family[] {
  const { user, system } = nodeProcess().cpuUsage();
  const counter = (name: string, help: string, micros: number) => ({
    ...numberFamily("counter", name, help, [[micros / 1e6]]),
    ...PER_PROCESS,
  });
  return [
    counter("process_cpu_user_seconds_total", "User CPU time", user),
    counter("process_cpu_system_seconds_total", "System CPU time", system),
    counter("process_cpu_seconds_total", "User and system CPU time", user + system),
  ];
}

function memory(): Figure[] {
  const { rss, heapTotal, heapUsed, external } = nodeProcess().memoryUsage();
  // A runtime reports memory that it does not count as zero.
  const figures: Figure[] = [
    ["process_resident_memory_bytes", "Resident memory", rss || undefined, PER_PROCESS],
    ["nodejs_heap_size_total_bytes", "Heap the runtime holds", heapTotal || undefined],
    ["nodejs_heap_size_used_bytes", "Heap in use", heapUsed || undefined],
    ["nodejs_external_memory_bytes", "Memory outside the heap", external || undefined],
  ];
  return figures;
}

/** Linux only, and on Deno only with every permission. */
function descriptors(): Figure[] {
  if (!mayRead("/proc")) return [];
  try {
    const { readdirSync, readFileSync } = fileSystem();
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return [
      [
        "process_open_fds",
        "Open file descriptors",
        readdirSync("/proc/self/fd").length,
        PER_PROCESS,
      ],
      ["process_max_fds", "The most file descriptors", limit && Number(limit) || undefined, {
        aggregation: "min",
      }],
    ];
  } catch {
    return [];
  }
}

function heapSpaces(): Family[] {
  // Bun has the names without sizes.
  const v8 = nodeProcess().getBuiltinModule("node:v8");
  const spaces = v8.getHeapSpaceStatistics().filter(({ space_size }) => space_size > 0);
  if (spaces.length === 0) return [];
  const family = (what: string, help: string, size: (space: typeof spaces[number]) => number) =>
    numberFamily(
      "gauge",
      `nodejs_heap_space_size_${what}_bytes`,
      help,
      spaces.map((space) => [size(space), { space: space.space_name.replace(/_space$/, "") }]),
    );
  return [
    family("total", "Size of a heap space", (space) => space.space_size),
    family("used", "Used size of a heap space", (space) => space.space_used_size),
    family("available", "Free size of a heap space", (space) => space.space_available_size),
  ];
}

function versions(): Family[] {
  const { version } = nodeProcess();
  const [major = "", minor = "", patch = ""] = version.slice(1).split(".");
  return [
    numberFamily("info", "runtime_info", "The runtime and its version", [
      [1, { name: runtime.name, version: runtime.version }],
    ]),
    numberFamily("info", "nodejs_version_info", "The Node.js version that the runtime offers", [
      [1, { version, major, minor, patch }],
    ]),
  ];
}
