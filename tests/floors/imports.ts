/**
 * The imports of a source, read from its tokens.
 *
 * @module
 */
import { type Token, tokens } from "./tokens.ts";

/** One statement or expression that names another module. */
export interface Import {
  /** `reference` is a type's `import("…")` as well as an expression's: both load or need it. */
  readonly form: "import" | "export" | "reference";
  /** Undefined when a dynamic import's specifier is not a plain string. */
  readonly specifier: string | undefined;
  readonly line: number;
  /** Whether the import has attributes (`with { type: "text" }`). */
  readonly attributes: boolean;
}

/** Every import, export-from, dynamic import and import type of a source, in order. */
export function imports(source: string): Import[] {
  const all = tokens(source);
  const found: Import[] = [];
  for (let i = 0; i < all.length; i++) {
    const token = all[i]!;
    if (token.kind !== "word" || isMember(all, i)) continue;
    if (token.text === "import") {
      const next = all[i + 1];
      if (is(next, "(")) {
        const argument = all[i + 2];
        const plain = argument?.kind === "string" && (is(all[i + 3], ")") || is(all[i + 3], ","));
        found.push({
          form: "reference",
          specifier: plain ? argument.text : undefined,
          line: token.line,
          attributes: is(all[i + 3], ","),
        });
      } else if (next?.kind === "string") {
        found.push(statement("import", all, i + 1));
      } else if (!is(next, ".")) { // `import.meta` names no module
        found.push(statement("import", all, specifierAfter(all, i)));
      }
    } else if (
      token.text === "export" && (is(all[i + 1], "*") || is(all[i + 1], "{") ||
        (isWord(all[i + 1], "type") && (is(all[i + 2], "*") || is(all[i + 2], "{"))))
    ) {
      const from = endOfClause(all, i + 1);
      if (isWord(all[from], "from")) found.push(statement("export", all, from + 1));
    }
  }
  return found;
}

function statement(form: "import" | "export", all: readonly Token[], at: number): Import {
  const specifier = all[at];
  if (specifier?.kind !== "string") {
    throw new SyntaxError(`Cannot read ${form} at line ${all[at - 1]?.line}`);
  }
  const attributes = isWord(all[at + 1], "with") && is(all[at + 2], "{");
  return { form, specifier: specifier.text, line: specifier.line, attributes };
}

/** The index of the specifier: the string after the first `from` behind the import's names. */
function specifierAfter(all: readonly Token[], at: number): number {
  while (at < all.length && !(isWord(all[at], "from") && all[at + 1]?.kind === "string")) at++;
  return at + 1;
}

/** The index behind `{ … }`, `*` or `* as name`, with or without `type` in front. */
function endOfClause(all: readonly Token[], at: number): number {
  if (isWord(all[at], "type")) at++;
  if (is(all[at], "*")) return isWord(all[at + 1], "as") ? at + 3 : at + 1;
  while (at < all.length && !is(all[at], "}")) at++;
  return at + 1;
}

/** Whether the word at this index is a property's name: after a dot, or before a colon. */
function isMember(all: readonly Token[], at: number): boolean {
  return (is(all[at - 1], ".") && !is(all[at - 2], ".")) || is(all[at + 1], ":");
}

function is(token: Token | undefined, sign: string): boolean {
  return token?.kind === "punctuation" && token.text === sign;
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === "word" && token.text === word;
}
