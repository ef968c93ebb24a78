/**
 * Random ids from a pooled cryptographic source, as lower-case hex.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/** Fills an array with random words, as `crypto.getRandomValues` does. */
export type RandomFill = (words: Uint32Array) => void;

/** 4 KiB: of fewer bytes, the call itself is most of the cost on Bun. */
const POOL_WORDS = 1024;
/**
 * Words encoded as hex at once. An id is a slice of this text, which is cheaper than encoding 16 or 32
 * digits. A slice keeps the whole text in memory, so the text is short.
 */
const CHUNK_WORDS = 64;
const CHUNK_BYTES = CHUNK_WORDS * 4;
const CHUNK_DIGITS = CHUNK_WORDS * 8;

const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/, SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/;

/** Whether `id` is a trace id: 32 lower-case hex digits, not all zero. */
export function isTraceId(id: unknown): id is string {
  return typeof id === "string" && TRACE_ID.test(id);
}

/** Whether `id` is a span id: 16 lower-case hex digits, not all zero. */
export function isSpanId(id: unknown): id is string {
  return typeof id === "string" && SPAN_ID.test(id);
}

/**
 * Makes trace and span ids, which are never all zero. One system call fills the pool for many ids.
 *
 * The rightmost 7 bytes of a trace id are random, so contexts may set the random flag (W3C Trace
 * Context, level 2).
 */
export class Ids {
  readonly #fill: RandomFill;
  readonly #pool: Uint32Array<ArrayBuffer> = new Uint32Array(POOL_WORDS);
  readonly #bytes: Buffer = Buffer.from(this.#pool.buffer);
  /** Bytes of the pool used; all of it at first, so that nothing is drawn before the first id. */
  #used = POOL_WORDS * 4;
  #digits = "";
  #at = CHUNK_DIGITS;

  /** No random bytes are drawn before the first id. */
  constructor(
    fill: RandomFill = (words) => crypto.getRandomValues(words as Uint32Array<ArrayBuffer>),
  ) {
    this.#fill = fill;
  }

  /** 32 hex digits, not all zero. */
  traceId(): string {
    if (this.#at + 32 > CHUNK_DIGITS) this.#nextChunk();
    const start = this.#at;
    this.#at = start + 32;
    return this.#digits.slice(start, start + 32);
  }

  /** 16 hex digits, not all zero. */
  spanId(): string {
    if (this.#at + 16 > CHUNK_DIGITS) this.#nextChunk();
    const start = this.#at;
    this.#at = start + 16;
    return this.#digits.slice(start, start + 16);
  }

  /** A number in [0, 1) with 32 random bits. */
  fraction(): number {
    return parseInt(this.spanId().slice(8), 16) / 4294967296;
  }

  #nextChunk(): void {
    if (this.#used === POOL_WORDS * 4) {
      this.#fill(this.#pool);
      // Every aligned pair of words becomes an id or a half of one, and must not be all zero.
      for (let i = 1; i < POOL_WORDS; i += 2) {
        if ((this.#pool[i - 1]! | this.#pool[i]!) === 0) this.#pool[i] = 1;
      }
      this.#used = 0;
    }
    this.#digits = this.#bytes.toString("hex", this.#used, this.#used + CHUNK_BYTES);
    this.#used += CHUNK_BYTES;
    this.#at = 0;
  }
}
