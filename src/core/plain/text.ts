/**
 * Texts that stand for values without a plain form: dates, functions, URLs, unreadable values.
 *
 * @module
 */
import { clip } from "../text.ts";
import { describeError } from "../redact/error.ts";
import type { Redactor } from "../redact/redactor.ts";
import { edited } from "../redact/edit.ts";
import { credentials } from "../redact/url.ts";

/** Whether an object has no enumerable properties. */
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

/** A date as RFC 3339 writes it, even if its methods were replaced. */
export function dateText(value: Date): string {
  const time = Date.prototype.getTime.call(value);
  return Number.isNaN(time) ? "Invalid Date" : new Date(time).toISOString();
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
export function unreadable(error: unknown, redactor?: Redactor): string {
  const { message } = describeError(error, redactor);
  return `[unreadable: ${redactor?.clip(message, 128) ?? clip(message, 128)}]`;
}

/** A URL without credentials, and without what its parameters hide. */
export function urlText(url: URL, redactor: Redactor | undefined): string {
  const text = URL_TEXT.call(url) as string;
  return redactor?.url(text) ?? edited(text, credentials(text));
}
// Works even if properties were replaced.
const URL_TEXT = URL.prototype.toString;
