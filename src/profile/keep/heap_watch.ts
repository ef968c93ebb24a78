/**
 * Watches how the heap grows, and samples what grows it.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import { nodeProcess } from "../../core/platform.ts";
import { heapProfile, setLongSampler } from "../capture/heap_profile.ts";
import { HeapSampler } from "../capture/heap_sampler.ts";
import type { Profile } from "../format/profile.ts";

/** Growth counts from a half on. */
const GROWTH = 1.5;
const INTERVAL_BYTES = 512 * 1024;

/** Compares the used heap with the least that it has been since the last growth that was told. */
export class HeapWatch {
  readonly #growthBytes: number;
  readonly #clock: Clock;
  readonly #used: () => number;
  #leastBytes = Infinity;
  #lastBytes = 0;
  #sampler: HeapSampler | undefined;

  /** @param growthBytes less is no growth */
  constructor(
    growthBytes: number,
    clock: Clock,
    used: () => number = () => nodeProcess().memoryUsage().heapUsed,
  ) {
    this.#growthBytes = growthBytes;
    this.#clock = clock;
    this.#used = used;
  }

  /** Looks, and says whether the heap has grown. */
  hasGrown(): boolean {
    const used = this.#lastBytes = this.#used();
    const least = this.#leastBytes = Math.min(this.#leastBytes, used);
    return used - least >= this.#growthBytes && used >= GROWTH * least;
  }

  /** This growth is told: from now on a further one counts. */
  told(): void {
    this.#leastBytes = this.#lastBytes;
  }

  /** Samples allocations from now on, where the runtime can. */
  async sample(): Promise<void> {
    const sampler = this.#sampler = await HeapSampler.start(INTERVAL_BYTES);
    if (sampler !== undefined) setLongSampler({ sampler, startMs: this.#clock.now() });
  }

  /** What lives of what was allocated since; undefined where allocations are not sampled. */
  async profile(): Promise<Profile | undefined> {
    return this.#sampler && await heapProfile({ clock: this.#clock });
  }

  /** Ends the sampling. */
  async close(): Promise<void> {
    if (this.#sampler === undefined) return;
    setLongSampler(undefined);
    await this.#sampler.close();
  }
}
