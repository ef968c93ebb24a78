/**
 * Reads messages of OTLP in protocol buffers, into what their JSON would be.
 *
 * @see {@link https://protobuf.dev/programming-guides/encoding/}
 * @module
 */
import { type Field, messageOf } from "./schema.ts";

const VARINT = 0, FIXED64 = 1, LENGTH = 2, FIXED32 = 5;
const MAX_DEPTH = 100;

/** The wire type of each scalar; those that are not named are varints. */
const WIRES: Readonly<Record<string, number>> = {
  string: LENGTH,
  bytes: LENGTH,
  id: LENGTH,
  double: FIXED64,
  fixed64: FIXED64,
  sfixed64: FIXED64,
  fixed32: FIXED32,
};

/** Adds a problem at a place. */
export type Report = (path: string, problem: string) => void;

/** A message as JSON has it: 64-bit integers as text, ids as hex. What can't be read is reported. */
export function readProtobuf(
  bytes: Uint8Array,
  type: string,
  report: Report,
): Record<string, unknown> {
  return new Reader(bytes).message(type, "", report, 0);
}

const text = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true });

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  message(type: string, path: string, report: Report, depth: number): Record<string, unknown> {
    const fields = messageOf(type)!, read: Record<string, unknown> = {};
    try {
      if (depth > MAX_DEPTH) throw new RangeError("messages are nested too deeply");
      while (this.#at < this.#bytes.length) {
        const tag = Number(this.#varint()), wire = tag & 7, number = tag >>> 3;
        const field = fields.get(number);
        if (field === undefined) {
          report(path, `${type} has no field ${number}`);
          this.#skip(wire);
        } else this.#field(field, wire, read, path, report, depth);
      }
    } catch (error) {
      report(path, `can't be read as ${type}: ${(error as Error).message}`);
    }
    return read;
  }

  #field(
    field: Field,
    wire: number,
    read: Record<string, unknown>,
    path: string,
    report: Report,
    depth: number,
  ): void {
    const { name, type, isList } = field, isMessage = messageOf(type) !== undefined;
    const wanted = isMessage ? LENGTH : WIRES[type] ?? VARINT;
    const place = path === "" ? name : `${path}.${name}`;
    const list = isList ? (read[name] ??= []) as unknown[] : undefined;
    if (isMessage && wire === LENGTH) {
      const at = list === undefined ? place : `${place}[${list.length}]`;
      const value = new Reader(this.#take()).message(type, at, report, depth + 1);
      if (list === undefined) read[name] = value;
      else list.push(value);
    } else if (list !== undefined && wire === LENGTH && wanted !== LENGTH) {
      const packed = new Reader(this.#take());
      while (packed.#at < packed.#bytes.length) list.push(packed.#scalar(type));
    } else if (wire !== wanted) {
      report(place, `must have wire type ${wanted}, got ${wire}`);
      this.#skip(wire);
    } else if (list === undefined) read[name] = this.#scalar(type);
    else list.push(this.#scalar(type));
  }

  #scalar(type: string): unknown {
    switch (type) {
      case "string":
        return text.decode(this.#take());
      case "id":
        return [...this.#take()].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      case "bytes":
        return btoa(String.fromCharCode(...this.#take()));
      case "bool":
        return this.#varint() !== 0n;
      case "double":
        return this.#fixed(8).getFloat64(0, true);
      case "fixed64":
        return String(this.#fixed(8).getBigUint64(0, true));
      case "sfixed64":
        return String(this.#fixed(8).getBigInt64(0, true));
      case "fixed32":
        return this.#fixed(4).getUint32(0, true);
      case "sint32": {
        const value = this.#varint();
        return Number(value & 1n ? -(value >> 1n) - 1n : value >> 1n);
      }
      case "int64":
        return String(BigInt.asIntN(64, this.#varint()));
      case "uint64":
        return String(this.#varint());
      default:
        return Number(this.#varint());
    }
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new RangeError("it ends too early");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new RangeError("a varint has more than 10 bytes");
  }

  #fixed(size: number): DataView {
    if (this.#at + size > this.#bytes.length) throw new RangeError("it ends too early");
    this.#at += size;
    return new DataView(this.#view.buffer, this.#view.byteOffset + this.#at - size, size);
  }

  #take(): Uint8Array {
    const size = Number(this.#varint());
    if (this.#at + size > this.#bytes.length) throw new RangeError("it ends too early");
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }

  #skip(wire: number): void {
    if (wire === VARINT) this.#varint();
    else if (wire === FIXED64) this.#fixed(8);
    else if (wire === LENGTH) this.#take();
    else if (wire === FIXED32) this.#fixed(4);
    else throw new RangeError(`wire type ${wire} is unknown`);
  }
}
