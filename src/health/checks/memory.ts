/**
 * A check that the process does not outgrow its memory.
 *
 * @module
 */
import { refuseUnknown } from "../../core/check.ts";
import { nodeProcess } from "../../core/platform.ts";
import type { CheckFunction } from "../check_options.ts";
import { gibibytes } from "./gibibytes.ts";

/** How much the process may have; at least one bound. */
export interface MemoryCheckOptions {
  /** The most bytes of resident memory, of the whole process. */
  readonly maxRssBytes?: number | undefined;
  /** The most bytes of JavaScript heap in use, of this isolate. */
  readonly maxHeapBytes?: number | undefined;
  /** Measures; `process.memoryUsage` by default. */
  readonly measure?: (() => { readonly rss: number; readonly heapUsed: number }) | undefined;
}

/**
 * Checks the process's own memory: DOWN past a bound. In the group `live` it has a leaking process
 * restarted before the kernel kills it. Throws for a bound that is none.
 *
 * @example
 * ```ts
 * import { HealthRegistry, memoryCheck } from "@telltale/telltale/health";
 * import { equal } from "node:assert/strict";
 *
 * const health = new HealthRegistry();
 * health.check("memory", memoryCheck({ maxRssBytes: 64 * 2 ** 30 }), { groups: ["live"] });
 * equal((await health.refresh()).live, "UP");
 * ```
 */
export function memoryCheck(options: MemoryCheckOptions): CheckFunction {
  refuseUnknown("check memory", options, { maxRssBytes: true, maxHeapBytes: true, measure: true });
  const { maxRssBytes, maxHeapBytes, measure = () => nodeProcess().memoryUsage() } = options;
  if (maxRssBytes === undefined && maxHeapBytes === undefined) {
    throw new TypeError("Cannot check memory: maxRssBytes or maxHeapBytes must be given");
  }
  for (const [name, bound] of Object.entries({ maxRssBytes, maxHeapBytes })) {
    if (bound !== undefined && !(typeof bound === "number" && bound > 0)) {
      throw new RangeError(`Cannot check memory: ${name} must be positive, got ${bound}`);
    }
  }
  return () => {
    const { rss, heapUsed } = measure();
    const isOver = rss > (maxRssBytes ?? Infinity) || heapUsed > (maxHeapBytes ?? Infinity);
    const description = `${gibibytes(rss)} resident, ${gibibytes(heapUsed)} heap`;
    return { status: isOver ? "DOWN" : "UP", description };
  };
}
