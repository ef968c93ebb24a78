/**
 * Encodes OTLP as JSON, which differs from the JSON mapping of protocol buffers: ids are hexadecimal
 * and enums are numbers.
 *
 * @see {@link https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding}
 * @module
 */
import { quote } from "../../../core/plain/json.ts";
import { unixNano } from "../../batch/growing_times.ts";
import { writeValue } from "./envelope.ts";
import type { OtlpWriter, Shown, Write } from "./writer.ts";

/** Writes by field name. */
export class JsonOtlp implements OtlpWriter {
  #text = "{";
  /** No field of the current message is written yet. Not derived from the text: that would flatten it. */
  #first = true;

  text(_field: number, name: string, value: string): void {
    // For a lone surrogate, strict parsers refuse the whole request.
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

  unixNano(_field: number, name: string, timeMs: number, laterMs = 0): void {
    this.#field(name, `"${unixNano(timeMs, laterMs)}"`);
  }

  message<T>(_field: number, name: string, value: T, write: Write<T>): void {
    this.#field(name, "");
    this.#object(value, write);
  }

  list<T>(_field: number, name: string, items: Iterable<T>, write: Write<T>): void {
    this.#field(name, "[");
    let separator = "";
    for (const item of items) {
      this.#text += separator;
      this.#object(item, write);
      separator = ",";
    }
    this.#text += "]";
  }

  pairs(
    _field: number,
    name: string,
    pairs: readonly unknown[],
    shown?: Shown,
    more: readonly unknown[] = [],
  ): void {
    const known: [key: string, value: unknown][] = [];
    for (let i = 0; i < pairs.length; i += 2) {
      const key = pairs[i] as string, value = pairs[i + 1];
      const kept = value === undefined || shown === undefined ? value : shown(key, value);
      if (kept !== undefined) known.push([key, kept]);
    }
    for (let i = 0; i < more.length; i += 2) known.push([more[i] as string, more[i + 1]]);
    if (known.length > 0) this.list(0, name, known, writePair);
  }

  finish(): Uint8Array<ArrayBuffer> {
    return new TextEncoder().encode(this.#text + "}");
  }

  #object<T>(value: T, write: Write<T>): void {
    this.#text += "{";
    this.#first = true;
    write(this, value);
    this.#text += "}";
    this.#first = false;
  }

  #field(name: string, json: string): void {
    this.#text += (this.#first ? '"' : ',"') + name + '":' + json;
    this.#first = false;
  }
}

function writePair(writer: OtlpWriter, [key, value]: [key: string, value: unknown]): void {
  writer.text(0, "key", key);
  writer.message(0, "value", value, writeValue);
}

/** 64-bit integers are text: a JSON number may be read as a double. */
function integer(value: number | bigint): string {
  return `"${BigInt(value)}"`;
}

function real(value: number): string {
  return Number.isFinite(value) ? String(value) : `"${value}"`;
}
