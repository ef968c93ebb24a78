/**
 * What the application said about a request, attached to the `Request`; and errors that are recorded.
 *
 * @module
 */
import type { Tracer } from "../../trace/tracer.ts";

/** The route of requests whose route nobody named. */
export const UNMATCHED = "unmatched";

/** What the application said about a request, and who observes it. */
export interface Note {
  /** The route's template. */
  template: string | undefined;
  /** What a router caught, or an error hook was given. */
  caught: { readonly error: unknown } | undefined;
  /** Whether its handler has ended, which may be long after its client disconnected. */
  isAnswered: boolean;
  /** The parts it is observed through; undefined when nobody observes it. */
  readonly parts: Parts | undefined;
  /** The note of an outer observer, with other parts. */
  readonly outer: Note | undefined;
}

/** The parts of an observer: two observers with the same parts would count a request twice. */
export interface Parts {
  readonly registry: unknown;
  readonly tracer: Tracer;
  readonly logger: unknown;
}

/** A class whose base returns another object adds its own fields to that object. */
class Given {
  constructor(request: object) {
    return request;
  }
}

/**
 * A private field of the request itself: with a `WeakMap`, garbage collection costs more per
 * request.
 */
class Noted extends Given {
  #note: Note;

  constructor(request: object, note: Note) {
    super(request);
    this.#note = note;
  }

  static replace(request: object, note: Note): void {
    (request as Noted).#note = note;
  }

  static of(request: object): Note | undefined {
    return #note in request ? request.#note : undefined;
  }
}

/** The note of a request, if there is one. */
export function noteOf(request: object): Note | undefined {
  return Noted.of(request);
}

/** Makes this the note of a request, in place of the one that it has. */
export function putNote(request: object, note: Note): void {
  try {
    new Noted(request, note);
  } catch {
    // A private field is defined once.
    Noted.replace(request, note);
  }
}

/** The note of a request, made if it has none. Outer observers have theirs: see `outer`. */
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
    new Noted(request, note);
  }
  return note;
}

/** Whether an outer wrapper observes the request through these parts. */
export function isObserved(known: Note, parts: Parts): boolean {
  for (let note: Note | undefined = known; note !== undefined; note = note.outer) {
    if (!note.isAnswered && note.parts !== undefined && isSame(note.parts, parts)) return true;
  }
  return false;
}

function isSame(a: Parts, b: Parts): boolean {
  return a === b || a.registry === b.registry && a.tracer === b.tracer && a.logger === b.logger;
}

const recorded = new WeakSet<object>();

/** Marks `error` as recorded. A primitive can't be marked. */
export function markRecorded(error: unknown): void {
  if (typeof error === "object" && error !== null) recorded.add(error);
}

/**
 * Whether `error` has been recorded. True for every primitive: only handlers throw them, and what a
 * handler throws is recorded.
 */
export function isRecorded(error: unknown): boolean {
  return typeof error !== "object" || error === null || recorded.has(error);
}
