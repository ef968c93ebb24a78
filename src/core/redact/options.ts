/**
 * What may be said about what is hidden.
 *
 * @module
 */
import type { Known } from "../check.ts";
import type { RedactPattern } from "./pattern.ts";

/** What a `Redactor` hides, and what it puts in place. */
export interface RedactOptions {
  /**
   * All keys whose values are hidden, at any depth, in place of the usual secrets. Each is the whole key;
   * case, `-` and `_` do not matter. Keys are those of objects, Maps, Headers, URLSearchParams and
   * FormData, the parameters of a URL or a form and the members of JSON (also where these are text), the
   * first halves of an array that has nothing but pairs, the `name` or `key` beside a `value`, every other
   * element of a flat list under `headers` or `rawHeaders`, and the options of a command line. In texts
   * they are also those of header lines, printed objects, XML, and `password: x`; a plain word behind a
   * colon is shown (`token: expired`), unless it is the last one behind a password.
   */
  readonly keys?: readonly string[] | undefined;
  /** Whole keys that are hidden besides the usual secrets, or besides `keys`. */
  readonly alsoKeys?: readonly string[] | undefined;
  /** Whole keys that are shown, though a word of theirs says that they are secret. */
  readonly exceptKeys?: readonly string[] | undefined;
  /**
   * Paths from the fields of a record or the attributes of a span: `user.email`, `orders[*].card`,
   * `*.ssn`. A `*` is any one key or index; a key with dots is written `["a.b"]`. What was thrown is at
   * `error` wherever it is told, unless it is a field of another name: `error.message` (hidden in the
   * stack too), `error.cause.message`, `error.errors[*].message`. What a health check says is at
   * `description` and `error`, and why a service is in maintenance at `maintenance`.
   */
  readonly paths?: readonly string[] | undefined;
  /**
   * Forms of secrets that are hidden in every text that leaves: messages, errors and their stacks, names
   * of spans and events, URLs, health, and our own lines on standard error.
   */
  readonly patterns?: readonly RedactPattern[] | undefined;
  /**
   * What becomes of a hidden value: `replace` (the default) puts `[REDACTED]`, `remove` leaves key and
   * value out, a key for HMAC-SHA256 puts a digest by which equal values can be told to be equal.
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

/** Keys as they are compared; throws a `TypeError` for one that can't match. */
export function foldedKeys(keys: readonly string[]): Set<string> {
  const folded = new Set<string>();
  for (const key of keys) {
    if (typeof key !== "string" || fold(key) === "") {
      throw new TypeError(`Cannot redact key ${JSON.stringify(key)}: must be a non-empty string`);
    }
    folded.add(fold(key));
  }
  return folded;
}

/** A pattern with a RegExp of its own, or a `TypeError`. */
export function checkedPattern(pattern: RedactPattern): RedactPattern {
  const { find } = pattern;
  if (!(find instanceof RegExp) || find.sticky || "".search(find) >= 0) {
    throw new TypeError(
      `Cannot redact pattern ${find}: must be a RegExp that is not sticky and does not match ""`,
    );
  }
  // Always one of ours: a RegExp that is shared has a place it goes on from.
  const flags = find.flags.replace("g", "") + "g";
  return { ...pattern, find: new RegExp(find.source, flags) };
}

/** A way that there is, or a `TypeError`. */
export function checkedBy(by: NonNullable<RedactOptions["by"]>): NonNullable<RedactOptions["by"]> {
  const hashKey = typeof by === "object" ? by?.hashKey : undefined;
  if (by === "replace" || by === "remove") return by;
  if (typeof hashKey === "string" && hashKey !== "") return by;
  throw new TypeError(
    `Cannot redact by ${JSON.stringify(by)}: must be replace, remove or a non-empty hashKey`,
  );
}

/** A key without what does not matter in it. */
export function fold(key: string): string {
  return key.replace(/[-_]/g, "").toLowerCase();
}
