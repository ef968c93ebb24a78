/**
 * The bytes of a page that is being written.
 *
 * @module
 */

/** No piece is larger unless what is written at once is: memory is asked for in moderate pieces. */
const MAX_PIECE = 1 << 24;

const utf8 = new TextEncoder();

/** A growing buffer, in few pieces: what has been written is not copied again. */
export class PageBytes {
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];
  /** The current piece. */
  bytes: Uint8Array<ArrayBuffer>;
  /** How much of it is written. */
  length = 0;

  /** @param sizeBytes how large the page will probably be */
  constructor(sizeBytes: number) {
    this.bytes = new Uint8Array(Math.min(sizeBytes, MAX_PIECE));
  }

  /** Makes sure that the current piece has room. */
  reserve(sizeBytes: number): void {
    if (this.length + sizeBytes <= this.bytes.length) return;
    this.#end();
    this.bytes = new Uint8Array(
      Math.max(sizeBytes, 1 << 16, Math.min(this.bytes.length, MAX_PIECE)),
    );
    this.length = 0;
  }

  /** Writes a text. */
  text(text: string): void {
    this.reserve(text.length);
    const read = this.#put(text);
    if (read === text.length) return;
    const rest = text.slice(read);
    this.reserve(rest.length * 3);
    this.#put(rest);
  }

  /** All that was written, in order. */
  finish(): Uint8Array<ArrayBuffer>[] {
    this.#end();
    return this.#pieces;
  }

  /** Writes what there is room for, and returns how many units that were. */
  #put(text: string): number {
    const { read, written } = utf8.encodeInto(text, this.bytes.subarray(this.length));
    this.length += written;
    return read;
  }

  #end(): void {
    if (this.length > 0) this.#pieces.push(this.bytes.subarray(0, this.length));
  }
}
