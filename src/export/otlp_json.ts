/**
 * OTLP as JSON, which is not quite the JSON mapping of protocol buffers: ids are hexadecimal and
 * enums are numbers.
 *
 * @see {@link https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding}
 * @module
 */
import { quote } from "../core/json.ts";
import type { OtlpWriter } from "./otlp_writer.ts";

/** Writes by field name. */
export class JsonOtlp implements OtlpWriter {
  #text = "{";
  /** No field of the message at hand is written yet. Not read off the text: that would flatten it. */
  #first = true;

  text(_field: number, name: string, value: string): void {
    // Strict parsers refuse the whole request for half a surrogate pair.
    this.#field(name, quote(value.toWellFormed()));
  }

  id(_field: number, name: string, hex: string): void {
    this.#field(name, quote(hex));
  }

  bool(_field: number, name: string, value: boolean): void {
    this.#field(name, String(value));
  }

  uint32(_field: number, name: string, value: number): void {
    this.#field(name, String(value));
  }

  sint32(_field: number, name: string, value: number): void {
    this.#field(name, String(value));
  }

  fixed32(_field: number, name: string, value: number): void {
    this.#field(name, String(value));
  }

  int64(_field: number, name: string, value: number | bigint): void {
    this.#field(name, integer(value));
  }

  fixed64(_field: number, name: string, value: number | bigint): void {
    this.#field(name, integer(value));
  }

  double(_field: number, name: string, value: number): void {
    this.#field(name, real(value));
  }

  uint64s(_field: number, name: string, values: readonly number[]): void {
    this.#field(name, `[${values.map(integer).join(",")}]`);
  }

  fixed64s(_field: number, name: string, values: readonly number[]): void {
    this.#field(name, `[${values.map(integer).join(",")}]`);
  }

  doubles(_field: number, name: string, values: readonly number[]): void {
    this.#field(name, `[${values.map(real).join(",")}]`);
  }

  message(_field: number, name: string, write: () => void): void {
    this.#field(name, "");
    this.#object(write);
  }

  list<T>(_field: number, name: string, items: readonly T[], write: (item: T) => void): void {
    this.#field(name, "[");
    for (let i = 0; i < items.length; i++) {
      if (i > 0) this.#text += ",";
      this.#object(() => write(items[i]!));
    }
    this.#text += "]";
  }

  finish(): Uint8Array<ArrayBuffer> {
    return new TextEncoder().encode(this.#text + "}");
  }

  #object(write: () => void): void {
    this.#text += "{";
    this.#first = true;
    write();
    this.#text += "}";
    this.#first = false;
  }

  #field(name: string, json: string): void {
    this.#text += (this.#first ? '"' : ',"') + name + '":' + json;
    this.#first = false;
  }
}

/** 64 bits are text: a JSON number may be read as a double. */
function integer(value: number | bigint): string {
  return `"${BigInt(value)}"`;
}

function real(value: number): string {
  return Number.isFinite(value) ? String(value) : `"${value}"`;
}
