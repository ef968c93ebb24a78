/**
 * What of a query may be recorded.
 *
 * @module
 */
import { cut } from "../core/attributes.ts";
import type { Redactor } from "../core/redact.ts";

/** A longer query is cut. */
const LONGEST_QUERY = 2048;
/** Parameters that are credentials, by the semantic conventions for `url.query`. */
const SECRETS: ReadonlySet<string> = new Set([
  "x-amz-signature",
  "x-amz-credential",
  "x-amz-security-token",
  "awsaccesskeyid",
  "signature",
  "sig",
  "x-goog-signature",
]);

/** A query without the values of parameters that are secret by their name; bounded in length. */
export function shownQuery(query: string, redactor: Redactor): string {
  const kept = query.length <= LONGEST_QUERY
    ? query
    : redactor.readsText
    ? redactor.head(query, LONGEST_QUERY)
    : cut(query, LONGEST_QUERY);
  return isClean(kept, redactor) ? kept : withoutSecrets(kept, redactor);
}

/** By far the most are: nothing is made for them but their parameters' names. */
function isClean(query: string, redactor: Redactor): boolean {
  for (let start = 0; start < query.length;) {
    let end = query.indexOf("&", start);
    if (end === -1) end = query.length;
    const equals = query.indexOf("=", start);
    if (equals !== -1 && equals < end && hides(query.slice(start, equals), redactor)) return false;
    start = end + 1;
  }
  return true;
}

function withoutSecrets(query: string, redactor: Redactor): string {
  const shown: string[] = [];
  for (const pair of query.split("&")) {
    const equals = pair.indexOf("=");
    if (equals === -1 || !hides(pair.slice(0, equals), redactor)) shown.push(pair);
    else {
      const standIn = redactor.standIn(() => decoded(pair.slice(equals + 1)));
      if (standIn !== undefined) shown.push(`${pair.slice(0, equals)}=${standIn}`);
    }
  }
  return shown.join("&");
}

/** Whoever reads the parameter reads its name decoded. */
function hides(name: string, redactor: Redactor): boolean {
  const key = name.includes("%") ? decoded(name) : name;
  return redactor.hides(key) || SECRETS.has(key.toLowerCase());
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
