/**
 * The queue of lines that wait to be written, and the counts of lines written and dropped.
 *
 * @module
 */

/** Lines that are written together. */
export interface LineBatch {
  /** What is still to be written. */
  bytes: Uint8Array;
  readonly lines: number;
  /** The memory of the bytes, if it is the queue's. */
  readonly memory?: Uint8Array | undefined;
  /** A part of it is written: the rest must follow, or two lines would run into one. */
  begun: boolean;
}

/** A write wakes another thread, which is expensive: at 64 KiB a line pays little of it. */
const BATCH_UNITS = 65_536;
/** What holds a batch of ASCII and the line that made it full, as a rule. */
const MEMORY_BYTES = BATCH_UNITS + 16_384;
/** One is written while the next is filled. */
const MAX_SPARE = 2;

/**
 * First in, first out, in batches of bytes; the last lines are still text. One batch may be larger
 * than what may wait; otherwise the bytes are bounded.
 */
export class LineQueue {
  readonly #maxBytes: number;
  /** How many UTF-16 units of lines make a batch. */
  readonly #batchUnits: number;
  readonly #encoder = new TextEncoder();
  /** Undefined where writers may keep bytes that are written. */
  readonly #spare: Uint8Array[] | undefined;
  #batches: LineBatch[] = [];
  #bytes = 0;
  /** Lines that wait to be a batch; joined at once, which costs less than to append each. */
  #lines: string[] = [];
  #units = 0;

  /** @param reuses whether the memory of a batch may be used again once that is given back */
  constructor(maxBytes: number, reuses = false) {
    this.#maxBytes = maxBytes;
    this.#spare = reuses ? [] : undefined;
    // Several fit into what may wait, or the first one that is full would drop the one before.
    this.#batchUnits = Math.min(BATCH_UNITS, maxBytes / 4);
  }

  /** Whether something must be dropped. */
  get isOver(): boolean {
    return this.#bytes > this.#maxBytes && this.#batches.length > 1;
  }

  /** Adds a line; the line feed is added here. Returns whether it made a batch full. */
  push(line: string): boolean {
    this.#lines.push(line);
    this.#units += line.length + 1;
    if (this.#units < this.#batchUnits) return false;
    this.#add(this.#gather(), this.#batches.length);
    return true;
  }

  /** Takes the first batch, or else all lines that are not in one yet; undefined when it is empty. */
  take(): LineBatch | undefined {
    const batch = this.#batches.shift();
    if (batch === undefined) return this.#lines.length === 0 ? undefined : this.#gather();
    this.#bytes -= batch.bytes.length;
    return batch;
  }

  /** Gives back what was taken: it comes first again. */
  putBack(batch: LineBatch): void {
    this.#add(batch, 0);
  }

  /** Takes back the memory of a batch that is written. */
  release({ memory }: LineBatch): void {
    if (memory !== undefined && this.#spare!.length < MAX_SPARE) this.#spare!.push(memory);
  }

  /** Drops the oldest batches, or the newest, until there is room; returns how many lines were dropped. */
  makeRoom(side: "oldest" | "newest"): number {
    let dropped = 0;
    while (this.isOver) {
      // The rest of a batch that is partly written must follow.
      const oldest = this.#batches[0]!.begun ? 1 : 0;
      const at = side === "newest" ? this.#batches.length - 1 : oldest;
      const [batch] = this.#batches.splice(at, 1);
      this.#bytes -= batch!.bytes.length;
      dropped += batch!.lines;
    }
    return dropped;
  }

  /** Drops all; returns how many lines were dropped. */
  clear(): number {
    const dropped = this.#batches.reduce((sum, { lines }) => sum + lines, this.#lines.length);
    this.#batches = [];
    this.#bytes = 0;
    this.#lines = [];
    this.#units = 0;
    return dropped;
  }

  #add(batch: LineBatch, at: number): void {
    this.#batches.splice(at, 0, batch);
    this.#bytes += batch.bytes.length;
  }

  #gather(): LineBatch {
    const lines = this.#lines.length;
    this.#lines.push("");
    const text = this.#lines.join("\n");
    this.#lines = [];
    this.#units = 0;
    return this.#inMemory(text, lines) ??
      { bytes: this.#encoder.encode(text), lines, begun: false };
  }

  /** New memory for each batch would cost as much as the encoding. */
  #inMemory(text: string, lines: number): LineBatch | undefined {
    if (this.#spare === undefined || text.length > MEMORY_BYTES) return undefined;
    const memory = this.#spare.pop() ?? new Uint8Array(MEMORY_BYTES);
    const { read, written } = this.#encoder.encodeInto(text, memory);
    const batch = { bytes: memory.subarray(0, written), lines, memory, begun: false };
    if (read === text.length) return batch;
    this.release(batch);
    return undefined;
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
  /** Lines lost because the sink failed to deliver them. */
  droppedFailed: number;
  /** Writes that failed. */
  failures: number;
}

/** Counts that start at zero. */
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
