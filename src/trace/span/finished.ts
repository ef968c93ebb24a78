/**
 * The spans that ended last.
 *
 * @module
 */
import { Ring } from "../../core/ring.ts";
import type { FlatSpan, SpanRecord } from "./record.ts";

/** What the ring holds: a span that gives its record when somebody reads it. */
export interface FinishedSpan {
  /** Its trace. */
  readonly traceId: string;
  /** The span as plain data. */
  record(): SpanRecord;
  /** The same for an encoder. */
  flat(): FlatSpan;
}

/**
 * The last finished spans, numbered from 0 in the order they ended. Spans are stored as they are
 * and made into records when they are read: storing is many times cheaper.
 */
export class FinishedSpans {
  readonly #ring: Ring<FinishedSpan>;

  /** Keeps `capacity` spans, rounded up to a power of two. */
  constructor(capacity: number) {
    this.#ring = new Ring(capacity);
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
    this.#ring.push(span);
  }

  /** The spans held from number `sequence` on, oldest first. */
  since(sequence: number): SpanRecord[] {
    return this.#held(sequence).map((span) => span.record());
  }

  /** The spans of one trace that are still held, in the order they ended. */
  ofTrace(traceId: string): SpanRecord[] {
    return this.#held(0).filter((span) => span.traceId === traceId).map((span) => span.record());
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
