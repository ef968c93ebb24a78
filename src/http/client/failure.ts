/**
 * Records the failure of an outgoing request that got no response, without secrets of its URL.
 *
 * @module
 */
import { REDACTED, type Redactor } from "../../core/redact/redactor.ts";
import { decoded, parameters } from "../../core/redact/url.ts";
import { describeException, exceptionAttributes } from "../../trace/span/redact.ts";
import type { Span } from "../../trace/span/span.ts";

/**
 * Records what was thrown and returns its type. The error messages of runtimes quote the URL, also
 * that of a redirect: a text that contains a secret of the URL is hidden or left out.
 */
export function recordFailure(span: Span, url: URL, error: unknown, redactor: Redactor): string {
  const secrets = secretsOf(url, redactor);
  if (secrets.length === 0) {
    span.fail(error);
    return describeException(error, redactor).type;
  }
  const description = describeException(error, redactor), { type, message } = description;
  const stacktrace = String(exceptionAttributes(description)["exception.stacktrace"] ?? "");
  // The redactor may not know the form in which a runtime quotes them.
  const hides = (text: string, minLength = 0) =>
    secrets.some((secret) => secret.length >= minLength && text.includes(secret));
  // Secrets of up to 3 letters are ignored in a message: they occur in ordinary words.
  const kept = hides(message, 4) ? REDACTED : message;
  span.set("error.type", type).setStatus("error", kept);
  span.event("exception", {
    "exception.type": type,
    "exception.message": kept,
    ...(!hides(stacktrace) && stacktrace !== "" && { "exception.stacktrace": stacktrace }),
  });
  return type;
}

/** The secrets in a URL, as they are written and decoded. */
function secretsOf(
  { username, password, search, hash }: URL,
  redactor: Redactor,
): string[] {
  const written = [password === "" ? username : password];
  const hider = { hides: (name: string) => redactor.hides(name), standIn: () => "" };
  for (const text of [search.slice(1), hash.slice(1)]) {
    for (const [from, to] of parameters(text, hider, true)) written.push(text.slice(from, to));
  }
  const secrets = written.filter((text) => text !== "");
  return [...secrets, ...secrets.map(decoded)];
}
