/**
 * What is recorded of a request that got no response.
 *
 * @module
 */
import { REDACTED, type Redactor } from "../../core/redact/redactor.ts";
import { decoded, parameters } from "../../core/redact/url.ts";
import { describeException, exceptionAttributes } from "../../trace/span/redact.ts";
import type { Span } from "../../trace/span/span.ts";

/**
 * Records what was thrown and gives its type. Error messages of runtimes quote the URL, the one that a
 * redirect led to as well: where it holds what is hidden, that is taken out.
 */
export function recordFailure(span: Span, url: URL, error: unknown, redactor: Redactor): string {
  const secrets = secretsOf(url, redactor);
  if (secrets.length === 0) {
    span.fail(error);
    return describeException(error, redactor).type;
  }
  const description = describeException(error, redactor), { type, message } = description;
  const stacktrace = String(exceptionAttributes(description)["exception.stacktrace"] ?? "");
  // They may be quoted in a way that is not foreseen here.
  const hides = (text: string, minLength = 0) =>
    secrets.some((secret) => secret.length >= minLength && text.includes(secret));
  // A message is worth more than a stack, and the words of one hold any letter.
  const kept = hides(message, 4) ? REDACTED : message;
  span.set("error.type", type).setStatus("error", kept);
  span.event("exception", {
    "exception.type": type,
    "exception.message": kept,
    ...(!hides(stacktrace) && stacktrace !== "" && { "exception.stacktrace": stacktrace }),
  });
  return type;
}

/** What of a URL is secret: as it is written, and decoded. */
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
