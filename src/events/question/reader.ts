/**
 * Reads a question word by word and sign by sign.
 *
 * @module
 */
import { type Literal, literal } from "./literal.ts";
import { QuestionError } from "./question.ts";

/** Words that begin a clause. */
export const CLAUSES: ReadonlySet<string> = /* @__PURE__ */ new Set(
  ["by", "show", "why", "vs", "every", "sort", "top", "last"],
);
/** Words that join conditions. */
const JOINS: ReadonlySet<string> = /* @__PURE__ */ new Set(["and", "or", "not"]);

const BLANK = /\s*/y;
const NAME = /[^\s:=<>~?!(),"]+/y;
/** Signs that end a name may stand inside a value: `url:http://a/b?c=d`. */
const VALUE = /[^\s:=<>~?!(),"][^\s(),"]*/y;
const QUOTED = /"(?:[^"\\]|\\.)*"/y;

/** Reads a question from start to end; anything unexpected is a `QuestionError`. */
export class Reader {
  readonly text: string;
  #at = 0;

  /** Starts at the first word. */
  constructor(text: string) {
    this.text = text;
    this.#skip();
  }

  /** Whether everything was read. */
  get isAtEnd(): boolean {
    return this.#at === this.text.length;
  }

  /** The next character, from 1. */
  get position(): number {
    return this.#at + 1;
  }

  /** Throws: something else was expected at `position`. */
  expected(what: string, position: number = this.position): never {
    throw new QuestionError(position, `expected ${what}${this.#got(position - 1)}`);
  }

  /** The keyword that comes next, without reading it. */
  get keyword(): string | undefined {
    const word = this.#peek(NAME);
    return word !== undefined && isKeyword(word) ? word : undefined;
  }

  /** Reads this keyword or sign, if it comes next. */
  take(what: string): boolean {
    const isHere = /\w/.test(what) ? this.keyword === what : this.text.startsWith(what, this.#at);
    if (isHere) this.#move(what.length);
    return isHere;
  }

  /** Reads one of these signs, the first that comes next. */
  takeOne<Sign extends string>(signs: readonly Sign[]): Sign | undefined {
    return signs.find((sign) => this.take(sign));
  }

  /** Whether this sign comes next. */
  isAt(sign: string): boolean {
    return this.text.startsWith(sign, this.#at);
  }

  /** Reads a text in quotes, if it comes next. */
  quoted(): string | undefined {
    if (!this.isAt('"')) return undefined;
    const written = this.#peek(QUOTED);
    if (written === undefined) throw new QuestionError(this.position, "this text has no end");
    let text: unknown;
    try {
      text = JSON.parse(written);
    } catch {
      throw new QuestionError(this.position, "this text is not as in JSON");
    }
    this.#move(written.length);
    return text as string;
  }

  /** Reads the name of a field, which may be in quotes. */
  name(what = "a field"): string {
    const quoted = this.quoted();
    if (quoted !== undefined) return quoted === "" ? this.expected(what) : quoted;
    const word = this.#peek(NAME);
    if (word === undefined || isKeyword(word)) return this.expected(what);
    this.#move(word.length);
    return word;
  }

  /** Reads a value. */
  value(): Literal {
    const quoted = this.quoted();
    if (quoted !== undefined) return { kind: "text", text: quoted };
    return literal(this.word("a value"));
  }

  /** Reads a value as it is written. */
  word(what: string): string {
    const word = this.#peek(VALUE);
    if (word === undefined || isKeyword(word)) return this.expected(what);
    this.#move(word.length);
    return word;
  }

  #got(at: number): string {
    this.#at = at;
    const word = this.#peek(NAME) ?? this.text[at];
    if (word === undefined) return "";
    const hint = isKeyword(word) ? ", which as a name or a value goes in quotes" : "";
    return `, got ${JSON.stringify(word)}${hint}`;
  }

  #peek(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.text)?.[0];
  }

  #move(by: number): void {
    this.#at += by;
    this.#skip();
  }

  #skip(): void {
    this.#at += this.#peek(BLANK)!.length;
  }
}

/** Whether a word is a keyword. */
export function isKeyword(word: string): boolean {
  return CLAUSES.has(word) || JOINS.has(word);
}
