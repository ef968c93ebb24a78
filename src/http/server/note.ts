/**
 * What is noted of a request while it is handled.
 *
 * @module
 */

/** What the application says of a request, and who observes it. */
export interface Note {
  /** The route's template. */
  template: string | undefined;
  /** What a router caught. */
  caught: { readonly error: unknown } | undefined;
  /** Whether its handler has come to an end; it may do so long after its client has gone. */
  isAnswered: boolean;
  /** What it is seen through; undefined when nobody observes it. */
  readonly parts: Parts | undefined;
  /** The note of an observer further out, through other parts. */
  readonly outer: Note | undefined;
}

/** What requests are seen through: two observers with the same parts would count one twice. */
export interface Parts {
  readonly registry: unknown;
  readonly tracer: unknown;
  readonly logger: unknown;
}

/** A class whose base gives another object back adds its own fields to that. */
class Given {
  constructor(request: object) {
    return request;
  }
}

/**
 * A private field of the request itself. A `WeakMap` says the same, and makes the collector work on
 * every request that is in it.
 */
class Noted extends Given {
  #note: Note;

  constructor(request: object, note: Note) {
    super(request);
    this.#note = note;
  }

  static set(request: object, note: Note): void {
    if (#note in request) request.#note = note;
    else new Noted(request, note);
  }

  static of(request: object): Note | undefined {
    return #note in request ? request.#note : undefined;
  }
}

/** The note of a request, if there is one. */
export function noteOf(request: object): Note | undefined {
  return Noted.of(request);
}

/** Makes this the note of a request. */
export function putNote(request: object, note: Note): void {
  Noted.set(request, note);
}

/** The note of a request, made when there is none; those of others who observe it are its `outer`. */
export function noteFor(request: object): Note {
  let note = Noted.of(request);
  if (note === undefined) {
    note = {
      template: undefined,
      caught: undefined,
      isAnswered: true,
      parts: undefined,
      outer: undefined,
    };
    Noted.set(request, note);
  }
  return note;
}

/** Whether a request is being observed through these parts already, by a wrapper further out. */
export function isObserved(known: Note, parts: Parts): boolean {
  for (let note: Note | undefined = known; note !== undefined; note = note.outer) {
    if (!note.isAnswered && note.parts !== undefined && isSame(note.parts, parts)) return true;
  }
  return false;
}

function isSame(a: Parts, b: Parts): boolean {
  return a === b || a.registry === b.registry && a.tracer === b.tracer && a.logger === b.logger;
}
