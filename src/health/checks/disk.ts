/**
 * A check that there is room on a disk.
 *
 * @module
 */
import { load } from "../../core/context.ts";
import { refuseUnknown } from "../../core/check.ts";
import type { CheckFunction } from "../check_options.ts";
import { gibibytes } from "./gibibytes.ts";

/** How much room there must be. Each bound that is given must hold. */
export interface DiskCheckOptions {
  /** A path on the file system; the working directory by default. */
  readonly path?: string | undefined;
  /** The least free bytes. */
  readonly minFreeBytes?: number | undefined;
  /** The least share that is free, 0 to 1; 0.05 when no bound is given. */
  readonly minFreeShare?: number | undefined;
}

/**
 * Checks that a file system has room for who is not root. On Deno it needs `--allow-read` and
 * `--allow-sys`. Throws a `RangeError` for a bound that is none.
 *
 * @example
 * ```ts
 * import { diskCheck, HealthRegistry } from "@telltale/telltale/health";
 *
 * const health = new HealthRegistry();
 * health.check("disk", diskCheck({ path: "/", minFreeBytes: 1 << 30 }), { critical: false });
 * ```
 */
export function diskCheck(options: DiskCheckOptions = {}): CheckFunction {
  refuseUnknown("check disk", options, { path: true, minFreeBytes: true, minFreeShare: true });
  const { path = ".", minFreeBytes = 0 } = options;
  const { minFreeShare = options.minFreeBytes === undefined ? 0.05 : 0 } = options;
  if (!(typeof minFreeBytes === "number" && minFreeBytes >= 0)) {
    throw new RangeError(`Cannot check disk: minFreeBytes must be 0 or more, got ${minFreeBytes}`);
  }
  if (!(typeof minFreeShare === "number" && minFreeShare >= 0 && minFreeShare <= 1)) {
    throw new RangeError(`Cannot check disk: minFreeShare must be 0 to 1, got ${minFreeShare}`);
  }
  return async () => {
    const { statfs } = await load(() => import("node:fs/promises"));
    const { bavail, blocks, bsize } = await statfs(path);
    const freeBytes = bavail * bsize;
    // A file system without blocks, as /proc is, has no share.
    const isLow = freeBytes < minFreeBytes || blocks > 0 && bavail / blocks < minFreeShare;
    const description = `${gibibytes(freeBytes)} of ${gibibytes(blocks * bsize)} free`;
    return { status: isLow ? "DOWN" : "UP", description };
  };
}
