/**
 * The summary of a query: what it does and to which tables, in the order of the text, and no value.
 *
 * @see {@link https://opentelemetry.io/docs/specs/semconv/database/database-spans/#generating-a-summary-of-the-query}
 *
 * @module
 */
import { DOUBLE, type Kind, PUNCTUATION, QUOTED, WORD } from "./lexer.ts";

/** The longest summary, of the conventions; what does not fit is left out with all that follows. */
const MAX_LENGTH = 255;

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));

/** Operations that are told by their name alone, whatever follows. */
const BARE = words(
  "BEGIN COMMIT ROLLBACK SAVEPOINT RELEASE START END ABORT SET RESET SHOW FETCH CLOSE MOVE LISTEN UNLISTEN " +
    "NOTIFY GRANT REVOKE USE DO DEALLOCATE DISCARD CHECKPOINT KILL FLUSH ATTACH DETACH COMMENT XA CHECK UNLOCK",
);
/** Operations around another one, which is told, too. */
const OUTER = words("EXPLAIN DESCRIBE DECLARE PREPARE VALUES DELETE");
/** Operations on a kind of object. */
const DEFINING = words("CREATE ALTER DROP TRUNCATE REFRESH RENAME");
/** Operations whose target is the first name that follows. */
const DIRECT = words(
  "INSERT REPLACE UPDATE MERGE EXEC EXECUTE CALL PRAGMA COPY LOCK VACUUM ANALYZE ANALYSE REINDEX CLUSTER LOAD " +
    "OPTIMIZE",
);
/** Operations that a common table expression may have. */
const CHANGING = words("INSERT UPDATE DELETE MERGE");
const OBJECTS = words(
  "TABLE INDEX VIEW DATABASE SCHEMA SEQUENCE FUNCTION PROCEDURE TRIGGER USER ROLE TYPE DOMAIN EXTENSION POLICY " +
    "RULE EVENT TABLESPACE AGGREGATE SERVER PUBLICATION SUBSCRIPTION GROUP LANGUAGE STATISTICS SYNONYM LOGIN",
);
/** Objects with statements of their own inside, which are not what the query does. */
const WITH_BODIES = words("TRIGGER PROCEDURE FUNCTION EVENT RULE");
/** What may stand between an operation and its target. */
const FILLERS = words(
  "INTO IF NOT EXISTS ONLY OR REPLACE IGNORE LOW_PRIORITY HIGH_PRIORITY DELAYED QUICK OVERWRITE CONCURRENTLY " +
    "LATERAL FULL FREEZE VERBOSE ABORT FAIL ROLLBACK",
);
/** What comes where a name could have come. */
const NO_NAMES = words("ON SET DEFAULT VALUES AS TO WHERE");
/** What ends the list of tables. */
const CLAUSES = words(
  "WHERE GROUP ORDER HAVING LIMIT OFFSET FETCH WINDOW SET UNION EXCEPT INTERSECT MINUS RETURNING VALUES FOR WHEN",
);
const SET_OPERATORS = words("UNION EXCEPT INTERSECT MINUS");

/** What the next name is. */
type Awaited = number;
const NOTHING: Awaited = 0, TARGET: Awaited = 1, OBJECT: Awaited = 2, CTE: Awaited = 3;

/** A pair of parentheses, or the statement around all of them. */
interface Frame {
  /** Whether a verb may come. */
  atStart: boolean;
  /** Its operation in upper case; without one, FROM belongs to a function. */
  verb: string;
  /** Whether a comma is followed by a table. */
  inList: boolean;
  /** Whether it is a list of common table expressions. */
  inWith: boolean;
  awaits: Awaited;
}

/** Adds up the tokens of a query to its summary. */
export class Summary {
  /** The first operation in upper case; empty when it is none that is known. */
  verb = "";
  #parts = "";
  /** Whether the rest of the text adds nothing; whether the rest of the statement does not. */
  #isFull = false;
  #isOver = false;
  #frames: Frame[] = [frame()];
  /** A name that is read, as far as it goes. */
  #name = "";
  #isDotted = false;
  /** Whether a parenthesis after the name makes it a function. */
  #mayBeFunction = false;
  /** The words before, in upper case. */
  #previous = "";
  #beforeThat = "";
  /** The kind of object that is created, altered or dropped. */
  #object = "";
  #ctes: Set<string> | undefined;

  /** Takes the next token that is neither space nor a comment. */
  take(kind: Kind, text: string): void {
    if (this.#isFull) return;
    if (this.#name !== "" && this.#continues(kind, text)) return;
    if (kind === PUNCTUATION && text === ";") this.#startOver();
    else if (!this.#isOver) this.#take(kind, text);
    this.#beforeThat = this.#previous;
    this.#previous = kind === WORD ? text.toUpperCase() : "";
  }

  /** Whether the next name is that of a table: in double quotes it could be a string elsewhere. */
  get awaitsName(): boolean {
    if (this.#isFull || this.#isOver) return false;
    return this.#top.awaits === TARGET && this.#name === "" || this.#isDotted;
  }

  /** The summary of all that was taken. */
  end(): string {
    this.#endName();
    return this.#parts;
  }

  get #top(): Frame {
    return this.#frames[this.#frames.length - 1]!;
  }

  #take(kind: Kind, text: string): void {
    if (kind === WORD) this.#word(text);
    else if (kind === QUOTED || kind === DOUBLE) this.#quoted(text);
    else if (kind === PUNCTUATION) this.#punctuation(text);
    else this.#top.awaits = NOTHING;
  }

  #startOver(): void {
    this.#frames = [frame()];
    this.#object = "";
    this.#ctes = undefined;
    this.#isOver = false;
  }

  #word(text: string): void {
    const top = this.#top, upper = text.toUpperCase();
    if (upper === "SELECT") return this.#select(top, text);
    if (top.awaits === OBJECT) return this.#objectOf(top, text, upper);
    if (top.awaits === CTE) {
      if (upper !== "RECURSIVE") this.#nameCte(top, text);
      return;
    }
    if (top.awaits === TARGET && upper !== "WITH") {
      if (FILLERS.has(upper)) return;
      // "LOCK TABLE t", but also "FROM table".
      if (
        (upper === "TABLE" || upper === "TABLES") && !this.#mayBeFunction && this.#object === ""
      ) return;
      if (!NO_NAMES.has(upper)) return this.#begin(text);
      top.awaits = NOTHING;
    }
    if (top.atStart || upper === "WITH" && top.awaits === TARGET) {
      return this.#verb(top, text, upper);
    }
    if (upper === "FROM") this.#from(top);
    else if (upper === "JOIN" || upper === "STRAIGHT_JOIN") {
      if (top.verb !== "") this.#await(top);
    } else if (upper === "USING") {
      if (top.verb === "DELETE" || top.verb === "MERGE") this.#await(top);
    } else if (CLAUSES.has(upper)) top.inList = false;
  }

  #verb(top: Frame, text: string, upper: string): void {
    // "EXPLAIN QUERY PLAN UPDATE t", "EXPLAIN ANALYZE UPDATE t"
    const isExplained = top.verb === "EXPLAIN" || top.verb === "DESCRIBE";
    top.atStart = isExplained;
    if (upper === "WITH") {
      top.inWith = true;
      top.awaits = CTE;
      return;
    }
    // "lower(replace(…))" is a function.
    const isInner = this.#frames.length > 1;
    if (isInner && !(CHANGING.has(upper) && this.#frames[this.#frames.length - 2]!.inWith)) return;
    if (isExplained && (upper === "ANALYZE" || upper === "ANALYSE")) return;
    const isDefining = DEFINING.has(upper), isDirect = DIRECT.has(upper), isBare = BARE.has(upper);
    if (!isDefining && !isDirect && !isBare && !OUTER.has(upper)) return;
    this.#operation(top, text, upper);
    top.atStart = upper === "EXPLAIN" || upper === "DESCRIBE";
    this.#mayBeFunction = false;
    this.#object = "";
    this.#isOver = isBare;
    if (isDefining) top.awaits = OBJECT;
    else if (isDirect) top.awaits = TARGET;
    top.inList = upper === "UPDATE";
  }

  #operation(top: Frame, text: string, upper: string): void {
    top.verb = upper;
    top.inWith = false;
    if (this.verb === "") this.verb = upper;
    this.#add(text);
  }

  #select(top: Frame, text: string): void {
    const previous = this.#previous;
    const isSecond = SET_OPERATORS.has(previous) ||
      (previous === "ALL" || previous === "DISTINCT") && SET_OPERATORS.has(this.#beforeThat);
    top.awaits = NOTHING;
    top.atStart = top.inList = false;
    if (!isSecond) this.#operation(top, text, "SELECT");
  }

  #from(top: Frame): void {
    // "IS DISTINCT FROM" compares; "EXTRACT(year FROM day)" is in parentheses without a query; COPY reads a file.
    if (top.verb === "" || top.verb === "COPY" || this.#previous === "DISTINCT") return;
    this.#await(top);
    top.inList = true;
  }

  #await(top: Frame): void {
    top.awaits = TARGET;
    this.#object = "";
    this.#mayBeFunction = true;
  }

  #objectOf(top: Frame, text: string, upper: string): void {
    if (OBJECTS.has(upper)) {
      this.#add(text);
      this.#object = upper;
      top.awaits = TARGET;
    } else if (this.#previous === "TRUNCATE" && !FILLERS.has(upper)) {
      this.#begin(text);
    }
  }

  #nameCte(top: Frame, text: string): void {
    (this.#ctes ??= new Set()).add(text.toUpperCase());
    top.awaits = NOTHING;
  }

  #quoted(text: string): void {
    const top = this.#top;
    top.atStart = false;
    if (top.awaits === CTE) this.#nameCte(top, text);
    else if (top.awaits !== NOTHING) this.#begin(text);
  }

  #punctuation(text: string): void {
    const top = this.#top;
    if (text === "(") {
      const inner = frame();
      // "FROM (a JOIN b)"
      if (top.awaits === TARGET && this.#mayBeFunction) {
        inner.verb = top.verb;
        inner.inList = true;
        inner.awaits = TARGET;
      }
      top.awaits = NOTHING;
      this.#frames.push(inner);
    } else if (text === ")") {
      if (this.#frames.length > 1) this.#frames.pop();
      if (this.#top.inWith) this.#top.atStart = true;
    } else if (text === ",") {
      if (top.inWith && top.atStart) top.awaits = CTE;
      else if (top.inList) this.#await(top);
      if (!top.inWith) top.atStart = false;
    } else {
      top.awaits = NOTHING;
      top.atStart = false;
    }
  }

  #begin(text: string): void {
    this.#name = text;
    this.#isDotted = false;
  }

  /** Whether the token belongs to the name that is read: "dbo", ".", "Table". */
  #continues(kind: Kind, text: string): boolean {
    if (this.#isDotted && (kind === WORD || kind === QUOTED || kind === DOUBLE)) {
      this.#name += `.${text}`;
      this.#isDotted = false;
      return true;
    }
    if (kind === PUNCTUATION && text === ".") return this.#isDotted = true;
    if (kind === PUNCTUATION && text === "(" && this.#mayBeFunction) this.#name = "";
    this.#endName(kind === PUNCTUATION && text === ",");
    return false;
  }

  #endName(isMore = false): void {
    const name = this.#name, top = this.#top, object = this.#object;
    top.awaits = NOTHING;
    this.#name = "";
    this.#isDotted = false;
    if (name === "") return;
    if (!this.#ctes?.has(name.toUpperCase())) this.#add(name);
    if (object === "") return;
    // "DROP TABLE a, b"; of "CREATE VIEW … AS SELECT", what it is made of is not what the query does.
    top.inList = isMore && top.verb === "DROP";
    this.#isOver = !top.inList;
    if (WITH_BODIES.has(object)) this.#isFull = true;
  }

  #add(text: string): void {
    const longer = this.#parts === "" ? text : `${this.#parts} ${text}`;
    if (longer.length > MAX_LENGTH) this.#isFull = true;
    else this.#parts = longer;
  }
}

function frame(): Frame {
  return { atStart: true, verb: "", inList: false, inWith: false, awaits: NOTHING };
}
