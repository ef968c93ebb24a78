/**
 * Statements of SQLite that are observed.
 *
 * Many programs prepare a text for each use, so that a statement must not cost more to observe than it takes to
 * prepare. Whose it is and what was read of it are private fields of the statement itself, which nobody else sees.
 * The methods are replaced once, for all statements: those of `node:sqlite` on the prototype, as long as there is
 * an observed database; those of `bun:sqlite` are each statement's own. They pass on what is not observed.
 *
 * @module
 */
import { current } from "../../core/context.ts";
import type { Observer } from "../query/observer.ts";
import type { Reading } from "../sql/reading.ts";
import type { Method } from "./callback.ts";
import { followRows } from "./rows.ts";

/** Methods that run a statement to its end; those of `bun:sqlite` among them. */
export const VERBS = ["get", "all", "run", "values", "raw"];
const ALL = [...VERBS, "iterate"];

/** A constructor that makes nothing: the fields of a class on top are those of what is given. */
class Given {
  constructor(given: object) {
    return given;
  }
}

/** What is known of a statement, in the statement. */
class Traced extends Given {
  #observer: Observer;
  #reading: Reading;
  #sql: string;

  constructor(statement: object, observer: Observer, reading: Reading, sql: string) {
    super(statement);
    this.#observer = observer;
    this.#reading = reading;
    this.#sql = sql;
  }

  /** Marks a statement; false for one that was marked before. */
  static mark(statement: object, observer: Observer, reading: Reading, sql: string): boolean {
    if (!(#observer in statement)) {
      new Traced(statement, observer, reading, sql);
      return true;
    }
    // `query` of `bun:sqlite` gives the same again, also to who observes it next.
    statement.#observer = observer;
    statement.#reading = reading;
    statement.#sql = sql;
    return false;
  }

  /**
   * The method of a statement that runs it to its end, but observed where the statement is. A method itself: theirs
   * is no constructor either.
   */
  static running(method: Method): Method {
    return {
      run(this: unknown, ...given: unknown[]): unknown {
        if (typeof this !== "object" || this === null || !(#observer in this)) {
          return method.apply(this, given);
        }
        const observer = this.#observer;
        if (!observer.isOn) return method.apply(this, given);
        const startMs = observer.clock.monotonic();
        let result: unknown;
        try {
          result = method.apply(this, given);
        } catch (error) {
          const details = { parameters: given, sql: this.#sql };
          observer.failed(this.#reading, current(), startMs, error, details);
          throw error;
        }
        observer.succeeded(this.#reading, startMs, this.#sql, given, result);
        return result;
      },
    }.run;
  }

  /** {@linkcode Traced.running} for the method that gives the rows one by one. */
  static iterating(method: Method): Method {
    return {
      iterate(this: unknown, ...given: unknown[]): unknown {
        const isTraced = typeof this === "object" && this !== null && #observer in this;
        return isTraced && this.#observer.isOn
          ? iterated(this.#observer, this.#reading, this.#sql, method, this, given)
          : method.apply(this, given);
      },
    }.iterate;
  }
}

/** Rows that are read while the application takes them: the query ends with the last. */
export function iterated(
  observer: Observer,
  reading: Reading,
  sql: string,
  method: Method,
  self: unknown,
  given: unknown[],
): unknown {
  const context = current(), startMs = observer.clock.monotonic();
  let rows: unknown;
  try {
    rows = method.apply(self, given);
  } catch (error) {
    observer.failed(reading, context, startMs, error, { parameters: given, sql });
    throw error;
  }
  const details = { parameters: given, sql, rows: 0 };
  const isFollowed = followRows(rows as object, details, (error, hasFailed) => {
    if (hasFailed) observer.failed(reading, context, startMs, error, details);
    else observer.ended(reading, context, startMs, details);
  });
  if (!isFollowed) observer.ended(reading, context, startMs, { parameters: given, sql });
  return rows;
}

/** The statements of one database. */
export class Statements {
  readonly #observer: Observer;
  readonly #held = new Set<Shared>();

  constructor(observer: Observer) {
    this.#observer = observer;
  }

  /** Observes a statement that was just prepared. */
  trace(statement: object, sql: string): void {
    const isNew = Traced.mark(statement, this.#observer, this.#observer.read(sql), sql);
    if (Object.hasOwn(statement, "get")) {
      if (isNew) replaceOwn(statement as Record<string, Method>);
    } else this.#hold(statement);
  }

  /** Observes no more. */
  release(): void {
    for (const shared of this.#held) shared.release();
    this.#held.clear();
  }

  #hold(statement: object): void {
    const shared = sharedOf(Object.getPrototypeOf(statement));
    if (this.#held.has(shared)) return;
    this.#held.add(shared);
    shared.hold();
  }
}

/** What each method of `bun:sqlite` is replaced by; all statements have the same few. */
const replacements = new WeakMap<Method, Method>();

function replaceOwn(statement: Record<string, Method>): void {
  for (const verb of ALL) {
    const method = statement[verb];
    if (typeof method === "function") statement[verb] = replacementOf(verb, method);
  }
}

function replacementOf(verb: string, method: Method): Method {
  let made = replacements.get(method);
  if (made === undefined) {
    made = verb === "iterate" ? Traced.iterating(method) : Traced.running(method);
    for (const key of ["name", "length"]) {
      Object.defineProperty(made, key, Object.getOwnPropertyDescriptor(method, key)!);
    }
    replacements.set(method, made);
    // It is asked for again where a statement was observed by another one in between.
    replacements.set(made, made);
  }
  return made;
}

/** By the prototype of the statements. */
const shared = new WeakMap<object, Shared>();

function sharedOf(prototype: object): Shared {
  let made = shared.get(prototype);
  if (made === undefined) shared.set(prototype, made = new Shared(prototype));
  return made;
}

/** A method that statements share, and what replaces it. */
interface Replaced {
  readonly owner: object;
  readonly verb: string;
  readonly before: PropertyDescriptor;
  readonly made: Method;
}

/** Methods that statements share, replaced as long as a database is observed. */
class Shared {
  readonly #prototype: object;
  #replaced: Replaced[] = [];
  #holders = 0;

  constructor(prototype: object) {
    this.#prototype = prototype;
  }

  hold(): void {
    if (this.#holders++ > 0) return;
    for (const verb of ALL) {
      let owner: object | null = this.#prototype;
      while (owner !== null && !Object.hasOwn(owner, verb)) owner = Object.getPrototypeOf(owner);
      if (owner === null) continue;
      const before = Object.getOwnPropertyDescriptor(owner, verb)!;
      const known = this.#replaced.find((one) => one.verb === verb);
      // Where another one has wrapped ours, it is below still.
      if (known !== undefined && before.value !== known.before.value) continue;
      if (typeof before.value !== "function") continue;
      const made = replacementOf(verb, before.value);
      if (!Reflect.defineProperty(owner, verb, { ...before, value: made })) continue;
      if (known === undefined) this.#replaced.push({ owner, verb, before, made });
    }
  }

  release(): void {
    if (--this.#holders > 0) return;
    this.#replaced = this.#replaced.filter(({ owner, verb, before, made }) => {
      // Where another one has wrapped ours, it stays below and passes everything on.
      if (Object.getOwnPropertyDescriptor(owner, verb)?.value !== made) return true;
      return !Reflect.defineProperty(owner, verb, before);
    });
  }
}
