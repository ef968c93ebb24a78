/**
 * A request and its answer, on their way.
 *
 * @module
 */
import type { BoundGauge } from "../metrics/gauge.ts";
import type { Span } from "../trace/span.ts";
import type { BodyEnd } from "./body_end.ts";

/** A request on its way. */
export interface Exchange {
  readonly request: Request;
  readonly method: string;
  readonly path: string;
  readonly span: Span;
  readonly startMs: number;
  readonly inProgress: BoundGauge | undefined;
  /** Whether it is yet to be counted and told of; that happens once. */
  isOpen: boolean;
}

/** How an exchange ended. */
export interface Ending {
  readonly status: number;
  readonly response: Response | undefined;
  /** When the head was there. */
  readonly headMs: number;
  readonly responseBytes?: number | undefined;
  readonly failure?: { readonly error: unknown } | undefined;
  readonly body?: BodyEnd | undefined;
}

/** What a handler gave, when it is a response: its word is not taken for it. */
export function asResponse(answer: unknown): Response | undefined {
  return answer instanceof Response ? answer : undefined;
}

/** The status of what is no response: 101 when Bun upgraded, else what the runtime makes of it. */
export function statusWithout(answer: unknown, rest: readonly unknown[]): number {
  const server = rest[0] as { upgrade?: unknown } | null | undefined;
  return answer === undefined && typeof server?.upgrade === "function" ? 101 : 500;
}
