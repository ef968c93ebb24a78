/**
 * Exceptions as the semantic conventions describe them.
 *
 * @module
 */
import type { Attributes } from "../core/attributes.ts";
import type { ErrorDescription } from "../core/error.ts";

/** The attributes of an `exception` event; the stack trace goes on with causes and parts. */
export function exceptionAttributes(error: ErrorDescription): Attributes {
  const attributes: Record<string, string> = {
    "exception.type": error.type,
    "exception.message": error.message,
  };
  const stacktrace = stacktraceOf(error);
  if (stacktrace !== "") attributes["exception.stacktrace"] = stacktrace;
  return attributes;
}

/** Stacks of an error, its causes, and for an `AggregateError` its parts; "" when there is none. */
function stacktraceOf(error: ErrorDescription): string {
  let text = error.stack ?? "";
  if (error.cause !== undefined) text += `\nCaused by: ${textOf(error.cause)}`;
  for (const [index, part] of (error.errors ?? []).entries()) {
    text += `\nError ${index + 1} of ${error.errors!.length}: ${textOf(part)}`;
  }
  return text;
}

function textOf(error: ErrorDescription): string {
  const stacktrace = stacktraceOf(error);
  return error.stack === undefined ? `${error.type}: ${error.message}${stacktrace}` : stacktrace;
}
