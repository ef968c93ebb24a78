/**
 * Lines of the text formats, taken apart.
 *
 * @module
 */
import type { Exemplar } from "./family.ts";
import { labelSet } from "./labels.ts";

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

/** A line that says something about a family. */
export interface MetadataLine {
  readonly kind: "HELP" | "TYPE" | "UNIT";
  /** The family's name. */
  readonly name: string;
  /** What is said, unescaped. */
  readonly text: string;
}

/** A line with a value. */
export interface SampleLine {
  readonly kind: "sample";
  readonly name: string;
  /** Label names, as on the page. */
  readonly names: readonly string[];
  /** As long as `names`. */
  readonly values: readonly string[];
  readonly value: number;
  readonly timestampMs: number | undefined;
  readonly exemplar: Exemplar | undefined;
}

/** The most code points that the names and values of an exemplar's labels may have together. */
const MAX_EXEMPLAR_LENGTH = 128;

const METRIC_NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL_NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITE = /^[+-]?inf(?:inity)?$/i;

const TAB = 9, LF = 10, SPACE = 32, QUOTE = 34, HASH = 35, COMMA = 44, EQUALS = 61;
const BACKSLASH = 92, OPEN = 123, CLOSE = 125;

/**
 * Reads a page line by line. Every character is looked at a fixed number of times, so that no page
 * takes longer than its length allows.
 */
export class LineReader {
  readonly dialect: Dialect;
  readonly #page: string;
  readonly #utf8: boolean;
  /** The next character, and where the line ends. */
  #at = 0;
  #end = -1;
  /** The line, counted from 1. */
  line = 0;

  constructor(page: string, dialect: Dialect, utf8: boolean) {
    this.#page = page;
    this.dialect = dialect;
    this.#utf8 = utf8;
  }

  /** The next line that says something; undefined at the end of the page. */
  next(): SampleLine | MetadataLine | undefined {
    while (this.#advance()) {
      if (this.dialect === "openmetrics") {
        if (this.#at === this.#end) this.fail("it is blank");
        if (this.#peek() !== HASH) return this.#sample();
        if (this.#page.slice(this.#at, this.#end) === "# EOF") return this.#finish();
        return this.#metadata() ?? this.fail("only HELP, TYPE, UNIT and EOF may follow a #");
      }
      this.#skipBlanks();
      if (this.#at === this.#end) continue;
      if (this.#peek() !== HASH) return this.#sample();
      const metadata = this.#metadata();
      if (metadata !== undefined) return metadata;
    }
    if (this.dialect === "openmetrics") this.fail('the page has no "# EOF"');
    return undefined;
  }

  /** Throws what says that this line, or another, is wrong. */
  fail(reason: string, line: number = this.line): never {
    throw new ParseError(Math.max(line, 1), reason);
  }

  /** A number; undefined when the text is none. */
  static number(text: string): number | undefined {
    if (DECIMAL.test(text)) return Number(text);
    if (INFINITE.test(text)) return text[0] === "-" ? -Infinity : Infinity;
    return text.toLowerCase() === "nan" ? NaN : undefined;
  }

  #advance(): boolean {
    const start = this.#end + 1;
    if (start >= this.#page.length) return false;
    this.line++;
    const end = this.#page.indexOf("\n", start);
    this.#at = start;
    this.#end = end === -1 ? this.#page.length : end;
    if (end === -1 && this.dialect === "text") this.fail("it does not end in a line feed");
    return true;
  }

  #finish(): undefined {
    if (this.#advance()) this.fail('nothing may follow "# EOF"');
    return undefined;
  }

  /** The character at hand, or -1 at the end of the line. */
  #peek(): number {
    return this.#at < this.#end ? this.#page.charCodeAt(this.#at) : -1;
  }

  #take(char: number): boolean {
    if (this.#peek() !== char) return false;
    this.#at++;
    return true;
  }

  /** Text has blanks wherever it likes; OpenMetrics has none. */
  #skipBlanks(): void {
    if (this.dialect === "openmetrics") return;
    for (let char = this.#peek(); char === SPACE || char === TAB; char = this.#peek()) this.#at++;
  }

  /** What stands between two things: one space, in text one blank or more. */
  #separator(before: string): void {
    const start = this.#at;
    if (this.dialect === "openmetrics") this.#take(SPACE);
    else this.#skipBlanks();
    if (this.#at === start) this.fail(`${this.#found()} where a space is due, before ${before}`);
  }

  #found(): string {
    if (this.#at >= this.#end) return "it ends";
    return `there is ${JSON.stringify(String.fromCodePoint(this.#page.codePointAt(this.#at)!))}`;
  }

  /** What comes until the next blank. */
  #token(): string {
    const start = this.#at;
    for (let char = this.#peek(); char !== -1 && char !== SPACE; char = this.#peek()) {
      if (char === TAB && this.dialect === "text") break;
      this.#at++;
    }
    return this.#page.slice(start, this.#at);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#page)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  /** A name, in quotes or without. */
  #name(pattern: RegExp, what: string): string {
    if (this.#peek() !== QUOTE) {
      return this.#match(pattern) ?? this.fail(`${this.#found()} where a ${what} is due`);
    }
    if (!this.#utf8) this.fail(`the ${what} is in quotes`);
    const name = this.#quoted();
    return name === "" ? this.fail(`the ${what} is empty`) : name;
  }

  /** A text in quotes, unescaped. */
  #quoted(): string {
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

  /** In text, what is no metadata is a comment, which undefined says. */
  #metadata(): MetadataLine | undefined {
    this.#at++;
    const blank = this.#peek();
    if (blank !== SPACE && !(blank === TAB && this.dialect === "text")) return undefined;
    this.#at++;
    this.#skipBlanks();
    const kind = this.#token();
    if (kind !== "HELP" && kind !== "TYPE" && !(kind === "UNIT" && this.dialect === "openmetrics")) {
      return undefined;
    }
    this.#separator("the name");
    const name = this.#name(METRIC_NAME, "metric name");
    // In text, help may be missing altogether.
    if (this.#at === this.#end && kind === "HELP" && this.dialect === "text") {
      return { kind, name, text: "" };
    }
    this.#separator(`the ${kind}`);
    const rest = this.#page.slice(this.#at, this.#end);
    if (kind === "HELP") return { kind, name, text: unescape(rest, this.dialect !== "text") };
    return { kind, name, text: this.dialect === "text" ? trimBlanks(rest) : rest };
  }

  #sample(): SampleLine {
    let name = this.#peek() === OPEN ? undefined : this.#match(METRIC_NAME);
    if (name === undefined && this.#peek() !== OPEN) {
      this.fail(`${this.#found()} where a metric name is due`);
    }
    const names: string[] = [], values: string[] = [];
    this.#skipBlanksBefore(OPEN);
    if (this.#take(OPEN)) name = this.#labels(name, names, values, true);
    if (name === undefined) this.fail("it has no metric name");
    if (names.length > 0 || this.#page.charCodeAt(this.#at - 1) === CLOSE) this.#gap("the value");
    else this.#separator("the value");
    const value = this.#number("value");
    const timestampMs = this.#timestamp();
    const exemplar = this.#exemplar();
    if (this.#at !== this.#end) this.fail(`${this.#found()} where the line is to end`);
    return { kind: "sample", name: name!, names, values, value, timestampMs, exemplar };
  }

  /** Text may have blanks between a name and its labels. */
  #skipBlanksBefore(char: number): void {
    const start = this.#at;
    this.#skipBlanks();
    if (this.#peek() !== char) this.#at = start;
  }

  /** After a brace, text needs no blank. */
  #gap(before: string): void {
    if (this.dialect === "text") this.#skipBlanks();
    else this.#separator(before);
  }

  /**
   * Label pairs up to the closing brace, appended to `names` and `values`.
   *
   * @param name the metric's, when it stood before the brace; else it may be in here, in quotes
   * @returns the metric's name
   */
  #labels(
    name: string | undefined,
    names: string[],
    values: string[],
    isMetric: boolean,
  ): string | undefined {
    this.#skipBlanks();
    while (!this.#take(CLOSE)) {
      const isQuoted = this.#peek() === QUOTE;
      const label = this.#name(LABEL_NAME, "label name");
      this.#skipBlanks();
      if (isQuoted && isMetric && this.#peek() !== EQUALS) {
        if (name !== undefined) this.fail("it has two metric names");
        name = label;
      } else {
        this.#label(label, names, values);
      }
      this.#skipBlanks();
      if (this.#take(CLOSE)) break;
      if (!this.#take(COMMA)) this.fail(`${this.#found()} where a comma or brace is due`);
      this.#skipBlanks();
      if (this.dialect === "openmetrics" && this.#peek() === CLOSE) {
        this.fail("a comma ends the labels");
      }
    }
    return name;
  }

  #label(label: string, names: string[], values: string[]): void {
    if (!this.#take(EQUALS)) this.fail(`${this.#found()} where = is due, after label "${label}"`);
    this.#skipBlanks();
    if (this.#peek() !== QUOTE) this.fail(`the value of label "${label}" is not in quotes`);
    if (label.startsWith("__")) this.fail(`label "${label}" starts with the reserved "__"`);
    if (names.includes(label)) this.fail(`label "${label}" is there twice`);
    names.push(label);
    values.push(this.#quoted());
  }

  #number(what: string): number {
    const token = this.#token();
    return LineReader.number(token) ?? this.fail(`${what} ${JSON.stringify(token)} is no number`);
  }

  /** Milliseconds in text, seconds in OpenMetrics. */
  #timestamp(): number | undefined {
    if (this.#at === this.#end) return undefined;
    if (this.dialect === "text") {
      this.#skipBlanks();
      if (this.#at === this.#end) return undefined;
      const token = this.#token();
      this.#skipBlanks();
      return /^-?\d+$/.test(token)
        ? Number(token)
        : this.fail(`timestamp ${JSON.stringify(token)} is no whole number`);
    }
    // An exemplar begins with " # ", so that the space is not ours.
    if (this.#page.charCodeAt(this.#at + 1) === HASH) return undefined;
    this.#separator("the timestamp");
    return this.#seconds();
  }

  #seconds(): number {
    const seconds = this.#number("timestamp");
    if (!Number.isFinite(seconds)) this.fail(`timestamp ${seconds} is not finite`);
    // To the microsecond: a product of decimals is seldom exact.
    return Math.round(seconds * 1e6) / 1e3;
  }

  #exemplar(): Exemplar | undefined {
    if (this.#at === this.#end || this.dialect === "text") return undefined;
    this.#separator("the exemplar");
    if (!this.#take(HASH)) this.fail(`${this.#found()} where an exemplar is due`);
    this.#separator("the exemplar's labels");
    if (!this.#take(OPEN)) this.fail(`${this.#found()} where an exemplar's labels are due`);
    const names: string[] = [], values: string[] = [];
    this.#labels(undefined, names, values, false);
    if (codePoints(names) + codePoints(values) > MAX_EXEMPLAR_LENGTH) {
      this.fail(`the exemplar's labels have more than ${MAX_EXEMPLAR_LENGTH} characters`);
    }
    this.#separator("the exemplar's value");
    const value = this.#number("exemplar's value");
    const labels = labelSet(names, values);
    if (this.#at === this.#end) return { value, labels };
    this.#separator("the exemplar's timestamp");
    return { value, labels, timestampMs: this.#seconds() };
  }
}

/** A backslash before anything that needs none stands for itself, as every reader has it. */
function unescape(text: string, quotes: boolean): string {
  if (!text.includes("\\")) return text;
  return text.replace(
    quotes ? /\\([\\n"])/g : /\\([\\n])/g,
    (_, char: string) => char === "n" ? "\n" : char,
  );
}

function trimBlanks(text: string): string {
  let end = text.length;
  while (end > 0 && (text.charCodeAt(end - 1) === SPACE || text.charCodeAt(end - 1) === TAB)) end--;
  return text.slice(0, end);
}

function codePoints(texts: readonly string[]): number {
  let count = 0;
  for (const text of texts) for (const _ of text) count++;
  return count;
}
