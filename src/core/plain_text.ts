/**
 * What plain data says of values that are not plain.
 *
 * @module
 */
import { clip, describeError } from "./error.ts";

/** Whether nothing is in it. */
export function isEmpty(value: object): boolean {
  for (const _ in value) return false;
  return true;
}

/** An object of a class without own properties: its name says more than `{}`. */
export function emptyText(value: object): string | Record<string, never> {
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  const name = tag === "Object" ? value.constructor?.name : tag;
  return typeof name === "string" && name !== "" && name !== "Object" ? `[${clip(name, 64)}]` : {};
}

/** A function, by its name. */
export function functionText(value: object): string {
  try {
    const name = (value as { name?: unknown }).name;
    return typeof name === "string" && name !== "" ? `[function ${clip(name, 64)}]` : "[function]";
  } catch {
    return "[function]";
  }
}

/** A value whose getter, trap or method threw. */
export function unreadable(error: unknown): string {
  return `[unreadable: ${clip(describeError(error).message, 128)}]`;
}

/** A URL that may be shown. */
export function withoutCredentials(url: URL): string {
  if (url.username === "" && url.password === "") return url.href;
  const shown = new URL(url);
  shown.username = "REDACTED";
  if (url.password !== "") shown.password = "REDACTED";
  return shown.href;
}
