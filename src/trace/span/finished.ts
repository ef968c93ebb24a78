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
  /** Called each time that half of the ring has filled; it must not throw. */
  onPart: (() => void) | undefined = undefined;
  readonly #part: number;

  /** Keeps `maxSpans` spans, rounded up to a power of two. */
  constructor(maxSpans: number) {
    this.#ring = new Ring(maxSpans);
    this.#part = Math.max(0, (this.#ring.capacity >> 1) - 1);
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

  /**
   * Spans of a trace in the order they ended: at most `count`, looked for from a number on in both
   * directions. To compare all ids of a ring costs as much as hundreds of spans.
   *
   * @param steps how many spans are looked at, at most
   */
  near(traceId: string, number: number, count: number, steps: number): FinishedSpan[] {
    const ring = this.#ring, { first, next } = ring;
    const before: FinishedSpan[] = [], after: FinishedSpan[] = [];
    let below = Math.min(number, next - 1), above = Math.max(first, below + 1);
    for (let i = 0; i < steps && before.length + after.length < count; i++) {
      if (below < first && above >= next) break;
      const isAbove = above < next && (i % 2 === 1 || below < first);
      const span = ring.at(isAbove ? above++ : below--);
      if (span?.traceId === traceId) (isAbove ? after : before).push(span);
    }
    return [...before.reverse(), ...after];
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
