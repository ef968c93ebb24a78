/**
 * MurmurHash3, the 32-bit form, over UTF-8: what makes a rollout sticky. flagd and Unleash use it, too.
 *
 * @module
 */

const encoder = new TextEncoder();

/**
 * The hash of a text as a whole number from 0 to 2^32 − 1.
 *
 * Texts of ASCII, which most ids are, are hashed without an array of their bytes.
 */
export function murmur3(text: string, seed = 0): number {
  const length = text.length, end = length & ~3;
  let hash = seed;
  for (let i = 0; i < end; i += 4) {
    const a = text.charCodeAt(i), b = text.charCodeAt(i + 1);
    const c = text.charCodeAt(i + 2), d = text.charCodeAt(i + 3);
    if ((a | b | c | d) > 0x7f) return murmur3Bytes(encoder.encode(text), seed);
    hash = added(hash, a | b << 8 | c << 16 | d << 24);
  }
  let tail = 0;
  for (let i = length - 1; i >= end; i--) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return murmur3Bytes(encoder.encode(text), seed);
    tail = tail << 8 | unit;
  }
  return mixed((length > end ? hash ^ scrambled(tail) : hash) ^ length);
}

/** {@linkcode murmur3} of bytes. */
export function murmur3Bytes(bytes: Uint8Array, seed = 0): number {
  const length = bytes.length, end = length & ~3;
  let hash = seed;
  for (let i = 0; i < end; i += 4) {
    const block = bytes[i]! | bytes[i + 1]! << 8 | bytes[i + 2]! << 16 | bytes[i + 3]! << 24;
    hash = added(hash, block);
  }
  let tail = 0;
  for (let i = length - 1; i >= end; i--) tail = tail << 8 | bytes[i]!;
  return mixed((length > end ? hash ^ scrambled(tail) : hash) ^ length);
}

/** The finalizer: each bit of the input changes each bit of the result half of the time. */
export function mixed(hash: number): number {
  hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
  hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35);
  return (hash ^ hash >>> 16) >>> 0;
}

function added(hash: number, block: number): number {
  hash ^= scrambled(block);
  return Math.imul(hash << 13 | hash >>> 19, 5) + 0xe6546b64 | 0;
}

function scrambled(block: number): number {
  block = Math.imul(block, 0xcc9e2d51);
  return Math.imul(block << 15 | block >>> 17, 0x1b873593);
}
