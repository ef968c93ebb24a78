/**
 * The part that the spans of one tracer share: clock, limits, counts and the finished spans.
 *
 * @module
 */
import {
  type AttributeLimits,
  type AttributeSource,
  type AttributeValue,
  type Pairs,
  type Shorten,
  withSource,
} from "../core/attributes.ts";
import type { Clock } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import type { Ids } from "../core/ids.ts";
import type { Redactor } from "../core/redact/redactor.ts";
import { type FinishedSpan, FinishedSpans, type SpanBounds } from "./span/finished.ts";
import type { TailBuffer } from "./sampling/tail.ts";
import type { RawSpan } from "./span/record.ts";
import { redactAttribute } from "./span/redact.ts";
import { WallTime } from "./span/wall_time.ts";

/** How much one span holds; what exceeds a limit is dropped and counted in its record. */
export interface SpanLimits {
  /**
   * Attributes of a span.
   *
   * @default 128
   */
  readonly attributes: number;
  /**
   * Events of a span.
   *
   * @default 128
   */
  readonly events: number;
  /**
   * Links of a span.
   *
   * @default 128
   */
  readonly links: number;
  /**
   * Attributes of one event or link.
   *
   * @default 32
   */
  readonly detailAttributes: number;
  /**
   * UTF-16 units of a string value; a longer one is cut.
   *
   * @default 8192
   */
  readonly valueLength: number;
  /**
   * UTF-16 units of all attributes, and again of all events and links. Times `maxSpans` it bounds
   * the memory of finished spans.
   *
   * @default 32768
   */
  readonly size: number;
}

export const DEFAULT_LIMITS: SpanLimits = {
  attributes: 128,
  events: 128,
  links: 128,
  detailAttributes: 32,
  valueLength: 8192,
  size: 32768,
};

/** Counts of a tracer, which only grow. */
export interface TraceCounts {
  /** Recorded spans that started. */
  readonly started: number;
  /** Spans that started unrecorded. */
  readonly unsampled: number;
  /** Recorded spans that ended. */
  readonly finished: number;
  /** Attributes that exceeded a limit, or had a value of another type. */
  readonly droppedAttributes: number;
  /** Events that exceeded a limit. */
  readonly droppedEvents: number;
  /** Links that exceeded a limit. */
  readonly droppedLinks: number;
  /** Methods called on a span after its end. */
  readonly misuse: number;
  /** Ended spans of traces that tail sampling did not keep. */
  readonly unkept: number;
  /** Ended spans that left the buffer of tail sampling undecided, because it was full. */
  readonly trimmed: number;
}

/**
 * Called with each span that is kept: when it ends, or with tail sampling when its local root has
 * ended. It may call `record()` then or later. A throw is counted.
 */
export type SpanProcessor = (span: FinishedSpan) => void;

/** The state that the spans of one tracer share. */
export class Recorder {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly limits: SpanLimits;
  readonly attributeLimits: AttributeLimits;
  readonly detailLimits: AttributeLimits;
  readonly wallTime: WallTime;
  readonly finished: FinishedSpans;
  readonly redactor: Redactor;
  /** Cuts a text that is too long; no head of a secret is left where the cut goes through one. */
  readonly shorten: Shorten;
  /** The value of an attribute without secrets. */
  readonly shown: NonNullable<RawSpan["shown"]>;
  readonly counts: { -readonly [K in keyof TraceCounts]: TraceCounts[K] } = {
    started: 0,
    unsampled: 0,
    finished: 0,
    droppedAttributes: 0,
    droppedEvents: 0,
    droppedLinks: 0,
    misuse: 0,
    unkept: 0,
    trimmed: 0,
  };
  /** Decides which traces are kept; undefined when all are. */
  tail: TailBuffer | undefined = undefined;
  readonly #faults: Faults;
  #processors: readonly SpanProcessor[] = [];

  constructor(
    { clock, ids, limits, bounds, faults, redactor }: {
      readonly clock: Clock;
      readonly ids: Ids;
      readonly limits: SpanLimits;
      readonly bounds: SpanBounds;
      readonly faults: Faults;
      readonly redactor: Redactor;
    },
  ) {
    this.clock = clock;
    this.ids = ids;
    this.redactor = redactor;
    this.limits = limits;
    this.shown = (key, value) => redactAttribute(key, value, redactor);
    this.shorten = (text, length) => redactor.head(text, length);
    const { valueLength, size } = limits, { shorten } = this;
    this.attributeLimits = { count: limits.attributes, valueLength, size, shorten };
    this.detailLimits = { count: limits.detailAttributes, valueLength, size, shorten };
    this.wallTime = new WallTime(clock);
    this.finished = new FinishedSpans(bounds);
    this.#faults = faults;
  }

  /** Adds a processor; returns a function that removes it. */
  onEnd(processor: SpanProcessor): () => void {
    this.#processors = [...this.#processors, processor];
    return () => {
      this.#processors = this.#processors.filter((other) => other !== processor);
    };
  }

  /** The attributes of a span's source, and over them those that were set. Never throws. */
  pairsOf(source: AttributeSource, set: Pairs): Pairs {
    try {
      return withSource(source, set, this.attributeLimits);
    } catch (error) {
      this.#faults.record("attribute source", error);
      return set;
    }
  }

  /** One attribute of a span's source. Never throws. */
  attributeOf(source: AttributeSource, key: string): AttributeValue | undefined {
    try {
      return source.attribute(key);
    } catch (error) {
      this.#faults.record("attribute source", error);
      return undefined;
    }
  }

  /** Keeps a span that has ended and passes it to the processors. */
  keep(span: FinishedSpan): void {
    this.finished.push(span);
    if (this.#processors.length > 0) this.#process(span);
  }

  #process(span: FinishedSpan): void {
    for (const processor of this.#processors) {
      try {
        processor(span);
      } catch (error) {
        this.#faults.record("span processor", error);
      }
    }
  }
}
