/**
 * Exceptions as the semantic conventions describe them.
 *
 * @module
 */
import type { Attributes } from "../core/attributes.ts";
import { describeError, type ErrorDescription } from "../core/error.ts";
import type { Redactor } from "../core/redact.ts";

/** Describes what was thrown, hidden by the paths of an `error` and of an event's attributes too. */
export function describeException(error: unknown, redactor: Redactor): ErrorDescription {
  const description = describeError(error, redactor);
  if (!redactor.followsPaths || !redactor.hidesAttribute("exception.message")) return description;
  const { message, stack } = description;
  const standIn = redactor.standIn(() => message) ?? "";
  return {
    ...description,
    message: standIn,
    stack: message === "" ? stack : stack?.replaceAll(message, () => standIn),
  };
}

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
