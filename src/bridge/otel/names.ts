/**
 * Prometheus names and labels for OpenTelemetry metrics and attributes, by the compatibility rules of
 * both.
 *
 * @module
 */
import type { OtelAttributes } from "./shapes.ts";

/** Words for UCUM units. Other units, and those in braces, are left out of names. */
const UNITS: ReadonlyMap<string, string> = new Map([
  ["d", "days"],
  ["h", "hours"],
  ["min", "minutes"],
  ["s", "seconds"],
  ["ms", "milliseconds"],
  ["us", "microseconds"],
  ["ns", "nanoseconds"],
  ["By", "bytes"],
  ["KiBy", "kibibytes"],
  ["MiBy", "mebibytes"],
  ["GiBy", "gibibytes"],
  ["m", "meters"],
  ["V", "volts"],
  ["A", "amperes"],
  ["J", "joules"],
  ["W", "watts"],
  ["g", "grams"],
  ["Cel", "celsius"],
  ["Hz", "hertz"],
  ["%", "percent"],
]);

/** The type of the family that an instrument becomes. */
export type MetricType = "counter" | "gauge" | "histogram";

/** The name and unit of a family: `http.server.duration` in `ms` is `http_server_duration_milliseconds`. */
export function familyName(
  type: MetricType,
  name: string,
  ucum: string | undefined,
): { name: string; unit: string | undefined } {
  const unit = type === "gauge" && ucum === "1" ? "ratio" : UNITS.get(ucum ?? "");
  let base = sanitize(name).replace(/_total$/, "").replace(/(?<=.)_$/, "");
  if (unit !== undefined && base !== unit && !base.endsWith(`_${unit}`)) base += `_${unit}`;
  if (type === "counter") base += "_total";
  return { name: base, unit: base === unit ? undefined : unit };
}

/**
 * The labels for attributes, sorted by name. Attributes whose names become the same share a label, with
 * their values joined by a semicolon; a reserved name gets an underscore.
 */
export function labelsOfAttributes(
  attributes: OtelAttributes | undefined,
  scope: string,
  legacy: boolean,
): Record<string, string> {
  const labels = new Map<string, string>();
  for (const key of Object.keys(attributes ?? {}).sort()) {
    const value = attributes![key];
    if (value === undefined || value === null || key === "") continue;
    const name = labelName(key, legacy);
    const before = labels.get(name), text = textOf(value);
    labels.set(name, before === undefined ? text : `${before};${text}`);
  }
  if (scope !== "") labels.set(legacy ? "otel_scope_name" : "otel.scope.name", scope);
  return Object.fromEntries([...labels].sort(([a], [b]) => a < b ? -1 : 1));
}

function labelName(key: string, legacy: boolean): string {
  let name = legacy ? sanitize(key).replaceAll(":", "_") : key.toWellFormed();
  if (name.startsWith("__")) name = `key${name}`;
  return name === "le" ? "le_" : name;
}

/** Replaces runs of invalid characters by one underscore; puts one before a leading digit. */
function sanitize(name: string): string {
  const clean = name.replace(/[^a-zA-Z0-9_:]+/g, "_").replace(/__+/g, "_");
  return /^[0-9]/.test(clean) ? `_${clean}` : clean;
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? JSON.stringify(value) : String(value);
}
