/**
 * The interface of both encodings of OTLP, so that each message is described once.
 *
 * @module
 */

/**
 * Writes the fields of a message, by number or by name, whichever the encoding uses. The methods are
 * named after the types of the `.proto` files. They always write; a caller may leave out defaults.
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
  /** One message, whose fields `write` writes. Make that function once: it is called often. */
  message<T>(field: number, name: string, value: T, write: Write<T>): void;
  /** `repeated` messages, one for each item. */
  list<T>(field: number, name: string, items: Iterable<T>, write: Write<T>): void;
  /**
   * `repeated KeyValue`, of keys and values by turns: the most frequent message has a method of its
   * own. An undefined value is left out, and so is a list without any other.
   *
   * @param shown hides secrets in `pairs`; of a value that recurs and is no secret it is asked once
   * @param more further pairs, in which nothing is hidden
   */
  pairs(
    field: number,
    name: string,
    pairs: readonly unknown[],
    shown?: Shown,
    more?: readonly unknown[],
  ): void;
  /** The request. The writer must not be used afterwards. */
  finish(): Uint8Array<ArrayBuffer>;
}

/** Writes the fields of a value's message. */
export type Write<T> = (writer: OtlpWriter, value: T) => void;

/** The value of a key without secrets; undefined when it is left out. */
export type Shown = (key: string, value: unknown) => unknown;
