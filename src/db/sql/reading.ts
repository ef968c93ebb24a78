/**
 * What may be told of a query: its text without values, and its summary.
 *
 * @module
 */
import {
  AMBIGUOUS,
  COMMENT,
  type Dialect,
  DOUBLE,
  type Kind,
  Lexer,
  LITERAL,
  OPEN,
  PARAMETER,
  PUNCTUATION,
  SPACE,
  WORD,
} from "./lexer.ts";
import { Summary } from "./summary.ts";
import { Unquoted } from "./unquoted.ts";

/** Of a longer text only the beginning is read and told, in UTF-16 units. */
const MAX_TEXT = 4096;

/** What is known of a query. */
export interface Reading {
  /** The text with `?` in place of each value, and without comments; undefined when it can't be read. */
  readonly text: string | undefined;
  /** What it does and to which tables, as `SELECT orders`; may be empty. */
  readonly summary: string;
  /** Its first operation in upper case; empty when it is none that is known. */
  readonly verb: string;
  /** Whether it certainly is one statement, and no more. */
  readonly isSingle: boolean;
}

/** Reads a query by the rules of a dialect, in linear time. */
export function read(text: string, dialect: Dialect): Reading {
  const isCut = text.length > MAX_TEXT,
    lexer = new Lexer(isCut ? text.slice(0, MAX_TEXT) : text, dialect);
  const summary = new Summary(), told = new Told(lexer.text), unquoted = new Unquoted(dialect);
  let isSingle = !isCut, hasEnded = false;
  while (lexer.next()) {
    const { kind, start, end } = lexer;
    // A text that is cut off ends in the middle of a token; all before it was read as it is.
    if (kind === OPEN && isCut) break;
    if (kind >= AMBIGUOUS || kind === COMMENT && isRun(lexer.text.slice(start, end), dialect)) {
      // Where it went wrong, nobody knows: names may be parts of strings.
      const { verb } = summary;
      return { text: undefined, summary: verb, verb, isSingle: false };
    }
    if (kind !== SPACE && kind !== COMMENT) {
      const token = lexer.text.slice(start, end);
      if (hasEnded) isSingle = false;
      if (kind === PUNCTUATION && token === ";") hasEnded = true;
      const upper = kind === WORD ? token.toUpperCase() : "";
      const isValue = unquoted.take(kind, token, upper) || kind === DOUBLE && !summary.awaitsName;
      const taken = isValue ? LITERAL : kind;
      told.take(taken, token, isValue ? "" : upper, start, end);
      summary.take(taken, token);
    } else if (kind === COMMENT) told.leaveOut(start, end);
  }
  const end = isCut ? lexer.start : lexer.end;
  return {
    text: told.end(end) + (isCut ? "…" : ""),
    summary: summary.end(),
    verb: summary.verb,
    isSingle,
  };
}

/**
 * Whether MySQL runs what is in a comment and its end may be another one: the first end may be in a string,
 * and the rest of the string after it.
 */
function isRun(comment: string, dialect: Dialect): boolean {
  if (dialect !== "mysql" && dialect !== "other") return false;
  return /^\/\*M?!/.test(comment) && /['"`#]|--/.test(comment);
}

/** Where the reading of a list after IN stands. */
const NO_LIST = 0, AFTER_IN = 1, IN_LIST = 2;

/** Gathers what is told of the text, from runs that are kept as they are. */
class Told {
  readonly #text: string;
  readonly #told: string[] = [];
  /** From where on the text has not been told yet. */
  #from = 0;
  #list = NO_LIST;
  /** How many parts were told before the list, and how many items it has. */
  #listAt = 0;
  #items = 0;
  /** The word before, in upper case. */
  #previous = "";

  constructor(text: string) {
    this.#text = text;
  }

  take(kind: Kind, token: string, upper: string, start: number, end: number): void {
    const isValue = kind === LITERAL || kind === WORD && this.#isValue(upper);
    if (isValue) this.#replace(start, end);
    if (this.#list !== NO_LIST || upper === "IN") {
      this.#follow(kind, token, upper, isValue, start, end);
    }
    this.#previous = upper;
  }

  /** Leaves a comment out. */
  leaveOut(start: number, end: number): void {
    this.#told.push(this.#text.slice(this.#from, start));
    this.#from = end;
  }

  /** All that is told, up to `end`. */
  end(end: number): string {
    return this.#told.join("") + this.#text.slice(this.#from, end);
  }

  #replace(start: number, end: number): void {
    this.leaveOut(start, end);
    this.#told.push("?");
  }

  /** TRUE and FALSE, but for IS TRUE. */
  #isValue(upper: string): boolean {
    if (upper !== "TRUE" && upper !== "FALSE") return false;
    return this.#previous !== "IS" && this.#previous !== "NOT";
  }

  /** A list of values after IN is told as one. */
  #follow(
    kind: Kind,
    token: string,
    upper: string,
    isValue: boolean,
    start: number,
    end: number,
  ): void {
    if (upper === "IN") {
      this.#list = AFTER_IN;
    } else if (this.#list === AFTER_IN) {
      this.#list = token === "(" ? IN_LIST : NO_LIST;
      this.leaveOut(end, end);
      this.#listAt = this.#told.length;
      this.#items = 0;
    } else if (isValue || kind === PARAMETER) {
      this.#items++;
    } else if (token === ")") {
      if (this.#items > 1) {
        this.#told.length = this.#listAt;
        this.#told.push("?");
        this.#from = start;
      }
      this.#list = NO_LIST;
    } else if (token !== ",") {
      this.#list = NO_LIST;
    }
  }
}

/** How much is kept: texts, and their UTF-16 units together. */
const MAX_KEPT = 1000, MAX_KEPT_LENGTH = 1 << 19;

/**
 * Reads queries, and keeps what was read by their text: the same few queries are sent again and again. What
 * was not needed for a while is forgotten.
 */
export class Reader {
  readonly dialect: Dialect;
  #young = new Map<string, Reading>();
  #old = new Map<string, Reading>();
  #length = 0;

  constructor(dialect: Dialect) {
    this.dialect = dialect;
  }

  /** What is known of a query. */
  read(text: string): Reading {
    return this.#young.get(text) ?? this.#readOld(text);
  }

  #readOld(text: string): Reading {
    const reading = this.#old.get(text) ?? read(text, this.dialect);
    if (text.length > MAX_TEXT) return reading;
    if (this.#young.size >= MAX_KEPT || this.#length + text.length > MAX_KEPT_LENGTH) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#length = 0;
    }
    this.#young.set(text, reading);
    this.#length += text.length;
    return reading;
  }
}
