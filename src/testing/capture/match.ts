/**
 * Assertions on recorded things, which narrow down which of them are meant.
 *
 * @module
 */
import { AssertionError } from "node:assert";
import { unifiedDiff } from "./diff.ts";
import { fieldLines, thereWere, valueText } from "./words.ts";

/**
 * What a field must be: a value that is equal, a RegExp that its text matches, or a function that returns
 * true for it.
 */
export type Expected =
  | string
  | number
  | boolean
  | RegExp
  | null
  | undefined
  | readonly unknown[]
  | ((value: unknown) => boolean)
  | { readonly [name: string]: Expected };

/** Fields by name, and what each must be; `undefined` for one that must not be there. */
export type ExpectedFields = Readonly<Record<string, Expected>>;

/** Whether a value is what was expected. */
export function isExpected(value: unknown, expected: unknown): boolean {
  if (expected instanceof RegExp) {
    return new RegExp(expected, expected.flags.replace(/[gy]/g, "")).test(String(value));
  }
  if (typeof expected === "function") return expected(value) === true;
  if (Array.isArray(expected)) {
    return Array.isArray(value) && value.length === expected.length &&
      expected.every((each, i) => isExpected(value[i], each));
  }
  if (typeof expected === "object" && expected !== null) {
    return typeof value === "object" && value !== null &&
      Object.keys(expected).every((name) =>
        isExpected(
          (value as Record<string, unknown>)[name],
          (expected as Record<string, unknown>)[name],
        )
      );
  }
  return Object.is(value, expected) || typeof expected === "number" && value === expected;
}

/** Throws the error of an assertion that failed. */
export function fail(
  message: string,
  operator: string,
  actual?: unknown,
  expected?: unknown,
): never {
  throw new AssertionError({ message, operator, actual, expected, stackStartFn: fail });
}

/** How things of one kind are shown and compared. */
export interface Form<T> {
  /** What one of them is called: `span`. */
  readonly kind: string;
  /** The fields that `has` compares. */
  readonly fields: (item: T) => Readonly<Record<string, unknown>>;
  /** One of them on a line. */
  readonly text: (item: T) => string;
}

/** Recorded things of one kind. Each assertion leaves those that satisfy it, and fails when none is left. */
export abstract class Match<T> {
  /** Those that are left. */
  readonly all: readonly T[];
  /** What was looked for, as failures name it: `span "charge card"`. */
  protected readonly sought: string;
  readonly #form: Form<T>;

  /** Made by the observer. */
  constructor(all: readonly T[], sought: string, form: Form<T>) {
    this.all = all;
    this.sought = sought;
    this.#form = form;
  }

  /** The first of those that are left. */
  get first(): T {
    return this.all[0]!;
  }

  /** Asserts that so many are left. @throws {AssertionError} for another number */
  times(count: number): this {
    if (this.all.length === count) return this;
    fail(
      `Expected ${count} times ${this.sought}, got ${this.all.length}\n\n${this.listed}`,
      "times",
      this.all.length,
      count,
    );
  }

  /** Asserts that one of them has these fields; others may be there, too. @throws {AssertionError} */
  has(fields: ExpectedFields): this {
    return this.filter(
      "has",
      (item) => misfits(this.#form.fields(item), fields).length === 0,
      () => {
        const near = this.#nearestTo(fields), actual = this.#form.fields(near);
        return `${upper(this.sought)} has other fields (- expected, + actual)\n\n` +
          diffOf(actual, fields) + this.#others();
      },
    );
  }

  /** Narrows down to those that satisfy a condition. */
  protected filter(operator: string, isIt: (item: T) => boolean, message: () => string): this {
    const left = this.all.filter(isIt);
    if (left.length === 0) fail(message(), operator);
    return this.narrowed(left);
  }

  /** All that are left, a line each. */
  protected get listed(): string {
    return thereWere(this.#form.kind, this.all, this.#form.text);
  }

  /** Where there are several, they are all listed. */
  #others(): string {
    if (this.all.length === 1) return "";
    return `\n${this.listed}`;
  }

  #nearestTo(fields: ExpectedFields): T {
    const misses = (item: T) => misfits(this.#form.fields(item), fields).length;
    return this.all.reduce((best, item) => misses(item) < misses(best) ? item : best);
  }

  /** The same with fewer left. @internal */
  protected abstract narrowed(all: readonly T[]): this;
}

function misfits(actual: Readonly<Record<string, unknown>>, fields: ExpectedFields): string[] {
  return Object.keys(fields).filter((name) => !isExpected(actual[name], fields[name]));
}

/** The expected fields that are not there, beside what is. */
function diffOf(actual: Readonly<Record<string, unknown>>, fields: ExpectedFields): string {
  const wanted: Record<string, unknown> = { ...actual };
  for (const name of misfits(actual, fields)) {
    const expected = fields[name];
    if (expected === undefined) delete wanted[name];
    else wanted[name] = expected;
  }
  const shown = Object.fromEntries(
    Object.entries(wanted).map(([name, value]) => [
      name,
      value instanceof RegExp
        ? new Shown(String(value))
        : typeof value === "function"
        ? new Shown(`what ${value.name || "a function"} accepts`)
        : value,
    ]),
  );
  return unifiedDiff(linesOf(shown), linesOf(actual));
}

/** A text that is no value. */
class Shown {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

function linesOf(fields: Readonly<Record<string, unknown>>): string {
  const isShown = Object.values(fields).some((value) => value instanceof Shown);
  if (!isShown) return fieldLines(fields);
  return Object.keys(fields).sort().map((name) => {
    const value = fields[name];
    return `${name}: ${value instanceof Shown ? value.text : valueText(value)}\n`;
  }).join("");
}

/** With a capital. */
export function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
