/**
 * The spans of one trace.
 *
 * @module
 */
import type { FinishedSpans } from "../../trace/span/finished.ts";
import { BadRequest, Parameters } from "./parameters.ts";
import { json } from "./reply.ts";
import type { ErrorReply, TraceReply } from "./shapes.ts";

/** The part of the ring that is read. */
export type Spans = Pick<FinishedSpans, "ofTrace">;

/** More spans of one trace than a page can draw. */
const MAX_SPANS = 2000;

/** Answers `api/traces?id=`. */
export function answerTrace(finished: Spans, request: Request): Response {
  const trace = new Parameters(request, ["id"]).text("id");
  if (trace === undefined || !/^[0-9a-f]{32}$/.test(trace)) {
    throw new BadRequest("id must be a trace id: 32 lower-case hex digits");
  }
  const all = finished.ofTrace(trace), spans = all.slice(-MAX_SPANS);
  if (all.length === 0) {
    const error = "No span of it is held: it was not recorded, or made room for newer ones";
    return json({ error } satisfies ErrorReply, 404);
  }
  return json({ trace, spans, left: all.length - spans.length } satisfies TraceReply);
}
