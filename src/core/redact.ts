/**
 * What is hidden, for log records, spans and exported errors alike.
 *
 * @module
 */
import { nodeProcess } from "./platform.ts";
import { clip, head } from "./clip.ts";
import { RedactPaths } from "./redact_path.ts";
import type { RedactPattern } from "./redact_pattern.ts";

/** What a {@linkcode Redactor} hides, and what it puts in place. */
export interface RedactOptions {
  /**
   * All keys whose values are hidden, at any depth; the usual secrets unless given. Keys are those of
   * objects, Maps, Headers, URLSearchParams and FormData, the parameters of a URL object, and the first
   * halves of an array that has nothing but pairs of a name and a value. Names and values in one flat
   * list, or as `{ name, value }`, are not seen: that takes a path or a pattern.
   */
  readonly keys?: readonly string[] | undefined;
  /**
   * Paths from the fields of a record or the attributes of a span: `user.email`, `orders[*].card`,
   * `*.ssn`. A `*` is any one key or index; a key with dots is written `["a.b"]`.
   */
  readonly paths?: readonly string[] | undefined;
  /** Forms of secrets that are hidden in every text, messages and stacks among them. */
  readonly patterns?: readonly RedactPattern[] | undefined;
  /**
   * What becomes of a hidden value: `replace` (the default) puts `[REDACTED]`, `remove` leaves key and
   * value out, a key for HMAC-SHA256 puts a digest by which equal values can be told to be equal.
   */
  readonly by?: "replace" | "remove" | { readonly hashKey: string } | undefined;
}

/** What stands where a value was hidden. */
export const REDACTED = "[REDACTED]";

/** Keys that are hidden unless other keys are given. Case, `-` and `_` do not matter. */
export const DEFAULT_REDACTED_KEYS: readonly string[] = [
  "authorization",
  "proxy-authorization",
  "cookie",
  "set-cookie",
  "password",
  "passwd",
  "passphrase",
  "token",
  "access-token",
  "refresh-token",
  "id-token",
  "auth-token",
  "secret",
  "client-secret",
  "secret-key",
  "private-key",
  "api-key",
  "x-api-key",
];

/**
 * How far behind a cut patterns are looked for, in UTF-16 units: a secret that starts before the cut
 * and is longer than this may not be known for what it is.
 */
const REACH = 8192;

/** Answers kept for keys that passed the first look; keys an application uses are few. */
const MAX_CACHED = 1024;

/**
 * Tells what is to be hidden: values by key (the whole key must match, ignoring case, `-` and `_`, so
 * `token_count` is shown and `API-Key` is not), values by path, and parts of texts by pattern.
 *
 * @example The default keys
 * ```ts
 * import { Redactor } from "@telltale/telltale/log";
 * import assert from "node:assert/strict";
 *
 * const redactor = new Redactor();
 * assert.deepEqual(["Set_Cookie", "cookies"].map((key) => redactor.hides(key)), [true, false]);
 * ```
 *
 * @example A pattern
 * ```ts
 * import { EMAILS, Redactor } from "@telltale/telltale/log";
 * import assert from "node:assert/strict";
 *
 * const redactor = new Redactor({ patterns: [EMAILS] });
 * assert.equal(redactor.text("paid by ada@example.org"), "paid by [REDACTED]");
 * ```
 */
export class Redactor {
  /** Whether there are paths: who copies then says where it is. */
  readonly followsPaths: boolean;
  /** Whether there are patterns: who copies then shows each text. */
  readonly readsText: boolean;
  readonly #keys: ReadonlySet<string>;
  readonly #cache = new Map<string, boolean>();
  readonly #attributes = new Map<string, boolean>();
  /** Whether a hidden key may start or end with this ASCII character: most keys stop here. */
  readonly #starts: Uint8Array<ArrayBuffer> = new Uint8Array(128);
  readonly #ends: Uint8Array<ArrayBuffer> = new Uint8Array(128);
  readonly #paths: RedactPaths;
  readonly #patterns: readonly RedactPattern[];
  readonly #by: NonNullable<RedactOptions["by"]>;

  /**
   * Hides what the options say.
   *
   * @throws {TypeError} for a key, path, pattern or replacement that can't work
   */
  constructor(options: RedactOptions = {}) {
    this.#keys = foldedKeys(options.keys ?? DEFAULT_REDACTED_KEYS);
    for (const key of this.#keys) {
      mark(this.#starts, key.charCodeAt(0));
      mark(this.#ends, key.charCodeAt(key.length - 1));
    }
    mark(this.#starts, 0x2d, 0x5f);
    mark(this.#ends, 0x2d, 0x5f);
    this.#paths = new RedactPaths(options.paths ?? []);
    this.#patterns = (options.patterns ?? []).map(checkedPattern);
    this.#by = checkedBy(options.by ?? "replace");
    this.followsPaths = (options.paths?.length ?? 0) > 0;
    this.readsText = this.#patterns.length > 0;
  }

  /** Whether the value under `key` is to be hidden. */
  hides(key: string): boolean {
    const start = key.charCodeAt(0), end = key.charCodeAt(key.length - 1);
    if (start < 128 && end < 128 && (this.#starts[start]! & this.#ends[end]!) === 0) return false;
    return this.#lookUp(key);
  }

  #lookUp(key: string): boolean {
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    if (key.length > 256) return false;
    const hidden = this.#keys.has(fold(key));
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear();
    this.#cache.set(key, hidden);
    return hidden;
  }

  /** Whether the value at this path, keys and indexes from the outside in, is to be hidden by path. */
  hidesAt(path: readonly string[]): boolean {
    return this.#paths.match(path);
  }

  /** Whether a span's attribute is to be hidden: its dots part keys, and the last one counts as one. */
  hidesAttribute(name: string): boolean {
    return this.#attributes.get(name) ?? this.#judgeAttribute(name);
  }

  #judgeAttribute(name: string): boolean {
    const at = name.lastIndexOf(".");
    const hidden = this.hides(name) || at >= 0 && this.hides(name.slice(at + 1)) ||
      this.followsPaths && this.#paths.match(name.split("."));
    if (name.length > 256) return hidden;
    if (this.#attributes.size >= MAX_CACHED) this.#attributes.clear();
    this.#attributes.set(name, hidden);
    return hidden;
  }

  /** The text with all that the patterns find in it hidden. */
  text(text: string): string {
    for (const pattern of this.#patterns) {
      if (mayMatch(pattern, text)) {
        text = text.replace(pattern.find, (found) => {
          const [from, to, shown] = this.#hidden(pattern, found);
          return found.slice(0, from) + shown + found.slice(to);
        });
      }
    }
    return text;
  }

  /** {@linkcode Redactor.head}, with how many units were cut behind it. */
  clip(text: string, max: number): string {
    if (!this.readsText) return clip(text, max);
    if (text.length <= max) return clip(this.text(text), max);
    return `${this.head(text, max)}…[${text.length - max} cut]`;
  }

  /**
   * The first `max` units of the text, at most, with all that the patterns find in it hidden. What the
   * cut goes through is found all the same, and hidden as a whole.
   */
  head(text: string, max: number): string {
    let shown = text.slice(0, max + REACH);
    /** Where the cut is in `shown`: what is put in places before it moves it. */
    let end = max;
    for (const pattern of this.#patterns) {
      if (!mayMatch(pattern, shown)) continue;
      let moved = 0;
      shown = shown.replace(pattern.find, (found, ...rest) => {
        const at = rest.find((part) => typeof part === "number") as number;
        const [from, to, standIn] = this.#hidden(pattern, found);
        if (at + from < end) moved += standIn.length - (Math.min(at + to, end) - at - from);
        return found.slice(0, from) + standIn + found.slice(to);
      });
      end += moved;
    }
    return head(shown, Math.min(end, max));
  }

  /** The part of what a pattern found that is hidden, and what stands in its place. */
  #hidden(pattern: RedactPattern, found: string): readonly [from: number, to: number, string] {
    const part = pattern.locate === undefined ? [0, found.length] as const : pattern.locate(found);
    if (part === undefined) return [0, 0, ""];
    return [...part, this.standIn(() => found.slice(...part)) ?? ""];
  }

  /** What stands in place of a hidden value, whose text is asked for if it matters; undefined: nothing. */
  standIn(text: () => string): string | undefined {
    const by = this.#by;
    if (by === "replace") return REDACTED;
    return by === "remove" ? undefined : digest(by.hashKey, text());
  }
}

function mayMatch({ needs, minLength }: RedactPattern, text: string): boolean {
  return (minLength === undefined || text.length >= minLength) &&
    (needs === undefined || text.includes(needs));
}

function foldedKeys(keys: readonly string[]): Set<string> {
  const folded = new Set<string>();
  for (const key of keys) {
    if (typeof key !== "string" || fold(key) === "") {
      throw new TypeError(`Cannot redact key ${JSON.stringify(key)}: must be a non-empty string`);
    }
    folded.add(fold(key));
  }
  return folded;
}

function checkedPattern(pattern: RedactPattern): RedactPattern {
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

function checkedBy(by: NonNullable<RedactOptions["by"]>): NonNullable<RedactOptions["by"]> {
  const hashKey = typeof by === "object" ? by?.hashKey : undefined;
  if (by === "replace" || by === "remove") return by;
  if (typeof hashKey === "string" && hashKey !== "") return by;
  throw new TypeError(
    `Cannot redact by ${JSON.stringify(by)}: must be replace, remove or a non-empty hashKey`,
  );
}

/** Half of the digest: two values of one service won't meet in 128 bits. */
function digest(key: string, text: string): string {
  // Loaded by whoever hashes, and by nobody else: the module costs milliseconds at start.
  const { createHmac } = nodeProcess().getBuiltinModule("node:crypto");
  return `[HMAC ${createHmac("sha256", key).update(text).digest("hex").slice(0, 32)}]`;
}

function fold(key: string): string {
  return key.replace(/[-_]/g, "").toLowerCase();
}

function mark(table: Uint8Array, ...codes: readonly number[]): void {
  for (const code of codes) {
    // Letters differ from their capitals in this one bit.
    const folded = String.fromCharCode(code);
    for (const form of [folded, folded.toUpperCase()]) {
      if (form.charCodeAt(0) < 128) table[form.charCodeAt(0)] = 1;
    }
  }
}
