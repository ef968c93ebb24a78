/**
 * What is recorded of a request that got no response.
 *
 * @module
 */
import { describeError } from "../core/error.ts";
import { exceptionAttributes } from "../trace/exception.ts";
import type { Span } from "../trace/span.ts";
import { redactUrl, secretsOf } from "./destination.ts";

/**
 * Records what was thrown and gives its type. Error messages of runtimes quote the URL: where it
 * holds credentials, they are taken out.
 */
export function recordFailure(span: Span, url: URL, error: unknown): string {
  const description = describeError(error), { type } = description, urlFull = redactUrl(url);
  if (url.href === urlFull) {
    span.fail(error);
    return type;
  }
  const quoted = withoutUser(url), redacted = redactUrl(new URL(quoted));
  const hide = (text: string) => text.replaceAll(url.href, urlFull).replaceAll(quoted, redacted);
  const message = hide(description.message);
  const stacktrace = hide(String(exceptionAttributes(description)["exception.stacktrace"] ?? ""));
  // Causes may quote it in a way that is not foreseen here.
  const isClean = !secretsOf(url).some((secret) => stacktrace.includes(secret));
  span.set("error.type", type).setStatus("error", message);
  span.event("exception", {
    "exception.type": type,
    "exception.message": message,
    ...(isClean && stacktrace !== "" && { "exception.stacktrace": stacktrace }),
  });
  return type;
}

/** As it is requested: some runtimes quote that. */
function withoutUser(url: URL): string {
  const requested = new URL(url);
  requested.username = requested.password = requested.hash = "";
  return requested.href;
}
