/**
 * What all signals of OTLP share: attributes, resource and scope.
 *
 * @see {@link https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/common/v1/common.proto}
 * @module
 */
import type { OtlpWriter } from "./otlp_writer.ts";

/** The scope of what was recorded by nobody in particular. */
export const SCOPE = "@telltale/telltale";

/** One attribute; a value of no kind that OTLP has is left out. */
export type Pair = readonly [key: string, value: unknown];

/** `repeated KeyValue` in `field`; nothing for no pairs. */
export function writePairs(
  writer: OtlpWriter,
  field: number,
  name: string,
  pairs: readonly Pair[],
): void {
  const known = pairs.every(isKnown) ? pairs : pairs.filter(isKnown);
  if (known.length === 0) return;
  writer.list(field, name, known, ([key, value]) => {
    writer.text(1, "key", key);
    writer.message(2, "value", () => writeValue(writer, value));
  });
}

function isKnown(pair: Pair): boolean {
  return pair[1] !== undefined;
}

/** The fields of an `AnyValue`; null is one without any. */
export function writeValue(writer: OtlpWriter, value: unknown): void {
  switch (typeof value) {
    case "string":
      return writer.text(1, "stringValue", value);
    case "boolean":
      return writer.bool(2, "boolValue", value);
    case "bigint":
      // Out of 64 bits there is only text.
      if (BigInt.asIntN(64, value) === value) writer.int64(3, "intValue", value);
      else writer.text(1, "stringValue", String(value));
      return;
    case "number":
      if (Number.isSafeInteger(value)) writer.int64(3, "intValue", value);
      else writer.double(4, "doubleValue", value);
      return;
    case "object":
      if (value !== null) writeStructure(writer, value);
  }
}

function writeStructure(writer: OtlpWriter, value: object): void {
  if (Array.isArray(value)) {
    writer.message(5, "arrayValue", () => {
      if (value.length === 0) return;
      writer.list(1, "values", value, (element) => writeValue(writer, element));
    });
  } else {
    writer.message(6, "kvlistValue", () => {
      writePairs(writer, 1, "values", Object.entries(value));
    });
  }
}

/** A request of any signal: the resource around scopes, of which `write` writes the items. */
export function writeEnvelope<T>(
  writer: OtlpWriter,
  signal: "Spans" | "Metrics" | "Logs",
  resource: Readonly<Record<string, unknown>>,
  scopes: ReadonlyMap<string, T>,
  write: (items: T) => void,
): void {
  writer.list(1, `resource${signal}`, [resource], (attributes) => {
    writer.message(1, "resource", () => {
      writePairs(writer, 1, "attributes", Object.entries(attributes));
    });
    writer.list(2, `scope${signal}`, [...scopes], ([name, items]) => {
      writer.message(1, "scope", () => writer.text(1, "name", name));
      write(items);
    });
  });
}
