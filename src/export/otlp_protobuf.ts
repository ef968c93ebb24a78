/**
 * OTLP as protocol buffers.
 *
 * @module
 */
import { ProtoWriter } from "../core/protobuf.ts";
import type { OtlpWriter } from "./otlp_writer.ts";

/** Writes by field number. */
export class ProtobufOtlp implements OtlpWriter {
  readonly #writer = new ProtoWriter(16_384);

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

  message(field: number, _name: string, write: () => void): void {
    this.#writer.message(field, write);
  }

  list<T>(field: number, _name: string, items: readonly T[], write: (item: T) => void): void {
    for (const item of items) this.#writer.message(field, () => write(item));
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#writer.finish();
  }
}
