/**
 * Redaction of attributes, and the attributes of an `exception` event.
 *
 * @module
 */
import type { Attributes, AttributeValue, Pairs } from "../../core/attributes.ts";
import { hidesArgument } from "../../core/plain/ordinary.ts";
import { LONG_NUMBER, type Redactor } from "../../core/redact/redactor.ts";
import { describeError, type ErrorDescription } from "../../core/redact/error.ts";

/**
 * The pairs without secrets: the same array when it has none, as nearly always. Spans are redacted when
 * they are read, so that recording costs no more.
 */
export function redactPairs(pairs: Pairs, redactor: Redactor): Pairs {
  let shown: (string | AttributeValue | undefined)[] | undefined;
  for (let i = 0; i < pairs.length; i += 2) {
    const key = pairs[i] as string, value = pairs[i + 1];
    if (value === undefined) continue;
    const kept = redactAttribute(key, value, redactor);
    if (kept === value) continue;
    shown ??= [...pairs];
    shown[i + 1] = kept;
  }
  return shown ?? pairs;
}

/** The value of an attribute without secrets: itself where it has none; undefined when it is left out. */
export function redactAttribute(
  key: string,
  value: AttributeValue,
  redactor: Redactor,
): AttributeValue | undefined {
  return redactor.hidesAttribute(key) ? standIn(value, redactor) : read(key, value, redactor);
}

/** The replacement of a value; that of a list is a list. */
function standIn(value: AttributeValue, redactor: Redactor): AttributeValue | undefined {
  const text = redactor.standIn(() => String(value));
  return text === undefined || !Array.isArray(value) ? text : [text];
}

function read(key: string, value: AttributeValue, redactor: Redactor): AttributeValue {
  if (typeof value === "string") return redactor.text(value);
  if (Array.isArray(value)) return readList(key, value, redactor);
  return redactor.readsText && typeof value !== "boolean"
    ? readNumber(value as number, redactor)
    : value;
}

/** A list has elements of one type: where a number of a list is hidden, all become strings. */
function readList(
  key: string,
  values: readonly (string | number | boolean)[],
  redactor: Redactor,
): AttributeValue {
  if (!redactor.followsPaths && !redactor.readsText && typeof values[0] !== "string") {
    return values as AttributeValue;
  }
  let isChanged = false;
  const shown: (string | number | boolean)[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const kept = hidesArgument(values, i, redactor)
      ? redactor.standIn(() => String(value))
      : element(key, i, value, redactor);
    isChanged ||= kept !== value;
    if (kept !== undefined) shown.push(kept);
  }
  if (!isChanged) return values as AttributeValue;
  return shown.some((value) => typeof value === "string") ? shown.map(String) : shown as number[];
}

function element(
  key: string,
  index: number,
  value: string | number | boolean,
  redactor: Redactor,
): string | number | boolean | undefined {
  if (redactor.followsPaths && redactor.hidesAt([...key.split("."), String(index)])) {
    return redactor.standIn(() => String(value));
  }
  return read("", value, redactor) as string | number | boolean;
}

/** A long number may be a card number. */
function readNumber(value: number, redactor: Redactor): number | string {
  if (Math.abs(Number(value)) < LONG_NUMBER) return value;
  const text = String(value), shown = redactor.text(text);
  return shown === text ? value : shown;
}

/** Describes an error, redacted by the paths of an `error` and those of an event's attributes. */
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

/** The stacks of an error, its causes and the errors of an `AggregateError`; "" without one. */
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
