/**
 * Copies of plain objects and arrays: the fast path of `Walk`, and the rules by which a value is hidden
 * by what stands beside it.
 *
 * @module
 */
import {
  type Budget,
  MAX_KEY,
  MAX_STRING,
  MAX_UNITS,
  MAX_VALUES,
  type Plain,
  type PlainObject,
} from "./data.ts";
import { dateText } from "./text.ts";
import type { Redactor } from "../redact/redactor.ts";

/**
 * The copy of plain objects and arrays of scalars and dates. Undefined when they hold anything else, a
 * key that hides, or more than the budget or the depth allows; a cycle is noticed by its depth only.
 * May throw: getters and traps run here.
 */
export function ordinary(
  value: object,
  depth: number,
  budget: Budget,
  redactor: Redactor | undefined,
): Plain | undefined {
  if (depth <= 0) return undefined;
  if (Array.isArray(value)) return elements(value, depth, budget, redactor);
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    return properties(value, depth, budget, redactor);
  }
  return prototype === Date.prototype ? dateText(value as Date) : undefined;
}

/** Whether a `value` stands beside a `name` or `key` that hides it, as in lists of headers or cookies. */
export function hidesValue(
  holder: object,
  redactor: Pick<Redactor, "hides">,
): boolean {
  try {
    const { name, key } = holder as { name?: unknown; key?: unknown };
    return typeof name === "string" && redactor.hides(name) ||
      typeof key === "string" && redactor.hides(key);
  } catch {
    return false; // A getter or a trap threw: it says so in its own place.
  }
}

/** Whether names and values stand by turns in what is under a key, as in `rawHeaders` of `node:http`. */
function isFlatList(key: string, value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length % 2 === 0 && typeof value[0] === "string" &&
    /(?:headers|trailers)$/i.test(key);
}

/** Whether one of the names in such a list hides. */
export function hidesInList(key: string, value: unknown, redactor: Redactor): boolean {
  if (!Array.isArray(value) || !isFlatList(key, value)) return false;
  for (let i = 0; i < value.length && i < MAX_VALUES; i += 2) {
    if (typeof value[i] === "string" && redactor.hides(value[i])) return true;
  }
  return false;
}

/** Whether a value of a list follows an option of a command line that hides it: `--password`. */
export function hidesArgument(
  list: readonly unknown[],
  index: number,
  redactor: Pick<Redactor, "hides">,
): boolean {
  const option = list[index - 1], value = list[index];
  return typeof option === "string" && option.startsWith("--") && redactor.hides(option.slice(2)) &&
    !(typeof value === "string" && value.startsWith("-"));
}

/** Whether it may be an entry, as those that `Headers` and a Map are made of. */
export function isPair(value: unknown): value is readonly [string, unknown] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === "string";
}

function elements(
  value: readonly unknown[],
  depth: number,
  budget: Budget,
  redactor: Redactor | undefined,
): Plain | undefined {
  const { length } = value;
  if (length > MAX_VALUES - budget.values) return undefined;
  budget.objects++;
  // With its length: one that grows has room for 17.
  const copied = new Array<Plain>(length);
  for (let i = 0; i < length; i++) {
    const held = value[i];
    if (redactor !== undefined) {
      if (isPair(held) && redactor.hides(held[0])) return undefined;
      if (i > 0 && hidesArgument(value, i, redactor)) return undefined;
    }
    if (++budget.values > MAX_VALUES || budget.size > MAX_UNITS) return undefined;
    budget.size += 8;
    const plain = held === undefined
      ? null
      : typeof held === "object" && held !== null
      ? ordinary(held, depth - 1, budget, redactor)
      : scalar(held, budget, redactor);
    if (plain === undefined) return undefined;
    copied[i] = plain;
  }
  return copied;
}

function properties(
  value: object,
  depth: number,
  budget: Budget,
  redactor: Redactor | undefined,
): PlainObject | undefined {
  // Key by key: a clone would hold on to what symbols name.
  const copied: Record<string, Plain> = {};
  budget.objects++;
  for (const key in value) {
    const held: unknown = (value as Record<string, unknown>)[key];
    if (held === undefined) continue;
    if (key.length > MAX_KEY || key === "__proto__") return undefined;
    if (redactor !== undefined) {
      if (redactor.hides(key)) return undefined;
      if (key === "value" && hidesValue(value, redactor)) return undefined;
    }
    if (++budget.values > MAX_VALUES || budget.size > MAX_UNITS) return undefined;
    budget.size += 8 + key.length;
    if (typeof held === "object" && held !== null) {
      if (redactor !== undefined && hidesInList(key, held, redactor)) return undefined;
      const plain = ordinary(held, depth - 1, budget, redactor);
      if (plain === undefined) return undefined;
      copied[key] = plain;
    } else {
      const plain = scalar(held, budget, redactor);
      if (plain === undefined) return undefined;
      copied[key] = plain;
    }
  }
  return copied;
}

function scalar(
  value: unknown,
  budget: Budget,
  redactor: Redactor | undefined,
): Plain | undefined {
  switch (typeof value) {
    case "string":
      budget.size += value.length;
      if (value.length > MAX_STRING) return undefined;
      return redactor === undefined ? value : redactor.named(value);
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "boolean":
      return value;
    default:
      return value === null ? null : undefined;
  }
}
