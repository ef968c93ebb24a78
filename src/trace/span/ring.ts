/**
 * Finished spans in the order in which they came, found by trace.
 *
 * @module
 */
import type { FinishedSpan } from "./record.ts";

/** Of a size, whether the span is a local root, and whether its trace is to stay; the rest is the size. */
export const ROOT = 1, STAYS = 2;

/** Spans under growing numbers, which others may lie between. */
export class SpanRing {
  /** About what the spans held occupy. */
  bytes = 0;
  /** How many of them are local roots. */
  traces = 0;
  readonly #slots: (FinishedSpan | undefined)[];
  readonly #numbers: Float64Array;
  /** Apart from the spans: one that leaves is in no cache any more, and is not read again. */
  readonly #sizes: Uint32Array;
  readonly #mask: number;
  #index: Index | undefined = undefined;
  /** Places count the spans that ever came. */
  #first = 0;
  #next = 0;

  /** @param size a power of two */
  constructor(size: number) {
    this.#mask = size - 1;
    this.#slots = new Array<FinishedSpan | undefined>(size).fill(undefined);
    this.#numbers = new Float64Array(size);
    this.#sizes = new Uint32Array(size);
  }

  /** How many spans fit. */
  get capacity(): number {
    return this.#mask + 1;
  }

  /** How many are held. */
  get count(): number {
    return this.#next - this.#first;
  }

  /** The number of the oldest span; undefined when there is none. */
  get firstNumber(): number | undefined {
    return this.count === 0 ? undefined : this.#numbers[this.#first & this.#mask];
  }

  /** Whether the trace of the oldest span is to stay. */
  get staysOldest(): boolean {
    return (this.#sizes[this.#first & this.#mask]! & STAYS) !== 0;
  }

  /**
   * Adds a span. There must be room.
   *
   * @param size four times its bytes, and its flags
   */
  push(span: FinishedSpan, number: number, size: number): void {
    const slot = this.#next++ & this.#mask;
    this.#slots[slot] = span;
    this.#numbers[slot] = number;
    this.#sizes[slot] = size;
    this.bytes += size >>> 2;
    this.traces += size & ROOT;
  }

  /** Drops the oldest span; there must be one. */
  dropOldest(): void {
    const slot = this.#first++ & this.#mask, size = this.#sizes[slot]!;
    this.bytes -= size >>> 2;
    this.traces -= size & ROOT;
    this.#slots[slot] = undefined;
  }

  /** Moves the oldest span to another ring. */
  moveOldest(to: SpanRing): void {
    const slot = this.#first & this.#mask;
    to.push(this.#slots[slot]!, this.#numbers[slot]!, this.#sizes[slot]!);
    this.dropOldest();
  }

  /** The spans with a number or a higher one, oldest first. */
  since(number: number): FinishedSpan[] {
    const spans: FinishedSpan[] = [];
    for (let place = this.#first; place < this.#next; place++) {
      const slot = place & this.#mask;
      if (this.#numbers[slot]! >= number) spans.push(this.#slots[slot]!);
    }
    return spans;
  }

  /**
   * The last `most` spans of a trace, in the order in which they came. It looks at these only, and once at
   * each span that came since the last call.
   */
  spansOf(traceId: string, most: number): FinishedSpan[] {
    const index = this.#index ??= new Index(this.capacity), spans: FinishedSpan[] = [];
    for (let place = Math.max(index.next, this.#first); place < this.#next; place++) {
      index.add(place, this.#slots[place & this.#mask]!.traceId);
    }
    let place = index.last(traceId);
    while (place >= this.#first && spans.length < most) {
      const span = this.#slots[place & this.#mask]!;
      if (span.traceId === traceId) spans.push(span);
      place = index.before(place);
    }
    return spans.reverse();
  }

  /** Forgets all spans. */
  clear(): void {
    this.#slots.fill(undefined);
    this.#first = this.#next;
    this.bytes = this.traces = 0;
  }
}

/**
 * The last span of each trace, and the one before each span, by place. It is brought up to date when it is
 * read, so that a span costs nothing where nobody does; places of spans that have left stay, and end the
 * chains.
 */
class Index {
  /** The place of the first span that is not in it yet. */
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

  add(place: number, traceId: string): void {
    const chain = hashOf(traceId) & this.#mask;
    this.#before[place & this.#mask] = this.#last[chain]!;
    this.#last[chain] = place;
    this.next = place + 1;
  }

  last(traceId: string): number {
    return this.#last[hashOf(traceId) & this.#mask]!;
  }

  before(place: number): number {
    return this.#before[place & this.#mask]!;
  }
}

/** Of the last digits, which are random (W3C Trace Context, level 2). */
export function hashOf(traceId: string): number {
  let hash = 0;
  for (let i = 24; i < traceId.length; i++) hash = Math.imul(hash, 31) + traceId.charCodeAt(i) | 0;
  return hash ^ hash >>> 15;
}
