import type { Attributes } from "../../src/core/attributes.ts";

/**
 * The resource of what is sent, with a value of every type: of a map, which OTLP has too, the type of
 * attributes knows nothing.
 */
export const RESOURCE = {
  "service.instance.id": "a",
  "deployment.environment.name": "test",
  "process.pid": 7,
  "host.load": 0.5,
  "host.is_virtual": true,
  "process.command_args": ["deno", "run"],
  "k8s.labels": { app: { name: "orders", ports: [80, 443] } },
} as object as Attributes;

/** The resource in a row: what is in maps under dotted names. */
export function resourceText(resource: Readonly<Record<string, unknown>>): string {
  const { "service.name": _, ...own } = resource;
  return JSON.stringify(flattened(own).sort(([a], [b]) => a < b ? -1 : 1));
}

/** Values with dotted names for what is in maps; nothing is left out. */
export function flattened(
  fields: Readonly<Record<string, unknown>>,
  before = "",
): [string, string][] {
  return Object.entries(fields).flatMap(([key, value]): [string, string][] => {
    const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
    if (isMap && Object.keys(value).length > 0) {
      return flattened(value as Record<string, unknown>, `${before}${key}.`);
    }
    const text = typeof value === "object" ? JSON.stringify(value) : String(value);
    return [[before + key, text]];
  });
}
