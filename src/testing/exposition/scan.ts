/**
 * A scanner for the text formats, and the error for a page that breaks their rules.
 *
 * @module
 */

/** The text formats that can be read. */
export type Dialect = "text" | "openmetrics";

/** A page breaks a rule of its format. */
export class ParseError extends SyntaxError {
  /** The number of the line, from 1. */
  readonly line: number;
  /** The rule and what was found instead. */
  readonly reason: string;

  /** Made by the parsers. */
  constructor(line: number, reason: string) {
    super(`Cannot read line ${line} of the page: ${reason}`);
    this.name = "ParseError";
    this.line = line;
    this.reason = reason;
  }
}

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITE = /^[+-]?inf(?:inity)?$/i;
const NOT_A_NUMBER = /^[+-]?nan$/i;

const TAB = 9, SPACE = 32, QUOTE = 34, BACKSLASH = 92;

/** Scans a page line by line, in time linear in its length. */
export class Scanner {
  readonly dialect: Dialect;
  readonly #page: string;
  /** The index of the next character, and of the end of the line. */
  #at = 0;
  #end = -1;
  /** The number of the current line, from 1. */
  line = 0;

  constructor(page: string, dialect: Dialect) {
    this.#page = page;
    this.dialect = dialect;
  }

  /** Throws a {@linkcode ParseError} for the current line, or for another. */
  fail(reason: string, line: number = this.line): never {
    throw new ParseError(Math.max(line, 1), reason);
  }

  /** Moves to the next line; false at the end of the page. */
  advance(): boolean {
    const start = this.#end + 1;
    if (start >= this.#page.length) return false;
    this.line++;
    const end = this.#page.indexOf("\n", start);
    this.#at = start;
    this.#end = end === -1 ? this.#page.length : end;
    if (end === -1 && this.dialect === "text") this.fail("it does not end in a line feed");
    return true;
  }

  /** Whether the line has been read to its end. */
  get isAtEnd(): boolean {
    return this.#at >= this.#end;
  }

  /** The rest of the line. */
  get rest(): string {
    return this.#page.slice(this.#at, this.#end);
  }

  /** The code of the next character, or of one further on; -1 past the end of the line. */
  peek(further = 0): number {
    const at = this.#at + further;
    return at < this.#end ? this.#page.charCodeAt(at) : -1;
  }

  /** The next character, for an error message. */
  get found(): string {
    if (this.isAtEnd) return "it ends";
    return `there is ${JSON.stringify(String.fromCodePoint(this.#page.codePointAt(this.#at)!))}`;
  }

  /** Skips `char` if it is the next character; says whether it was. */
  take(char: number): boolean {
    if (this.peek() !== char) return false;
    this.#at++;
    return true;
  }

  /** Skips blanks, which text allows between tokens and OpenMetrics does not. */
  skipBlanks(): void {
    if (this.dialect === "openmetrics") return;
    while (isBlank(this.peek())) this.#at++;
  }

  /** Skips the separator of two tokens: one space, in text one blank or more. */
  separator(before: string): void {
    if (this.dialect === "openmetrics" ? !this.take(SPACE) : !isBlank(this.peek())) {
      this.fail(`${this.found} where a space is due, before ${before}`);
    }
    this.skipBlanks();
  }

  /** Skips and returns what a sticky pattern matches here; undefined without a match. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#page)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  /** The text up to the next blank. */
  token(): string {
    const start = this.#at;
    for (let char = this.peek(); char !== -1 && char !== SPACE; char = this.peek()) {
      if (char === TAB && this.dialect === "text") break;
      this.#at++;
    }
    return this.#page.slice(start, this.#at);
  }

  /** A number, up to the next blank. */
  number(what: string): number {
    const token = this.token();
    return parseNumber(token) ?? this.fail(`${what} must be a number, got ${excerpt(token)}`);
  }

  /** A whole number of 64 bits, up to the next blank. */
  integer(what: string): number {
    const token = this.token();
    if (!/^-?\d+$/.test(token)) this.fail(`${what} must be a whole number, got ${excerpt(token)}`);
    const value = Number(token);
    if (Math.abs(value) >= 2 ** 63) this.fail(`${what} ${excerpt(token)} is out of range`);
    return value;
  }

  /** A quoted text, unescaped; the opening quote is the next character. */
  quoted(): string {
    const start = ++this.#at;
    for (; this.#at < this.#end; this.#at++) {
      const char = this.#page.charCodeAt(this.#at);
      if (char === QUOTE) return this.#page.slice(start, this.#at++);
      if (char === BACKSLASH) return this.#quotedEscaped(start);
    }
    return this.fail("a quote is not closed");
  }

  /** Continues {@linkcode quoted} at its first backslash. */
  #quotedEscaped(start: number): string {
    for (; this.#at < this.#end; this.#at++) {
      const char = this.#page.charCodeAt(this.#at);
      if (char === QUOTE) return unescape(this.#page.slice(start, this.#at++), true);
      if (char === BACKSLASH) this.#at++;
    }
    return this.fail("a quote is not closed");
  }
}

/** Whether a character separates tokens in text. */
export function isBlank(char: number): boolean {
  return char === SPACE || char === TAB;
}

/** A number as both formats write it; undefined for any other text. */
export function parseNumber(text: string): number | undefined {
  if (DECIMAL.test(text)) return Number(text);
  if (INFINITE.test(text)) return text[0] === "-" ? -Infinity : Infinity;
  return NOT_A_NUMBER.test(text) ? NaN : undefined;
}

/**
 * Unescapes backslash, line feed and, with `quotes`, `"`. A backslash before any other character
 * stands for itself, as in every reader.
 */
export function unescape(text: string, quotes: boolean): string {
  if (!text.includes("\\")) return text;
  return text.replace(
    quotes ? /\\([\\n"])/g : /\\([\\n])/g,
    (_, char: string) => char === "n" ? "\n" : char,
  );
}

/** The beginning of a text, quoted, for an error message. */
export function excerpt(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
