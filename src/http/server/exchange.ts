/**
 * A request and its answer while they are handled: what is noted of them, and the status.
 *
 * @module
 */
import type { BoundGauge } from "../../metrics/instrument/gauge.ts";
import type { Span } from "../../trace/span/span.ts";
import type { BodyEnd } from "./body_end.ts";
import type { Scheme } from "./metrics.ts";

/** The route of a request that has no named one. */
export const UNMATCHED = "unmatched";

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
    new Noted(request, note);
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

/** A request on its way, and what is noted of it. */
export interface Exchange extends Note {
  readonly request: Request;
  readonly method: string;
  readonly path: string;
  readonly scheme: Scheme;
  readonly span: Span;
  readonly startMs: number;
  readonly inProgress: BoundGauge | undefined;
  /** Whether it is yet to be counted and told of; that happens once. */
  isOpen: boolean;
  /** The neighbours in the list of those whose handler has yet to answer. */
  older: Exchange | undefined;
  newer: Exchange | undefined;
  isWaiting: boolean;
  /** What listens to the request's signal. */
  onAbort: (() => void) | undefined;
}

/** How an exchange ended. */
export interface Ending {
  readonly status: number;
  readonly response: Response | undefined;
  /** When the head was there. */
  readonly headMs: number;
  readonly responseBytes?: number | undefined;
  /** What went wrong, where that is known. */
  readonly failure?: { readonly error: unknown } | undefined;
  /** Whether the client gave up before there was a response. */
  readonly isAborted?: boolean | undefined;
  readonly body?: BodyEnd | undefined;
}

/** What a handler gave, when it is a response: its word is not taken for it. */
export function asResponse(answer: unknown): Response | undefined {
  return answer instanceof Response ? answer : undefined;
}

const recorded = new WeakSet<object>();

/** Notes that `error` has been recorded. A thrown primitive can't be noted. */
export function markRecorded(error: unknown): void {
  if (typeof error === "object" && error !== null) recorded.add(error);
}

/**
 * Whether `error` has been recorded. A primitive always counts: only a handler throws one, and what
 * a handler throws is recorded.
 */
export function isRecorded(error: unknown): boolean {
  return typeof error !== "object" || error === null || recorded.has(error);
}

/** `Response.error()` has 0: the runtimes answer 500 for it, and for a body that was read before. */
export function statusOf(response: Response): number {
  const { status } = response;
  return status === 101 ? status : response.bodyUsed ? 500 : status || 500;
}

/** The part of Bun's server that tells it from other arguments, and what became of a request. */
interface BunConnection {
  upgrade?: unknown;
  readonly development?: boolean;
  requestIP?(request: Request): unknown;
}

/**
 * The status that the runtime sends when a handler gives no response. Bun does not call its error hook
 * then: it sends its welcome page (200) in development, else an empty 204. An upgraded request is told
 * by this: Bun no longer knows its peer, although the client has not left.
 */
export function statusWithout(
  answer: unknown,
  request: Request,
  rest: readonly unknown[],
): number {
  const server = rest[0] as BunConnection | null | undefined;
  if (typeof server?.upgrade !== "function") return 500;
  if (answer === undefined && isUpgraded(server, request)) return 101;
  return server.development === true ? 200 : 204;
}

function isUpgraded(server: BunConnection, request: Request): boolean {
  // On a unix socket no peer has an address: the upgrade header alone has to do.
  return request.headers.get("upgrade")?.toLowerCase() === "websocket" &&
    !request.signal.aborted && server.requestIP?.(request) == null;
}
