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
  /** `fixed64`: nanoseconds from the Unix epoch to `timeMs` and `laterMs` more; 0 for no such time. */
  unixNano(field: number, name: string, timeMs: number, laterMs?: number): void;
  /** One message, whose fields `write` writes: a function made once, because it is called often. */
  message<T>(field: number, name: string, value: T, write: Write<T>): void;
  /** `repeated` messages, one an item. */
  list<T>(field: number, name: string, items: Iterable<T>, write: Write<T>): void;
  /**
   * `repeated KeyValue`, of keys and values by turns: the verb for the message that there is most
   * of. A value that is undefined is left out, and so is a list without any other.
   */
  pairs(field: number, name: string, pairs: readonly unknown[]): void;
  /** What was written. The writer must not be used after it. */
  finish(): Uint8Array<ArrayBuffer>;
}

/** Writes the fields of the message that a value is. */
export type Write<T> = (writer: OtlpWriter, value: T) => void;

/** Writes one request. */
export type WriteRequest = (writer: OtlpWriter) => void;
