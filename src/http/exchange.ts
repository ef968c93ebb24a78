/**
 * A request and its answer, on their way.
 *
 * @module
 */
import type { BoundGauge } from "../metrics/gauge.ts";
import type { Span } from "../trace/span.ts";
import type { BodyEnd } from "./body_end.ts";
import type { Note } from "./note.ts";
import type { Scheme } from "./scheme_split.ts";

/** A request on its way, and what is noted of it. */
export interface Exchange extends Note {
  readonly request: Request;
  readonly method: string;
  readonly path: string;
  readonly scheme: Scheme;
  readonly span: Span;
  readonly startMs: number;
  readonly inProgress: BoundGauge | undefined;
  /** Whether its handler has given a response, whose body may be on its way. */
  isAnswered: boolean;
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

/** The part of Bun's server that tells it from other arguments, and what became of a request. */
interface BunConnection {
  upgrade?: unknown;
  readonly development?: boolean;
  requestIP?(request: Request): unknown;
}

/**
 * The status of what is no response: what the runtime makes of it. Bun asks no error hook, and sends
 * its welcome page in development and an empty answer else; it has upgraded the request where it has
 * forgotten the peer of a client that is still there.
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
  // On a unix socket no peer has an address: there the client's wish is all that is known.
  return request.headers.get("upgrade")?.toLowerCase() === "websocket" &&
    !request.signal.aborted && server.requestIP?.(request) == null;
}
