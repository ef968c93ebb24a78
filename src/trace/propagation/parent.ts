/**
 * What a span takes over from the context that it starts in.
 *
 * @module
 */
import { type Context, SAMPLED } from "../../core/context.ts";
import { isSpanId, isTraceId } from "../../core/ids.ts";
import { Span, type SpanOptions } from "../span/span.ts";

/**
 * Whether a context can be a parent. One of the application's own making may hold ids of another
 * kind, such as a UUID: a receiver would refuse the whole request for them. What came over the wire
 * was read strictly.
 */
export function hasIds(context: Context | undefined): context is Context {
  if (context === undefined) return false;
  if (context instanceof Span) return true;
  const { traceId, spanId, remote } = context;
  if (remote === true) return traceId?.length === 32 && spanId?.length === 16;
  return isTraceId(traceId) && isSpanId(spanId);
}

/** A request keeps its id; a server span outside one begins a request of its own. */
export function requestIdOf(
  context: Context | undefined,
  { kind }: SpanOptions,
  traceId: string,
): string {
  if (context?.requestId) return context.requestId;
  return kind === "server" ? traceId : "";
}

/** Whether a span that is not recorded either would be no other than this one. */
export function isShared(context: Context | undefined, options: SpanOptions): context is Span {
  return context instanceof Span && (context.flags & SAMPLED) === 0 &&
    options.requestId === undefined && options.baggage === undefined &&
    options.fields === undefined;
}
