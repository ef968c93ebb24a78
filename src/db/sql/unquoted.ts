/**
 * Values that need no quotes: of a setting, an argument, a file or a password a word may be the value, and so may be
 * a name in quotes.
 *
 * @module
 */
import { type Dialect, DOUBLE, type Kind, PARAMETER, PUNCTUATION, QUOTED, WORD } from "./lexer.ts";

/** What stands before the name of a setting. */
const SCOPES = new Set(["SESSION", "LOCAL", "GLOBAL", "PERSIST", "PERSIST_ONLY"]);
/** What is set by keywords. */
const BY_KEYWORDS = new Set(["TRANSACTION", "CONSTRAINTS", "CHARACTERISTICS"]);
/** What may stand between the name of a setting and its value. */
const BETWEEN = new Set(["TO", "ZONE", "FOR", "SET", "USING"]);
/** What may stand between PASSWORD and a password. */
const BEFORE_SECRETS = new Set(["BY", "WITH", "PASSWORD", "FOR"]);
/** What COPY reads and writes that is no file. */
const STREAMS = new Set(["STDIN", "STDOUT", "PROGRAM"]);

/** Where the reading of a statement stands: nothing of it, before a name, after it; all words are values. */
const NOTHING = 0, BEFORE = 1, NAMED = 2, VALUES = 3;

/** Tells the words of statements that are values. */
export class Unquoted {
  readonly #dialect: Dialect;
  /** The first word of the statement in upper case, and the word before. */
  #verb = "";
  #previous = "";
  #state = NOTHING;
  #depth = 0;
  /** Whether a secret comes next. */
  #awaitsSecret = false;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  /** Takes the next token that is neither space nor a comment: whether it is a value, though it has no quotes of one. */
  take(kind: Kind, token: string, upper: string): boolean {
    if (kind === PUNCTUATION && token === ";") {
      this.#verb = this.#previous = "";
      this.#state = NOTHING;
      this.#depth = 0;
      this.#awaitsSecret = false;
      return false;
    }
    const isName = kind === WORD || kind === QUOTED || kind === DOUBLE;
    const isValue = isName && this.#isSecret(upper) || this.#isValue(kind, token, upper, isName);
    this.#follow(kind, token, upper, isValue);
    return isValue;
  }

  #isValue(kind: Kind, token: string, upper: string, isName: boolean): boolean {
    if (this.#verb === "") {
      this.#verb = upper === "" ? token : upper;
      const hasName = this.#verb === "SET" || this.#verb === "PRAGMA" || /^EXEC(UTE)?$/.test(upper);
      this.#state = hasName ? BEFORE : NOTHING;
      return false;
    }
    if (kind === PUNCTUATION) {
      if (token === "(") this.#depth++;
      else if (token === ")") this.#depth--;
    }
    switch (this.#verb) {
      case "SET":
      case "PRAGMA":
      case "EXEC":
      case "EXECUTE":
        return this.#isSet(kind, token, upper, isName);
      case "ALTER":
      case "CREATE":
        return this.#isDefined(token, upper, isName);
      case "ATTACH":
        return isName && upper !== "DATABASE" && upper !== "AS" && upper !== "KEY" &&
          this.#previous !== "AS";
      case "VACUUM":
        if (this.#previous === "INTO") this.#state = VALUES;
        return isName && this.#state === VALUES;
      case "COPY": {
        const isFile = this.#previous === "FROM" || this.#previous === "TO";
        return isName && isFile && this.#depth === 0 && !STREAMS.has(upper);
      }
      case "LOAD":
        return kind === DOUBLE && (this.#previous === "LOAD" || this.#previous === "INFILE");
    }
    return false;
  }

  /** "SET LOCAL app.who TO word", "PRAGMA main.key(word)", "EXEC dbo.find word". */
  #isSet(kind: Kind, token: string, upper: string, isName: boolean): boolean {
    switch (this.#state) {
      case BEFORE:
        if (this.#verb === "SET" && SCOPES.has(upper)) return false;
        if (isName || kind === PARAMETER) {
          this.#state = this.#verb === "SET" && BY_KEYWORDS.has(upper) ? NOTHING : NAMED;
        }
        return false;
      case NAMED:
        if (token === ".") this.#state = BEFORE;
        else if (token === "=" || token === ":=" || token === "(" || upper === "TO") {
          this.#state = VALUES;
        } else if (isName) return !BETWEEN.has(upper);
        return false;
      case VALUES:
        // MySQL sets several.
        if (token === "," && this.#depth === 0 && this.#dialect === "mysql") this.#state = BEFORE;
        return isName;
    }
    return false;
  }

  /** "ALTER ROLE a SET app.who = word", "CREATE FUNCTION … SET role TO word": not "… UPDATE t SET a = b". */
  #isDefined(token: string, upper: string, isName: boolean): boolean {
    if (upper === "SET" && this.#state === NOTHING) this.#state = BEFORE;
    else if (upper === "UPDATE") this.#verb = upper;
    else if (this.#state === VALUES) return isName;
    else if (this.#state === NAMED && (token === "=" || upper === "TO")) this.#state = VALUES;
    else if (this.#state !== NOTHING && isName) this.#state = SCOPES.has(upper) ? BEFORE : NAMED;
    else if (token !== ".") this.#state = NOTHING;
    return false;
  }

  /** A password of MySQL, or a key of SQLite. */
  #isSecret(upper: string): boolean {
    return this.#awaitsSecret && !BEFORE_SECRETS.has(upper);
  }

  #follow(kind: Kind, token: string, upper: string, isValue: boolean): void {
    if (kind === WORD) {
      const isSecret = upper === "PASSWORD" || upper === "BY" && this.#previous === "IDENTIFIED" ||
        upper === "KEY" && this.#verb === "ATTACH";
      this.#awaitsSecret = isSecret && !isValue;
    } else if (token !== "=") {
      // "PASSWORD = secret"
      this.#awaitsSecret = false;
    }
    this.#previous = upper;
  }
}
