/**
 * Reads messages of OTLP in JSON: what has another type than the specification says is reported.
 *
 * @see {@link https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding}
 * @module
 */
import { kindOf } from "../../core/check.ts";
import type { Report } from "./protobuf.ts";
import { messageOf } from "./schema.ts";

const WHOLE = /^-?\d+$/, UNSIGNED = /^\d+$/;

/** What a scalar must be in JSON. */
const SCALARS: Readonly<
  Record<string, readonly [isIt: (value: unknown) => boolean, rule: string]>
> = {
  string: [(value) => typeof value === "string", "text"],
  bool: [(value) => typeof value === "boolean", "a boolean"],
  id: [(value) => typeof value === "string" && /^(?:[0-9a-f]{2})*$/i.test(value), "hex digits"],
  bytes: [(value) => typeof value === "string" && /^[\w+/=-]*$/.test(value), "base64"],
  double: [
    (value) =>
      typeof value === "number" || ["NaN", "Infinity", "-Infinity"].includes(value as string),
    'a number, "NaN", "Infinity" or "-Infinity"',
  ],
  int64: [(value) => isInteger(value, WHOLE), "an integer as text"],
  sfixed64: [(value) => isInteger(value, WHOLE), "an integer as text"],
  fixed64: [(value) => isInteger(value, UNSIGNED), "an unsigned integer as text"],
  uint64: [(value) => isInteger(value, UNSIGNED), "an unsigned integer as text"],
  sint32: [Number.isInteger, "an integer"],
  uint32: [(value) => Number.isInteger(value) && value as number >= 0, "an unsigned integer"],
  fixed32: [(value) => Number.isInteger(value) && value as number >= 0, "an unsigned integer"],
  enum: [(value) => Number.isInteger(value), "a number: names of enums are not allowed"],
};

/** A number is allowed too, but only text is exact. */
function isInteger(value: unknown, form: RegExp): boolean {
  return typeof value === "string" && form.test(value) ||
    Number.isSafeInteger(value) && form.test(String(value));
}

/** Reports what is not as the message says. Ids are made lower-case, which the specification leaves open. */
export function checkJson(value: unknown, type: string, report: Report, path = ""): void {
  const fields = messageOf(type)!;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return report(path, `must be an object, got ${kindOf(value)}`);
  }
  const byName = new Map([...fields.values()].map((field) => [field.name, field]));
  for (const [name, inner] of Object.entries(value)) {
    const field = byName.get(name), place = path === "" ? name : `${path}.${name}`;
    if (field === undefined) report(path, `${type} has no field ${JSON.stringify(name)}`);
    else if (!field.isList) checkValue(inner, field.type, report, place);
    else if (!Array.isArray(inner)) report(place, `must be an array, got ${kindOf(inner)}`);
    else inner.forEach((each, i) => checkValue(each, field.type, report, `${place}[${i}]`));
  }
}

function checkValue(value: unknown, type: string, report: Report, path: string): void {
  const scalar = SCALARS[type];
  if (scalar === undefined) return checkJson(value, type, report, path);
  if (!scalar[0](value)) report(path, `must be ${scalar[1]}, got ${JSON.stringify(value)}`);
}
