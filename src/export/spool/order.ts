/**
 * The order in which batches on disk are sent.
 *
 * @module
 */

/** The most adopted batches in a row while one of this process waits. */
const MAX_ADOPTED_IN_A_ROW = 4;

/**
 * The oldest batch is sent first, whichever process wrote it: a batch of an earlier process never waits
 * for newer ones. But a day's backlog takes its time, and a person at a dashboard after an outage wants
 * to see the present: every fifth batch is one of this process, as long as it has any.
 */
export class SpoolOrder {
  /** Each oldest first. */
  readonly #own: SpoolEntry[] = [];
  readonly #adopted: SpoolEntry[] = [];
  #adoptedInARow = 0;
  #bytes = 0;
  #items = 0;

  /** The sizes of all of them. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Items of all of them. */
  get items(): number {
    return this.#items;
  }

  /** The batch whose turn it is. */
  get next(): SpoolEntry | undefined {
    const own = this.#own[0], adopted = this.#adopted[0];
    if (own === undefined || adopted === undefined) return own ?? adopted;
    const isBehind = this.#adoptedInARow >= MAX_ADOPTED_IN_A_ROW;
    return isBehind || own.timeMs < adopted.timeMs ? own : adopted;
  }

  /** The oldest batch other than `spared`. */
  oldestBut(spared: SpoolEntry | undefined): SpoolEntry | undefined {
    const [own, adopted] = [this.#own, this.#adopted].map((entries) =>
      entries[0] === spared ? entries[1] : entries[0]
    );
    if (own === undefined || adopted === undefined) return own ?? adopted;
    return own.timeMs < adopted.timeMs ? own : adopted;
  }

  /** Adds a batch. */
  add(entry: SpoolEntry): void {
    const entries = entry.adopted ? this.#adopted : this.#own;
    // Usually the newest of all, unless a clock was set back or another process wrote it.
    const before = entries.findLastIndex(({ timeMs }) => timeMs <= entry.timeMs);
    entries.splice(before + 1, 0, entry);
    this.#bytes += entry.sizeBytes;
    this.#items += entry.itemCount;
  }

  /** Removes a batch; false when it is gone already. */
  remove(entry: SpoolEntry): boolean {
    const entries = entry.adopted ? this.#adopted : this.#own, at = entries.indexOf(entry);
    if (at < 0) return false;
    entries.splice(at, 1);
    this.#bytes -= entry.sizeBytes;
    this.#items -= entry.itemCount;
    return true;
  }

  /** Counts a turn, which the choice between both kinds depends on. */
  sent({ adopted }: SpoolEntry): void {
    this.#adoptedInARow = adopted ? this.#adoptedInARow + 1 : 0;
  }
}

/** A batch that waits on disk. */
export interface SpoolEntry {
  /** The file's path. */
  readonly path: string;
  /** Items of the batch. */
  readonly itemCount: number;
  /** Size of the file. */
  readonly sizeBytes: number;
  /** When the batch was made, in milliseconds since the Unix epoch. */
  readonly timeMs: number;
  /** The same by the monotonic clock; undefined when another process made it. */
  readonly monotonicMs?: number | undefined;
  /** Whether another process wrote it, which is dead. */
  readonly adopted: boolean;
}
