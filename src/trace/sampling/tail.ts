/**
 * Tail sampling: the decision whether a trace is kept, made when its local root ends. A local root is
 * the first span of a trace in this process; each process decides for itself.
 *
 * @module
 */
import type { Faults } from "../../core/faults.ts";
import { check, checkNumber, checkWhole, type Known, refuseUnknown } from "../../core/check.ts";
import type { FinishedSpan } from "../span/finished.ts";
import { otValue, setOtThreshold } from "../propagation/tracestate.ts";
import { type DecideAtEnd, isLimited, TailJudge } from "./tail_judge.ts";
import type { EndedTrace, TailRule } from "./tail_rules.ts";
import { contextReaches, shortThreshold } from "./threshold.ts";

/** Options of tail sampling. */
export interface TailOptions {
  /**
   * Applied in order to each trace, until one gives 1. Otherwise the largest share that they gave is
   * kept; an empty list keeps nothing. A rule that throws is counted and keeps the trace.
   */
  readonly rules: readonly TailRule[];
  /**
   * Ended spans that wait for a decision, all traces together.
   *
   * @default 16384
   */
  readonly maxSpans?: number | undefined;
  /**
   * About what they may occupy in memory.
   *
   * @default 16 MiB
   */
  readonly maxBytes?: number | undefined;
}

const KNOWN: Known<TailOptions> = { rules: true, maxSpans: true, maxBytes: true };

/** A span that waits for a decision. */
export interface TailSpan extends FinishedSpan {
  readonly name: string;
  readonly route: string;
  readonly tracestate: string;
  readonly startedMs: number;
  readonly durationMs: number;
  readonly failed: boolean;
}

/** The receiver of kept spans, and the counts of the others. */
export interface TailTarget {
  keep(span: TailSpan): void;
  readonly counts: { unkept: number; trimmed: number };
}

/** What V8 and JavaScriptCore need at most for a UTF-16 unit. */
const BYTES_PER_UNIT = 2;

/**
 * Holds ended spans until their local root ends. When it is full, the trace that has waited longest
 * loses the spans it holds; the decision about the trace is still made at its end.
 */
export class TailBuffer {
  /** Decides about each trace that has ended. */
  readonly judge: TailJudge;
  readonly #maxSpans: number;
  readonly #maxSize: number;
  readonly #target: TailTarget;
  /** Traces with spans that wait, the oldest first. */
  readonly #waiting = new Set<LocalTrace>();
  #spans = 0;
  #size = 0;

  /**
   * @throws {TypeError} unless the rules are an array of functions
   * @throws {RangeError} for a bound below 1
   */
  constructor(options: TailOptions | undefined, target: TailTarget, faults: Faults) {
    refuseUnknown("sample at the tail", options, KNOWN);
    const isList = options === undefined || Array.isArray(options.rules);
    check(isList, "sample at the tail", "rules must be an array", options?.rules, TypeError);
    const { rules, maxSpans = 16384, maxBytes = 16 << 20 }: Partial<TailOptions> = options ?? {};
    checkWhole("sample at the tail", "maxSpans", maxSpans);
    checkNumber("sample at the tail", "maxBytes", maxBytes, 1);
    this.judge = new TailJudge(rules, faults);
    this.#maxSpans = maxSpans;
    this.#maxSize = maxBytes / BYTES_PER_UNIT;
    this.#target = target;
  }

  /** Begins a trace with a span that has no parent in this process. */
  begin(root: TailSpan): LocalTrace {
    return new LocalTrace(this, root);
  }

  /** Holds a span until its local root ends. */
  hold(trace: LocalTrace, span: TailSpan): void {
    this.#waiting.add(trace);
    trace.waiting.push(span);
    trace.size += span.size;
    this.#spans++;
    this.#size += span.size;
    while (this.#spans > this.#maxSpans || this.#size > this.#maxSize) {
      const [oldest] = this.#waiting;
      this.#target.counts.trimmed += this.release(oldest!).length;
    }
  }

  /** Removes and returns the spans held of a trace. */
  release(trace: LocalTrace): readonly TailSpan[] {
    const spans = trace.waiting;
    this.#waiting.delete(trace);
    this.#spans -= spans.length;
    this.#size -= trace.size;
    trace.waiting = [];
    trace.size = 0;
    return spans;
  }

  /** Decides about all traces that have spans waiting. */
  flush(): void {
    for (const trace of [...this.#waiting]) trace.flush();
  }

  /** Keeps or drops a span after the decision about its trace. */
  settle(span: TailSpan, kept: boolean): void {
    if (kept) this.#target.keep(span);
    else this.#target.counts.unkept++;
  }
}

/** The part of a trace that is in this process. */
export class LocalTrace {
  readonly #buffer: TailBuffer;
  /** Cleared at its end: children that live longer must not keep it in memory. */
  #root: TailSpan | undefined;
  #failed = false;
  #spans = 0;
  /** The threshold of the rules' share; "" when all such traces are kept. */
  #threshold = "";
  /** Whether it is kept; undefined until the decision. */
  #kept: boolean | undefined = undefined;
  /** The sampler's own decision at the end. */
  #decideAtEnd: DecideAtEnd | undefined = undefined;
  #sampledShare = 1;
  /** Ended spans that wait; managed by the buffer. */
  waiting: TailSpan[] = [];
  /** What they occupy, in UTF-16 units; managed by the buffer. */
  size = 0;

  constructor(buffer: TailBuffer, root: TailSpan) {
    this.#buffer = buffer;
    this.#root = root;
    if (buffer.judge.keepsAll) this.#kept = true;
  }

  /** Lets the sampler decide when the local root has ended; ignored for any other span. */
  decideAtEnd(root: TailSpan, decide: DecideAtEnd): void {
    if (root !== this.#root) return;
    this.#decideAtEnd = decide;
    this.#kept = undefined;
  }

  /** The share of such traces that a rate limiter let pass; 1 without one. */
  get limitedShare(): number {
    return this.#sampledShare;
  }

  /** A span of the trace has ended. The decision holds for spans that end after the local root. */
  ended(span: TailSpan): void {
    if (this.#kept !== undefined) {
      this.#root = undefined;
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

  /** Decides before the local root has ended, by what is known so far. */
  flush(): void {
    if (this.#root !== undefined && this.#kept === undefined) this.#settle(this.#root);
  }

  /** The tracestate of a span, with the highest threshold that its trace had to reach. */
  tracestateOf({ tracestate }: TailSpan): string {
    if (this.#threshold === "") return tracestate;
    const sampler = tracestate === "" ? undefined : otValue(tracestate, "th");
    if (sampler !== undefined && sampler.padEnd(14, "0") >= this.#threshold) return tracestate;
    return setOtThreshold(tracestate, shortThreshold(this.#threshold));
  }

  #settle(root: TailSpan): void {
    this.#root = undefined;
    const kept = this.#kept = this.#decide(root);
    for (const waiting of this.#buffer.release(this)) this.#buffer.settle(waiting, kept);
  }

  #decide(root: TailSpan): boolean {
    const { judge } = this.#buffer, durationMs = root.durationMs;
    const trace: EndedTrace = {
      name: root.name,
      route: root.route,
      durationMs,
      endedAtMs: root.startedMs + durationMs,
      failed: this.#failed,
      spans: this.#spans,
      root: () => root.record(),
    };
    if (this.#decideAtEnd !== undefined) {
      // As at the start: rules see only what the sampler records.
      const standsFor = judge.decideAtEnd(this.#decideAtEnd, trace);
      if (!(standsFor >= 1)) return false;
      this.#sampledShare = 1 / standsFor;
    }
    const verdict = judge.verdict(trace);
    if (isLimited(verdict)) {
      this.#sampledShare /= verdict.standsFor;
      return true;
    }
    if (verdict >= 1) return true;
    this.#threshold = judge.threshold(verdict);
    return contextReaches(root, this.#threshold);
  }
}
