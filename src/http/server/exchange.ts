/**
 * A request while it is handled, and the one record of it afterwards: its row, its span's attributes and
 * its log lines are made from it.
 *
 * @module
 */
import {
  type Attributes,
  type AttributeSource,
  type AttributeValue,
  placeOf,
} from "../../core/attributes.ts";
import type { Context } from "../../core/context.ts";
import { Tally } from "../../core/tally.ts";
import type { BoundGauge } from "../../metrics/instrument/gauge.ts";
import type { Span, SpanLinkOptions, SpanOptions } from "../../trace/span/span.ts";
import { shownQuery } from "../request/target.ts";
import type { BodyEnd } from "./body_end.ts";
import { type Note, type Parts, UNMATCHED } from "./note.ts";

/** The scheme of a request. */
export type Scheme = "http" | "https";

/** What the attributes that every request has occupy, in UTF-16 units. */
const BARE_SIZE = 128;

/**
 * A request that is observed. It is the options of its span too, the source of the span's attributes and
 * the tally of what the request adds up to: one object lives as long as the request's span, not five.
 */
export class Exchange extends Tally implements Note, SpanOptions, AttributeSource {
  /** Undefined once it is released. */
  request: Request | undefined;
  readonly method: string;
  /** The method as it came, where that is not one of the known ones. */
  originalMethod: string | undefined = undefined;
  readonly path: string;
  /** The query of its URL as it came; empty without one. */
  queryText = "";
  readonly scheme: Scheme;
  /** The version of HTTP, where it is known. */
  version: string | undefined = undefined;
  readonly startMs: number;
  readonly parts: Parts;
  outer: Note | undefined;
  // As options of the span: these are set before it starts.
  requestId: string | undefined = undefined;
  parent: Context | null = null;
  links: readonly SpanLinkOptions[] | undefined = undefined;
  /** The server span. */
  declare span: Span;
  template: string | undefined;
  caught: { readonly error: unknown } | undefined = undefined;
  isAnswered = false;
  inProgress: BoundGauge | undefined = undefined;
  /** How many requests were in progress when it came, itself included. */
  inflight = 0;
  /** When the handler first returned, where it returned a promise. */
  returnedMs: number | undefined = undefined;

  // How it ended.
  /** 0 until it has. */
  status = 0;
  /** The route's template, or `unmatched`. */
  route: string = UNMATCHED;
  /** When the handler gave the response. */
  headMs = 0;
  /** The size of the request's body, where it is known. */
  requestBytes: number | undefined = undefined;
  /** The size of the response's body, where it is known. */
  responseBytes: number | undefined = undefined;
  /** The error, where it is known. */
  failure: { readonly error: unknown } | undefined = undefined;
  /** Whether the client disconnected before there was a response. */
  isAborted = false;
  /** How its body ended, where that was watched. */
  body: BodyEnd | undefined = undefined;

  /** Whether it is yet to be counted and logged, which happens once. */
  isOpen = true;
  /** Its neighbours in the list of requests that wait for their handler. */
  older: Exchange | undefined = undefined;
  newer: Exchange | undefined = undefined;
  isWaiting = false;
  /** The listener on the signal of the request. */
  onAbort: (() => void) | undefined = undefined;

  constructor(
    request: Request,
    method: string,
    path: string,
    scheme: Scheme,
    startMs: number,
    parts: Parts,
    known: Note | undefined,
  ) {
    super();
    this.request = request;
    this.method = method;
    this.path = path;
    this.scheme = scheme;
    this.startMs = startMs;
    this.parts = parts;
    this.outer = known?.isAnswered === false ? known : undefined;
    // Set before anybody observed the request.
    this.template = known?.parts === undefined ? known?.template : undefined;
  }

  /** Drops what the application made, which must not live as long as the record of it. */
  release(): void {
    this.request =
      this.outer =
      this.caught =
      this.failure =
        undefined;
  }

  override get knownRoute(): string {
    return this.template ?? "";
  }

  get kind(): "server" {
    return "server";
  }

  get startedAtMs(): number {
    return this.startMs;
  }

  get tally(): this {
    return this;
  }

  get source(): this {
    return this;
  }

  /** For samplers, which decide when the request begins. */
  get attributes(): Attributes {
    const pairs: (string | AttributeValue)[] = [], attributes: Record<string, AttributeValue> = {};
    this.#addStart(pairs);
    for (let i = 0; i < pairs.length; i += 2) attributes[pairs[i] as string] = pairs[i + 1]!;
    return attributes;
  }

  get size(): number {
    return BARE_SIZE + this.path.length + this.queryText.length + this.route.length +
      this.notesSize;
  }

  /** The attributes of the span, by the semantic conventions for HTTP. */
  addTo(pairs: (string | AttributeValue | undefined)[]): void {
    this.#addStart(pairs);
    if (this.status !== 0) pairs.push("http.response.status_code", this.status);
    if (this.route !== UNMATCHED) pairs.push("http.route", this.route);
    if (this.notes !== undefined) {
      for (const [name, value] of this.notes) {
        pairs.push(name, value);
      }
    }
  }

  attribute(key: string): AttributeValue | undefined {
    if (key === "http.route") return this.route === UNMATCHED ? undefined : this.route;
    const pairs: (string | AttributeValue | undefined)[] = [];
    this.addTo(pairs);
    return pairs[placeOf(pairs, key)];
  }

  #addStart(pairs: (string | AttributeValue | undefined)[]): void {
    pairs.push(
      "http.request.method",
      this.method,
      "url.path",
      this.path,
      "url.scheme",
      this.scheme,
    );
    if (this.queryText !== "") {
      pairs.push("url.query", shownQuery(this.queryText, this.parts.tracer.redactor));
    }
    if (this.version !== undefined) pairs.push("network.protocol.version", this.version);
    if (this.originalMethod !== undefined) {
      pairs.push("http.request.method_original", this.originalMethod);
    }
  }
}
