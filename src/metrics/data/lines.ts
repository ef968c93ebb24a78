/**
 * Lines of the text formats, kept as bytes: a page copies them and writes anew only what has changed.
 *
 * @module
 */
import type { LabelSet } from "./labels.ts";
import { formatValue, lineHead } from "./line.ts";
import type { PageBytes } from "./page_bytes.ts";

/** A series of one number. */
export interface NumberSeries {
  readonly labels: LabelSet;
  readonly value: number;
}

/** Writes some of a snapshot's lines. */
export type LineWriter = (page: PageBytes) => void;

/** A block is full from here on: it is written without a pause. */
const MAX_LINES = 512, MAX_BYTES = 1 << 15;
/** The most bytes of a value: `-1.2345678901234567e-300`. */
const MAX_VALUE_BYTES = 24;

const utf8 = new TextEncoder();

/** The lines of a metric, in the order of its series. About 25 bytes a series more than their text. */
export class Lines {
  readonly #name: string;
  #blocks: LineBlock[] = [];
  /** The number of series in all blocks, and the last of them. */
  #count = 0;
  #last: NumberSeries | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  /** Appends the line of a new series, and returns the series. */
  add<S extends NumberSeries>(series: S): S {
    this.#append(series).encode();
    return series;
  }

  /** What writes the lines of these series with these values, block by block. */
  writers(list: readonly NumberSeries[], values: Float64Array): LineWriter[] {
    // Every series was added once: as many as were added are the same ones, and only that of the overflow,
    // which is listed last, may have been added before others.
    if (list.length !== this.#count || list.at(-1) !== this.#last) this.#align(list);
    let from = 0;
    return this.#blocks.map((block) => {
      // Lines that are added until then come after these.
      const part = values.subarray(from, from += block.series.length);
      return (page) => block.write(part, page);
    });
  }

  /** Replaces blocks of which a series is gone; others may be about to be written, and stay. */
  #align(list: readonly NumberSeries[]): void {
    const blocks = this.#blocks;
    let next = 0;
    this.#blocks = [];
    this.#count = 0;
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

  #append(series: NumberSeries): LineBlock {
    let block = this.#blocks.at(-1);
    if (block === undefined || block.isFull) {
      this.#blocks.push(block = new LineBlock(this.#name));
    }
    block.series.push(series);
    this.#count++;
    this.#last = series;
    return block;
  }
}

/** Consecutive lines of a metric. */
class LineBlock {
  readonly #name: string;
  readonly series: NumberSeries[] = [];
  /** The value that each line shows; there are lines of the first series only, until they are needed. */
  readonly #shown: number[] = [];
  /** Where the value of each line starts, and where the line ends. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #bytes = new Uint8Array(128);
  #length = 0;

  constructor(name: string) {
    this.#name = name;
  }

  get isFull(): boolean {
    return this.series.length >= MAX_LINES || this.#length >= MAX_BYTES;
  }

  /** Makes the lines that are missing; they show 0. */
  encode(): void {
    for (let i = this.#ends.length; i < this.series.length; i++) {
      const line = `${lineHead(this.#name, this.series[i]!.labels.text)}0\n`;
      const most = this.#length + line.length * 3;
      if (most > this.#bytes.length) this.#resize(Math.max(most, 2 * this.#length));
      this.#length += utf8.encodeInto(line, this.#bytes.subarray(this.#length)).written;
      // Not 0, which would make it an array of small integers until the first value is written.
      this.#shown.push(-0);
      this.#starts.push(this.#length - 2);
      this.#ends.push(this.#length);
    }
  }

  /** Writes the first lines, with these values. */
  write(values: Float64Array, page: PageBytes): void {
    this.encode();
    page.reserve(this.#length + values.length * MAX_VALUE_BYTES);
    const shown = this.#shown, starts = this.#starts, ends = this.#ends, { bytes } = page;
    const begin = page.length, last = ends[values.length - 1] ?? 0;
    let at = begin, copied = 0, shift = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!, start = starts[i]!, end = ends[i]!;
      if (shift !== 0) starts[i] = start + shift;
      if (value !== shown[i]) {
        shown[i] = value;
        const text = isShort(value) ? undefined : formatValue(value);
        const width = text === undefined ? digitsOf(value) : text.length;
        const wider = width - (end - 1 - start);
        if (wider === 0) put(this.#bytes, start, width, value, text);
        else {
          bytes.set(this.#bytes.subarray(copied, start), at);
          at += start - copied;
          put(bytes, at, width, value, text);
          at += width;
          copied = end - 1;
          shift += wider;
        }
      }
      if (shift !== 0) ends[i] = end + shift;
    }
    bytes.set(this.#bytes.subarray(copied, last), at);
    page.length = at + last - copied;
    if (copied > 0) this.#keep(bytes.subarray(begin, page.length), last, values.length);
  }

  /** Puts lines of another width in place of those before `end`. */
  #keep(lines: Uint8Array, end: number, count: number): void {
    const shift = lines.length - end;
    if (this.#length + shift > this.#bytes.length) this.#resize(this.#length + shift + MAX_LINES);
    this.#bytes.copyWithin(lines.length, end, this.#length);
    this.#bytes.set(lines);
    this.#length += shift;
    for (let i = count; i < this.#ends.length; i++) {
      this.#starts[i]! += shift;
      this.#ends[i]! += shift;
    }
  }

  #resize(sizeBytes: number): void {
    const bytes = new Uint8Array(sizeBytes);
    bytes.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bytes;
  }
}

/** Whether a value is written digit by digit, which is faster than by its text. */
function isShort(value: number): boolean {
  return value >= 0 && value < 1e9 && (value | 0) === value;
}

function digitsOf(value: number): number {
  let digits = 1;
  for (let power = 10; value >= power; power *= 10) digits++;
  return digits;
}

function put(
  bytes: Uint8Array,
  at: number,
  width: number,
  value: number,
  text: string | undefined,
): void {
  if (text !== undefined) {
    for (let i = 0; i < width; i++) bytes[at + i] = text.charCodeAt(i);
    return;
  }
  for (let i = at + width - 1, rest = value; i >= at; i--) {
    const tens = rest / 10 | 0;
    bytes[i] = 48 + rest - 10 * tens;
    rest = tens;
  }
}
