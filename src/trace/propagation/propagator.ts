/**
 * Propagation of contexts across processes, in HTTP headers, queue messages and job payloads.
 *
 * @module
 */
import type { Context } from "../../core/context.ts";
import { isSpanId, isTraceId } from "../../core/ids.ts";
import { Span } from "../span/span.ts";
import { formatBaggage, parseBaggage } from "./baggage.ts";
import { type Carrier, readField, readRareField, removeField, writeField } from "./carrier.ts";
import { formatTraceparent, parseTraceparent } from "./traceparent.ts";
import { parseTracestate } from "./tracestate.ts";

/** Options of {@linkcode inject}. */
export interface InjectOptions {
  /**
   * Whether baggage is written.
   *
   * @default true
   */
  readonly baggage?: boolean | undefined;
}

/** Writes and reads contexts in one format. */
export interface Propagator {
  /** Writes a context. */
  inject(context: Context, carrier: Carrier, options?: InjectOptions): void;
  /** Reads a context; undefined when the carrier holds none. Must not throw. */
  extract(carrier: Carrier): Context | undefined;
}

/**
 * Writes `traceparent`, `tracestate` and `baggage` of a context. An empty one is not written.
 *
 * @example
 * ```ts
 * import { extract, inject } from "@telltale/telltale/trace";
 * import { equal } from "node:assert/strict";
 *
 * const message = { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };
 * const headers = new Headers();
 * inject(extract(message)!, headers);
 * equal(headers.get("traceparent"), message.traceparent);
 * ```
 */
export function inject(context: Context, carrier: Carrier, options: InjectOptions = {}): void {
  if (hasIds(context)) {
    writeField(carrier, "traceparent", formatTraceparent(context));
    // A message that is forwarded may still have the tracestate of another trace.
    if (!context.tracestate) removeField(carrier, "tracestate");
    else writeField(carrier, "tracestate", context.tracestate);
  }
  if (context.baggage === undefined || options.baggage === false) return;
  const baggage = formatBaggage(context.baggage);
  if (baggage !== "") writeField(carrier, "baggage", baggage);
}

/**
 * Reads a context; undefined when the carrier holds neither a valid `traceparent` nor baggage.
 * With baggage alone the ids are empty, and a span started in it starts a trace. Names in a record
 * match in any case, and an array of values is read as a repeated header. Never throws.
 */
export function extract(carrier: Carrier): Context | undefined {
  const parent = parseTraceparent(readField(carrier, "traceparent"));
  const read = parent === undefined ? readField : readRareField;
  const baggage = parseBaggage(read(carrier, "baggage"));
  if (parent === undefined && baggage === undefined) return undefined;
  return {
    traceId: parent?.traceId ?? "",
    spanId: parent?.spanId ?? "",
    flags: parent?.flags ?? 0,
    tracestate: parent === undefined ? "" : parseTracestate(read(carrier, "tracestate")),
    requestId: "",
    baggage,
    remote: true,
  };
}

/** {@linkcode inject} and {@linkcode extract}: W3C Trace Context and W3C Baggage. */
export const w3c: Propagator = { inject, extract };

/**
 * Several propagators as one: all of them write, and the first that finds a trace wins. Baggage is that
 * of the first one that finds any.
 *
 * @example A fleet on its way from B3
 * ```ts
 * import { b3, composite, Tracer, w3c } from "@telltale/telltale/trace";
 * import { equal } from "node:assert/strict";
 *
 * const tracer = new Tracer({ propagator: composite(w3c, b3) });
 * const parent = tracer.extract({ b3: "463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-1" });
 * equal(tracer.start("work", { parent }).traceId, "463ac35c9f6413ad48485a3953bb6124");
 * ```
 */
export function composite(...propagators: readonly Propagator[]): Propagator {
  return {
    inject(context, carrier, options) {
      for (const propagator of propagators) propagator.inject(context, carrier, options);
    },
    extract(carrier) {
      let found: Context | undefined;
      for (const propagator of propagators) {
        const context = propagator.extract(carrier);
        if (context === undefined) continue;
        if (found === undefined) found = context;
        else if (found.traceId === "") found = { ...context, baggage: found.baggage };
        else found = { ...found, baggage: found.baggage ?? context.baggage };
      }
      return found;
    },
  };
}

/**
 * Whether a context can be a parent. A context that the application made may hold invalid ids, such as
 * a UUID, for which a receiver would refuse the whole request. Those of remote contexts were parsed
 * strictly.
 */
export function hasIds(context: Context | undefined): context is Context {
  if (context === undefined) return false;
  if (context instanceof Span) return true;
  const { traceId, spanId, remote } = context;
  if (remote === true) return traceId?.length === 32 && spanId?.length === 16;
  return isTraceId(traceId) && isSpanId(spanId);
}
