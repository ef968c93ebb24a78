/**
 * The words by which names of secrets are recognized.
 *
 * @module
 */

/** Secret anywhere in a name: `user_password`, `aws_secret_access_key`. */
const ANYWHERE: readonly string[] = /* @__PURE__ */ words(
  "password passwd pwd passphrase passcode secret credential authorization jwt private-key",
  "secret-key ssn social-security cvv cvc",
);

/** Secret at the end of a name: `githubToken` and `sessionId`, but not `token_count`. */
const AT_END: readonly string[] = /* @__PURE__ */ words(
  "token access-tokens refresh-tokens auth-tokens api-tokens api-key access-key",
  "encryption-key signing-key auth-key account-key shared-key master-key session-key",
  "hmac-key license-key subscription-key bearer cookie session session-id sessid sid csrf",
  "xsrf db-pass smtp-pass user-pass dsn connection-string conn-str basic-auth",
  "client-assertion code-verifier recovery-codes backup-codes verification-code",
  "database-url database-uri db-url db-uri postgres-url mysql-url redis-url mongo-url",
  "mongo-uri mongodb-url mongodb-uri amqp-url card-number credit-card pin otp totp",
);

/**
 * The usual secrets. By default a value is hidden when its key contains one of these as words; see
 * {@linkcode Redactor}. As the option `keys` they would be whole keys: to hide more than the usual
 * secrets, use `alsoKeys`.
 */
export const DEFAULT_REDACTED_KEYS: readonly string[] = /* @__PURE__ */ ANYWHERE.concat(
  AT_END,
  /* @__PURE__ */ words(
    "proxy-authorization set-cookie access-token refresh-token id-token auth-token client-secret",
    "x-api-key pass pw creds",
  ),
);

/** Endings without a meaning of their own: the words before them decide. */
const TAILS = /* @__PURE__ */ new Set(/* @__PURE__ */ words(
  "value text string raw plain header data hash code b64 base64 hex enc encrypted encoded",
  "old new current previous next confirm confirmation repeat again digits env",
));
/** Endings of names of something about a secret: `password_changed_at`, `secretName`. */
const METADATA_ENDINGS = /* @__PURE__ */ new Set(/* @__PURE__ */ words(
  "count counts total size length len bytes ms sec seconds minutes hours days duration",
  "age ttl at on by time date expiry expires expired expiration in limit max min left remaining",
  "type kind name names version status state valid verified present enabled disabled required",
  "changed updated created rotated missing set strength score policy rule rules attempts tries",
  "retries failures errors error reason result results check checks cost rate usage used",
  "endpoint url uri path file arn manager store provider mode requested algorithm format prefix field fields hint label",
));
/** Words before `token` that make it one of a text or a list: `cost_per_token`, `nextPageToken`. */
const WORDS_BEFORE_TEXT_TOKEN = /* @__PURE__ */ new Set(/* @__PURE__ */ words(
  "per input output prompt completion first stop unexpected next page continuation pagination",
));
/** Beginnings of names of booleans and numbers. */
const BOOLEAN_PREFIXES = /* @__PURE__ */ new Set(/* @__PURE__ */ words(
  "is has had have needs need requires require uses use with without no not can should must was",
  "forgot num show hide",
));

const SECRET = /* @__PURE__ */ new Set(/* @__PURE__ */ ANYWHERE.map(joined));
const SECRET_AT_END = /* @__PURE__ */ new Set(/* @__PURE__ */ AT_END.map(joined));
/** Endings of a word, as in `dbpassword`, that no other word has. */
const SECRET_END = /(?:password|passwd|passphrase|secret|privatekey|secretkey|credential)$/;
const AT_END_OF_WORD = /(?:token|apikey|accesskey|cookie|sessionid|sessid)$/;

/** The form of a name. */
const NAME = /^[\p{L}\p{N}\p{M}_.:[\] -]{1,64}$/u;
/** Words of a name that are read. */
const MAX_WORDS = 32;
const DIGIT = /^\p{N}/u;
/** A word of letters or digits; `APIKey` is two. */
const WORD = /\p{Lu}+(?!\p{Ll})|\p{Lu}?[^\p{Lu}\P{L}]+|\p{N}+/gu;

/**
 * Whether a name is that of a usual secret, by its words, which are in camelCase or separated by other
 * characters than letters and digits. Linear in the name.
 */
export function isSecretName(name: string): boolean {
  if (!NAME.test(name)) return false;
  const parts = (name.match(WORD) ?? []).slice(0, MAX_WORDS).map((word) => word.toLowerCase());
  if (parts.length > 1 && BOOLEAN_PREFIXES.has(parts[0]!)) return false;
  let end = parts.length;
  while (end > 1 && (TAILS.has(parts[end - 1]!) || DIGIT.test(parts[end - 1]!))) end--;
  return endsSecret(parts, parts.length) || endsSecret(parts, end) || holdsSecret(parts, end);
}

function endsSecret(parts: readonly string[], end: number): boolean {
  if (end === 0) return false;
  const last = parts[end - 1]!;
  if (last === "token" && end > 1 && WORDS_BEFORE_TEXT_TOKEN.has(parts[end - 2]!)) return false;
  return isLast(last) || end > 1 && isLast(parts[end - 2] + last);
}

function holdsSecret(parts: readonly string[], end: number): boolean {
  if (end < 2 || METADATA_ENDINGS.has(parts[end - 1]!)) return false;
  for (let i = 0; i < end - 1; i++) {
    if (isSecret(parts[i]!) || i > 0 && isSecret(parts[i - 1]! + parts[i])) return true;
  }
  return false;
}

function isSecret(phrase: string): boolean {
  const one = singular(phrase);
  return SECRET.has(one) || SECRET_END.test(one);
}

function isLast(phrase: string): boolean {
  return isSecret(phrase) || SECRET_AT_END.has(phrase) || AT_END_OF_WORD.test(phrase) ||
    phrase.endsWith("keys") && SECRET_AT_END.has(phrase.slice(0, -1)) || phrase.endsWith("cookies");
}

function singular(word: string): string {
  return word.endsWith("s") ? word.slice(0, -1) : word;
}

function joined(name: string): string {
  return name.replaceAll("-", "");
}

function words(...lines: readonly string[]): readonly string[] {
  return lines.join(" ").split(" ");
}
