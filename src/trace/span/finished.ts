/**
 * The ring of the spans that ended last.
 *
 * @module
 */
import { checkWhole } from "../../core/check.ts";
import type { RawSpan, SpanRecord } from "./record.ts";

/** A span that has ended. Its record is made when it is read: to store the span is many times cheaper. */
export interface FinishedSpan {
  /** Its trace. */
  readonly traceId: string;
  /** Whether it is the first span of its trace in this process. */
  readonly isLocalRoot: boolean;
  /** About what it occupies, in UTF-16 units. */
  readonly size: number;
  /** The span as plain data. */
  record(): SpanRecord;
  /** The span for encoders: its attributes are pairs, in which secrets are not hidden yet. */
  raw(): RawSpan;
}

/** How many spans are kept. */
export interface SpanBounds {
  /** Finished spans that are kept, rounded up to a power of two. */
  readonly maxSpans: number;
  /** Traces whose spans are kept, counted by their first span in this process. */
  readonly maxTraces?: number | undefined;
  /** About what they may occupy together; the newest is kept even if it is larger. */
  readonly maxBytes?: number | undefined;
}

/** Of a size, whether the span is a local root; the rest is the size. */
const ROOT = 1;
const MAX_SIZE = 2 ** 31 - 1;

/**
 * The last finished spans, numbered from 0 in the order they ended. To iterate gives the records of
 * all, oldest first.
 */
export class FinishedSpans {
  readonly #slots: (FinishedSpan | undefined)[];
  /** Apart from the spans: one that leaves is in no cache any more, and is not read again. */
  readonly #sizes: Uint32Array;
  readonly #mask: number;
  readonly #maxTraces: number;
  readonly #maxBytes: number;
  #first = 0;
  #next = 0;
  #traces = 0;
  #bytes = 0;
  #crowded = 0;
  #index: Index | undefined = undefined;
  /** A number at which `onLeave` is called. */
  #leaveAt = 0;
  /**
   * Called each time that half of what was held has left: what came since the last call is still there.
   * It must not throw.
   */
  onLeave: (() => void) | undefined = undefined;

  /** Makes an empty ring. */
  constructor({ maxSpans, maxTraces = Infinity, maxBytes = Infinity }: SpanBounds) {
    checkWhole("keep spans", "maxSpans", maxSpans, 1, 1 << 24);
    const size = 2 ** Math.ceil(Math.log2(maxSpans));
    this.#mask = size - 1;
    this.#slots = new Array<FinishedSpan | undefined>(size).fill(undefined);
    this.#sizes = new Uint32Array(size);
    this.#maxTraces = maxTraces;
    this.#maxBytes = maxBytes;
  }

  /** How many spans fit. */
  get capacity(): number {
    return this.#mask + 1;
  }

  /** The number of the oldest span held. */
  get first(): number {
    return this.#first;
  }

  /** The number the next span will get. */
  get next(): number {
    return this.#next;
  }

  /** How many spans are held. */
  get count(): number {
    return this.#next - this.#first;
  }

  /** About what the spans held occupy. */
  get bytes(): number {
    return this.#bytes;
  }

  /** About what they may occupy; `Infinity` where only their number is bounded. */
  get maxBytes(): number {
    return this.#maxBytes;
  }

  /** Spans that left early, because those held were too large. */
  get crowded(): number {
    return this.#crowded;
  }

  /** Keeps a span. */
  push(span: FinishedSpan): void {
    const number = this.#next;
    if (number - this.#first > this.#mask) this.#dropOldest();
    const root = span.isLocalRoot ? ROOT : 0, bytes = bytesOf(span), slot = number & this.#mask;
    this.#slots[slot] = span;
    this.#sizes[slot] = bytes * 2 + root;
    this.#next = number + 1;
    this.#traces += root;
    this.#bytes += bytes;
    if (this.#traces > this.#maxTraces || this.#bytes > this.#maxBytes) this.#makeRoom();
  }

  #makeRoom(): void {
    while (this.#traces > this.#maxTraces && this.#first + 1 < this.#next) this.#dropOldest();
    while (this.#bytes > this.#maxBytes && this.#first + 1 < this.#next) {
      this.#dropOldest();
      this.#crowded++;
    }
  }

  #dropOldest(): void {
    const first = this.#first;
    if (first >= this.#leaveAt) {
      this.#leaveAt = this.#next - ((this.#next - first) >> 1);
      this.onLeave?.();
    }
    const slot = first & this.#mask, size = this.#sizes[slot]!;
    this.#bytes -= size >>> 1;
    this.#traces -= size & ROOT;
    this.#slots[slot] = undefined;
    this.#first = first + 1;
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
    return this.spansOf(traceId).map((span) => span.record());
  }

  /** Whether a span of a trace is held. */
  has(traceId: string): boolean {
    return this.spansOf(traceId, 1).length > 0;
  }

  /**
   * The same, without their records: the last `most` of them. It looks at these only, and once at each span
   * that came since the last call.
   */
  spansOf(traceId: string, most: number = Infinity): FinishedSpan[] {
    const index = this.#index ??= new Index(this.capacity), spans: FinishedSpan[] = [];
    for (let i = Math.max(index.next, this.#first); i < this.#next; i++) {
      index.add(i, this.#slots[i & this.#mask]!.traceId);
    }
    let number = index.last(traceId);
    while (number >= this.#first && spans.length < most) {
      const span = this.#slots[number & this.#mask]!;
      if (span.traceId === traceId) spans.push(span);
      number = index.before(number);
    }
    return spans.reverse();
  }

  /** Forgets all spans; numbering goes on. */
  clear(): void {
    this.#slots.fill(undefined);
    this.#first = this.#next;
    this.#bytes = this.#traces = 0;
  }

  #held(sequence: number): FinishedSpan[] {
    const spans: FinishedSpan[] = [];
    for (let i = Math.max(sequence, this.#first); i < this.#next; i++) {
      spans.push(this.#slots[i & this.#mask]!);
    }
    return spans;
  }
}

/**
 * The last span of each trace, and the one before each span, by number. It is brought up to date when it is
 * read, so that a span costs nothing where nobody does; numbers of spans that have left stay, and end the
 * chains.
 */
class Index {
  /** The number of the first span that is not in it yet. */
  next = 0;
  readonly #mask: number;
  /** Chains of traces with one hash. */
  readonly #last: Float64Array;
  readonly #before: Float64Array;

  constructor(capacity: number) {
    this.#mask = capacity - 1;
    this.#last = new Float64Array(capacity).fill(-1);
    this.#before = new Float64Array(capacity).fill(-1);
  }

  add(number: number, traceId: string): void {
    const chain = hashOf(traceId) & this.#mask;
    this.#before[number & this.#mask] = this.#last[chain]!;
    this.#last[chain] = number;
    this.next = number + 1;
  }

  last(traceId: string): number {
    return this.#last[hashOf(traceId) & this.#mask]!;
  }

  before(number: number): number {
    return this.#before[number & this.#mask]!;
  }
}

/** Of the last digits, which are random (W3C Trace Context, level 2). */
function hashOf(traceId: string): number {
  let hash = 0;
  for (let i = 24; i < traceId.length; i++) hash = Math.imul(hash, 31) + traceId.charCodeAt(i) | 0;
  return hash ^ hash >>> 15;
}

/** About what a span occupies; what it counts itself is nearly all text of one byte a unit. */
function bytesOf({ size }: FinishedSpan): number {
  return size < MAX_SIZE ? size : MAX_SIZE;
}
