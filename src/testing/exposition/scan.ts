/**
 * A page of a text format, character by character.
 *
 * @module
 */

/** The text formats that can be read. */
export type Dialect = "text" | "openmetrics";

/** A page that breaks a rule of its format: where, and which. */
export class ParseError extends SyntaxError {
  /** The line, counted from 1. */
  readonly line: number;
  /** What is wrong with it. */
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

/**
 * Goes through a page, one line at a time. Every character is looked at a fixed number of times, so
 * that no page takes longer than its length allows.
 */
export class Scanner {
  readonly dialect: Dialect;
  readonly #page: string;
  /** The next character, and where the line ends. */
  #at = 0;
  #end = -1;
  /** The line, counted from 1. */
  line = 0;

  constructor(page: string, dialect: Dialect) {
    this.#page = page;
    this.dialect = dialect;
  }

  /** Throws what says that this line, or another, is wrong. */
  fail(reason: string, line: number = this.line): never {
    throw new ParseError(Math.max(line, 1), reason);
  }

  /** Goes to the next line; false at the end of the page. */
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

  /** Whether nothing is left of the line. */
  get isAtEnd(): boolean {
    return this.#at >= this.#end;
  }

  /** What is left of the line. */
  get rest(): string {
    return this.#page.slice(this.#at, this.#end);
  }

  /** The character at hand, or one further on; -1 past the end of the line. */
  peek(further = 0): number {
    const at = this.#at + further;
    return at < this.#end ? this.#page.charCodeAt(at) : -1;
  }

  /** The character at hand for an error message. */
  get found(): string {
    if (this.isAtEnd) return "it ends";
    return `there is ${JSON.stringify(String.fromCodePoint(this.#page.codePointAt(this.#at)!))}`;
  }

  /** Goes past a character when it is the one at hand. */
  take(char: number): boolean {
    if (this.peek() !== char) return false;
    this.#at++;
    return true;
  }

  /** Text has blanks wherever it likes; OpenMetrics has none. */
  skipBlanks(): void {
    if (this.dialect === "openmetrics") return;
    while (isBlank(this.peek())) this.#at++;
  }

  /** What stands between two things: one space, in text one blank or more. */
  separator(before: string): void {
    if (this.dialect === "openmetrics" ? !this.take(SPACE) : !isBlank(this.peek())) {
      this.fail(`${this.found} where a space is due, before ${before}`);
    }
    this.skipBlanks();
  }

  /** What a sticky pattern matches here; undefined when it does not. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#page)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  /** What comes until the next blank. */
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
    return parseNumber(token) ?? this.fail(`${what} must be a number, got ${clip(token)}`);
  }

  /** A whole number of 64 bits, up to the next blank. */
  integer(what: string): number {
    const token = this.token();
    if (!/^-?\d+$/.test(token)) this.fail(`${what} must be a whole number, got ${clip(token)}`);
    const value = Number(token);
    if (Math.abs(value) >= 2 ** 63) this.fail(`${what} ${clip(token)} is out of range`);
    return value;
  }

  /** A text in quotes, unescaped; the opening quote is at hand. */
  quoted(): string {
    const start = ++this.#at;
    for (; this.#at < this.#end; this.#at++) {
      const char = this.#page.charCodeAt(this.#at);
      if (char === QUOTE) return this.#page.slice(start, this.#at++);
      if (char === BACKSLASH) return this.#quotedEscaped(start);
    }
    return this.fail("a quote is not closed");
  }

  /** Goes on at the first backslash. */
  #quotedEscaped(start: number): string {
    for (; this.#at < this.#end; this.#at++) {
      const char = this.#page.charCodeAt(this.#at);
      if (char === QUOTE) return unescape(this.#page.slice(start, this.#at++), true);
      if (char === BACKSLASH) this.#at++;
    }
    return this.fail("a quote is not closed");
  }
}

/** Whether a character is one of those that text has between things. */
export function isBlank(char: number): boolean {
  return char === SPACE || char === TAB;
}

/** A number as both formats write it; undefined when the text is none. */
export function parseNumber(text: string): number | undefined {
  if (DECIMAL.test(text)) return Number(text);
  if (INFINITE.test(text)) return text[0] === "-" ? -Infinity : Infinity;
  return NOT_A_NUMBER.test(text) ? NaN : undefined;
}

/**
 * Backslash, line feed and, where `quotes` are escaped too, `"`. A backslash before anything else
 * stands for itself, as every reader has it.
 */
export function unescape(text: string, quotes: boolean): string {
  if (!text.includes("\\")) return text;
  return text.replace(
    quotes ? /\\([\\n"])/g : /\\([\\n])/g,
    (_, char: string) => char === "n" ? "\n" : char,
  );
}

/** A text as an error shows it. */
export function clip(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
