/**
 * Checks of the room that is left: disk and memory.
 *
 * @module
 */
import { checkNumber, checkPositive, refuseUnknown, requireKnown } from "../../core/check.ts";
import { load } from "../../core/context.ts";
import { nodeProcess } from "../../core/platform.ts";
import type { CheckFunction } from "../check.ts";

/** How much room there must be on a disk. Every given bound must hold. */
export interface DiskCheckOptions {
  /** A path on the file system. @default the working directory */
  readonly path?: string | undefined;
  /** Bytes that must be free. @default 0 */
  readonly minFreeBytes?: number | undefined;
  /** The share that must be free, 0 to 1. @default 0.05 without minFreeBytes, else 0 */
  readonly minFreeShare?: number | undefined;
}

/**
 * Checks that a file system has room for users other than root. On Deno it needs `--allow-read` and
 * `--allow-sys`.
 *
 * @example
 * ```ts
 * import { diskCheck, HealthRegistry } from "@telltale/telltale/health";
 *
 * const health = new HealthRegistry();
 * health.check("disk", diskCheck({ path: "/", minFreeBytes: 1 << 30 }), { critical: false });
 * ```
 *
 * @throws {RangeError} for a bound out of range
 */
export function diskCheck(options: DiskCheckOptions = {}): CheckFunction {
  refuseUnknown("check disk", options, { path: true, minFreeBytes: true, minFreeShare: true });
  const { path = ".", minFreeBytes = 0 } = options;
  const { minFreeShare = options.minFreeBytes === undefined ? 0.05 : 0 } = options;
  checkNumber("check disk", "minFreeBytes", minFreeBytes, 0);
  checkNumber("check disk", "minFreeShare", minFreeShare, 0, 1);
  return async () => {
    const { statfs } = await load(() => import("node:fs/promises"));
    const { bavail, blocks, bsize } = await statfs(path);
    const freeBytes = bavail * bsize;
    // A file system without blocks, such as /proc, has no share.
    const isLow = freeBytes < minFreeBytes || blocks > 0 && bavail / blocks < minFreeShare;
    const description = `${gibibytes(freeBytes)} of ${gibibytes(blocks * bsize)} free`;
    return { status: isLow ? "DOWN" : "UP", description };
  };
}

/** How much memory the process may use; at least one bound. */
export interface MemoryCheckOptions {
  /** Bytes of resident memory of the whole process. @default no bound */
  readonly maxRssBytes?: number | undefined;
  /** Bytes of JavaScript heap in use in this isolate. @default no bound */
  readonly maxHeapBytes?: number | undefined;
  /** Measures the memory. @default `process.memoryUsage` */
  readonly measure?: (() => { readonly rss: number; readonly heapUsed: number }) | undefined;
}

/**
 * Checks the memory of this process: DOWN above a bound. In the group `live`, a leaking process is
 * restarted before the kernel kills it.
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
 *
 * @throws {TypeError} without a bound
 * @throws {RangeError} for a bound out of range
 */
export function memoryCheck(options: MemoryCheckOptions): CheckFunction {
  requireKnown("check memory", options, { maxRssBytes: true, maxHeapBytes: true, measure: true });
  const { maxRssBytes, maxHeapBytes, measure = () => nodeProcess().memoryUsage() } = options;
  if (maxRssBytes === undefined && maxHeapBytes === undefined) {
    throw new TypeError("Cannot check memory: maxRssBytes or maxHeapBytes must be given");
  }
  if (maxRssBytes !== undefined) checkPositive("check memory", "maxRssBytes", maxRssBytes);
  if (maxHeapBytes !== undefined) checkPositive("check memory", "maxHeapBytes", maxHeapBytes);
  return () => {
    const { rss, heapUsed } = measure();
    const isOver = rss > (maxRssBytes ?? Infinity) || heapUsed > (maxHeapBytes ?? Infinity);
    const description = `${gibibytes(rss)} resident, ${gibibytes(heapUsed)} heap`;
    return { status: isOver ? "DOWN" : "UP", description };
  };
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
