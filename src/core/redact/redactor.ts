/**
 * The redactor, which hides secrets in all that leaves: log records, spans, errors, health.
 *
 * @module
 */
import { nodeProcess } from "../platform.ts";
import { clip, copy, head } from "../text.ts";
import { refuseUnknown } from "../check.ts";
import { edited } from "./edit.ts";
import {
  checkedBy,
  checkedPattern,
  fold,
  foldedKeys,
  REDACT_OPTIONS,
  type RedactOptions,
} from "./options.ts";
import { hideNamed, hideNamedBefore, mayHold } from "./forms.ts";
import { RedactPaths } from "./path.ts";
import { mayMatch, partOf, type RedactPattern } from "./pattern.ts";
import { RecentTexts } from "./recent.ts";
import { credentials, decoded, parameters } from "./url.ts";
import { DEFAULT_REDACTED_KEYS, isSecretName } from "./words.ts";

/** Smaller integers have fewer digits than the numbers that patterns find. */
export const LONG_NUMBER = 1e12;

/** The replacement of a hidden value. */
export const REDACTED = "[REDACTED]";

/**
 * How far beyond a cut a text is searched, in UTF-16 units: a secret that starts before the cut and is
 * longer may not be recognized.
 */
const REACH = 8192;

/** Cached answers; applications use few keys. */
const MAX_CACHED = 1024;
/** Only the start of a longer key is read. */
const MAX_KEY = 256;

/**
 * Decides what is hidden: values by key or path, and parts of texts by name or pattern.
 *
 * Without the option `keys`, the words of a key decide, in camelCase or separated by `-`, `_` or `.`:
 *
 * | place in the key | words |
 * | --- | --- |
 * | anywhere in the key | `password`, `passwd`, `pwd`, `passphrase`, `passcode`, `secret`, `credential`, `authorization`, `jwt`, `private_key`, `secret_key`, `ssn`, `social_security`, `cvv`, `cvc` |
 * | at its end | `token`, `api_key`, `access_key` and other keys to something, `bearer`, `cookie`, `session`, `session_id`, `sid`, `csrf`, `xsrf`, `dsn`, `connection_string`, `database_url` and those of databases by name, `card_number`, `credit_card`, `pin`, `otp` |
 *
 * `pass`, `pw` and `creds` are hidden as whole keys. Values about a secret are shown: `token_count`,
 * `session_duration_ms`, `password_changed_at`, `has_password`, `max_tokens`, `next_page_token`; so are
 * other words, such as `passwordless` and `pinned`. `value`, `hash`, digits and the like at the end of a
 * key are skipped. `exceptKeys` shows more.
 *
 * @example The default keys
 * ```ts
 * import { Redactor } from "@telltale/telltale/log";
 * import assert from "node:assert/strict";
 *
 * const redactor = new Redactor();
 * assert.deepEqual(
 *   ["Set_Cookie", "userPassword", "token_count"].map((key) => redactor.hides(key)),
 *   [true, true, false],
 * );
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
  /** Whether there are paths: copies then have to track where they are. */
  readonly followsPaths: boolean;
  /** Whether there are patterns: copies then have to redact each text. */
  readonly readsText: boolean;
  readonly #keys: ReadonlySet<string>;
  readonly #exceptKeys: ReadonlySet<string>;
  readonly #readsWords: boolean;
  /** Keys that hide nothing, where most look-ups end. */
  readonly #shown = new RecentTexts();
  readonly #cache = new Map<string, boolean>();
  readonly #attributes = new Map<string, boolean>();
  readonly #shownAttributes = new RecentTexts();
  /** Texts with signs of a secret that hold none, such as routes. */
  readonly #clean = new RecentTexts();
  readonly #paths: RedactPaths;
  readonly #patterns: readonly RedactPattern[];
  readonly #by: NonNullable<RedactOptions["by"]>;

  /**
   * Makes a redactor; without options, of the usual secrets.
   *
   * @throws {TypeError} for an invalid key, path, pattern or replacement
   */
  constructor(options: RedactOptions = {}) {
    refuseUnknown("redact", options, REDACT_OPTIONS);
    const { keys, alsoKeys = [], exceptKeys = [] } = options;
    this.#keys = foldedKeys([...keys ?? DEFAULT_REDACTED_KEYS, ...alsoKeys]);
    this.#exceptKeys = foldedKeys(exceptKeys);
    this.#readsWords = keys === undefined;
    this.#paths = new RedactPaths(options.paths ?? []);
    this.#patterns = (options.patterns ?? []).map(checkedPattern);
    this.#by = checkedBy(options.by ?? "replace");
    this.followsPaths = (options.paths?.length ?? 0) > 0;
    this.readsText = this.#patterns.length > 0;
  }

  /** Whether the value under `key` is to be hidden. */
  hides(key: string): boolean {
    return !this.#shown.has(key) && this.#lookUp(key);
  }

  #lookUp(key: string): boolean {
    let hidden = this.#cache.get(key);
    if (hidden === undefined) {
      if (key.length > MAX_KEY) return this.#judge(key.slice(0, MAX_KEY));
      hidden = this.#judge(key);
      if (this.#cache.size >= MAX_CACHED) this.#cache.clear();
      this.#cache.set(key, hidden);
    }
    if (!hidden) this.#shown.add(key);
    return hidden;
  }

  #judge(key: string): boolean {
    const folded = fold(key);
    if (this.#exceptKeys.has(folded)) return false;
    // A key that contains a secret itself hides its value; the key is redacted where it is written.
    return this.#keys.has(folded) || this.#readsWords && isSecretName(key) ||
      this.named(key) !== key;
  }

  /** Whether a path hides the value at this one, keys and indexes from the outside in. */
  hidesAt(path: readonly string[]): boolean {
    return this.#paths.match(path);
  }

  /** Whether a span's attribute is hidden, by its whole name or by the part after its last dot. */
  hidesAttribute(name: string): boolean {
    if (this.#shownAttributes.has(name)) return false;
    const hidden = this.#attributes.get(name) ?? this.#judgeAttribute(name);
    if (!hidden) this.#shownAttributes.add(name);
    return hidden;
  }

  #judgeAttribute(name: string): boolean {
    const hidden = this.#hidesByName(name) ||
      this.followsPaths && (this.#paths.match(name.split(".")) || this.#paths.match([name]));
    if (name.length > MAX_KEY) return hidden;
    if (this.#attributes.size >= MAX_CACHED) this.#attributes.clear();
    this.#attributes.set(name, hidden);
    return hidden;
  }

  #hidesByName(name: string): boolean {
    const last = name.slice(name.lastIndexOf(".") + 1);
    if (this.#exceptKeys.has(fold(last))) return false;
    return this.hides(name) ||
      last !== name && !this.#exceptKeys.has(fold(name)) && this.hides(last);
  }

  /** The text without secrets under names and without matches of patterns. */
  text(text: string): string {
    text = this.named(text);
    if (!this.readsText) return text;
    text = this.#matched(text);
    return text.includes("%") ? text.replace(URL_PART, (part) => this.#inPart(part)) : text;
  }

  #matched(text: string): string {
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

  /** Redacts by pattern in a percent-encoded part of a URL: `ada%40example.org`. */
  #inPart(part: string): string {
    const plain = part.includes("%") ? decoded(part) : part;
    if (plain === part) return part;
    const shown = this.#matched(plain);
    return shown === plain ? part : encodeURIComponent(shown.toWellFormed());
  }

  /**
   * The text without values under names that hide (parameters of URLs and forms, members of JSON, lines
   * of headers, printed objects, options of a command line, XML, `password: x`), and without the user
   * and password of URLs.
   */
  named(text: string): string {
    return mayHold(text) ? this.#named(text) : text;
  }

  #named(text: string): string {
    if (this.#clean.has(text)) return text;
    const shown = hideNamed(text, this);
    if (shown === text && text.length <= MAX_KEY) this.#clean.add(copy(text));
    return shown;
  }

  /**
   * A URL, or a part of one, without its user and password, and without the values of parameters, in
   * query and fragment, whose names hide. Everything else stays byte for byte.
   *
   * @example
   * ```ts
   * import { Redactor } from "@telltale/telltale/log";
   * import assert from "node:assert/strict";
   *
   * assert.equal(
   *   new Redactor().url("https://me:pw@host/a?q=%7e&api_key=k"),
   *   "https://REDACTED:REDACTED@host/a?q=%7e&api_key=%5BREDACTED%5D",
   * );
   * ```
   */
  url(url: string | URL): string {
    let text = typeof url === "string" ? url : url.href;
    text = edited(text, credentials(text));
    const at = text.search(/[?#]/);
    if (at < 0) return this.text(text);
    const query = text.slice(at + 1), shown = this.query(query);
    const separator = shown === "" && query !== "" ? "" : text[at];
    return this.text(text.slice(0, at)) + separator + shown;
  }

  /** {@linkcode Redactor.url} for the query of a URL, without its `?`. */
  query(query: string): string {
    return query === "" ? query : this.text(edited(query, parameters(query, this, true)));
  }

  /** The redacted text under a key, cut to `max` units; undefined when it is left out. */
  under(key: string, text: string, max: number): string | undefined {
    const hidden = this.hides(key) || this.followsPaths && this.#paths.match([key]);
    return hidden ? this.standIn(() => text) : this.clip(text, max);
  }

  /** {@linkcode Redactor.head}, followed by the number of units that were cut. */
  clip(text: string, max: number): string {
    if (text.length <= max) return clip(this.text(text), max);
    return `${this.head(text, max)}…[${text.length - max} cut]`;
  }

  /**
   * The first `max` units of the text, at most, without secrets under names and matches of patterns. A
   * secret that the cut goes through is recognized and hidden too.
   */
  head(text: string, max: number): string {
    const start = text.slice(0, max + REACH);
    let [shown, end] = mayHold(start) ? hideNamedBefore(start, max, this) : [start, max];
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

  /** The part of a match that is hidden, and its replacement. */
  #hidden(pattern: RedactPattern, found: string): readonly [from: number, to: number, string] {
    const part = partOf(pattern, found);
    if (part === undefined) return [0, 0, ""];
    return [...part, this.standIn(() => found.slice(...part)) ?? ""];
  }

  /** The replacement of a hidden value, whose text is made when needed; undefined when left out. */
  standIn(text: () => string): string | undefined {
    const by = this.#by;
    if (by === "replace") return REDACTED;
    return by === "remove" ? undefined : digest(by.hashKey, text());
  }
}

/** A segment of a path, a name or a value of a query. */
const URL_PART = /[^\s"'<>`&;#=?/]+/g;

/** Half of the digest: 128 bits are enough to tell values apart. */
function digest(key: string, text: string): string {
  // Loaded on first use: the module costs milliseconds at start.
  const { createHmac } = nodeProcess().getBuiltinModule("node:crypto");
  return `[HMAC ${createHmac("sha256", key).update(text).digest("hex").slice(0, 32)}]`;
}
