/**
 * The state of a request while it is handled, attached to the `Request`; and how it ended.
 *
 * @module
 */
import { type NoteValue, Tally } from "../../core/tally.ts";
import type { BoundGauge } from "../../metrics/instrument/gauge.ts";
import type { Span } from "../../trace/span/span.ts";
import type { BodyEnd } from "./body_end.ts";
import type { Scheme } from "./metrics.ts";

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
  readonly tracer: unknown;
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

/** A request that is observed, until it is answered and counted; and what it adds up to. */
export class Exchange extends Tally implements Note {
  readonly request: Request;
  readonly method: string;
  readonly path: string;
  readonly scheme: Scheme;
  readonly startMs: number;
  readonly parts: Parts;
  readonly outer: Note | undefined;
  /** The server span; started with the exchange as its tally. */
  declare span: Span;
  template: string | undefined;
  caught: { readonly error: unknown } | undefined = undefined;
  isAnswered = false;
  inProgress: BoundGauge | undefined = undefined;
  /** How many requests were in progress when it came, itself included. */
  inflight = 0;
  /** The size of its body, where it says so. */
  requestBytes: number | undefined = undefined;
  /** When the handler first returned; undefined before. */
  returnedMs: number | undefined = undefined;
  /** Whether it is yet to be counted and logged, which happens once. */
  isOpen = true;
  /** Its neighbours in the list of requests that wait for their handler. */
  older: Exchange | undefined = undefined;
  newer: Exchange | undefined = undefined;
  isWaiting = false;
  /** The listener on the signal of the request. */
  onAbort: (() => void) | undefined = undefined;

  constructor(
    request: Request,
    method: string,
    path: string,
    scheme: Scheme,
    startMs: number,
    parts: Parts,
    known: Note | undefined,
  ) {
    super();
    this.request = request;
    this.method = method;
    this.path = path;
    this.scheme = scheme;
    this.startMs = startMs;
    this.parts = parts;
    this.outer = known?.isAnswered === false ? known : undefined;
    // Set before anybody observed the request.
    this.template = known?.parts === undefined ? known?.template : undefined;
  }

  /** The server span has what the row has. */
  override note(name: string, value: unknown): boolean {
    const isKept = super.note(name, value);
    if (isKept) this.span.set(name, value as NoteValue);
    return isKept;
  }
}

/** How an exchange ended. */
export interface Ending {
  readonly status: number;
  readonly response: Response | undefined;
  /** When the handler gave the response. */
  readonly headMs: number;
  readonly responseBytes?: number | undefined;
  /** The error, where it is known. */
  readonly failure?: { readonly error: unknown } | undefined;
  /** Whether the client disconnected before there was a response. */
  readonly isAborted?: boolean | undefined;
  readonly body?: BodyEnd | undefined;
}

/** The answer of a handler if it is a response; its type is not trusted. */
export function asResponse(answer: unknown): Response | undefined {
  return answer instanceof Response ? answer : undefined;
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

/**
 * The status that the client receives. The runtimes answer 500 for `Response.error()`, whose status
 * is 0, and for a body that was read before.
 */
export function statusOf(response: Response): number {
  const { status } = response;
  return status === 101 ? status : response.bodyUsed ? 500 : status || 500;
}

/** What Bun's server has, and other arguments of handlers don't. */
interface BunConnection {
  upgrade?: unknown;
  readonly development?: boolean;
  requestIP?(request: Request): unknown;
}

/**
 * The status that the client receives when a handler returns no response. Bun does not call its
 * error hook then: it sends its welcome page (200) in development, else an empty 204. A request was
 * upgraded if Bun no longer knows its peer although the client has not disconnected.
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
  // On a unix socket no peer has an address: the upgrade header alone decides.
  return request.headers.get("upgrade")?.toLowerCase() === "websocket" &&
    !request.signal.aborted && server.requestIP?.(request) == null;
}
