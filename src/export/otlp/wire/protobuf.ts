/**
 * Encodes OTLP as protocol buffers.
 *
 * @module
 */
import { ProtoWriter } from "../../../core/protobuf.ts";
import { writeValue } from "./envelope.ts";
import { RecurringPairs } from "./recurring.ts";
import type { OtlpWriter, Shown, Write } from "./writer.ts";

const NONE: readonly unknown[] = [];

/** Writes by field number. */
export class ProtobufOtlp implements OtlpWriter {
  readonly #writer: ProtoWriter;
  readonly #recurring = new RecurringPairs();

  /** @param capacity about how many bytes the request will have */
  constructor(capacity = 16_384) {
    this.#writer = new ProtoWriter(capacity);
  }

  text(field: number, _name: string, value: string): void {
    this.#writer.text(field, value);
  }

  id(field: number, _name: string, hex: string): void {
    this.#writer.hex(field, hex);
  }

  bool(field: number, _name: string, value: boolean): void {
    this.#writer.bool(field, value);
  }

  uint32(field: number, _name: string, value: number): void {
    this.#writer.uint(field, value);
  }

  sint32(field: number, _name: string, value: number): void {
    this.#writer.sint(field, value);
  }

  fixed32(field: number, _name: string, value: number): void {
    this.#writer.fixed32(field, value);
  }

  int64(field: number, _name: string, value: number | bigint): void {
    this.#writer.uint(field, value);
  }

  fixed64(field: number, _name: string, value: number | bigint): void {
    this.#writer.fixed64(field, value);
  }

  double(field: number, _name: string, value: number): void {
    this.#writer.double(field, value);
  }

  uint64s(field: number, _name: string, values: readonly number[]): void {
    this.#writer.uints(field, values);
  }

  fixed64s(field: number, _name: string, values: readonly number[]): void {
    this.#writer.fixed64s(field, values);
  }

  doubles(field: number, _name: string, values: readonly number[]): void {
    this.#writer.doubles(field, values);
  }

  unixNano(field: number, _name: string, timeMs: number, laterMs = 0): void {
    this.#writer.unixNano(field, timeMs, laterMs);
  }

  message<T>(field: number, _name: string, value: T, write: Write<T>): void {
    const start = this.#writer.open(field);
    write(this, value);
    this.#writer.close(start);
  }

  list<T>(field: number, _name: string, items: Iterable<T>, write: Write<T>): void {
    const writer = this.#writer;
    // Items are of one kind: the length of one takes as many bytes as that of the one before.
    let width = 1;
    for (const item of items) {
      const start = writer.open(field, width);
      write(this, item);
      width = writer.close(start, width);
    }
  }

  pairs(
    field: number,
    _name: string,
    pairs: readonly unknown[],
    shown?: Shown,
    more: readonly unknown[] = NONE,
  ): void {
    const writer = this.#writer;
    for (let i = 0; i < pairs.length; i += 2) {
      const value = pairs[i + 1];
      if (value === undefined) continue;
      const key = pairs[i] as string, values = this.#recurring.at(i, field, key, shown);
      const known = values.find(value);
      if (known !== undefined) {
        writer.raw(known);
        continue;
      }
      const kept = shown === undefined ? value : shown(key, value);
      if (kept === undefined) continue;
      const start = writer.length;
      this.#pair(field, key, kept);
      if (kept === value) values.add(value, writer, start);
    }
    for (let i = 0; i < more.length; i += 2) this.#pair(field, more[i] as string, more[i + 1]);
  }

  #pair(field: number, key: string, value: unknown): void {
    const writer = this.#writer, start = writer.open(field);
    writer.text(1, key);
    const valueStart = writer.open(2);
    writeValue(this, value);
    writer.close(valueStart);
    writer.close(start);
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#writer.finish();
  }
}
