/**
 * Batches of lines that wait to be written.
 *
 * @module
 */

/** Lines that are written together. */
export interface LineBatch {
  /** What is still to be written. */
  bytes: Uint8Array;
  readonly lines: number;
  /** A part of it is out: the rest must follow, or two lines would run into one. */
  begun: boolean;
}

/** First in, first out. One batch may be larger than what may wait; else the bytes are bounded. */
export class OutputQueue {
  readonly #maxBytes: number;
  #batches: LineBatch[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether something must go. */
  get isOver(): boolean {
    return this.#bytes > this.#maxBytes && this.#batches.length > 1;
  }

  /** Adds a batch as the last one. */
  add(batch: LineBatch): void {
    this.#batches.push(batch);
    this.#bytes += batch.bytes.length;
  }

  /** Takes the first one. */
  take(): LineBatch | undefined {
    const batch = this.#batches.shift();
    if (batch !== undefined) this.#bytes -= batch.bytes.length;
    return batch;
  }

  /** Gives back what was taken: it comes first again. */
  putBack(batch: LineBatch): void {
    this.#batches.unshift(batch);
    this.#bytes += batch.bytes.length;
  }

  /** Drops the oldest batches, or the newest, until there is room; returns how many lines went. */
  makeRoom(which: "oldest" | "newest"): number {
    let dropped = 0;
    while (this.isOver) {
      // A batch that is half out must follow as a whole.
      const oldest = this.#batches[0]!.begun ? 1 : 0;
      const at = which === "newest" ? this.#batches.length - 1 : oldest;
      const [batch] = this.#batches.splice(at, 1);
      this.#bytes -= batch!.bytes.length;
      dropped += batch!.lines;
    }
    return dropped;
  }

  /** Drops all; returns how many lines went. */
  clear(): number {
    const dropped = this.#batches.reduce((sum, { lines }) => sum + lines, 0);
    this.#batches = [];
    this.#bytes = 0;
    return dropped;
  }
}

/** Plain numbers about lines that are written. */
export interface OutputCounts {
  /** Lines that the system took. */
  written: number;
  /** Bytes that the system took. */
  writtenBytes: number;
  /** Lines lost because the queue was full. */
  droppedFull: number;
  /** Lines lost because nobody reads any more. */
  droppedClosed: number;
  /** Lines lost because the process ended while they could not be written. */
  droppedFailed: number;
  /** Writes that failed. */
  failures: number;
}

/** Counts that start at nothing. */
export function emptyCounts(): OutputCounts {
  return {
    written: 0,
    writtenBytes: 0,
    droppedFull: 0,
    droppedClosed: 0,
    droppedFailed: 0,
    failures: 0,
  };
}
