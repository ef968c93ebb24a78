/**
 * Events, links and the failure of a span, which most spans don't have.
 *
 * @module
 */
import { asRecord, AttributeList, type Attributes } from "../core/attributes.ts";
import type { Context } from "../core/context.ts";
import { isSpanId, isTraceId } from "../core/ids.ts";
import type { SpanEvent, SpanLink } from "./span/record.ts";
import type { Recorder } from "./recorder.ts";
import { redactPairs } from "./span/redact.ts";

/** An event before it is read. */
interface StoredEvent {
  readonly name: string;
  readonly atMs: number;
  readonly attributes: AttributeList | undefined;
}

type LinkTarget = Omit<SpanLink, "attributes" | "droppedAttributes">;

/** A link before it is read. */
interface StoredLink {
  readonly target: LinkTarget;
  readonly attributes: AttributeList | undefined;
}

/** Events and links of one span, bounded in count and in size. Made for the first one. */
export class Details {
  readonly #recorder: Recorder;
  readonly #events: StoredEvent[] = [];
  readonly #links: StoredLink[] = [];
  /** UTF-16 units of events and links. */
  #size = 0;
  /** The last argument of `fail`, so that an error that is rethrown is recorded once. */
  failure: unknown = undefined;
  /** Why the status is `error`. */
  statusMessage = "";
  /** Events that exceeded a limit. */
  droppedEvents = 0;
  /** Links that exceeded a limit. */
  droppedLinks = 0;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  /** UTF-16 units held. */
  get size(): number {
    return this.#size;
  }

  /** Adds an event, unless it exceeds a limit. */
  event(name: string, atMs: number, attributes: Attributes | undefined): void {
    const list = this.#list(attributes), { limits, counts } = this.#recorder;
    if (this.#events.length >= limits.events || !this.#fits(name.length, list)) {
      this.droppedEvents++;
      counts.droppedEvents++;
    } else {
      this.#events.push({ name, atMs, attributes: list });
    }
  }

  /** Adds a link, unless it exceeds a limit. A value that is not a context is ignored. */
  link(context: Context, attributes: Attributes | undefined): void {
    const target = targetOf(context);
    if (target === undefined) return;
    const list = this.#list(attributes), { limits, counts } = this.#recorder;
    if (this.#links.length >= limits.links || !this.#fits(target.tracestate.length, list)) {
      this.droppedLinks++;
      counts.droppedLinks++;
    } else {
      this.#links.push({ target, attributes: list });
    }
  }

  /** The events as plain data; `offsetMs` converts monotonic times to Unix times. */
  eventRecords(offsetMs: number): SpanEvent[] {
    return this.#events.map(({ name, atMs, attributes }) => ({
      name: this.#recorder.redactor.text(name),
      timeMs: atMs + offsetMs,
      attributes: this.#shown(attributes),
      droppedAttributes: attributes?.dropped ?? 0,
    }));
  }

  /** The links as plain data. */
  linkRecords(): SpanLink[] {
    return this.#links.map(({ target, attributes }) => ({
      ...target,
      attributes: this.#shown(attributes),
      droppedAttributes: attributes?.dropped ?? 0,
    }));
  }

  #shown(attributes: AttributeList | undefined): Attributes {
    return attributes === undefined
      ? {}
      : asRecord(redactPairs(attributes.pairs, this.#recorder.redactor));
  }

  #list(attributes: Attributes | undefined): AttributeList | undefined {
    if (attributes === undefined) return undefined;
    const list = new AttributeList(this.#recorder.detailLimits);
    list.setAll(attributes);
    this.#recorder.counts.droppedAttributes += list.dropped;
    return list;
  }

  /** Reserves the size of an event or link; false when there is not enough left. */
  #fits(length: number, attributes: AttributeList | undefined): boolean {
    const size = length + (attributes?.size ?? 0);
    if (this.#size + size > this.#recorder.limits.size) return false;
    this.#size += size;
    return true;
  }
}

/** A copy; undefined for a context without valid ids, which the application may have made. */
function targetOf(context: Context): LinkTarget | undefined {
  try {
    const { traceId, spanId, flags = 0, tracestate = "", remote = false } = context;
    if (!isTraceId(traceId) || !isSpanId(spanId)) return undefined;
    return { traceId, spanId, flags, tracestate: String(tracestate), remote };
  } catch {
    return undefined; // Null, or a getter that throws.
  }
}
