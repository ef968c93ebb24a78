/**
 * What was thrown, as bounded plain data that spans, log records and health results share.
 *
 * @module
 */

import { clip } from "./clip.ts";
import { Redactor } from "./redact.ts";

/** A thrown value as plain data: what it is, what it says, where it came from and what led to it. */
export interface ErrorDescription {
  /** The error's name, or its class where the name says only `Error`; else the kind of value. */
  readonly type: string;
  /** The message, at most 4096 UTF-16 units. */
  readonly message: string;
  /** The stack, at most 8192 UTF-16 units. */
  readonly stack?: string | undefined;
  /** The `code` that system and driver errors carry, such as `ECONNREFUSED`. */
  readonly code?: string | number | undefined;
  /** What `cause` held. */
  readonly cause?: ErrorDescription | undefined;
  /** What `errors` of an `AggregateError` held. */
  readonly errors?: readonly ErrorDescription[] | undefined;
}

const MAX_MESSAGE = 4096;
const MAX_STACK = 8192;
const MAX_TYPE = 128;
/** Causes and aggregates together: a chain deeper than this is cut. */
const MAX_DEPTH = 8;
/** In all, because an aggregate of aggregates would be a power of its width. */
const MAX_DESCRIPTIONS = 32;
const PREVIEWED_KEYS = 8;
const LARGE_BIGINT = 1n << 4096n;
/** For who has none: an object that was thrown may hold a password as well as any other. */
const usual = /* @__PURE__ */ new Redactor();

/**
 * Describes whatever was thrown. Never throws: a getter or a proxy trap that does is left out.
 * Cyclic causes, long chains and wide aggregates are cut; 32 descriptions is the most there can be.
 *
 * @example A cause is kept
 * ```ts
 * import { describeError } from "@telltale/telltale/log";
 * import assert from "node:assert/strict";
 *
 * const error = new TypeError("no stock", { cause: new Error("timeout") });
 * const { type, message, cause } = describeError(error);
 * assert.deepEqual([type, message, cause?.message], ["TypeError", "no stock", "timeout"]);
 * ```
 *
 * @param error anything: an `Error`, or a value that should not have been thrown
 * @param redactor hides values by key in what is shown of an object that is no error; texts are the
 * caller's to show it. The usual secrets unless given
 */
export function describeError(error: unknown, redactor: Redactor = usual): ErrorDescription {
  return describe(error, 0, { left: MAX_DESCRIPTIONS, seen: new Set(), redactor });
}

/** Whether `value` is an error, also one of another realm. Never throws. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
  } catch {
    return false;
  }
}

/** What one call may still describe, and the objects it met. */
interface Budget {
  left: number;
  readonly seen: Set<unknown>;
  readonly redactor: Redactor;
}

/** The decimal digits of a bigint; a huge one in hexadecimal, whose cost does not grow as a square. */
export function bigintText(value: bigint): string {
  if (value < LARGE_BIGINT && value > -LARGE_BIGINT) return value.toString();
  return `${value < 0n ? "-" : ""}0x${(value < 0n ? -value : value).toString(16)}`;
}

function describe(error: unknown, depth: number, budget: Budget): ErrorDescription {
  budget.left--;
  if (typeof error !== "object" && typeof error !== "function" || error === null) {
    return { type: error === null ? "null" : typeof error, message: scalarText(error, budget) };
  }
  budget.seen.add(error);
  const message = read(error, "message");
  const stack = read(error, "stack");
  const code = read(error, "code");
  const description: { -readonly [K in keyof ErrorDescription]: ErrorDescription[K] } = {
    type: typeOf(error),
    message: typeof message === "string"
      ? cut(message, MAX_MESSAGE, budget)
      : preview(error, budget),
  };
  if (typeof stack === "string") description.stack = cut(stack, MAX_STACK, budget);
  if (typeof code === "number") description.code = code;
  else if (typeof code === "string") description.code = cut(code, MAX_TYPE, budget);
  if (depth === MAX_DEPTH) return description;

  const cause = read(error, "cause");
  if (cause !== undefined && budget.left > 0 && !budget.seen.has(cause)) {
    description.cause = describe(cause, depth + 1, budget);
  }
  const errors = read(error, "errors");
  if (isArray(errors)) description.errors = describeAll(errors, depth + 1, budget);
  return description;
}

function describeAll(errors: readonly unknown[], depth: number, budget: Budget) {
  const described: ErrorDescription[] = [];
  const length = Math.min(Number(read(errors, "length")), MAX_DESCRIPTIONS);
  for (let i = 0; i < length && budget.left > 0; i++) {
    const inner = read(errors, i);
    if (!budget.seen.has(inner)) described.push(describe(inner, depth, budget));
  }
  return described;
}

function typeOf(error: object): string {
  const name = read(error, "name");
  // `class PaymentError extends Error {}` inherits the name "Error"; its class says more.
  if (typeof name === "string" && name !== "" && name !== "Error") return clip(name, MAX_TYPE);
  const constructor = read(error, "constructor");
  const own = typeof constructor === "function" ? read(constructor, "name") : undefined;
  if (typeof own === "string" && own !== "") return clip(own, MAX_TYPE);
  return typeof name === "string" && name !== "" ? name : typeof error;
}

/** What a thrown object without a message held, one level deep. */
function preview(value: object, budget: Budget): string {
  const { redactor } = budget;
  if (typeof value === "function") return "[function]";
  try {
    const parts: string[] = [];
    for (const key of Object.keys(value)) {
      if (parts.length === PREVIEWED_KEYS) {
        parts.push("…");
        break;
      }
      const held = read(value, key);
      const isObject = typeof held === "object" && held !== null;
      const plain = () => isObject ? "[object]" : scalarText(held, budget);
      const text = redactor.hides(key) ? redactor.standIn(plain) : plain();
      if (text === undefined) continue;
      parts.push(`${cut(key, MAX_TYPE, budget)}: ${cut(text, MAX_TYPE, budget)}`);
    }
    return parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`;
  } catch {
    return "[object that can't be read]";
  }
}

function scalarText(value: unknown, budget: Budget): string {
  if (typeof value === "function") return "[function]";
  return cut(typeof value === "bigint" ? bigintText(value) : String(value), MAX_MESSAGE, budget);
}

/** Whoever shows the text has the patterns read it; what is cut here would escape them. */
function cut(text: string, max: number, { redactor }: Budget): string {
  return text.length <= max ? text : redactor.clip(text, max);
}

function isArray(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false; // A revoked proxy.
  }
}

function read(value: object, key: string | number): unknown {
  try {
    return (value as Record<string | number, unknown>)[key];
  } catch {
    return undefined;
  }
}
