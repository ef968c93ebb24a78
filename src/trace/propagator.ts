/**
 * Context across processes: into and out of HTTP headers, queue messages and job payloads.
 *
 * @module
 */
import type { Context } from "../core/context.ts";
import { formatBaggage, parseBaggage } from "./baggage.ts";
import { formatTraceparent, parseTraceparent } from "./traceparent.ts";
import { parseTracestate } from "./tracestate.ts";

/** What has `get` and `set`, as `Headers` and `Map` have. */
export interface CarrierMap {
  /** The value under a name; null or undefined when there is none. */
  get(name: string): string | null | undefined;
  /** Sets the value under a name. */
  set(name: string, value: string): unknown;
}

/** What carries a context: `Headers`, a `Map`, or a plain record such as a message's headers. */
export type Carrier = CarrierMap | Record<string, unknown>;

/** What {@linkcode inject} writes. */
export interface InjectOptions {
  /** Whether baggage is sent too; true when not given. */
  readonly baggage?: boolean | undefined;
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
  if (context.traceId !== "" && context.spanId !== "") {
    write(carrier, "traceparent", formatTraceparent(context));
    if (context.tracestate !== "") write(carrier, "tracestate", context.tracestate);
  }
  if (context.baggage === undefined || options.baggage === false) return;
  const baggage = formatBaggage(context.baggage);
  if (baggage !== "") write(carrier, "baggage", baggage);
}

/**
 * Reads a context; undefined when the carrier holds neither a valid `traceparent` nor baggage.
 * With baggage alone the ids are empty, and a span started in it starts a trace. Names in a record
 * are found in any case, and a list of values counts as one header repeated. Never throws.
 */
export function extract(carrier: Carrier): Context | undefined {
  const parent = parseTraceparent(read(carrier, "traceparent"));
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

function isMap(carrier: Carrier): carrier is CarrierMap {
  return typeof carrier.get === "function" && typeof carrier.set === "function";
}

function write(carrier: Carrier, name: string, value: string): void {
  if (isMap(carrier)) {
    carrier.set(name, value);
    return;
  }
  for (const key of Object.keys(carrier)) {
    if (key !== name && key.toLowerCase() === name) delete carrier[key];
  }
  carrier[name] = value;
}

function read(carrier: Carrier, name: string): string | undefined {
  try {
    if (isMap(carrier)) return text(carrier.get(name));
    if (Object.hasOwn(carrier, name)) return text(carrier[name]);
    const key = Object.keys(carrier).find((key) => key.toLowerCase() === name);
    return key === undefined ? undefined : text(carrier[key]);
  } catch {
    return undefined; // A carrier of another make: what it can't give is not there.
  }
}

function text(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.join(",") : undefined;
}
