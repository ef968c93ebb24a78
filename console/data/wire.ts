/**
 * What the service sends, as the page reads it. Nothing of it is trusted: it may come from a file.
 *
 * @module
 */
import type { OfCluster } from "../../src/console/state/shapes.ts";

/** What the service says of itself. */
export interface State {
  readonly timeMs: number;
  readonly service: string;
  readonly version: string;
  readonly runtime: string;
  readonly startMs: number;
  /** Greatest lag of the event loop in the last seconds. */
  readonly loopMs?: number | undefined;
  readonly heapBytes?: number | undefined;
  readonly cpu?: number | undefined;
  readonly kept?: Kept | undefined;
  readonly past?: Past | undefined;
  /** In a cluster, who there is and who did not answer. */
  readonly isolates?: OfCluster["isolates"];
  readonly missing?: OfCluster["missing"];
}

/** Figures from before the page was opened, oldest first, each of some seconds. */
export interface Past {
  readonly timeMs: readonly number[];
  /** Requests a second; the share of them that failed; the time of the slowest hundredth. */
  readonly rate: readonly (number | null)[];
  readonly errors: readonly (number | null)[];
  readonly p99: readonly (number | null)[];
  readonly loopMs: readonly (number | null)[];
  readonly heapBytes: readonly (number | null)[];
  readonly cpu: readonly (number | null)[];
}

/** What is kept, of what may be. */
export interface Kept {
  readonly bytes: number;
  readonly maxBytes: number;
  readonly lost: number;
}

/** A line of the log. */
export interface Line {
  readonly timeMs: number;
  readonly level: string;
  readonly message: string;
  readonly category: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A span. */
export interface WireSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: string;
  readonly startTimeMs: number;
  readonly durationMs: number;
  readonly status: string;
  readonly statusMessage: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  readonly usualMs?: number | undefined;
}

/** An event of a span. */
export interface SpanEvent {
  readonly name: string;
  readonly timeMs: number;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A related span. */
export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
}
