/**
 * The tracer: starts spans, samples them and keeps those that ended.
 *
 * @module
 */
import { check } from "../core/check.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { type Context, current, RANDOM, runWith, SAMPLED, UNTRACED } from "../core/context.ts";
import { errorText } from "../core/redact/error.ts";
import { Faults } from "../core/faults.ts";
import { Ids } from "../core/ids.ts";
import { Redactor } from "../core/redact/redactor.ts";
import type { FinishedSpans } from "./span/finished.ts";
import type { Carrier } from "./propagation/carrier.ts";
import { hasIds, type InjectOptions, type Propagator, w3c } from "./propagation/propagator.ts";
import { SAMPLING_RATIO } from "./span/record.ts";
import { RecordedSpan } from "./recorded_span.ts";
import { Recorder, type SpanProcessor, type TraceCounts } from "./recorder.ts";
import { alwaysOn, parentBased, type Sampler, type SamplingDecision } from "./sampling/sampler.ts";
import { endAfter, endLater, failAndEnd, isFresh } from "./span/end_with_result.ts";
import { requestIdOf, Span, type SpanOptions } from "./span/span.ts";
import { TailBuffer } from "./sampling/tail.ts";
import { checkedLimits, checkOptions, type TracerOptions } from "./options.ts";

const NO_OPTIONS: SpanOptions = {};
const RECORD: SamplingDecision = { sampled: true }, DROP: SamplingDecision = { sampled: false };

/**
 * Starts spans. A span that is active is the correlation context: log lines and exemplars written
 * in it carry its ids, and spans started in it are its children.
 *
 * @example
 * ```ts
 * import { Tracer } from "@telltale/telltale/trace";
 * import { deepEqual } from "node:assert/strict";
 *
 * const tracer = new Tracer();
 * const total = await tracer.span("checkout", async (span) => {
 *   span.set("cart.items", 2);
 *   return await tracer.span("sum up", () => 42);
 * });
 * const names = [...tracer.finished].map((record) => record.name);
 * deepEqual([total, ...names], [42, "sum up", "checkout"]);
 * ```
 */
export class Tracer {
  readonly #sampler: Sampler;
  readonly #recorder: Recorder;
  /** Counts throws of samplers, rules, processors and propagators. */
  readonly faults: Faults;
  readonly #propagator: Propagator;

  /**
   * Makes a tracer.
   *
   * @throws {RangeError} for a bound or limit out of range
   * @throws {TypeError} for an option that is unknown or of a wrong kind, such as a sampler's name
   */
  constructor(options: TracerOptions = {}) {
    checkOptions(options);
    this.#sampler = options.sampler ?? parentBased(alwaysOn);
    const redactor = options.redactor ?? new Redactor();
    this.faults = options.faults ?? new Faults();
    this.faults.describe ??= (error) => errorText(error, redactor);
    this.#propagator = options.propagator ?? w3c;
    this.#recorder = new Recorder({
      clock: options.clock ?? systemClock,
      ids: options.ids ?? new Ids(),
      limits: checkedLimits(options.limits),
      bounds: { ...options, maxSpans: options.maxSpans ?? 2048 },
      faults: this.faults,
      redactor,
    });
    if (options.tail !== undefined) {
      this.#recorder.tail = new TailBuffer(options.tail, this.#recorder, this.faults);
    }
  }

  /** The last spans that ended. */
  get finished(): FinishedSpans {
    return this.#recorder.finished;
  }

  /** Counts of what this tracer did so far. */
  get counts(): TraceCounts {
    return this.#recorder.counts;
  }

  /** The clock of its spans. */
  get clock(): Clock {
    return this.#recorder.clock;
  }

  /** Hides secrets when its spans are read. */
  get redactor(): Redactor {
    return this.#recorder.redactor;
  }

  /** Converts a Unix time to the clock's monotonic time: for times measured elsewhere. */
  monotonicMsAt(unixMs: number): number {
    const { clock, wallTime } = this.#recorder;
    return unixMs - wallTime.at(clock.monotonic()).offsetMs;
  }

  /** The Unix time at which the clock's monotonic time was read, even before a suspend. */
  unixMsAt(monotonicMs: number): number {
    return this.#recorder.wallTime.unixMsAt(monotonicMs);
  }

  /**
   * Runs `fn` in a new active span, which ends when `fn` returns, its promise settles or its
   * generator is done. What `fn` throws is recorded and rethrown. Its result is returned unchanged; a
   * lazy query, which is sent when it is awaited, is sent in the span.
   */
  span<T>(name: string, fn: (span: Span) => T): T;
  /** {@linkcode Tracer.span} with options: a kind, attributes, another parent. */
  span<T>(name: string, options: SpanOptions, fn: (span: Span) => T): T;
  span<T>(
    name: string,
    optionsOrFn: SpanOptions | ((span: Span) => T),
    maybeFn?: (span: Span) => T,
  ): T {
    const options = typeof optionsOrFn === "function" ? NO_OPTIONS : optionsOrFn;
    const fn = typeof optionsOrFn === "function" ? optionsOrFn : maybeFn!;
    const active = current();
    let span: Span;
    try {
      const { parent } = options;
      span = this.#start(name, options, parent === undefined ? active : parent ?? undefined);
    } catch (error) {
      span = this.#startBare(name, error);
    }
    let result: T;
    try {
      // Where the span is active already, nothing is to be switched.
      result = span === active ? fn(span) : runWith(span, fn, span);
    } catch (error) {
      failAndEnd(span, error);
      throw error;
    }
    if (typeof result === "object" && result !== null) {
      if (!isFresh(fn, result)) return endLater(result, span);
      return span.recording ? endAfter(result, span) : result;
    }
    if (span.recording) span.end();
    return result;
  }

  /**
   * Starts a span that is not active; end it with `end()` or `using`. It is a child of the active
   * span unless `options.parent` says otherwise. Never throws.
   */
  start(name: string, options: SpanOptions = NO_OPTIONS): Span {
    try {
      const { parent } = options;
      return this.#start(name, options, parent === undefined ? current() : parent ?? undefined);
    } catch (error) {
      return this.#startBare(name, error);
    }
  }

  /** Calls `processor` with every span that is kept. Returns a function that removes it. */
  onEnd(processor: SpanProcessor): () => void {
    return this.#recorder.onEnd(processor);
  }

  /**
   * Decides about the traces that tail sampling holds back, by what is known of them so far: for the
   * end of the process. The decision holds for their spans that end later.
   */
  flush(): void {
    this.#recorder.tail?.flush();
  }

  /**
   * Writes the active context, or another, into headers, a message or a job, so that its receiver can
   * continue the trace. Without a context nothing is written. A carrier that throws is counted as a
   * fault.
   */
  inject(
    carrier: Carrier,
    options?: InjectOptions,
    context: Context | undefined = current(),
  ): void {
    if (context === undefined) return;
    try {
      this.#propagator.inject(context, carrier, options);
    } catch (error) {
      this.faults.record("inject", error);
    }
  }

  /** Reads a context: the `parent` of a span, or a link. Undefined when the carrier has none. */
  extract(carrier: Carrier): Context | undefined {
    try {
      return this.#propagator.extract(carrier);
    } catch (error) {
      this.faults.record("extract", error);
      return undefined;
    }
  }

  /** Starts a span without options: these are null, or a getter of theirs or of a context throws. */
  #startBare(name: string, error: unknown): Span {
    this.faults.record("span options", error);
    const active = current();
    return this.#start(name, NO_OPTIONS, active instanceof Span ? active : undefined);
  }

  /** @param chosen the context that the span starts in, even if it has no ids to be a parent */
  #start(name: string, options: SpanOptions, chosen: Context | undefined): Span {
    const parent = hasIds(chosen) ? chosen : undefined;
    const traceId = parent === undefined ? this.#recorder.ids.traceId() : parent.traceId;
    const decision = parent === undefined && chosen === UNTRACED
      ? DROP
      : this.#decide(traceId, name, options, parent);
    const tracestate = decision.tracestate ?? (parent === undefined ? "" : parent.tracestate);
    const random = parent === undefined ? RANDOM : parent.flags & RANDOM;
    if (!decision.sampled) return this.#unrecorded(traceId, random, tracestate, options, chosen);
    const { atEnd } = decision;
    if (atEnd !== undefined) {
      this.#recorder.tail ??= new TailBuffer(undefined, this.#recorder, this.faults);
    }
    const span = new RecordedSpan(
      this.#recorder,
      name,
      traceId,
      random | SAMPLED,
      tracestate,
      options,
      chosen,
      parent,
    );
    if (options !== NO_OPTIONS) this.#describe(span, options);
    if (decision.ratio !== undefined) span.set(SAMPLING_RATIO, decision.ratio);
    if (atEnd !== undefined) span.decideAtEnd(atEnd);
    return span;
  }

  #unrecorded(
    traceId: string,
    flags: number,
    tracestate: string,
    options: SpanOptions,
    chosen: Context | undefined,
  ): Span {
    this.#recorder.counts.unsampled++;
    // The child of an unrecorded span would differ from it in nothing but the id, so it is shared.
    if (isShared(chosen, options)) return chosen;
    // Read here, not in the constructor: an unsampled span then starts about a fifth faster on Deno.
    return new Span(
      this.#recorder.ids,
      traceId,
      flags,
      tracestate,
      options.requestId ?? requestIdOf(chosen, options, traceId),
      options.baggage ?? chosen?.baggage,
      options.fields ?? chosen?.fields,
      options.tally ?? chosen?.tally,
    );
  }

  #describe(span: Span, options: SpanOptions): void {
    try {
      const { links, source } = options;
      // Read only where they are needed: beside a source, they may be a getter.
      const attributes = source === undefined ? options.attributes : undefined;
      if (attributes !== undefined) {
        for (const key in attributes) span.set(key, attributes[key]);
      }
      if (links !== undefined) {
        for (const link of links) span.link(link.context, link.attributes);
      }
    } catch (error) {
      this.faults.record("span options", error);
    }
  }

  #decide(
    traceId: string,
    name: string,
    options: SpanOptions,
    parent: Context | undefined,
  ): SamplingDecision {
    try {
      const decision = this.#sampler(traceId, name, options, parent), { tracestate } = decision;
      if (typeof decision.sampled === "boolean" && typeof (tracestate ?? "") === "string") {
        return decision;
      }
      check(false, "sample span", "decision must be { sampled: boolean }", decision, TypeError);
    } catch (error) {
      this.faults.record("sampler", error);
      return RECORD;
    }
  }
}

/** Whether an unrecorded span would differ in nothing from the context, itself an unrecorded span. */
function isShared(context: Context | undefined, options: SpanOptions): context is Span {
  return context instanceof Span && (context.flags & SAMPLED) === 0 &&
    options.requestId === undefined && options.baggage === undefined &&
    options.fields === undefined && options.tally === undefined;
}
