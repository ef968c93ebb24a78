/**
 * Profiles as pprof reads them.
 *
 * @see {@link https://github.com/google/pprof/blob/main/proto/profile.proto}
 * @module
 */
import { ProtoWriter } from "../../core/protobuf.ts";
import type { Frame, ProfileData, ValueType } from "../sample/data.ts";

/** The profile as a message that is not compressed. */
export function encodePprof(data: ProfileData): Uint8Array<ArrayBuffer> {
  const writer = new ProtoWriter(4096), texts = new TextTable(), functions = new FunctionTable();
  const valueType = (field: number, { type, unit }: ValueType) => {
    const start = writer.open(field);
    writer.uint(1, texts.indexOf(type));
    writer.uint(2, texts.indexOf(unit));
    writer.close(start);
  };
  for (const type of data.types) valueType(1, type);
  for (const { frames, values, labels = {} } of data.stacks) {
    const start = writer.open(2);
    // Ids begin at 1.
    writer.uints(1, frames.map((index) => index + 1));
    writer.uints(2, values);
    for (const [key, text] of Object.entries(labels)) {
      const label = writer.open(3);
      writer.uint(1, texts.indexOf(key));
      writer.uint(2, texts.indexOf(text));
      writer.close(label);
    }
    writer.close(start);
  }
  // One mapping that says everything is resolved: the reader then looks for no binary.
  const mapping = writer.open(3);
  writer.uint(1, 1);
  writer.uint(5, texts.indexOf("application"));
  for (const has of [7, 8, 9]) writer.bool(has, true);
  writer.close(mapping);
  data.frames.forEach((frame, index) => {
    const location = writer.open(4);
    writer.uint(1, index + 1);
    writer.uint(2, 1);
    const line = writer.open(4);
    writer.uint(1, functions.idOf(frame));
    writer.uint(2, frame.line);
    writer.close(line);
    writer.close(location);
  });
  functions.each((id, { name, file, startLine }) => {
    const start = writer.open(5);
    writer.uint(1, id);
    writer.uint(2, texts.indexOf(name));
    writer.uint(3, texts.indexOf(name));
    writer.uint(4, texts.indexOf(file));
    writer.uint(5, startLine);
    writer.close(start);
  });
  writer.uint(9, nanos(data.startMs));
  writer.uint(10, nanos(data.durationMs));
  valueType(11, data.periodType);
  writer.uint(12, Math.round(data.period));
  for (const comment of data.comments) writer.uint(13, texts.indexOf(comment));
  writer.uint(14, texts.indexOf(data.types.at(-1)!.type));
  for (const text of texts) writer.text(6, text);
  return writer.finish();
}

/** A double holds milliseconds since the epoch to the microsecond, but not nanoseconds. */
function nanos(ms: number): bigint {
  return BigInt(Math.round(ms * 1000)) * 1000n;
}

/** The distinct texts; the first is the empty one. */
class TextTable {
  readonly #indexes = new Map<string, number>([["", 0]]);

  indexOf(text: string): number {
    const { size } = this.#indexes;
    const index = this.#indexes.get(text) ?? size;
    if (index === size) this.#indexes.set(text, index);
    return index;
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#indexes.keys();
  }
}

/** The distinct functions; frames differ by line too. */
class FunctionTable {
  readonly #ids = new Map<string, { readonly id: number; readonly frame: Frame }>();

  idOf(frame: Frame): number {
    const key = `${frame.startLine} ${frame.name}\n${frame.file}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known.id;
    const id = this.#ids.size + 1;
    this.#ids.set(key, { id, frame });
    return id;
  }

  each(use: (id: number, frame: Frame) => void): void {
    for (const { id, frame } of this.#ids.values()) use(id, frame);
  }
}
