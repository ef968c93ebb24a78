/**
 * Which rows a condition holds for.
 *
 * @module
 */
import type { Literal } from "../question/literal.ts";
import type { Condition, Operator } from "../question/question.ts";
import { type Frame, type FrameColumn, STEP, type Steps } from "../store/frame.ts";
import { isPresent, type Value } from "../store/column.ts";

/** 1 for each row that matches, 0 for the others. */
export type Mask = Uint8Array<ArrayBuffer>;

/** Whether a value matches. */
type Test = (value: Value) => boolean;

/** The rows of a frame that a condition holds for. */
export function* match(frame: Frame, condition: Condition): Steps<Mask> {
  const mask = new Uint8Array(frame.count);
  if (condition.kind === "all" || condition.kind === "not") {
    mask.fill(1);
    for (const each of condition.kind === "all" ? condition.of : [condition.of]) {
      const other = yield* match(frame, each);
      if (condition.kind === "all") { for (let i = 0; i < mask.length; i++) mask[i]! &= other[i]!; }
      else for (let i = 0; i < mask.length; i++) mask[i]! ^= other[i]!;
    }
  } else if (condition.kind === "any") {
    for (const each of condition.of) {
      const other = yield* match(frame, each);
      for (let i = 0; i < mask.length; i++) mask[i]! |= other[i]!;
    }
  } else if (condition.kind === "text") {
    for (const column of frame.columns.values()) yield* mark(column, hasText(condition.text), mask);
  } else {
    const column = frame.column(condition.field);
    if (condition.kind === "has") yield* mark(column, () => true, mask);
    else {
      yield* mark(column, testOf(condition.op, condition.values), mask);
      // A row without the field differs from every value.
      if (condition.op === "!=") { for (let i = 0; i < mask.length; i++) mask[i]! ^= 1; }
    }
  }
  yield;
  return mask;
}

/** The fields in which the bare words of a condition are found, among the rows of a mask. */
export function* fieldsOfText(frame: Frame, condition: Condition, rows: Mask): Steps<string[]> {
  if (condition.kind === "not") return yield* fieldsOfText(frame, condition.of, rows);
  const found: string[] = [];
  if (condition.kind === "all" || condition.kind === "any") {
    for (const each of condition.of) found.push(...yield* fieldsOfText(frame, each, rows));
  } else if (condition.kind === "text") {
    for (const column of frame.columns.values()) {
      const mask = new Uint8Array(frame.count);
      yield* mark(column, hasText(condition.text), mask);
      if (mask.some((is, i) => is === 1 && rows[i] === 1)) found.push(column.name);
    }
  }
  return found;
}

/** Sets the rows of the mask whose value matches. */
function* mark(column: FrameColumn | undefined, test: Test, mask: Mask): Steps<void> {
  if (column === undefined) return;
  const { numbers, codes, texts } = column;
  // Each distinct value is tested once; a row takes one look-up.
  const matching = codes && Uint8Array.from(column.values!, (value) => matches(value, test));
  for (let from = 0; from < mask.length; from += STEP) {
    const to = Math.min(from + STEP, mask.length);
    if (matching !== undefined) {
      for (let i = from; i < to; i++) mask[i]! |= matching[codes![i]!]!;
    }
    if (texts !== undefined) {
      for (let i = from; i < to; i++) mask[i]! |= matches(texts[i], test);
    }
    for (let i = from; i < to && numbers !== undefined; i++) {
      const number = numbers[i]!;
      if (isPresent(number) && test(number)) mask[i] = 1;
    }
    yield;
  }
}

function matches(value: string | boolean | undefined, test: Test): 0 | 1 {
  return value !== undefined && test(value) ? 1 : 0;
}

/** Matches texts that contain it, ignoring case, and numbers and booleans equal to it. */
function hasText(text: string): Test {
  const lower = text.toLowerCase(), number = lower.trim() === "" ? NaN : Number(lower);
  return (value) => {
    if (typeof value === "string") return value.toLowerCase().includes(lower);
    return typeof value === "number" ? value === number : String(value) === lower;
  };
}

function testOf(op: Operator, values: readonly Literal[]): Test {
  const tests = values.map((value) => op === "~" ? contains(value.text) : literalTest(op, value));
  return tests.length === 1 ? tests[0]! : (value) => tests.some((test) => test(value));
}

function contains(text: string): Test {
  const lower = text.toLowerCase();
  return (value) => String(value).toLowerCase().includes(lower);
}

function literalTest(op: Operator, literal: Literal): Test {
  const { kind, text } = literal;
  if (kind === "number") {
    const wanted = literal.value;
    if (op === ">") return (value) => typeof value === "number" && value > wanted;
    if (op === ">=") return (value) => typeof value === "number" && value >= wanted;
    if (op === "<") return (value) => typeof value === "number" && value < wanted;
    if (op === "<=") return (value) => typeof value === "number" && value <= wanted;
    return (value) => typeof value === "number" ? value === wanted : value === text;
  }
  if (kind === "range") {
    const { from, to } = literal;
    return (value) => typeof value === "number" ? value >= from && value <= to : value === text;
  }
  if (kind === "pattern") return glob(text);
  return (value) => typeof value === "string" ? value === text : String(value) === text;
}

/** Matches a pattern in which `*` is any text, ignoring case. Linear, which a RegExp need not be. */
function glob(pattern: string): Test {
  const [first, ...rest] = pattern.toLowerCase().split("*") as [string, ...string[]];
  const last = rest.pop()!;
  return (value) => {
    const text = String(value).toLowerCase(), end = text.length - last.length;
    let at = first.length;
    if (end < at || !text.startsWith(first) || !text.endsWith(last)) return false;
    for (const part of rest) {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= end;
  };
}
