/**
 * Compresses to Snappy's block format, as remote write requires.
 *
 * @see {@link https://github.com/google/snappy/blob/main/format_description.txt}
 * @module
 */

/** Offsets of copies are within a block, so that two bytes hold them. */
const BLOCK = 1 << 16;
const TABLE_BITS = 14;
/** Shorter matches cost more than they save. */
const MIN_MATCH = 4;

/**
 * The bytes, compressed. Repeats are found by a hash of four bytes, as in Snappy's own
 * implementations; the output is never larger than the input by more than about a sixth.
 */
export function snappy(input: Uint8Array): Uint8Array<ArrayBuffer> {
  const writer = new BlockWriter(input);
  const table = new Uint16Array(1 << TABLE_BITS);
  for (let start = 0; start < input.length; start += BLOCK) {
    compressBlock(input, start, Math.min(start + BLOCK, input.length), table, writer);
  }
  return writer.finish();
}

function compressBlock(
  input: Uint8Array,
  start: number,
  end: number,
  table: Uint16Array,
  writer: BlockWriter,
): void {
  table.fill(0);
  /** Everything before it is written. */
  let written = start;
  /** The longer nothing repeats, the larger the steps: noise is passed over quickly. */
  let misses = 0;
  for (let at = start + 1; at <= end - MIN_MATCH;) {
    const word = wordAt(input, at);
    const slot = Math.imul(word, 0x1e35a7bd) >>> (32 - TABLE_BITS);
    const candidate = start + table[slot]!;
    table[slot] = at - start;
    if (wordAt(input, candidate) !== word) {
      at += 1 + (misses++ >> 5);
      continue;
    }
    let length = MIN_MATCH;
    while (at + length < end && input[candidate + length] === input[at + length]) length++;
    writer.literal(written, at);
    writer.copy(at - candidate, length);
    written = at += length;
    misses = 0;
  }
  writer.literal(written, end);
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24;
}

/** Elements of the format, one after another. */
class BlockWriter {
  readonly #input: Uint8Array;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor(input: Uint8Array) {
    this.#input = input;
    this.#bytes = new Uint8Array(32 + input.length + Math.ceil(input.length / 6));
    let rest = input.length;
    for (; rest > 127; rest = Math.floor(rest / 128)) {
      this.#bytes[this.#length++] = rest & 127 | 128;
    }
    this.#bytes[this.#length++] = rest;
  }

  /** The input from `start` to before `end`, as it is. */
  literal(start: number, end: number): void {
    if (start === end) return;
    const last = end - start - 1;
    if (last < 60) this.#bytes[this.#length++] = last << 2;
    else if (last < 256) this.#put(60 << 2, last);
    else this.#put(61 << 2, last & 255, last >> 8);
    this.#bytes.set(this.#input.subarray(start, end), this.#length);
    this.#length += end - start;
  }

  /** What was there `offset` bytes before, `length` long. */
  copy(offset: number, length: number): void {
    let rest = length;
    for (; rest > 64; rest -= 64) this.#put(63 << 2 | 2, offset & 255, offset >> 8);
    if (rest >= MIN_MATCH && rest < 12 && offset < 2048) {
      this.#put(offset >> 8 << 5 | rest - 4 << 2 | 1, offset & 255);
    } else this.#put(rest - 1 << 2 | 2, offset & 255, offset >> 8);
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  #put(...bytes: number[]): void {
    for (const byte of bytes) this.#bytes[this.#length++] = byte;
  }
}
