/**
 * A request and its answer, on their way.
 *
 * @module
 */
import type { BoundGauge } from "../../metrics/instrument/gauge.ts";
import type { Span } from "../../trace/span/span.ts";
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
