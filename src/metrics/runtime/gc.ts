/**
 * Durations of garbage collection, by kind.
 *
 * @module
 */
import { nodeProcess, runtime } from "../../core/platform.ts";
import type { HistogramFamily } from "../data/family.ts";
import { labelsOf } from "../data/labels.ts";
import { Layout } from "../instrument/bucket_layout.ts";
import { Cells } from "../instrument/histogram_store.ts";

/** The shape of `v8.GCProfiler`, the one source that works on every runtime. */
export interface GcProfiler {
  /** Starts to record collections. */
  start(): void;
  /** Ends the recording and returns it. */
  stop(): { readonly statistics: readonly Collection[] } | undefined;
}

/** One collection, as `v8.GCProfiler` tells it. */
export interface Collection {
  readonly gcType: string;
  readonly cost: number;
  /** The heap that it left. */
  readonly afterGC?: { readonly heapStatistics: { readonly usedHeapSize: number } } | undefined;
}

/** The kinds as prom-client names them. */
const KINDS: { readonly [gcType: string]: string | undefined } = {
  Scavenge: "minor",
  MinorMarkCompact: "minor",
  MarkSweepCompact: "major",
  IncrementalMarking: "incremental",
  ProcessWeakCallbacks: "weakcb",
};

/** Deno counts in nanoseconds, Bun and Node in microseconds. */
const SECONDS_PER_COST = runtime.name === "deno" ? 1e-9 : 1e-6;

const LAYOUT = /* @__PURE__ */ new Layout(3, [.001, .01, .1, 1, 2, 5]);

function profiler(): GcProfiler {
  return new (nodeProcess().getBuiltinModule("node:v8").GCProfiler)();
}

/** Records every collection of this isolate. The runtime keeps the records until `harvest` takes them. */
export class GcWatch {
  readonly #makeProfiler: () => GcProfiler;
  readonly #byKind = new Map<string, Cells>();
  readonly #onMajor: (heapBytes: number) => void;
  readonly #onGc: (seconds: number) => void;
  #profiler: GcProfiler | undefined;
  #closed = false;

  /**
   * Starts to record; without a profiler there are never any families.
   *
   * @param onMajor called with the heap that a major collection left; must not throw
   * @param onGc called with the time of each collection; must not throw
   */
  constructor(
    makeProfiler: () => GcProfiler = profiler,
    onMajor: (heapBytes: number) => void = () => {},
    onGc: (seconds: number) => void = () => {},
  ) {
    this.#makeProfiler = makeProfiler;
    this.#onMajor = onMajor;
    this.#onGc = onGc;
    this.#restart();
  }

  /** Takes what was recorded, and goes on recording. */
  harvest(): void {
    for (const { gcType, cost, afterGC } of this.#take()) {
      const kind = KINDS[gcType] ?? "other";
      let cells = this.#byKind.get(kind);
      if (cells === undefined) this.#byKind.set(kind, cells = new Cells(LAYOUT));
      cells.add(cost * SECONDS_PER_COST);
      this.#onGc(cost * SECONDS_PER_COST);
      if (kind === "major" && afterGC !== undefined) {
        this.#onMajor(afterGC.heapStatistics.usedHeapSize);
      }
    }
    this.#restart();
  }

  /** The family; none before the first collection. */
  families(): HistogramFamily[] {
    if (this.#byKind.size === 0) return [];
    return [{
      type: "histogram",
      name: "nodejs_gc_duration_seconds",
      help: "How long garbage collection took, by kind: minor, major, incremental or weakcb",
      samples: [...this.#byKind].map(([kind, cells]) => ({
        labels: labelsOf({ kind }),
        ...cells.cumulative(),
        sum: cells.sum,
        bounds: LAYOUT.bounds,
      })),
    }];
  }

  /** Ends the recording. */
  close(): void {
    this.#closed = true;
    this.#take();
  }

  #take(): readonly Collection[] {
    const statistics = this.#profiler?.stop()?.statistics ?? [];
    this.#profiler = undefined;
    return statistics;
  }

  #restart(): void {
    if (this.#closed) return;
    try {
      this.#profiler = this.#makeProfiler();
      this.#profiler.start();
    } catch {
      this.#profiler = undefined; // This runtime has no profiler.
    }
  }
}
