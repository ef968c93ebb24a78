/**
 * Tail sampling: which traces are kept, decided when their local root ends. A local root is the
 * first span of a trace in this process, so the decision is this process's own.
 *
 * @module
 */
import type { Faults } from "../core/faults.ts";
import { otValue, setOtThreshold } from "./ot_state.ts";
import type { RecordedSpan } from "./recorded_span.ts";
import type { Recorder } from "./recorder.ts";
import type { EndedTrace, Limited, TailRule, TailVerdict } from "./tail_rules.ts";
import { contextReaches, shortThreshold, thresholdOf } from "./threshold.ts";

/** How a tracer samples at the tail. */
export interface TailOptions {
  /**
   * Asked in order about each trace, until one keeps all like it. Otherwise the largest share they
   * gave is kept; nothing when there are none. A rule that throws is counted and keeps the trace.
   */
  readonly keep: readonly TailRule[];
  /** Ended spans that wait for a decision, all traces together; 16384 when not given. */
  readonly maxSpans?: number | undefined;
  /** About what they may occupy in memory; 16 MiB when not given. */
  readonly maxBytes?: number | undefined;
}

/** What V8 and JavaScriptCore take at most for a UTF-16 unit. */
const BYTES_PER_UNIT = 2;

/**
 * Holds ended spans until their local root ends. When it is full, the trace that waits longest
 * loses what it has waiting, and is decided later by what is known of it all the same.
 */
export class TailBuffer {
  readonly #rules: readonly TailRule[];
  readonly #maxSpans: number;
  readonly #maxSize: number;
  readonly #recorder: Recorder;
  readonly #faults: Faults;
  /** Traces with spans that wait, the oldest first. */
  readonly #waiting = new Set<LocalTrace>();
  #spans = 0;
  #size = 0;
  /** Shares are few, and mostly the same as the last time. */
  #share = NaN;
  #threshold = "";

  /** Throws a `TypeError` for a rule that is no function, a `RangeError` for a bound below 1. */
  constructor(options: TailOptions, recorder: Recorder, faults: Faults) {
    const { keep, maxSpans = 16384, maxBytes = 16 << 20 } = options;
    for (const [name, bound] of Object.entries({ maxSpans, maxBytes })) {
      if (!(bound >= 1)) {
        throw new RangeError(`Cannot sample at the tail: ${name} must be positive, not ${bound}`);
      }
    }
    for (const rule of keep) {
      if (typeof rule === "function") continue;
      throw new TypeError(`Cannot sample at the tail: rule ${typeof rule} is not a function`);
    }
    this.#rules = [...keep];
    this.#maxSpans = maxSpans;
    this.#maxSize = maxBytes / BYTES_PER_UNIT;
    this.#recorder = recorder;
    this.#faults = faults;
  }

  /** A span starts that has no parent in this process. */
  begin(root: RecordedSpan): LocalTrace {
    return new LocalTrace(this, root);
  }

  /** Lets a span wait for its local root. */
  hold(trace: LocalTrace, span: RecordedSpan): void {
    this.#waiting.add(trace);
    trace.waiting.push(span);
    trace.size += span.size;
    this.#spans++;
    this.#size += span.size;
    while (this.#spans > this.#maxSpans || this.#size > this.#maxSize) {
      const [oldest] = this.#waiting;
      this.#recorder.counts.trimmed += this.release(oldest!).length;
    }
  }

  /** What waits of a trace waits no longer. */
  release(trace: LocalTrace): readonly RecordedSpan[] {
    const spans = trace.waiting;
    this.#waiting.delete(trace);
    this.#spans -= spans.length;
    this.#size -= trace.size;
    trace.waiting = [];
    trace.size = 0;
    return spans;
  }

  /** Decides about all traces of which spans wait. */
  flush(): void {
    for (const trace of [...this.#waiting]) trace.flush();
  }

  /** What becomes of a span whose trace is decided. */
  settle(span: RecordedSpan, kept: boolean): void {
    if (kept) this.#recorder.keep(span);
    else this.#recorder.counts.unkept++;
  }

  /** What the rules say of a trace. */
  judge(trace: EndedTrace): TailVerdict {
    let share = 0;
    for (const rule of this.#rules) {
      const verdict = this.#ask(rule, trace);
      if (isLimited(verdict) || verdict >= 1) return verdict;
      if (verdict > share) share = verdict;
    }
    return share;
  }

  /** {@linkcode thresholdOf} of a share, remembered. */
  threshold(share: number): string {
    if (share !== this.#share) {
      this.#share = share;
      this.#threshold = thresholdOf(share);
    }
    return this.#threshold;
  }

  #ask(rule: TailRule, trace: EndedTrace): TailVerdict {
    try {
      return rule(trace);
    } catch (error) {
      this.#faults.record("tail rule", error);
      return 1;
    }
  }
}

/** The part of a trace that is in this process. */
export class LocalTrace {
  readonly #buffer: TailBuffer;
  /** Forgotten at its end: children that live longer must not keep it. */
  #root: RecordedSpan | undefined;
  #failed = false;
  #spans = 0;
  /** The threshold that it reached; "" when all like it are kept. */
  #threshold = "";
  /** Whether it is kept; undefined as long as nobody knows. */
  #kept: boolean | undefined = undefined;
  #limitedShare = 1;
  /** Ended spans that wait; the buffer's. */
  waiting: RecordedSpan[] = [];
  /** What they occupy, in UTF-16 units; the buffer's. */
  size = 0;

  constructor(buffer: TailBuffer, root: RecordedSpan) {
    this.#buffer = buffer;
    this.#root = root;
  }

  /** The share of such traces that a limiter let through; 1 when none did. */
  get limitedShare(): number {
    return this.#limitedShare;
  }

  /** A span of it has ended. What ends after the local root shares its fate. */
  ended(span: RecordedSpan): void {
    if (this.#kept !== undefined) {
      this.#buffer.settle(span, this.#kept);
      return;
    }
    this.#spans++;
    if (span.failed) this.#failed = true;
    if (span !== this.#root) {
      this.#buffer.hold(this, span);
      return;
    }
    this.#settle(span);
    this.#buffer.settle(span, this.#kept === true);
  }

  /** Decides before the local root has ended, by what is known. */
  flush(): void {
    if (this.#root !== undefined) this.#settle(this.#root);
  }

  /** The tracestate of a span of it, with the threshold that the trace had to reach in all. */
  tracestateOf({ tracestate }: RecordedSpan): string {
    if (this.#threshold === "") return tracestate;
    const sampler = tracestate === "" ? undefined : otValue(tracestate, "th");
    if (sampler !== undefined && sampler.padEnd(14, "0") >= this.#threshold) return tracestate;
    return setOtThreshold(tracestate, shortThreshold(this.#threshold));
  }

  #settle(root: RecordedSpan): void {
    this.#root = undefined;
    const kept = this.#kept = this.#decide(root);
    for (const waiting of this.#buffer.release(this)) this.#buffer.settle(waiting, kept);
  }

  #decide(root: RecordedSpan): boolean {
    const durationMs = root.durationMs;
    const verdict = this.#buffer.judge({
      name: root.name,
      durationMs,
      endedAtMs: root.startedMs + durationMs,
      failed: this.#failed,
      spans: this.#spans,
      root: () => root.record(),
    });
    if (isLimited(verdict)) {
      this.#limitedShare = 1 / verdict.standsFor;
      return true;
    }
    if (verdict >= 1) return true;
    this.#threshold = this.#buffer.threshold(verdict);
    return contextReaches(root, this.#threshold);
  }
}

function isLimited(verdict: TailVerdict): verdict is Limited {
  return typeof verdict === "object" && verdict !== null;
}
