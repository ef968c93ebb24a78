/**
 * The span that is recorded.
 *
 * @module
 */
import {
  asRecord,
  AttributeList,
  type Attributes,
  type AttributeSource,
  type AttributeValue,
  type Pairs,
  placeOf,
} from "../core/attributes.ts";
import type { Context } from "../core/context.ts";
import { Details } from "./events_and_links.ts";
import { describeException, exceptionAttributes, redactPairs } from "./span/redact.ts";
import { otShare } from "./propagation/tracestate.ts";
import { type RawSpan, SAMPLING_RATIO, type SpanRecord } from "./span/record.ts";
import type { Recorder } from "./recorder.ts";
import type { SamplingDecision } from "./sampling/sampler.ts";
import {
  requestIdOf,
  Span,
  type SpanKind,
  type SpanOptions,
  type SpanStatus,
} from "./span/span.ts";
import type { LocalTrace } from "./sampling/tail.ts";
import type { Anchor } from "./span/wall_time.ts";

/** Duration of a span that is open. */
const OPEN = -1;
/** UTF-16 units that a span's own fields count for. */
const BARE_SIZE = 240;
/** The same of a list of attributes, which has room for six. */
const LIST_SIZE = 160;
/** Shared by all spans that have none. */
const NONE: readonly never[] = /* @__PURE__ */ Object.freeze([]);

/**
 * A span that is recorded. Lists are made for the first attribute, event or link, and the record when
 * the span is read.
 */
export class RecordedSpan extends Span {
  readonly #recorder: Recorder;
  readonly #kind: SpanKind;
  readonly #parentSpanId: string;
  readonly #parentRemote: boolean;
  readonly #startedMs: number;
  readonly #anchor: Anchor;
  /** Decides whether the span is kept; undefined when every span is. */
  readonly #local: LocalTrace | undefined;
  readonly #source: AttributeSource | undefined;
  #name: string;
  #durationMs = OPEN;
  #status: SpanStatus = "unset";
  #attributes: AttributeList | undefined = undefined;
  #details: Details | undefined = undefined;

  constructor(
    recorder: Recorder,
    name: string,
    traceId: string,
    flags: number,
    tracestate: string,
    options: SpanOptions,
    context: Context | undefined,
    parent: Context | undefined,
  ) {
    super(
      recorder.ids,
      traceId,
      flags,
      tracestate,
      options.requestId ?? requestIdOf(context, options, traceId),
      options.baggage ?? context?.baggage,
      options.fields ?? context?.fields,
      options.tally ?? context?.tally,
    );
    const { kind, startedAtMs, source } = options, { tally } = this;
    // The span that begins with a tally is the request itself.
    if (tally !== undefined && options.tally === undefined) tally.spans++;
    this.#recorder = recorder;
    this.#name = bounded(name, recorder);
    this.#kind = kind ?? "internal";
    this.#source = source;
    this.#parentSpanId = parent === undefined ? "" : parent.spanId;
    this.#parentRemote = parent !== undefined && parent.remote === true;
    this.#startedMs = Number.isFinite(startedAtMs) ? startedAtMs! : recorder.clock.monotonic();
    this.#anchor = recorder.wallTime.at(this.#startedMs);
    this.#local = recorder.tail === undefined ? undefined : this.#localTrace(parent);
    recorder.counts.started++;
  }

  override get recording(): boolean {
    return this.#durationMs === OPEN;
  }

  override set(key: string, value: AttributeValue | undefined): this {
    if (this.#durationMs !== OPEN) return this.#misuse();
    let attributes = this.#attributes;
    if (attributes === undefined) {
      attributes = this.#attributes = new AttributeList(this.#recorder.attributeLimits);
    }
    attributes.set(key, value);
    return this;
  }

  override event(name: string, attributes?: Attributes, atMs?: number): this {
    if (this.#durationMs !== OPEN) return this.#misuse();
    const recorder = this.#recorder, details = this.#details ??= new Details(recorder);
    const whenMs = Number.isFinite(atMs) ? atMs! : recorder.clock.monotonic();
    details.event(bounded(name, recorder), whenMs, attributes);
    return this;
  }

  override fail(error: unknown): this {
    if (this.#durationMs !== OPEN) return this.#misuse();
    const details = this.#details ??= new Details(this.#recorder);
    if (this.#status === "error" && details.failure === error) return this;
    details.failure = error;
    const description = describeException(error, this.#recorder.redactor);
    this.set("error.type", description.type);
    this.event("exception", exceptionAttributes(description));
    return this.setStatus("error", description.message);
  }

  override link(context: Context, attributes?: Attributes): this {
    if (this.#durationMs !== OPEN) return this.#misuse();
    (this.#details ??= new Details(this.#recorder)).link(context, attributes);
    return this;
  }

  override setStatus(status: SpanStatus, message = ""): this {
    if (this.#durationMs !== OPEN) return this.#misuse();
    if (this.#status === "ok" || status !== "ok" && status !== "error") return this;
    // The status of a response with 500 must not replace the message of the failure behind it.
    if (this.#status === "error" && status === "error" && message === "") return this;
    this.#status = status;
    if (message !== "" || this.#details !== undefined) {
      const details = this.#details ??= new Details(this.#recorder);
      details.statusMessage = status === "error" ? bounded(message, this.#recorder) : "";
    }
    return this;
  }

  override rename(name: string): this {
    if (this.#durationMs !== OPEN) return this.#misuse();
    this.#name = bounded(name, this.#recorder);
    return this;
  }

  override end(endedAtMs?: number): void {
    if (this.#durationMs !== OPEN) {
      this.#misuse();
      return;
    }
    const recorder = this.#recorder;
    const endMs = typeof endedAtMs === "number" ? endedAtMs : recorder.clock.monotonic();
    const durationMs = endMs - this.#startedMs;
    // A clock may jump back, and a caller may pass NaN.
    this.#durationMs = durationMs > 0 && durationMs < Infinity ? durationMs : 0;
    const attributes = this.#attributes, details = this.#details, local = this.#local;
    if (attributes !== undefined) recorder.counts.droppedAttributes += attributes.dropped;
    if (details !== undefined) details.failure = undefined;
    recorder.counts.finished++;
    if (local === undefined) recorder.keep(this);
    else local.ended(this);
  }

  /** Its current name. */
  get name(): string {
    return this.#name;
  }

  /** Its `http.route` so far; empty when it has none. */
  get route(): string {
    const pairs = this.#attributes?.pairs ?? NONE, source = this.#source;
    const set = pairs[placeOf(pairs, "http.route")];
    const route = set === undefined && source !== undefined
      ? this.#recorder.attributeOf(source, "http.route")
      : set;
    return typeof route === "string" ? route : "";
  }

  /** Lets `limit` decide whether its trace is kept, if it is the local root; see the sampler's. */
  decideAtEnd(limit: NonNullable<SamplingDecision["atEnd"]>): void {
    this.#local?.decideAtEnd(this, limit);
  }

  /** When it started, on the tracer's monotonic clock. */
  get startedMs(): number {
    return this.#startedMs;
  }

  /** Converts a Unix time to the tracer's monotonic clock, by the offset of this span. */
  monotonicMsAt(unixMs: number): number {
    return unixMs - this.#anchor.offsetMs;
  }

  /** Milliseconds from start to end, or until now while it is open. */
  get durationMs(): number {
    if (this.#durationMs !== OPEN) return this.#durationMs;
    return Math.max(0, this.#recorder.clock.monotonic() - this.#startedMs);
  }

  override get failed(): boolean {
    return this.#status === "error";
  }

  /** When it ended, on the tracer's monotonic clock; of an open span, now. */
  get endedMs(): number {
    return this.#startedMs + this.durationMs;
  }

  /** Whether it is the first span of its trace in this process. */
  get isLocalRoot(): boolean {
    return this.#parentSpanId === "" || this.#parentRemote;
  }

  /** About what it occupies, in UTF-16 units. */
  get size(): number {
    const attributes = this.#attributes;
    return BARE_SIZE + this.#name.length +
      (attributes === undefined ? 0 : LIST_SIZE + attributes.size) +
      (this.#details?.size ?? 0) + (this.#source?.size || 0);
  }

  /** The span as plain data; of an open span, what is known so far. */
  record(): SpanRecord {
    const { pairs, shown: _, ...rest } = this.raw();
    return { ...rest, attributes: asRecord(redactPairs(pairs, this.#recorder.redactor)) };
  }

  /** The span for encoders: its attributes are pairs, in which secrets are not hidden yet. */
  raw(): RawSpan {
    const offsetMs = this.#anchor.offsetMs, { redactor, shown } = this.#recorder;
    const tracestate = this.#local?.tracestateOf(this) ?? this.tracestate;
    const attributes = this.#attributes, details = this.#details;
    return {
      traceId: this.traceId,
      spanId: this.spanId,
      parentSpanId: this.#parentSpanId,
      parentRemote: this.#parentRemote,
      name: redactor.text(this.#name),
      kind: this.#kind,
      startTimeMs: this.#startedMs + offsetMs,
      durationMs: this.durationMs,
      status: this.#status,
      statusMessage: details === undefined ? "" : redactor.text(details.statusMessage),
      pairs: this.#scaled(this.#pairs(), tracestate),
      shown,
      events: details?.eventRecords(offsetMs) ?? NONE,
      links: details?.linkRecords() ?? NONE,
      flags: this.flags,
      tracestate,
      requestId: this.requestId,
      droppedAttributes: attributes?.dropped ?? 0,
      droppedEvents: details?.droppedEvents ?? 0,
      droppedLinks: details?.droppedLinks ?? 0,
    };
  }

  #pairs(): Pairs {
    const set = this.#attributes?.pairs ?? NONE, source = this.#source;
    return source === undefined ? set : this.#recorder.pairsOf(source, set);
  }

  /** Adds to a local root the share of such traces that is recorded, unless it is 1. */
  #scaled(pairs: Pairs, tracestate: string): Pairs {
    if (!this.isLocalRoot) return pairs;
    const at = placeOf(pairs, SAMPLING_RATIO), limited = pairs[at];
    const ratio = otShare(tracestate) * (this.#local?.limitedShare ?? 1) *
      (typeof limited === "number" ? limited : 1);
    if (!(ratio < 1)) return pairs;
    return at < 0 ? [...pairs, SAMPLING_RATIO, ratio] : pairs.with(at, ratio);
  }

  /** Undefined for the child of a span that started before there was tail sampling. */
  #localTrace(parent: Context | undefined): LocalTrace | undefined {
    const recorder = this.#recorder;
    const span = parent?.span ?? parent;
    return span instanceof RecordedSpan && span.#recorder === recorder
      ? span.#local
      : recorder.tail!.begin(this);
  }

  #misuse(): this {
    this.#recorder.counts.misuse++;
    return this;
  }
}

/** A name or message, cut to the length of a value. */
function bounded(text: string, recorder: Recorder): string {
  if (typeof text !== "string") return "";
  if (text.length <= recorder.limits.valueLength) return text;
  return recorder.shorten(text, recorder.limits.valueLength);
}
