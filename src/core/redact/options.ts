/**
 * Options of a redactor, and their checks.
 *
 * @module
 */
import { check, type Known, shown } from "../check.ts";
import type { RedactPattern } from "./pattern.ts";

/** What a `Redactor` hides, and by what it is replaced. */
export interface RedactOptions {
  /**
   * All keys whose values are hidden, at any depth, in place of the usual secrets. Each is the whole key;
   * case, `-` and `_` do not matter. Keys are those of objects, Maps, Headers, URLSearchParams and
   * FormData, the parameters of a URL or a form and the members of JSON (also where these are text), the
   * first halves of an array that has nothing but pairs, the `name` or `key` beside a `value`, every other
   * element of a flat list under `headers` or `rawHeaders`, and the options of a command line. In texts
   * they are also those of header lines, printed objects, XML, and `password: x`; a plain word after a
   * colon is shown (`token: expired`), unless it is the last one after a password.
   */
  readonly keys?: readonly string[] | undefined;
  /** Whole keys that are hidden in addition to the usual secrets, or to `keys`. */
  readonly alsoKeys?: readonly string[] | undefined;
  /** Whole keys that are shown although one of their words is that of a secret. */
  readonly exceptKeys?: readonly string[] | undefined;
  /**
   * Paths from the fields of a record or the attributes of a span: `user.email`, `orders[*].card`,
   * `*.ssn`. A `*` is any one key or index; a key with dots is written `["a.b"]`. Errors are at `error`
   * everywhere, unless they are a field of another name: `error.message` (hidden in the stack too),
   * `error.cause.message`, `error.errors[*].message`. Results of health checks are at `description` and
   * `error`, and the reason of a maintenance at `maintenance`.
   */
  readonly paths?: readonly string[] | undefined;
  /**
   * Forms of secrets that are hidden in every text that leaves: messages, errors and their stacks, names
   * of spans and events, URLs, health, and our own lines on standard error.
   */
  readonly patterns?: readonly RedactPattern[] | undefined;
  /**
   * The replacement of a hidden value: `replace` is `[REDACTED]`, `remove` leaves key and value out, and
   * a key for HMAC-SHA256 gives a digest by which equal values can be recognized.
   *
   * @default "replace"
   */
  readonly by?: "replace" | "remove" | { readonly hashKey: string } | undefined;
}

/** The names of all options. */
export const REDACT_OPTIONS: Known<RedactOptions> = {
  keys: true,
  alsoKeys: true,
  exceptKeys: true,
  paths: true,
  patterns: true,
  by: true,
};

/** Keys in the form in which they are compared; throws a `TypeError` for one that can't match. */
export function foldedKeys(keys: readonly string[]): Set<string> {
  const folded = new Set<string>();
  for (const key of keys) {
    const isKey = typeof key === "string" && fold(key) !== "";
    check(isKey, "redact", "each key must be a non-empty string", key, TypeError);
    folded.add(fold(key));
  }
  return folded;
}

/** A pattern with a RegExp of its own, or a `TypeError`. */
export function checkedPattern(pattern: RedactPattern): RedactPattern {
  const { find } = pattern;
  if (!(find instanceof RegExp) || find.sticky || "".search(find) >= 0) {
    const rule = 'find must be a RegExp that is not sticky and does not match ""';
    throw new TypeError(
      `Cannot redact: ${rule}, got ${find instanceof RegExp ? find : shown(find)}`,
    );
  }
  // A copy: a shared RegExp has a shared `lastIndex`.
  const flags = find.flags.replace("g", "") + "g";
  return { ...pattern, find: new RegExp(find.source, flags) };
}

/** A valid replacement, or a `TypeError`. */
export function checkedBy(by: NonNullable<RedactOptions["by"]>): NonNullable<RedactOptions["by"]> {
  const hashKey = typeof by === "object" ? by?.hashKey : undefined;
  if (by === "replace" || by === "remove") return by;
  if (typeof hashKey === "string" && hashKey !== "") return by;
  const rule = "by must be replace, remove or an object with a non-empty hashKey";
  throw new TypeError(`Cannot redact: ${rule}, got ${shown(by)}`);
}

/** A key without case and separators. */
export function fold(key: string): string {
  return key.replace(/[-_]/g, "").toLowerCase();
}
