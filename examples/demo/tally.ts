/** What the load saw, in numbers. */
export interface Figures {
  readonly requests: number;
  readonly errors: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Counts requests; keeps the latest 16384 durations for the quantiles. */
export class Tally {
  readonly #durationsMs = new Float64Array(1 << 14);
  readonly #atMs = new Float64Array(1 << 14);
  readonly #failed = new Uint8Array(1 << 14);
  #requests = 0;
  #errors = 0;

  record(nowMs: number, durationMs: number, failed: boolean): void {
    const slot = this.#requests++ % this.#atMs.length;
    this.#atMs[slot] = nowMs;
    this.#durationsMs[slot] = durationMs;
    this.#failed[slot] = failed ? 1 : 0;
    if (failed) this.#errors++;
  }

  /** All requests so far; the quantiles are of the latest 16384. */
  total(): Figures {
    const kept = Math.min(this.#requests, this.#atMs.length);
    const sorted = this.#durationsMs.slice(0, kept).sort();
    return { requests: this.#requests, errors: this.#errors, ...quantiles(sorted) };
  }

  /** The requests that ended at `sinceMs` or later. */
  since(sinceMs: number): Figures {
    const kept = Math.min(this.#requests, this.#atMs.length);
    const durations: number[] = [];
    let errors = 0;
    for (let slot = 0; slot < kept; slot++) {
      if (this.#atMs[slot]! < sinceMs) continue;
      durations.push(this.#durationsMs[slot]!);
      errors += this.#failed[slot]!;
    }
    return {
      requests: durations.length,
      errors,
      ...quantiles(Float64Array.from(durations).sort()),
    };
  }
}

/** Nearest rank; 0 when empty. */
function quantiles(sorted: Float64Array): { p50Ms: number; p99Ms: number } {
  const rank = (q: number): number => sorted[Math.ceil(q * sorted.length) - 1] ?? 0;
  return { p50Ms: rank(0.5), p99Ms: rank(0.99) };
}
