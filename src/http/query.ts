/**
 * What of a query may be recorded.
 *
 * @module
 */
import { cut } from "../core/attributes.ts";
import type { Redactor } from "../core/redact.ts";

/** A longer query is cut. */
const LONGEST_QUERY = 2048;

/** Query parameters that are credentials by the semantic conventions, whatever else is hidden. */
const SIGNATURES: ReadonlySet<string> = new Set([
  "x-amz-signature",
  "x-amz-credential",
  "x-amz-security-token",
  "awsaccesskeyid",
  "signature",
  "sig",
  "x-goog-signature",
]);

/** A parameter of a query, or of a fragment that is written like one: its separator, name and value. */
export const PARAMETERS: RegExp = /([?&#])([^=&#]+)=([^&#]*)/g;

/**
 * The query of a request that came in, without its `?` (semantic conventions for `url.query`): without
 * the values that the redactor hides by the names of parameters, and bounded in length.
 */
export function shownQuery(query: string, redactor: Redactor): string {
  const kept = query.length <= LONGEST_QUERY
    ? query
    : redactor.readsText
    ? redactor.head(query, LONGEST_QUERY)
    : cut(query, LONGEST_QUERY);
  return hideParameters(`?${kept}`, redactor).slice(1);
}

/** A URL, or a part of it, without the values of parameters that are hidden by their names. */
export function hideParameters(text: string, redactor: Redactor): string {
  return text.replace(PARAMETERS, (all, separator: string, name: string, value: string) => {
    const hidden = hiddenAs(name, value, redactor);
    if (hidden === undefined) return all;
    return hidden === "" ? separator : `${separator}${name}=${hidden}`;
  });
}

/** What stands for the value of a parameter, empty where all of it is left out; undefined: shown. */
export function hiddenAs(name: string, value: string, redactor: Redactor): string | undefined {
  const key = decoded(name);
  if (SIGNATURES.has(key.toLowerCase())) return "REDACTED";
  if (!redactor.hides(key)) return undefined;
  return encodeURIComponent(redactor.standIn(() => decoded(value)) ?? "");
}

export function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
