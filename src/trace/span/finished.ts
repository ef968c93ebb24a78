/**
 * The ring of the spans that ended last.
 *
 * @module
 */
import { checkWhole } from "../../core/check.ts";
import type { FinishedSpan, SpanRecord } from "./record.ts";
import { hashOf, ROOT, SpanRing, STAYS } from "./ring.ts";

export type { FinishedSpan };

/** How many spans are kept. */
export interface SpanBounds {
  /** Finished spans that are kept, rounded up to a power of two. */
  readonly maxSpans: number;
  /**
   * Traces whose spans are kept, counted by their first span in this process. Where more than 200 come in a
   * second, a share of them is kept beyond the last 2048 spans, so that they reach back ten seconds.
   */
  readonly maxTraces?: number | undefined;
  /** About what they may occupy together; the newest is kept even if it is larger. */
  readonly maxBytes?: number | undefined;
}

const MAX_SIZE = 2 ** 30 - 1;
/** Spans that are always kept, where there is a limit of traces. */
const RECENT = 2048;
/**
 * Traces a second of which older spans are kept whole: a span that outlives two young collections costs half
 * a microsecond, and at more traces a second 2000 of them are no history.
 */
const MAX_RATE = 200;
/** The rate is measured over so many traces, or so long. */
const MEASURED = 512, MEASURED_MS = 500;
/** The share of all hashes. */
const ALL = 2 ** 32;

/**
 * The last finished spans, numbered from 0 in the order they ended. To iterate gives the records of
 * all, oldest first.
 */
export class FinishedSpans {
  /** Every span is here first. */
  readonly #recent: SpanRing;
  /** Spans of traces that were chosen to stay longer; undefined where only spans are bounded. */
  readonly #older: SpanRing | undefined;
  readonly #maxTraces: number;
  readonly #maxBytes: number;
  /** Whether more than the number of spans is bounded: then their sizes are looked at. */
  readonly #isBounded: boolean;
  #next = 0;
  #crowded = 0;
  /** The share of traces that stays, of 2^32. */
  #share = ALL;
  /** Traces since the rate was measured, and when that was. */
  #measured = 0;
  #sinceMs = NaN;
  /** A number at which `onLeave` is called. */
  #leaveAt = 0;
  /**
   * Called each time that half of the newest spans have left: what came since the last call is still there.
   * It must not throw.
   */
  onLeave: (() => void) | undefined = undefined;

  /** Makes an empty ring. */
  constructor({ maxSpans, maxTraces, maxBytes = Infinity }: SpanBounds) {
    checkWhole("keep spans", "maxSpans", maxSpans, 1, 1 << 24);
    const size = 2 ** Math.ceil(Math.log2(maxSpans)), isTwofold = maxTraces !== undefined;
    this.#recent = new SpanRing(isTwofold ? Math.min(RECENT, size) : size);
    if (isTwofold && size > RECENT) this.#older = new SpanRing(size);
    this.#maxTraces = maxTraces ?? Infinity;
    this.#maxBytes = maxBytes;
    this.#isBounded = isTwofold || maxBytes < Infinity;
  }

  /** How many spans fit. */
  get capacity(): number {
    return (this.#older ?? this.#recent).capacity;
  }

  /** The number of the oldest span held. */
  get first(): number {
    return this.#older?.firstNumber ?? this.#recent.firstNumber ?? this.#next;
  }

  /** The number the next span will get. */
  get next(): number {
    return this.#next;
  }

  /** How many spans are held. */
  get count(): number {
    return this.#recent.count + (this.#older?.count ?? 0);
  }

  /** About what the spans held occupy. */
  get bytes(): number {
    return this.#recent.bytes + (this.#older?.bytes ?? 0);
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
    const recent = this.#recent, older = this.#older;
    if (recent.count === recent.capacity) this.#leave();
    if (!this.#isBounded) {
      return recent.push(span, this.#next++, 0);
    }
    const isRoot = span.isLocalRoot, stays = this.#share === ALL || this.#isChosen(span);
    const flags = (isRoot ? ROOT : 0) + (stays ? STAYS : 0);
    recent.push(span, this.#next++, bytesOf(span) * 4 + flags);
    if (isRoot) this.#measure(span.endedMs);
    if (
      recent.traces + (older?.traces ?? 0) > this.#maxTraces ||
      recent.bytes + (older?.bytes ?? 0) > this.#maxBytes
    ) this.#makeRoom();
  }

  get #traces(): number {
    return this.#recent.traces + (this.#older?.traces ?? 0);
  }

  /** The oldest of the newest spans stays among the older ones, or goes. */
  #leave(): void {
    const recent = this.#recent, older = this.#older;
    this.#tell();
    if (older === undefined || !recent.staysOldest) return recent.dropOldest();
    if (older.count + recent.count >= older.capacity) older.dropOldest();
    recent.moveOldest(older);
  }

  /** By its trace, so that all spans of one stay. */
  #isChosen({ traceId }: FinishedSpan): boolean {
    return Math.imul(hashOf(traceId), 0x9e3779b1) >>> 0 < this.#share;
  }

  /** How many traces come in a second says which share of them stays. */
  #measure(nowMs: number): void {
    const passedMs = nowMs - this.#sinceMs;
    if (++this.#measured < MEASURED && passedMs < MEASURED_MS) return;
    const rate = this.#measured / Math.max(1, passedMs) * 1000;
    this.#share = rate > MAX_RATE ? ALL * MAX_RATE / rate : ALL;
    this.#measured = 0;
    this.#sinceMs = nowMs;
  }

  #makeRoom(): void {
    while (this.#traces > this.#maxTraces && this.count > 1) this.#dropOldest();
    while (this.bytes > this.#maxBytes && this.count > 1) {
      this.#dropOldest();
      this.#crowded++;
    }
  }

  #dropOldest(): void {
    const older = this.#older;
    if (older !== undefined && older.count > 0) return older.dropOldest();
    this.#tell();
    this.#recent.dropOldest();
  }

  /** Before one of the newest leaves. */
  #tell(): void {
    if (this.#recent.firstNumber! < this.#leaveAt) return;
    this.#leaveAt = this.#next - (this.#recent.count >> 1);
    this.onLeave?.();
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

  /** Spans of one trace without their records: the last `most` of them. */
  spansOf(traceId: string, most: number = Infinity): FinishedSpan[] {
    const recent = this.#recent.spansOf(traceId, most), older = this.#older;
    if (older === undefined || recent.length >= most) return recent;
    return [...older.spansOf(traceId, most - recent.length), ...recent];
  }

  /** Forgets all spans; numbering goes on. */
  clear(): void {
    this.#recent.clear();
    this.#older?.clear();
  }

  #held(sequence: number): FinishedSpan[] {
    return [...this.#older?.since(sequence) ?? [], ...this.#recent.since(sequence)];
  }
}

/** About what a span occupies; what it counts itself is nearly all text of one byte a unit. */
function bytesOf({ size }: FinishedSpan): number {
  return size < MAX_SIZE ? size : MAX_SIZE;
}
