/**
 * Parses a question: one line, whose clauses begin with one of eight words. Its grammar:
 *
 * ```text
 * question = [ terms ] { clause }
 * terms    = all { "or" all }            all  = { [ "and" ] term }
 * term     = [ "-" | "not" ] ( "(" terms ")" | field "?" | field op value { "," value } | word | "text" )
 * op       = ":" | "=" | "!=" | ">" | ">=" | "<" | "<=" | "~"
 * value    = 250ms 1.5s 2kb 5xx 100..500 /orders/* true word "text"
 * clause   = "by" field { "," field } | "show" m { "," m } | "why" terms [ "vs" terms ]
 *          | "every" 10s | "last" 5m | "sort" ["-"] m | "top" 20
 * m        = count rate errors share | p50(f) p99.9(f) avg sum min max distinct (f)
 * ```
 *
 * @module
 */
import { check } from "../../core/check.ts";
import { durationOf } from "./literal.ts";
import {
  type Condition,
  isOfRows,
  type Measure,
  type Operator,
  type Question,
  QuestionError,
  titleOf,
} from "./question.ts";
import { CLAUSES, Reader } from "./reader.ts";

const OPERATORS = ["!=", ">=", "<=", ">", "<", ":", "=", "~"] as const;
/** Measures of a field. */
const OF_FIELD = /^(?:p(?:\d{1,2}(?:\.\d+)?|100)|avg|sum|min|max|distinct)$/;
const MEASURES =
  "count, rate, errors, share, or as in p99(ms): a quantile, avg, sum, min, max, distinct";

const MAX_LENGTH = 4096, MAX_TERMS = 256, MAX_DEPTH = 32, MAX_TOP = 1000, MAX_LIST = 16;

/**
 * Parses a question.
 *
 * @throws {QuestionError} naming the place and what was expected there
 * @throws {TypeError} for a question that is not a text
 *
 * @example
 * ```ts
 * import { parse } from "@telltale/telltale/events";
 * import assert from "node:assert/strict";
 *
 * const { by, show, top } = parse("status>=500 by route show count,p99(ms) top 5");
 * assert.deepEqual(by, ["route"]);
 * assert.deepEqual(show, [{ name: "count" }, { name: "p99", field: "ms" }]);
 * assert.equal(top, 5);
 * assert.throws(() => parse("status>="), /^QuestionError: At 9: expected a value$/);
 * ```
 */
export function parse(text: string): Question {
  check(typeof text === "string", "parse question", "text must be a string", text, TypeError);
  if (text.length > MAX_LENGTH) {
    throw new QuestionError(
      MAX_LENGTH + 1,
      `expected at most ${MAX_LENGTH} characters`,
    );
  }
  return new Parser(new Reader(text)).question();
}

/** A question while it is parsed. */
type Draft = { -readonly [Name in keyof Question]: Question[Name] };

class Parser {
  readonly #reader: Reader;
  /** The position of each clause. */
  readonly #places = new Map<string, number>();
  #terms = 0;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  question(): Question {
    const reader = this.#reader;
    const [where, whereText] = this.#written(() => this.#any(0));
    const draft: Draft = { text: reader.text, where, whereText, by: [], show: [] };
    while (!reader.isAtEnd) {
      const { position, keyword } = reader;
      if (keyword === undefined || !CLAUSES.has(keyword)) {
        return reader.expected("by, show, why, vs, every, sort, top or last");
      }
      if (this.#places.has(keyword)) throw new QuestionError(position, `${keyword} is given twice`);
      this.#places.set(keyword, position);
      reader.take(keyword);
      this.#clause(keyword, draft);
    }
    this.#check(draft);
    return draft;
  }

  #clause(keyword: string, draft: Draft): void {
    const reader = this.#reader;
    if (keyword === "by") draft.by = this.#list(() => reader.name());
    else if (keyword === "show") draft.show = this.#list(() => this.#measure());
    else if (keyword === "why") [draft.why, draft.whyText] = this.#written(() => this.#any(0));
    else if (keyword === "vs") {
      if (draft.why === undefined) {
        throw new QuestionError(this.#places.get("vs")!, "expected why before vs");
      }
      draft.vs = this.#someOf(0);
    } else if (keyword === "every") draft.everyMs = this.#duration("10s");
    else if (keyword === "last") draft.lastMs = this.#duration("5m");
    else if (keyword === "top") draft.top = this.#top();
    else draft.sort = { isDescending: reader.take("-"), by: this.#ordering() };
  }

  /** The result of `read`, and the text that it read. */
  #written<T>(read: () => T): [T, string] {
    const reader = this.#reader, from = reader.position - 1, value = read();
    return [value, reader.text.slice(from, reader.position - 1).trim()];
  }

  #list<T>(read: () => T): T[] {
    const list = [read()];
    while (this.#reader.isAt(",")) {
      if (list.length === MAX_LIST) this.#reader.expected(`at most ${MAX_LIST} of them`);
      this.#reader.take(",");
      list.push(read());
    }
    return list;
  }

  #any(depth: number): Condition {
    const of = [this.#all(depth)];
    while (this.#reader.keyword === "or") {
      if (isEmpty(of.at(-1)!)) this.#reader.expected("a condition before or");
      this.#reader.take("or");
      of.push(this.#all(depth));
      if (isEmpty(of.at(-1)!)) this.#reader.expected("a condition");
    }
    return of.length === 1 ? of[0]! : { kind: "any", of };
  }

  /** A condition that must not be left out. */
  #someOf(depth: number): Condition {
    const condition = this.#any(depth);
    return isEmpty(condition) ? this.#reader.expected("a condition") : condition;
  }

  #all(depth: number): Condition {
    const reader = this.#reader, of: Condition[] = [];
    while (!reader.isAtEnd && !reader.isAt(")")) {
      if (reader.keyword === "and") {
        if (of.length === 0) reader.expected("a condition before and");
        reader.take("and");
      } else if (reader.keyword !== undefined && reader.keyword !== "not") break;
      of.push(this.#term(depth));
    }
    return of.length === 1 ? of[0]! : { kind: "all", of };
  }

  #term(depth: number): Condition {
    const reader = this.#reader;
    if (++this.#terms > MAX_TERMS) reader.expected(`at most ${MAX_TERMS} conditions`);
    if (depth > MAX_DEPTH) reader.expected(`at most ${MAX_DEPTH} nested conditions`);
    if (reader.take("-") || reader.take("not")) return { kind: "not", of: this.#term(depth + 1) };
    if (reader.take("(")) {
      const condition = this.#someOf(depth + 1);
      return reader.take(")") ? condition : reader.expected(")");
    }
    const name = reader.name("a condition");
    if (reader.take("?")) return { kind: "has", field: name };
    const op = reader.takeOne(OPERATORS);
    if (op === undefined) return { kind: "text", text: name };
    return this.#comparison(name, op === "=" ? ":" : op);
  }

  #comparison(field: string, op: Operator): Condition {
    const reader = this.#reader;
    const isOrder = op !== ":" && op !== "!=" && op !== "~";
    const values = this.#list(() => {
      const { position } = reader, value = reader.value();
      if (isOrder && value.kind !== "number") reader.expected("a number, as in 250ms", position);
      return value;
    });
    return { kind: "is", field, op, values };
  }

  #measure(): Measure {
    const reader = this.#reader, { position } = reader;
    const name = reader.name(MEASURES);
    if (isOfRows(name)) return { name };
    if (!OF_FIELD.test(name)) reader.expected(MEASURES, position);
    if (!reader.take("(")) reader.expected("( and a field, as in p99(ms)");
    const field = reader.name();
    return reader.take(")") ? { name, field } : reader.expected(")");
  }

  /** The key of `sort`: a measure or a field. */
  #ordering(): Measure {
    const reader = this.#reader, name = reader.name("a field or a measure");
    if (!reader.take("(")) return { name };
    const field = reader.name();
    return reader.take(")") ? { name, field } : reader.expected(")");
  }

  #duration(like: string): number {
    const reader = this.#reader, { position } = reader;
    const what = `a duration, as in ${like}`;
    return durationOf(reader.word(what)) ?? reader.expected(what, position);
  }

  #top(): number {
    const reader = this.#reader, { position } = reader, what = `a number from 1 to ${MAX_TOP}`;
    const top = Number(reader.word(what));
    return Number.isInteger(top) && top >= 1 && top <= MAX_TOP
      ? top
      : reader.expected(what, position);
  }

  /** Checks that need all clauses. */
  #check({ by, show, why, lastMs, everyMs, sort }: Draft): void {
    const place = (clause: string) => this.#places.get(clause)!;
    if (why !== undefined) {
      const other = ["by", "show", "every", "sort"].find((clause) => this.#places.has(clause));
      if (other !== undefined) {
        throw new QuestionError(place(other), `${other} does not go with why`);
      }
      if (isEmpty(why) && lastMs === undefined) {
        throw new QuestionError(
          place("why"),
          "expected a condition after why, or last, as in why last 5m",
        );
      }
    }
    if (sort === undefined) return;
    const isOfGroups = by.length > 0 || show.length > 0 || everyMs !== undefined;
    const { name, field } = sort.by;
    const isMeasure = field === undefined ? isOfRows(name) : OF_FIELD.test(name);
    if (isOfGroups ? isMeasure || field === undefined && by.includes(name) : field === undefined) {
      return;
    }
    const what = isOfGroups ? "a measure or a field listed in by" : "a field";
    throw new QuestionError(
      place("sort"),
      `expected ${what} after sort, got "${titleOf(sort.by)}"`,
    );
  }
}

/** Whether a condition was left out, and so holds for every row. */
export function isEmpty(condition: Condition): boolean {
  return condition.kind === "all" && condition.of.length === 0;
}
