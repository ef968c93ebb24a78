/**
 * Samples allocations, where the runtime can.
 *
 * @module
 */
import type { HeapNode } from "../sample/raw.ts";
import { Inspector } from "./inspector.ts";

/** An open session that samples allocations. Its running cost is noise; each reading collects garbage first. */
export class HeapSampler {
  /** Bytes between two samples, on average. */
  readonly intervalBytes: number;
  readonly #inspector: Inspector;

  private constructor(inspector: Inspector, intervalBytes: number) {
    this.#inspector = inspector;
    this.intervalBytes = intervalBytes;
  }

  /**
   * Begins to sample; undefined where the runtime can't.
   *
   * @throws {ProfileError} when the runtime does not allow it
   */
  static async start(intervalBytes: number): Promise<HeapSampler | undefined> {
    const inspector = await Inspector.connect();
    try {
      await inspector.post("HeapProfiler.startSampling", { samplingInterval: intervalBytes });
      return new HeapSampler(inspector, intervalBytes);
    } catch {
      inspector.close();
      return undefined;
    }
  }

  /** What has been allocated since the start and lives. Blocks for a full collection. */
  async read(): Promise<HeapNode> {
    const { profile } = await this.#inspector.post<{ profile: { head: HeapNode } }>(
      "HeapProfiler.getSamplingProfile",
    );
    return profile.head;
  }

  /** Ends the session. */
  async close(): Promise<void> {
    await this.#inspector.post("HeapProfiler.stopSampling").catch(() => {});
    this.#inspector.close();
  }
}
