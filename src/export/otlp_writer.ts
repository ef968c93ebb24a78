/**
 * The two encodings of OTLP behind one set of verbs, so that each message is described once.
 *
 * @module
 */

/**
 * Writes the fields of a message, by number or by name as the encoding has it. The names follow the
 * types of the `.proto` files. What equals the default may be left out by the caller; a verb writes.
 */
export interface OtlpWriter {
  /** `string`. */
  text(field: number, name: string, value: string): void;
  /** `bytes` given as hex digits: a trace or span id. */
  id(field: number, name: string, hex: string): void;
  /** `bool`. */
  bool(field: number, name: string, value: boolean): void;
  /** `uint32` or an enum. */
  uint32(field: number, name: string, value: number): void;
  /** `sint32`. */
  sint32(field: number, name: string, value: number): void;
  /** `fixed32`. */
  fixed32(field: number, name: string, value: number): void;
  /** `int64`. */
  int64(field: number, name: string, value: number | bigint): void;
  /** `fixed64`. */
  fixed64(field: number, name: string, value: number | bigint): void;
  /** `double`. */
  double(field: number, name: string, value: number): void;
  /** `repeated uint64`. */
  uint64s(field: number, name: string, values: readonly number[]): void;
  /** `repeated fixed64`. */
  fixed64s(field: number, name: string, values: readonly number[]): void;
  /** `repeated double`. */
  doubles(field: number, name: string, values: readonly number[]): void;
  /** One message, whose fields `write` writes. */
  message(field: number, name: string, write: () => void): void;
  /** `repeated` messages, one an item. */
  list<T>(field: number, name: string, items: readonly T[], write: (item: T) => void): void;
  /** What was written. The writer must not be used after it. */
  finish(): Uint8Array<ArrayBuffer>;
}

/** Writes one request. */
export type WriteRequest = (writer: OtlpWriter) => void;

/** Nanoseconds of a time in milliseconds: a double can't hold them, its fraction of a millisecond can. */
export function nanoseconds(timeMs: number): bigint {
  const whole = Math.floor(timeMs);
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((timeMs - whole) * 1e6));
}
