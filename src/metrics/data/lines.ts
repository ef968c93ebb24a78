/**
 * Lines of the text formats, kept as bytes: a page copies them and writes anew only what has changed.
 *
 * @module
 */
import type { LabelSet } from "./labels.ts";
import { type HeadOf, headsOf } from "./line.ts";

/** A series of one number. */
export interface NumberSeries {
  readonly labels: LabelSet;
  readonly value: number;
}

/** Lines of a snapshot: the first ones of a block, and the values that they are to show. */
export interface LinePart {
  readonly block: LineBlock;
  readonly values: Float64Array;
}

/** A block is full from here on: it is written without a pause. */
const MAX_LINES = 512, MAX_BYTES = 1 << 15;
/** So many lines are encoded at once: a text at a time costs more. */
const MAX_MISSING = 32;
/** The bytes of a block without lines. */
const EMPTY = /* @__PURE__ */ new Uint8Array(0);

const utf8 = /* @__PURE__ */ new TextEncoder();

/** The lines of a metric, in the order of its series. About 40 bytes a series besides its text. */
export class Lines {
  readonly #headOf: HeadOf;
  readonly #maxLines: number;
  #blocks: LineBlock[] = [];
  /** The number of series in all blocks, and the last of them. */
  #count = 0;
  #last: NumberSeries | undefined;

  /** @param maxSeries the most series at one time, without that of the overflow */
  constructor(name: string, maxSeries: number) {
    this.#headOf = headsOf(name);
    this.#maxLines = 2 * (maxSeries + 1);
  }

  /** How many are kept, those of forgotten series included until the next reading. */
  get length(): number {
    return this.#count;
  }

  /** Appends the line of a new series, and returns the series. */
  add<S extends NumberSeries>(series: S): S {
    // Series come and go without a reading: the next one makes the lines of those that are left.
    if (this.#count >= this.#maxLines) this.#drop();
    const block = this.#append(series);
    if (block.missing >= MAX_MISSING) block.encode();
    return series;
  }

  /** The lines of these series, which are to show these values. */
  parts(list: readonly NumberSeries[], values: Float64Array): LinePart[] {
    // Every series was added once: as many as were added are the same ones, and only that of the overflow,
    // which is listed last, may have been added before others.
    if (list.length !== this.#count || list.at(-1) !== this.#last) this.#align(list);
    let from = 0;
    return this.#blocks.map((block) => {
      return { block, values: values.subarray(from, from += block.series.length) };
    });
  }

  /** Replaces blocks of which a series is gone; others may be about to be written, and stay. */
  #align(list: readonly NumberSeries[]): void {
    const blocks = this.#blocks;
    let next = 0;
    this.#drop();
    for (const [i, block] of blocks.entries()) {
      const { series } = block;
      const isDense = 2 * series.length > MAX_LINES || block.isFull || i === blocks.length - 1;
      if (isDense && series.every((one, j) => one === list[next + j])) {
        this.#blocks.push(block);
        this.#count += series.length;
        next += series.length;
        continue;
      }
      for (const one of series) {
        if (one !== list[next]) continue;
        this.#append(one);
        next++;
      }
    }
    while (next < list.length) this.#append(list[next++]!);
    this.#last = list.at(-1);
  }

  #drop(): void {
    this.#blocks = [];
    this.#count = 0;
  }

  #append(series: NumberSeries): LineBlock {
    let block = this.#blocks.at(-1);
    if (block === undefined || block.isFull) {
      block?.trim();
      this.#blocks.push(block = new LineBlock(this.#headOf));
    }
    block.series.push(series);
    this.#count++;
    this.#last = series;
    return block;
  }
}

/** Consecutive lines of a metric. */
export class LineBlock {
  readonly #headOf: HeadOf;
  readonly series: NumberSeries[] = [];
  /** The value that each line shows; there are lines of the first series only, until they are needed. */
  readonly shown: number[] = [];
  /** Where the value of each line starts, and where the line ends. */
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  bytes: Uint8Array<ArrayBuffer> = EMPTY;
  /** How many bytes are written. */
  length = 0;

  constructor(headOf: HeadOf) {
    this.#headOf = headOf;
  }

  get isFull(): boolean {
    return this.series.length >= MAX_LINES || this.length >= MAX_BYTES;
  }

  /** How many lines are missing. */
  get missing(): number {
    return this.series.length - this.ends.length;
  }

  /** Makes the missing lines; they show 0. */
  encode(): void {
    if (this.missing === 0) return;
    const lines = this.series.slice(this.ends.length)
      .map(({ labels }) => `${this.#headOf(labels.text)}0\n`);
    const text = lines.join("");
    this.reserve(text.length);
    const { read, written } = utf8.encodeInto(text, this.bytes.subarray(this.length));
    // Nearly always, each character is a byte.
    const isPlain = read === text.length && written === read;
    for (const line of lines) {
      this.length += isPlain ? line.length : this.#encoded(line);
      // Not 0, which would make it an array of small integers until the first value is written.
      this.shown.push(-0);
      this.starts.push(this.length - 2);
      this.ends.push(this.length);
    }
  }

  /** Makes room for so many bytes more. */
  reserve(sizeBytes: number): void {
    const least = this.length + sizeBytes;
    if (least > this.bytes.length) this.#resize(Math.max(least, 1.5 * this.length));
  }

  /** Gives back the room that is left, but for values that become wider. */
  trim(): void {
    this.#resize(this.length + 2 * this.series.length);
  }

  #encoded(line: string): number {
    this.reserve(3 * line.length);
    return utf8.encodeInto(line, this.bytes.subarray(this.length)).written;
  }

  #resize(sizeBytes: number): void {
    const bytes = new Uint8Array(sizeBytes);
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
  }
}
