/**
 * What is recorded of a request that got no response.
 *
 * @module
 */
import { describeError } from "../core/error.ts";
import { REDACTED, type Redactor } from "../core/redact.ts";
import { exceptionAttributes } from "../trace/exception.ts";
import type { Span } from "../trace/span.ts";
import { httpUrl, redactUrl, secretsOf } from "./destination.ts";

/** A URL in a text, up to what it can't hold or what quotes it. */
const URLS = /https?:\/\/[^\s"'<>`)\]}]+/gi;

/**
 * Records what was thrown and gives its type. Error messages of runtimes quote the URL, the one that a
 * redirect led to as well: where it holds what is hidden, that is taken out.
 */
export function recordFailure(span: Span, url: URL, error: unknown, redactor: Redactor): string {
  const description = describeError(error), { type } = description;
  const stack = String(exceptionAttributes(description)["exception.stacktrace"] ?? "");
  const message = shown(description.message, redactor), stacktrace = shown(stack, redactor);
  const secrets = secretsOf(url, redactor);
  const isClean = message === description.message && stacktrace === stack && secrets.length === 0;
  if (isClean) {
    span.fail(error);
    return type;
  }
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

/** The text with what its URLs hide taken out. */
function shown(text: string, redactor: Redactor): string {
  if (!text.includes("://")) return text;
  return text.replace(URLS, (quoted) => {
    const url = httpUrl(quoted);
    if (url === undefined) return quoted;
    const redacted = redactUrl(url, redactor);
    return redacted === url.href ? quoted : redacted;
  });
}
