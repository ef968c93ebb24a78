/**
 * A TypeScript source as tokens: enough of the grammar that an import in a comment, a string, a
 * template or a regular expression is not taken for one, and one in a template's `${}` is.
 *
 * @module
 */

/** One token; whitespace and comments leave none. */
export interface Token {
  readonly kind: "word" | "string" | "number" | "template" | "regexp" | "punctuation";
  /** The source text; of a string, what stands between the quotes. */
  readonly text: string;
  /** 1-based. */
  readonly line: number;
}

const WORD = /[\p{ID_Start}$_#][\p{ID_Continue}$\u200c\u200d]*/uy;
const NUMBER = /\.?\d(?:[eE][+-]|[\w.])*/y;
const STRING = /"((?:[^"\\\n]|\\[^])*)"|'((?:[^'\\\n]|\\[^])*)'/y;
const BLANK = /\s+|\/\/.*|\/\*[^]*?\*\/|^#!.*/y;
const REGEXP = /\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/y;
/** Literal text of a template up to its end or to the next `${`. */
const TEMPLATE = /(?:[^`\\$]|\\[^]|\$(?!\{))*(?:`|\$\{)/y;

/** After these words an expression begins, so that a `/` opens a regular expression. */
const BEFORE_EXPRESSION = new Set(
  ("return typeof instanceof in of new delete void throw case do else yield await extends default")
    .split(" "),
);

/** Splits a source into tokens; throws a SyntaxError at what it can't read. */
export function tokens(source: string): Token[] {
  const found: Token[] = [];
  /** Depth of braces inside each `${` that is still open, innermost last. */
  const templates: number[] = [];
  let at = 0, line = 1;

  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const text = pattern.exec(source)?.[0];
    if (text !== undefined) at += text.length;
    return text;
  };
  const push = (kind: Token["kind"], text: string, raw = text): void => {
    found.push({ kind, text, line });
    line += raw.split("\n").length - 1;
  };
  const template = (opening: string): void => {
    const text = match(TEMPLATE);
    if (text === undefined) throw new SyntaxError(`Cannot read template at line ${line}`);
    push("template", opening + text);
    if (text.endsWith("${")) templates.push(0);
  };

  while (at < source.length) {
    let text: string | undefined;
    if ((text = match(BLANK)) !== undefined) line += text.split("\n").length - 1;
    else if ((text = match(STRING)) !== undefined) push("string", text.slice(1, -1), text);
    else if ((text = match(WORD)) !== undefined) push("word", text);
    else if ((text = match(NUMBER)) !== undefined) push("number", text);
    else if (source[at] === "`") template(source[at++]!);
    else if (source[at] === "}" && templates.at(-1) === 0) {
      templates.pop();
      template(source[at++]!);
    } else if (expressionBegins(found.at(-1)) && (text = match(REGEXP)) !== undefined) {
      push("regexp", text);
    } else {
      const sign = source[at++]!;
      if (templates.length > 0) {
        if (sign === "{") templates[templates.length - 1]!++;
        if (sign === "}") templates[templates.length - 1]!--;
      }
      push("punctuation", sign);
    }
  }
  if (templates.length > 0) throw new SyntaxError(`Cannot read template: it does not end`);
  return found;
}

/** Whether a `/` after this token opens a regular expression; after `)` it is taken to divide. */
function expressionBegins(before: Token | undefined): boolean {
  if (before === undefined) return true;
  if (before.kind === "word") return BEFORE_EXPRESSION.has(before.text);
  if (before.kind === "template") return before.text.endsWith("${");
  return before.kind === "punctuation" && !")]}".includes(before.text);
}
