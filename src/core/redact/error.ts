/**
 * Descriptions of thrown values: bounded, redacted plain data for spans, log records and health results.
 *
 * @module
 */
import { clip } from "../text.ts";
import { Redactor } from "./redactor.ts";

/** A thrown value as plain data: its type, message, stack, code and causes. */
export interface ErrorDescription {
  /** The error's name, or its class when the name is only `Error`; for other values their type. */
  readonly type: string;
  /** The message, at most 4096 UTF-16 units. */
  readonly message: string;
  /** The stack, at most 8192 UTF-16 units. */
  readonly stack?: string | undefined;
  /** The `code` of errors of the system and of drivers, such as `ECONNREFUSED`. */
  readonly code?: string | number | undefined;
  /** The `cause`. */
  readonly cause?: ErrorDescription | undefined;
  /** The `errors` of an `AggregateError`. */
  readonly errors?: readonly ErrorDescription[] | undefined;
}

const MAX_MESSAGE = 4096;
const MAX_STACK = 8192;
const MAX_TYPE = 128;
/** The length to which a name is searched for secrets. */
const MAX_NAME = 4096;
/** Causes and aggregates together: a chain deeper than this is cut. */
const MAX_DEPTH = 8;
/** A total, because aggregates of aggregates grow exponentially. */
const MAX_DESCRIPTIONS = 32;
const PREVIEWED_KEYS = 8;
const LARGE_BIGINT = 1n << 4096n;
/** The place of an error for the paths of a redactor, unless it is a field of another name. */
const ERROR_PATH: readonly string[] = ["error"];
/** A shorter message may be part of any word of the stack. */
const MIN_REPLACED = 4;
/** What is told instead of the messages of errors that have values in them. */
const toldMessages = new WeakMap<object, string>();
/** The default redactor: a thrown object may hold a password too. */
const usual = /* @__PURE__ */ new Redactor();

/**
 * Describes any thrown value. Never throws: properties whose getter or proxy trap throws are left out.
 * Cyclic causes, long chains and wide aggregates are cut, to 32 descriptions in total.
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
 * @param redactor hides in all that is described: by key, by path and by pattern
 * @param path the place of the error for paths: `error.cause.message` is the message of the cause of
 * an error at `["error"]`
 */
export function describeError(
  error: unknown,
  redactor: Redactor = usual,
  path: readonly string[] = ERROR_PATH,
): ErrorDescription {
  const at = redactor.followsPaths ? [...path] : undefined;
  return describe(error, 0, { left: MAX_DESCRIPTIONS, seen: new Set(), redactor, at });
}

/**
 * Has an error described by another message from now on, in its stack too: for those of databases, whose
 * messages quote what was sent. The error itself stays as it is.
 */
export function describeAs(error: unknown, message: string): void {
  if (typeof error === "object" && error !== null) toldMessages.set(error, message);
}

/** An error in one line: its type and message, and those of its cause. */
export function errorText(error: unknown, redactor?: Redactor): string {
  const { type, message, cause } = describeError(error, redactor);
  const why = cause === undefined ? "" : ` (${cause.type}: ${cause.message})`;
  return `${type}: ${message}${why}`;
}

/** Whether `value` is an error, even of another realm. Never throws. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
  } catch {
    return false;
  }
}

/** The state of one call: the remaining descriptions, and the objects seen. */
interface Budget {
  left: number;
  readonly seen: Set<unknown>;
  readonly redactor: Redactor;
  /** The keys down to the current value; undefined without paths. */
  readonly at: string[] | undefined;
}

/** A bigint in decimal; a huge one in hexadecimal, whose cost is not quadratic. */
export function bigintText(value: bigint): string {
  if (value < LARGE_BIGINT && value > -LARGE_BIGINT) return value.toString();
  return `${value < 0n ? "-" : ""}0x${(value < 0n ? -value : value).toString(16)}`;
}

function describe(error: unknown, depth: number, budget: Budget): ErrorDescription {
  budget.left--;
  if (typeof error !== "object" && typeof error !== "function" || error === null) {
    const message = hidesUnder("message", budget)
      ? budget.redactor.standIn(() => String(error)) ?? ""
      : scalarText(error, budget);
    return { type: error === null ? "null" : typeof error, message };
  }
  budget.seen.add(error);
  const own = read(error, "message"), message = toldMessages.get(error) ?? own;
  const stack = toldStack(read(error, "stack"), own, message);
  const code = read(error, "code");
  const description: { -readonly [K in keyof ErrorDescription]: ErrorDescription[K] } = {
    type: clip(budget.redactor.text(typeOf(error)), MAX_TYPE),
    message: typeof message === "string"
      ? shownUnder("message", message, MAX_MESSAGE, budget) ?? ""
      : preview(error, budget),
  };
  if (typeof stack === "string") {
    const text = typeof message === "string" ? withoutMessage(stack, message, budget) : stack;
    const shown = shownUnder("stack", text, MAX_STACK, budget);
    if (shown !== undefined) description.stack = shown;
  }
  if (typeof code === "number" || typeof code === "string") {
    const shown = shownUnder("code", String(code), MAX_TYPE, budget);
    if (shown !== undefined) description.code = shown === String(code) ? code : shown;
  }
  if (depth === MAX_DEPTH) return description;

  const cause = read(error, "cause");
  if (cause !== undefined && budget.left > 0 && !budget.seen.has(cause)) {
    const described = describeUnder("cause", cause, depth + 1, budget);
    if (described !== undefined) description.cause = described;
  }
  const errors = read(error, "errors");
  if (isArray(errors)) description.errors = describeAll(errors, depth + 1, budget);
  return description;
}

/** The description of an error within another; only its type when it is hidden. */
function describeUnder(
  key: string,
  error: unknown,
  depth: number,
  budget: Budget,
): ErrorDescription | undefined {
  if (hidesUnder(key, budget)) {
    const { type, message } = describe(error, MAX_DEPTH, {
      ...budget,
      redactor: usual,
      at: undefined,
    });
    const standIn = budget.redactor.standIn(() => message);
    budget.left--;
    return standIn === undefined ? undefined : { type, message: standIn };
  }
  budget.at?.push(key);
  const described = describe(error, depth, budget);
  budget.at?.pop();
  return described;
}

function describeAll(errors: readonly unknown[], depth: number, budget: Budget) {
  const described: ErrorDescription[] = [];
  if (hidesUnder("errors", budget)) return described;
  const length = Math.min(Number(read(errors, "length")), MAX_DESCRIPTIONS);
  budget.at?.push("errors");
  for (let i = 0; i < length && budget.left > 0; i++) {
    const inner = read(errors, i);
    if (budget.seen.has(inner)) continue;
    const shown = describeUnder(String(i), inner, depth, budget);
    if (shown !== undefined) described.push(shown);
  }
  budget.at?.pop();
  return described;
}

function hidesUnder(key: string, { redactor, at }: Budget): boolean {
  return redactor.hides(key) || at !== undefined && redactor.hidesAt([...at, key]);
}

/** The redacted text of a property; undefined when it is left out. */
function shownUnder(key: string, text: string, max: number, budget: Budget): string | undefined {
  const { redactor } = budget;
  return hidesUnder(key, budget) ? redactor.standIn(() => text) : redactor.clip(text, max);
}

/** The stack with the message that is told. */
function toldStack(stack: unknown, own: unknown, told: unknown): unknown {
  if (own === told || typeof stack !== "string" || typeof own !== "string" || own === "") {
    return stack;
  }
  return stack.replaceAll(own, () => String(told));
}

/** A stack begins with the message, which is hidden there as well. */
function withoutMessage(stack: string, message: string, budget: Budget): string {
  if (message === "" || !hidesUnder("message", budget)) return stack;
  const standIn = budget.redactor.standIn(() => message) ?? "";
  return message.length < MIN_REPLACED
    ? stack.replace(message, () => standIn)
    : stack.replaceAll(message, () => standIn);
}

function typeOf(error: object): string {
  const name = read(error, "name");
  // `class PaymentError extends Error {}` inherits the name "Error"; its class says more.
  if (typeof name === "string" && name !== "" && name !== "Error") return name.slice(0, MAX_NAME);
  const constructor = read(error, "constructor");
  const own = typeof constructor === "function" ? read(constructor, "name") : undefined;
  if (typeof own === "string" && own !== "") return own.slice(0, MAX_NAME);
  return typeof name === "string" && name !== "" ? name : typeof error;
}

/** The properties of a thrown object without a message, one level deep. */
function preview(value: object, budget: Budget): string {
  const { redactor } = budget;
  if (hidesUnder("message", budget)) return redactor.standIn(() => "[object]") ?? "";
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
      const text = hidesUnder(key, budget) ? redactor.standIn(plain) : plain();
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

function cut(text: string, max: number, { redactor }: Budget): string {
  return redactor.clip(text, max);
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
