/**
 * The tracer: starts spans and keeps those that ended.
 *
 * @module
 */
import { type Clock, systemClock } from "../core/clock.ts";
import { type Context, current, RANDOM, runWith, SAMPLED } from "../core/context.ts";
import { Faults } from "../core/faults.ts";
import { Ids } from "../core/ids.ts";
import type { FinishedSpans } from "./finished.ts";
import * as propagator from "./propagator.ts";
import type { Carrier, InjectOptions } from "./propagator.ts";
import { RecordedSpan } from "./recorded_span.ts";
import {
  DEFAULT_LIMITS,
  Recorder,
  type SpanLimits,
  type SpanProcessor,
  type TraceCounts,
} from "./recorder.ts";
import { alwaysOn, parentBased, type Sampler, type SamplingDecision } from "./sampler.ts";
import { endLater, failAndEnd } from "./settle.ts";
import { Span, type SpanOptions } from "./span.ts";

/** What a {@linkcode Tracer} is made of; nothing is required. */
export interface TracerOptions {
  /** Source of time. */
  readonly clock?: Clock | undefined;
  /** Source of ids. */
  readonly ids?: Ids | undefined;
  /** Which spans are recorded; `parentBased(alwaysOn)` when not given. */
  readonly sampler?: Sampler | undefined;
  /** Finished spans that are kept, rounded up to a power of two; 2048 when not given. */
  readonly capacity?: number | undefined;
  /** How much one span holds. */
  readonly limits?: Partial<SpanLimits> | undefined;
  /** Where throws of samplers and processors are counted. */
  readonly faults?: Faults | undefined;
}

const NO_OPTIONS: SpanOptions = {};
const RECORD: SamplingDecision = { sampled: true };

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
 * const names = tracer.finished.since(0).map((record) => record.name);
 * deepEqual([total, ...names], [42, "sum up", "checkout"]);
 * ```
 */
export class Tracer {
  readonly #ids: Ids;
  readonly #sampler: Sampler;
  readonly #recorder: Recorder;
  readonly #faults: Faults;

  /** Throws a `RangeError` when the capacity or a limit is out of range. */
  constructor(options: TracerOptions = {}) {
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    for (const [name, limit] of Object.entries(limits)) {
      if (!Number.isInteger(limit) || limit < 0) {
        throw new RangeError(
          `Cannot create tracer: limit ${name} must be a whole number, not ${limit}`,
        );
      }
    }
    this.#ids = options.ids ?? new Ids();
    this.#sampler = options.sampler ?? parentBased(alwaysOn);
    this.#faults = options.faults ?? new Faults();
    this.#recorder = new Recorder(
      options.clock ?? systemClock,
      limits,
      options.capacity ?? 2048,
      this.#faults,
    );
  }

  /** The spans that ended last. */
  get finished(): FinishedSpans {
    return this.#recorder.finished;
  }

  /** What this tracer did so far. */
  get counts(): TraceCounts {
    return this.#recorder.counts;
  }

  /** The clock that spans are timed by. */
  get clock(): Clock {
    return this.#recorder.clock;
  }

  /**
   * Runs `fn` in a new active span, which ends when `fn` returns, its promise settles or its
   * generator is done. What `fn` throws is recorded and thrown again as it is.
   */
  span<T>(name: string, fn: (span: Span) => T): T;
  /** {@linkcode Tracer.span} of a kind, with attributes, or with another parent. */
  span<T>(name: string, options: SpanOptions, fn: (span: Span) => T): T;
  span<T>(
    name: string,
    optionsOrFn: SpanOptions | ((span: Span) => T),
    maybeFn?: (span: Span) => T,
  ): T {
    const [options, fn] = typeof optionsOrFn === "function"
      ? [NO_OPTIONS, optionsOrFn]
      : [optionsOrFn, maybeFn!];
    const active = current();
    const span = this.#start(name, options, active);
    let result: T;
    try {
      // A span that is already active needs no second look-up of the slot, the dearest call here.
      result = span === active ? fn(span) : runWith(span, fn, span);
    } catch (error) {
      if (span.recording) failAndEnd(span, error);
      throw error;
    }
    if (!span.recording) return result;
    if (typeof result === "object" && result !== null) return endLater(result, span);
    span.end();
    return result;
  }

  /**
   * Starts a span that is not active; end it with `end()` or `using`. It is a child of the active
   * span unless `options.parent` says otherwise. Never throws.
   */
  start(name: string, options: SpanOptions = NO_OPTIONS): Span {
    return this.#start(name, options, current());
  }

  /** Calls `processor` with every span that ends. Returns what removes it. */
  onEnd(processor: SpanProcessor): () => void {
    return this.#recorder.onEnd(processor);
  }

  /**
   * Writes the active context, or another, into headers, a message or a job, for whoever continues
   * the trace. Writes nothing when there is none.
   */
  inject(
    carrier: Carrier,
    options?: InjectOptions,
    context: Context | undefined = current(),
  ): void {
    if (context !== undefined) propagator.inject(context, carrier, options);
  }

  /** Reads a context, to be the `parent` of a span or a link. Undefined when there is none. */
  extract(carrier: Carrier): Context | undefined {
    return propagator.extract(carrier);
  }

  #start(name: string, options: SpanOptions, active: Context | undefined): Span {
    const chosen = options.parent === undefined ? active : options.parent ?? undefined;
    const parent = chosen === undefined || chosen.traceId === "" ? undefined : chosen;
    const traceId = parent === undefined ? this.#ids.traceId() : parent.traceId;
    const decision = this.#decide(traceId, name, options, parent);
    if (!decision.sampled) {
      this.#recorder.counts.unsampled++;
      // Nobody can tell the child of an unrecorded span from the span itself, so it is shared.
      if (chosen instanceof Span && isUnrecorded(chosen) && inheritsAll(options)) return chosen;
    }
    const flags = (parent === undefined ? RANDOM : parent.flags & RANDOM) |
      (decision.sampled ? SAMPLED : 0);
    const tracestate = decision.tracestate ?? (parent === undefined ? "" : parent.tracestate);
    const requestId = options.requestId ??
      (chosen !== undefined && chosen.requestId !== ""
        ? chosen.requestId
        : options.kind === "server"
        ? traceId
        : "");
    const baggage = options.baggage ?? (chosen === undefined ? undefined : chosen.baggage);
    const fields = options.fields ?? (chosen === undefined ? undefined : chosen.fields);
    const spanId = this.#ids.spanId();
    if (!decision.sampled) {
      return new Span(traceId, spanId, flags, tracestate, requestId, baggage, fields);
    }
    const span = new RecordedSpan(
      this.#recorder,
      name,
      options.kind ?? "internal",
      parent,
      options.startedAtMs,
      traceId,
      spanId,
      flags,
      tracestate,
      requestId,
      baggage,
      fields,
    );
    if (options !== NO_OPTIONS) this.#describe(span, options);
    return span;
  }

  #describe(span: Span, { attributes, links }: SpanOptions): void {
    try {
      if (attributes !== undefined) {
        for (const key in attributes) span.set(key, attributes[key]);
      }
      if (links !== undefined) {
        for (const link of links) span.link(link.context, link.attributes);
      }
    } catch (error) {
      this.#faults.record("span options", error);
    }
  }

  #decide(
    traceId: string,
    name: string,
    options: SpanOptions,
    parent: Context | undefined,
  ): SamplingDecision {
    try {
      return this.#sampler(traceId, name, options, parent);
    } catch (error) {
      this.#faults.record("sampler", error);
      return RECORD;
    }
  }
}

function isUnrecorded(span: Span): boolean {
  return (span.flags & SAMPLED) === 0;
}

function inheritsAll(options: SpanOptions): boolean {
  return options.requestId === undefined && options.baggage === undefined &&
    options.fields === undefined;
}
