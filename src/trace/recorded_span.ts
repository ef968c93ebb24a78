/**
 * The span that is kept.
 *
 * @module
 */
import { AttributeList, type Attributes, type AttributeValue, cut } from "../core/attributes.ts";
import type { Baggage, Context } from "../core/context.ts";
import { describeError } from "../core/error.ts";
import { exceptionAttributes } from "./exception.ts";
import type { SpanEvent, SpanLink, SpanRecord } from "./record.ts";
import type { Recorder } from "./recorder.ts";
import { Span, type SpanKind, type SpanStatus } from "./span.ts";
import type { Anchor } from "./wall_time.ts";

/** Something that happened, before anybody reads it. */
interface Happening {
  readonly name: string;
  readonly atMs: number;
  readonly attributes: AttributeList | undefined;
}

type LinkTarget = Omit<SpanLink, "attributes" | "droppedAttributes">;

interface Tie {
  readonly target: LinkTarget;
  readonly attributes: AttributeList | undefined;
}

/** Duration of a span that is open. */
const OPEN = -1;

/**
 * A span that is recorded. Nothing is made before it is needed: no list before the first attribute,
 * event or link, no record before somebody reads it.
 */
export class RecordedSpan extends Span {
  readonly #recorder: Recorder;
  readonly #kind: SpanKind;
  readonly #parentSpanId: string;
  readonly #parentRemote: boolean;
  readonly #startedMs: number;
  readonly #anchor: Anchor;
  #name: string;
  #durationMs = OPEN;
  #attributes: AttributeList | undefined = undefined;
  #events: Happening[] | undefined = undefined;
  #links: Tie[] | undefined = undefined;
  #status: SpanStatus = "unset";
  #statusMessage = "";
  /** What `fail` was last given, so that a throw on its way up is recorded once. */
  #failure: unknown = undefined;
  /** UTF-16 units of events and links. */
  #detailSize = 0;
  #droppedEvents = 0;
  #droppedLinks = 0;

  constructor(
    recorder: Recorder,
    name: string,
    kind: SpanKind,
    parent: Context | undefined,
    startedMs: number | undefined,
    traceId: string,
    spanId: string,
    flags: number,
    tracestate: string,
    requestId: string,
    baggage: Baggage | undefined,
    fields: Readonly<Record<string, unknown>> | undefined,
  ) {
    super(traceId, spanId, flags, tracestate, requestId, baggage, fields);
    this.#recorder = recorder;
    this.#name = bounded(name, recorder);
    this.#kind = kind;
    this.#parentSpanId = parent === undefined ? "" : parent.spanId;
    this.#parentRemote = parent !== undefined && parent.remote === true;
    this.#startedMs = startedMs ?? recorder.clock.monotonic();
    this.#anchor = recorder.wallTime.at(this.#startedMs);
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

  override event(name: string, attributes?: Attributes): this {
    if (this.#durationMs !== OPEN) return this.#misuse();
    const events = this.#events ??= [];
    const kept = bounded(name, this.#recorder), list = this.#detail(attributes);
    if (events.length >= this.#recorder.limits.events || !this.#fits(kept.length, list)) {
      this.#droppedEvents++;
      this.#recorder.counts.droppedEvents++;
    } else {
      events.push({ name: kept, atMs: this.#recorder.clock.monotonic(), attributes: list });
    }
    return this;
  }

  override fail(error: unknown): this {
    if (this.#durationMs !== OPEN) return this.#misuse();
    if (this.#status === "error" && this.#failure === error) return this;
    this.#failure = error;
    const description = describeError(error);
    this.set("error.type", description.type);
    this.event("exception", exceptionAttributes(description));
    return this.setStatus("error", description.message);
  }

  override link(context: Context, attributes?: Attributes): this {
    if (this.#durationMs !== OPEN) return this.#misuse();
    if (!context?.traceId) return this;
    const links = this.#links ??= [];
    const { traceId, spanId, flags, tracestate, remote = false } = context;
    const list = this.#detail(attributes);
    if (links.length >= this.#recorder.limits.links || !this.#fits(tracestate.length, list)) {
      this.#droppedLinks++;
      this.#recorder.counts.droppedLinks++;
    } else {
      links.push({ target: { traceId, spanId, flags, tracestate, remote }, attributes: list });
    }
    return this;
  }

  override setStatus(status: SpanStatus, message = ""): this {
    if (this.#durationMs !== OPEN) return this.#misuse();
    if (this.#status === "ok" || status === "unset") return this;
    this.#status = status;
    this.#statusMessage = status === "error" ? bounded(message, this.#recorder) : "";
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
    const durationMs = (endedAtMs ?? recorder.clock.monotonic()) - this.#startedMs;
    this.#durationMs = durationMs > 0 ? durationMs : 0; // A clock that jumped back, or NaN.
    this.#failure = undefined;
    const dropped = this.#attributes;
    if (dropped !== undefined) recorder.counts.droppedAttributes += dropped.dropped;
    recorder.finish(this);
  }

  /** The span as plain data; of one still open, what is known so far. */
  record(): SpanRecord {
    const offsetMs = this.#anchor.offsetMs, ended = this.#durationMs !== OPEN;
    return {
      traceId: this.traceId,
      spanId: this.spanId,
      parentSpanId: this.#parentSpanId,
      parentRemote: this.#parentRemote,
      name: this.#name,
      kind: this.#kind,
      startTimeMs: this.#startedMs + offsetMs,
      durationMs: ended ? this.#durationMs : this.#recorder.clock.monotonic() - this.#startedMs,
      status: this.#status,
      statusMessage: this.#statusMessage,
      attributes: this.#attributes?.toRecord() ?? {},
      events: (this.#events ?? []).map((event) => eventRecord(event, offsetMs)),
      links: (this.#links ?? []).map(linkRecord),
      flags: this.flags,
      tracestate: this.tracestate,
      requestId: this.requestId,
      droppedAttributes: this.#attributes?.dropped ?? 0,
      droppedEvents: this.#droppedEvents,
      droppedLinks: this.#droppedLinks,
    };
  }

  #detail(attributes: Attributes | undefined): AttributeList | undefined {
    if (attributes === undefined) return undefined;
    const list = new AttributeList(this.#recorder.detailLimits);
    list.setAll(attributes);
    this.#recorder.counts.droppedAttributes += list.dropped;
    return list;
  }

  /** Takes the room that an event or link needs; false when there is not enough. */
  #fits(length: number, attributes: AttributeList | undefined): boolean {
    const size = length + (attributes?.size ?? 0);
    if (this.#detailSize + size > this.#recorder.limits.size) return false;
    this.#detailSize += size;
    return true;
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
  return cut(text, recorder.limits.valueLength);
}

function eventRecord(event: Happening, offsetMs: number): SpanEvent {
  return {
    name: event.name,
    timeMs: event.atMs + offsetMs,
    attributes: event.attributes?.toRecord() ?? {},
    droppedAttributes: event.attributes?.dropped ?? 0,
  };
}

function linkRecord({ target, attributes }: Tie): SpanLink {
  return {
    ...target,
    attributes: attributes?.toRecord() ?? {},
    droppedAttributes: attributes?.dropped ?? 0,
  };
}
