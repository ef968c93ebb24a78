/**
 * Writes the envelope of a request of any signal, its resource and scopes, and the values in it.
 *
 * @see {@link https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/common/v1/common.proto}
 * @module
 */
import { VERSION } from "../../../core/resource.ts";
import type { OtlpWriter, Write } from "./writer.ts";

/** The scope of everything that was not recorded under a name of its own. */
export const SCOPE = "@telltale/telltale";
/** The version of the semantic conventions that our names follow. */
const SCHEMA_URL = "https://opentelemetry.io/schemas/1.44.0";

/** Keys and values of a record by turns, as a writer takes them. */
export function toPairs(record: Readonly<Record<string, unknown>>): unknown[] {
  const pairs: unknown[] = [];
  for (const key of Object.keys(record)) pairs.push(key, record[key]);
  return pairs;
}

/** Writes the fields of an `AnyValue`; null has none. */
export function writeValue(writer: OtlpWriter, value: unknown): void {
  switch (typeof value) {
    case "string":
      return writer.text(1, "stringValue", value);
    case "boolean":
      return writer.bool(2, "boolValue", value);
    case "bigint":
      // A larger integer can only be text.
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
  if (Array.isArray(value)) writer.message(5, "arrayValue", value, writeArray);
  else writer.message(6, "kvlistValue", value, writeMap);
}

function writeArray(writer: OtlpWriter, elements: readonly unknown[]): void {
  if (elements.length > 0) writer.list(1, "values", elements, writeValue);
}

function writeMap(writer: OtlpWriter, map: object): void {
  writer.pairs(1, "values", toPairs(map as Record<string, unknown>));
}

/** Writes a request of any signal: the resource around scopes, whose items `write` writes. */
export function writeEnvelope<T>(
  writer: OtlpWriter,
  signal: "Spans" | "Metrics" | "Logs",
  resource: Readonly<Record<string, unknown>>,
  scopes: ReadonlyMap<string, T>,
  write: Write<T>,
): void {
  writer.list(1, `resource${signal}`, [resource], () => {
    writer.message(1, "resource", resource, writeResource);
    writer.list(2, `scope${signal}`, scopes, (writer, [name, items]) => {
      writer.message(1, "scope", name, writeScope);
      write(writer, items);
      // The application's own loggers follow no conventions of ours.
      if (name === SCOPE) writer.text(3, "schemaUrl", SCHEMA_URL);
    });
  });
}

function writeResource(writer: OtlpWriter, resource: Readonly<Record<string, unknown>>): void {
  writer.pairs(1, "attributes", toPairs(resource));
}

function writeScope(writer: OtlpWriter, name: string): void {
  writer.text(1, "name", name);
  if (name === SCOPE) writer.text(2, "version", VERSION);
}
