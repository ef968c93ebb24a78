/**
 * A writer of protocol buffers: varints, fixed numbers, text and nested messages.
 *
 * @see {@link https://protobuf.dev/programming-guides/encoding/}
 * @module
 */

const VARINT = 0, FIXED64 = 1, LENGTH = 2, FIXED32 = 5;
const WORD_16 = 2 ** 16, WORD_32 = 2 ** 32;
const NS_PER_MS = 1e6;
/** 2^64 nanoseconds. */
const MAX_TIME_MS = 2 ** 64 / NS_PER_MS;
const encoder = new TextEncoder();

/** The value of each hex digit, by its code. */
const NIBBLES = new Uint8Array(128);
for (let value = 0; value < 16; value++) NIBBLES["0123456789abcdef".charCodeAt(value)] = value;

/**
 * A growing buffer of one message. Fields may be written in any order. Defaults (zero, empty) are
 * written too, since presence may mean something.
 *
 * @example
 * ```ts
 * const writer = new ProtoWriter();
 * writer.uint(1, 150);
 * writer.message(2, () => writer.text(1, "testing"));
 * writer.finish(); // 08 96 01 12 09 0a 07 74 65 73 74 69 6e 67
 * ```
 */
export class ProtoWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = 0;

  /** @param capacity bytes to begin with */
  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** `uint32`, `uint64`, `int32`, `int64` or an enum: a whole number to 2^53, or a bigint. */
  uint(field: number, value: number | bigint): void {
    this.#tag(field, VARINT);
    this.#varint(value);
  }

  /** `sint32` or `sint64`, within ±2^53. */
  sint(field: number, value: number): void {
    this.#tag(field, VARINT);
    // Zigzag by arithmetic: a shift would cut at 32 bits.
    const isExact = value > -(2 ** 52) && value < 2 ** 52;
    const whole = isExact ? value : BigInt(value);
    if (typeof whole === "bigint") this.#varint(whole < 0n ? -2n * whole - 1n : 2n * whole);
    else this.#varint(whole < 0 ? -2 * whole - 1 : 2 * whole);
  }

  /** `bool`. */
  bool(field: number, value: boolean): void {
    this.uint(field, value ? 1 : 0);
  }

  /** `double`. */
  double(field: number, value: number): void {
    this.#tag(field, FIXED64);
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** `fixed64` or `sfixed64`: a bigint, or a whole number to 2^53. */
  fixed64(field: number, value: number | bigint): void {
    this.#tag(field, FIXED64);
    this.#reserve(8);
    this.#view.setBigUint64(this.#length, BigInt.asUintN(64, BigInt(value)), true);
    this.#length += 8;
  }

  /**
   * `fixed64` of the nanoseconds from the Unix epoch to `timeMs`, and `laterMs` more; 0 for a time
   * that 64 bits can't hold. The sum is exact, which that of two doubles is not, and no bigint is
   * made: a span has two of these.
   */
  unixNano(field: number, timeMs: number, laterMs = 0): void {
    this.#tag(field, FIXED64);
    this.#reserve(8);
    let high = 0, low = 0;
    if (timeMs >= 0 && timeMs + laterMs <= MAX_TIME_MS) {
      // In words of 16 and 32 bits, so that a double holds each product; remainders by
      // multiplication, because `%` of doubles is a call.
      const ms = Math.floor(timeMs), laterNs = Math.round(laterMs * NS_PER_MS);
      const msHigh = Math.floor(ms / WORD_16), nsHigh = msHigh * NS_PER_MS;
      const carry = Math.floor(nsHigh / WORD_16), laterHigh = Math.floor(laterNs / WORD_32);
      const rest = (nsHigh - carry * WORD_16) * WORD_16 + (ms - msHigh * WORD_16) * NS_PER_MS +
        Math.round((timeMs - ms) * NS_PER_MS) + (laterNs - laterHigh * WORD_32);
      const restHigh = Math.floor(rest / WORD_32);
      high = carry + laterHigh + restHigh;
      low = rest - restHigh * WORD_32;
      // The comparison with MAX_TIME_MS is rounded; this one is not.
      if (!(high >= 0 && high < WORD_32)) high = low = 0;
    }
    this.#view.setUint32(this.#length, low, true);
    this.#view.setUint32(this.#length + 4, high, true);
    this.#length += 8;
  }

  /** `fixed32`. */
  fixed32(field: number, value: number): void {
    this.#tag(field, FIXED32);
    this.#reserve(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  /** `string`; lone surrogates become U+FFFD. */
  text(field: number, value: string): void {
    const { length } = value;
    if (field > 15 || length > 127) return this.#longText(field, value);
    this.#reserve(length + 2);
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at++] = field << 3 | LENGTH;
    bytes[at++] = length;
    // Short ASCII, as nearly all is, is copied here: a call of the encoder costs ten times as much.
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 127) return this.#longText(field, value);
      bytes[at++] = code;
    }
    this.#length = at;
  }

  #longText(field: number, value: string): void {
    const start = this.open(field);
    // UTF-8 takes at most three bytes a UTF-16 unit.
    this.#reserve(value.length * 3);
    this.#length += encoder.encodeInto(value, this.#bytes.subarray(this.#length)).written;
    this.close(start);
  }

  /** `bytes`. */
  bytes(field: number, value: Uint8Array): void {
    this.#tag(field, LENGTH);
    this.#varint(value.length);
    this.raw(value);
  }

  /** `bytes` given as lower-case hex digits, two a byte. */
  hex(field: number, digits: string): void {
    this.#tag(field, LENGTH);
    const end = digits.length & ~1;
    this.#varint(end >> 1);
    this.#reserve(end >> 1);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let i = 0; i < end; i += 2) {
      bytes[at++] = NIBBLES[digits.charCodeAt(i)]! << 4 | NIBBLES[digits.charCodeAt(i + 1)]!;
    }
    this.#length = at;
  }

  /** A nested message, whose fields `write` writes to this writer. */
  message(field: number, write: () => void): void {
    const start = this.open(field);
    write();
    this.close(start);
  }

  /**
   * Begins a nested message, without the cost of a closure; {@linkcode ProtoWriter.close} ends it.
   *
   * @param width bytes that its length will probably take; if it takes others, the message is moved
   */
  open(field: number, width = 1): number {
    this.#tag(field, LENGTH);
    this.#reserve(width);
    const start = this.#length;
    this.#length = start + width;
    return start;
  }

  /**
   * Ends a nested message; `start` is what {@linkcode ProtoWriter.open} returned for this `width`. Returns
   * how many bytes its length takes.
   */
  close(start: number, width = 1): number {
    const size = this.#length - start - width;
    if (size < 128 && width === 1) {
      this.#bytes[start] = size;
      return 1;
    }
    const needed = widthOf(size);
    if (needed !== width) {
      this.#reserve(4);
      this.#bytes.copyWithin(start + needed, start + width, this.#length);
    }
    this.#length = start;
    this.#varint(size);
    this.#length += size;
    return needed;
  }

  /** A message of a delimited stream: its length, and then the fields that `write` writes. */
  delimited(write: () => void): void {
    this.#reserve(1);
    const start = this.#length++;
    write();
    this.close(start);
  }

  /** The length of a delimited message whose bytes are written elsewhere, or by {@linkcode raw}. */
  lengthOf(sizeBytes: number): void {
    this.#varint(sizeBytes);
  }

  /** A copy of the bytes written since `start`, a {@linkcode ProtoWriter.length} of before. */
  since(start: number): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(start, this.#length);
  }

  /** Bytes of fields that were written by another writer. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** `repeated double`, packed. */
  doubles(field: number, values: readonly number[]): void {
    this.message(field, () => {
      this.#reserve(values.length * 8);
      for (const value of values) {
        this.#view.setFloat64(this.#length, value, true);
        this.#length += 8;
      }
    });
  }

  /** `repeated fixed64`, packed. */
  fixed64s(field: number, values: readonly number[]): void {
    this.message(field, () => {
      this.#reserve(values.length * 8);
      for (const value of values) {
        this.#view.setBigUint64(this.#length, BigInt(value), true);
        this.#length += 8;
      }
    });
  }

  /** `repeated uint64`, packed. */
  uints(field: number, values: readonly number[]): void {
    this.message(field, () => {
      for (const value of values) this.#varint(value);
    });
  }

  /** The bytes written. The writer must not be used afterwards. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  #tag(field: number, wireType: number): void {
    if (field > 15) return this.#varint(field * 8 + wireType);
    this.#reserve(1);
    this.#bytes[this.#length++] = field << 3 | wireType;
  }

  #varint(value: number | bigint): void {
    this.#reserve(10);
    if (typeof value === "bigint" || value < 0 || value > Number.MAX_SAFE_INTEGER) {
      this.#varint64(value);
      return;
    }
    const bytes = this.#bytes;
    let at = this.#length, rest = value;
    while (rest > 0x7fffffff) {
      bytes[at++] = rest % 128 | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      bytes[at++] = rest & 127 | 128;
      rest >>>= 7;
    }
    bytes[at++] = rest;
    this.#length = at;
  }

  /** Negative numbers take ten bytes, as two's complement of 64 bits. */
  #varint64(value: number | bigint): void {
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 127n) {
      this.#bytes[this.#length++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest);
  }

  #reserve(more: number): void {
    if (this.#length + more > this.#bytes.length) this.#grow(this.#length + more);
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** How many bytes a length takes as a varint. */
function widthOf(size: number): number {
  return size < 1 << 7 ? 1 : size < 1 << 14 ? 2 : size < 1 << 21 ? 3 : size < 1 << 28 ? 4 : 5;
}
