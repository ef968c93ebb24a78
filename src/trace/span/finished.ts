/**
 * The ring of the spans that ended last.
 *
 * @module
 */
import { Ring } from "../../core/ring.ts";
import type { RawSpan, SpanRecord } from "./record.ts";

/** A span that has ended. Its record is made when it is read: to store the span is many times cheaper. */
export interface FinishedSpan {
  /** Its trace. */
  readonly traceId: string;
  /** The span as plain data. */
  record(): SpanRecord;
  /** The span for encoders: its attributes are pairs, in which secrets are not hidden yet. */
  raw(): RawSpan;
}

/**
 * The last finished spans, numbered from 0 in the order they ended. To iterate gives the records of
 * all, oldest first.
 */
export class FinishedSpans {
  readonly #ring: Ring<FinishedSpan>;
  /** Called each time that an eighth of the ring has filled; it must not throw. */
  onPart: (() => void) | undefined = undefined;
  readonly #part: number;

  /** Keeps `maxSpans` spans, rounded up to a power of two. */
  constructor(maxSpans: number) {
    this.#ring = new Ring(maxSpans);
    this.#part = Math.max(0, (this.#ring.capacity >> 3) - 1);
  }

  /** How many spans fit. */
  get capacity(): number {
    return this.#ring.capacity;
  }

  /** The number of the oldest span held. */
  get first(): number {
    return this.#ring.first;
  }

  /** The number the next span will get. */
  get next(): number {
    return this.#ring.next;
  }

  /** Keeps a span. */
  push(span: FinishedSpan): void {
    const part = this.#part;
    if ((this.#ring.push(span) & part) === part) this.onPart?.();
  }

  /** The records of all spans held, oldest first. */
  *[Symbol.iterator](): Generator<SpanRecord> {
    for (const span of this.#held(0)) yield span.record();
  }

  /** The spans held from number `sequence` on, oldest first. */
  since(sequence: number): SpanRecord[] {
    return this.#held(sequence).map((span) => span.record());
  }

  /** The spans of one trace that are still held, in the order they ended. */
  ofTrace(traceId: string): SpanRecord[] {
    return this.#held(0).filter((span) => span.traceId === traceId).map((span) => span.record());
  }

  /** The spans of some traces that are still held, in the order they ended. */
  ofTraces(traceIds: ReadonlySet<string>): Map<string, FinishedSpan[]> {
    const found = new Map<string, FinishedSpan[]>();
    for (const span of this.#held(0)) {
      if (!traceIds.has(span.traceId)) continue;
      const spans = found.get(span.traceId);
      if (spans === undefined) found.set(span.traceId, [span]);
      else spans.push(span);
    }
    return found;
  }

  /** Forgets all spans; numbering goes on. */
  clear(): void {
    this.#ring.clear();
  }

  #held(sequence: number): FinishedSpan[] {
    // A cleared slot has a number but no span.
    return this.#ring.since(sequence).filter((span) => span !== undefined);
  }
}
