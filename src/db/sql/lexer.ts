/**
 * The lexer: SQL to tokens, in one pass and in linear time, as far as it takes to tell literals from the rest.
 *
 * @module
 */
import { isDigit, isExponent, isSpace, isTagPart, isWordPart, isWordStart } from "./characters.ts";

/**
 * The rules by which a text is read. `other` is for databases that are not known: what is ambiguous counts as
 * a literal, or makes the text one that can't be read.
 */
export type Dialect = "postgresql" | "mysql" | "sqlite" | "other";

/** What a token is. */
export type Kind = number;
/** White space and comments: */
export const SPACE: Kind = 0, COMMENT: Kind = 1;
/** A keyword or a name; a name in quotes; one in double quotes, which may be a literal after all. */
export const WORD: Kind = 2, QUOTED: Kind = 3, DOUBLE: Kind = 4;
/** A value: a string, a number; the place of a value that is sent apart; any other character. */
export const LITERAL: Kind = 5, PARAMETER: Kind = 6, PUNCTUATION: Kind = 7;
/** From here on the text can't be read: databases differ about it; or a string has no end. */
export const AMBIGUOUS: Kind = 8, OPEN: Kind = 9;

const SPACE_CODE = 32;
const QUOTE = 39, DOUBLE_QUOTE = 34, BACKTICK = 96, BACKSLASH = 92;
const DOLLAR = 36, HASH = 35, MINUS = 45, PLUS = 43, DOT = 46, SLASH = 47, STAR = 42;
const COLON = 58, QUESTION = 63, AT = 64, OPEN_BRACKET = 91, AMPERSAND = 38, GREATER = 62;

/** Reads the tokens of a text one after the other: `kind` is that of `text.slice(start, end)`. */
export class Lexer {
  readonly text: string;
  readonly #dialect: Dialect;
  /** The end of a string with escapes, when nothing but space and comments has come since; or -1. */
  #escapedEnd = -1;
  kind: Kind = SPACE;
  start = 0;
  end = 0;

  constructor(text: string, dialect: Dialect) {
    this.text = text;
    this.#dialect = dialect;
  }

  /** Goes on to the next token; false at the end of the text. */
  next(): boolean {
    if (this.end >= this.text.length || this.kind >= AMBIGUOUS) return false;
    this.start = this.end;
    this.kind = this.#read(this.text.charCodeAt(this.start));
    return true;
  }

  #read(code: number): Kind {
    const { text, start } = this, dialect = this.#dialect;
    if (isSpace(code)) return this.#space();
    if (code !== QUOTE && code !== MINUS && code !== SLASH) this.#escapedEnd = -1;
    if (isWordStart(code)) return this.#word();
    if (isDigit(code)) return this.#number(start);
    const after = text.charCodeAt(start + 1);
    switch (code) {
      case QUOTE:
        if (this.#escapedEnd >= 0) return this.#goOn();
        return this.#string(QUOTE, dialect === "mysql", LITERAL);
      case DOUBLE_QUOTE:
        if (dialect === "postgresql") return this.#string(DOUBLE_QUOTE, false, QUOTED);
        if (dialect === "mysql") return this.#string(DOUBLE_QUOTE, true, LITERAL);
        return this.#string(DOUBLE_QUOTE, false, DOUBLE);
      case BACKTICK:
        if (dialect === "postgresql") break;
        return this.#string(BACKTICK, false, QUOTED);
      case OPEN_BRACKET:
        if (dialect === "sqlite" || dialect === "other") return this.#bracket();
        break;
      case MINUS:
        if (after === MINUS && this.#isLineComment()) return this.#lineComment();
        if (after === GREATER) return this.#punctuation(2);
        return this.#signed(after);
      case PLUS:
        return this.#signed(after);
      case DOT:
        return isDigit(after) ? this.#number(start) : this.#punctuation(1);
      case SLASH:
        return after === STAR ? this.#blockComment() : this.#punctuation(1);
      case HASH:
        if (dialect === "mysql") return this.#lineComment();
        // A temporary table of SQL Server; of what is not one, nobody knows what it is.
        if (dialect === "other") return isWordPart(after) ? this.#word() : AMBIGUOUS;
        break;
      case DOLLAR:
        return this.#dollar(after);
      case QUESTION:
        return this.#parameter(start + 1);
      case COLON:
        if (after === COLON) return this.#punctuation(2);
        return isWordStart(after) ? this.#parameter(start + 1) : this.#punctuation(1);
      case AT:
        return isWordStart(after) || after === AT
          ? this.#parameter(start + 1)
          : this.#punctuation(1);
    }
    return this.#punctuation(1);
  }

  #punctuation(length: number): Kind {
    this.#escapedEnd = -1;
    this.end = this.start + length;
    return PUNCTUATION;
  }

  #space(): Kind {
    let at = this.start + 1;
    while (isSpace(this.text.charCodeAt(at))) at++;
    this.end = at;
    return SPACE;
  }

  #word(): Kind {
    const { text, start } = this;
    let at = start + 1;
    while (isWordPart(text.charCodeAt(at))) at++;
    this.end = at;
    const quote = text.charCodeAt(at);
    if (quote === QUOTE && at - start <= 2) {
      return this.#prefixed(text.slice(start, at).toLowerCase());
    }
    // U&'…' and U&"…" of the standard.
    if (quote === AMPERSAND && at - start === 1 && (text[start] === "u" || text[start] === "U")) {
      const code = text.charCodeAt(at + 1);
      if (code === QUOTE) return this.#string(QUOTE, false, LITERAL, at + 2);
      const kind = this.#dialect === "postgresql" ? QUOTED : DOUBLE;
      if (code === DOUBLE_QUOTE) return this.#string(DOUBLE_QUOTE, false, kind, at + 2);
    }
    return WORD;
  }

  /** A string with a letter before it: E'…', B'…', X'…', N'…', and Oracle's q'[…]'. */
  #prefixed(prefix: string): Kind {
    const dialect = this.#dialect, from = this.end + 1;
    if (prefix === "e" && dialect !== "mysql" && dialect !== "sqlite") {
      return this.#escapeString(from);
    }
    if (prefix === "n" || prefix === "b" || prefix === "x") {
      return this.#string(QUOTE, dialect === "mysql", LITERAL, from);
    }
    if (dialect === "other" && (prefix === "q" || prefix === "nq")) return this.#oracleString(from);
    return WORD;
  }

  /** `E'…'` of PostgreSQL. */
  #escapeString(from: number): Kind {
    const kind = this.#string(QUOTE, true, LITERAL, from);
    this.#escapedEnd = this.end;
    return kind;
  }

  /** A string that goes on in another line, which adds nothing. In the same line it can't, and nobody knows. */
  #goOn(): Kind {
    const between = this.text.slice(this.#escapedEnd, this.start);
    if (!/[\n\r]/.test(between) || between.includes("/*")) return AMBIGUOUS;
    return this.#escapeString(this.start + 1) === OPEN ? OPEN : COMMENT;
  }

  #oracleString(from: number): Kind {
    const { text } = this, open = text[from] ?? "", at = "[{(<".indexOf(open);
    const end = text.indexOf(`${at < 0 || open === "" ? open : "]})>"[at]}'`, from + 1);
    if (end < 0) return OPEN;
    this.end = end + 2;
    return LITERAL;
  }

  /** What is between quotes; a doubled quote is part of it, and so is one after a backslash where that escapes. */
  #string(quote: number, escapes: boolean, kind: Kind, from: number = this.start + 1): Kind {
    const { text } = this, isUnsure = this.#dialect === "other" && !escapes;
    for (let at = from; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === BACKSLASH) {
        if (escapes) at++;
        else if (isUnsure && text.charCodeAt(at + 1) === quote) return AMBIGUOUS;
      } else if (code === quote) {
        if (text.charCodeAt(at + 1) !== quote) {
          this.end = at + 1;
          return kind;
        }
        at++;
      }
    }
    return OPEN;
  }

  /** `[name]` of SQLite and SQL Server; elsewhere an index, or an array of values. */
  #bracket(): Kind {
    const { text, start } = this;
    if (this.#dialect === "sqlite") {
      const end = text.indexOf("]", start);
      if (end < 0) return OPEN;
      this.end = end + 1;
      return QUOTED;
    }
    let at = start + 1;
    if (!isWordStart(text.charCodeAt(at))) return this.#punctuation(1);
    while (isWordPart(text.charCodeAt(at)) || text.charCodeAt(at) === SPACE_CODE) at++;
    if (text[at] !== "]") return this.#punctuation(1);
    this.end = at + 1;
    return QUOTED;
  }

  #signed(after: number): Kind {
    const { text, start } = this;
    const isNumber = isDigit(after) || after === DOT && isDigit(text.charCodeAt(start + 2));
    return isNumber ? this.#number(start + 1) : this.#punctuation(1);
  }

  /** Digits with all that hangs on them: whatever `0x1f`, `1_000.5e-3` or `12ab` is, it is a value. */
  #number(from: number): Kind {
    const { text } = this;
    this.#escapedEnd = -1;
    const isHex = text[from] === "0" && (text[from + 1] === "x" || text[from + 1] === "X");
    let at = from;
    for (;; at++) {
      const code = text.charCodeAt(at);
      // What PostgreSQL reads after a number may be a dollar quote.
      if (code === DOLLAR && this.#dialect === "postgresql") break;
      if (isWordPart(code) || code === DOT) continue;
      if ((code !== MINUS && code !== PLUS) || isHex || !isExponent(text, at)) break;
    }
    this.end = at;
    return LITERAL;
  }

  /** MySQL reads `5--1` as 5 - -1. */
  #isLineComment(): boolean {
    return this.#dialect !== "mysql" || !(this.text.charCodeAt(this.start + 2) > SPACE_CODE);
  }

  #lineComment(): Kind {
    const { text, start } = this, newline = text.indexOf("\n", start);
    this.end = newline < 0 ? text.length : newline;
    const at = text.slice(start, this.end).indexOf("\r");
    // A single carriage return ends the line for PostgreSQL, and for others does not.
    if (at >= 0 && start + at + 1 < this.end) {
      if (this.#dialect === "other") return AMBIGUOUS;
      if (this.#dialect === "postgresql") this.end = start + at;
    }
    return COMMENT;
  }

  /** One without an end goes to the end of the text: nothing of a comment is told. */
  #blockComment(): Kind {
    const { text, start } = this, dialect = this.#dialect;
    let depth = 1, at = start + 2;
    for (; at < text.length && depth > 0; at++) {
      const code = text.charCodeAt(at), after = text.charCodeAt(at + 1);
      if (code === STAR && after === SLASH) {
        depth--;
        at++;
      } else if (code === SLASH && after === STAR) {
        // They nest in some databases, and in others they do not.
        if (dialect === "other") return AMBIGUOUS;
        if (dialect === "postgresql") {
          depth++;
          at++;
        }
      }
    }
    this.end = at;
    return COMMENT;
  }

  #dollar(after: number): Kind {
    const { text, start } = this, dialect = this.#dialect;
    if (isDigit(after)) {
      // SQL Server writes money so; after a place of PostgreSQL may come a dollar quote.
      if (dialect === "other" || dialect === "postgresql") {
        this.#number(start + 1);
        return dialect === "other" ? LITERAL : PARAMETER;
      }
      return this.#parameter(start + 1);
    }
    if (dialect === "mysql") return this.#word();
    if (dialect !== "sqlite" && (after === DOLLAR || isWordStart(after))) {
      let at = start + 1;
      while (isTagPart(text.charCodeAt(at))) at++;
      if (text.charCodeAt(at) === DOLLAR) {
        const tag = text.slice(start, at + 1), end = text.indexOf(tag, at + 1);
        if (end < 0) return OPEN;
        this.end = end + tag.length;
        return LITERAL;
      }
    }
    return isWordStart(after) ? this.#parameter(start + 1) : this.#punctuation(1);
  }

  #parameter(from: number): Kind {
    let at = from;
    while (isWordPart(this.text.charCodeAt(at)) || this.text.charCodeAt(at) === AT) at++;
    this.end = at;
    // `$a(…)` of SQLite is a name as a whole, whatever is in it.
    return this.#dialect === "sqlite" && this.text[at] === "(" && at > from ? AMBIGUOUS : PARAMETER;
  }
}
