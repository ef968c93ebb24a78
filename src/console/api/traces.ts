/**
 * The traces of which spans are held: a question about their requests, and one of them whole.
 *
 * @module
 */
import { Pause } from "../../core/pause.ts";
import { isTraceId } from "../../core/ids.ts";
import { askInSlices } from "../../events/slices.ts";
import { Frame, valueAt } from "../../events/store/frame.ts";
import type { Rows } from "../../events/store/rows.ts";
import { JsonOtlp } from "../../export/otlp/wire/json.ts";
import { writeTraces } from "../../export/otlp/wire/traces.ts";
import type { LogRecord } from "../../log/record/record.ts";
import type { ProfileNote } from "../../profile/keep/notes.ts";
import type { SpanRecord } from "../../trace/span/record.ts";
import { asked } from "./ask.ts";
import { cutTrace, type WholeTrace } from "./cut_trace.ts";
import { lineOf, type Lines } from "./logs.ts";
import { BadRequest, Parameters } from "../wire/parameters.ts";
import type { ConsoleParts } from "./parts.ts";
import { json, markdown, reply, wantsMarkdown } from "../wire/reply.ts";
import type { ErrorReply, TraceIdsReply, TraceReply } from "./shapes.ts";
import { traceMarkdown } from "./trace_markdown.ts";

/** Spans of one trace, and lines of it, that are told at most. */
const MAX_SPANS = 2000;
/** Lines, or rows, looked at between two looks at the clock. */
const PART = 512;
/** How long that may hold the event loop. */
const HOLD_MS = 3;

/**
 * Answers `api/traces?q=&profile=&limit=&format=`: a question about the requests whose spans are held; with the id of
 * a profile about those alone whose time it covers. `format=ids` are the ids of all of them.
 */
export async function answerTraces(
  { finished, clock, profiling, others }: ConsoleParts,
  events: Rows,
  base: string,
  request: Request,
): Promise<Response> {
  const given = new Parameters(request, ["q", "profile", "limit", "format"]);
  const question = given.question() ?? "trace?", limit = given.whole("limit", 1, 1000);
  const format = given.text("format");
  if (format !== undefined && format !== "ids") throw new BadRequest("format must be ids");
  if (format === "ids") {
    const traces = new Set<string>();
    for (const { traceId } of finished) traces.add(traceId);
    return json({ traces: [...traces] } satisfies TraceIdsReply);
  }
  const profile = given.text("profile"), covers = profile && profiling?.notes?.of(profile);
  if (profile !== undefined && !covers) {
    throw new BadRequest("profile must be the id of a profile that was taken lately");
  }
  const frame = Frame.of(events, true), traces = frame.column("trace");
  const starts = frame.column("time")?.numbers, durations = frame.column("ms")?.numbers;
  const held = new Uint8Array(frame.count), pause = new Pause(undefined, undefined, HOLD_MS);
  for (let i = 0; i < frame.count && traces !== undefined; i++) {
    const trace = valueAt(traces, i);
    if (typeof trace !== "string") continue;
    if (finished.has(trace) || others?.traces.has(trace) === true) held[i] = 1;
    if (covers && !overlaps(covers, starts?.[i] ?? NaN, durations?.[i] ?? 0)) held[i] = 0;
    if (i % PART === 0 && pause.isDue) await pause.take();
  }
  const answer = await askInSlices(Frame.picked(frame, held), question, {
    limit,
    now: clock.now(),
  });
  return asked(answer, `${base}api/rows`, request);
}

function overlaps({ startMs, endMs = Infinity }: ProfileNote, fromMs: number, ms: number): boolean {
  return fromMs <= endMs && fromMs + ms >= startMs;
}

/** Answers `api/traces/ID?after=&limit=&format=`. */
export async function answerTrace(
  parts: ConsoleParts,
  base: string,
  request: Request,
): Promise<Response> {
  const given = new Parameters(request, ["after", "limit", "format"]), trace = idOf(request);
  const format = given.text("format"), limit = given.whole("limit", 1, MAX_SPANS);
  if (format !== undefined && format !== "otlp") throw new BadRequest("format must be otlp");
  const all = parts.finished.ofTrace(trace).sort((a, b) => a.startTimeMs - b.startTimeMs);
  if (all.length === 0) {
    const error = "No span of it is held: it was not recorded, or made room for newer ones";
    return json({ error } satisfies ErrorReply, 404);
  }
  const from = placeOf(given.text("after"), all), spans = all.slice(from);
  if (format === "otlp") return answerOtlp(spans.slice(0, limit), parts);
  const row = from > 0 ? undefined : rowOf(trace, parts.events);
  const lines = from > 0 ? [] : await linesOf(trace, parts.ring);
  const profiles = profilesOf(all, parts);
  const whole: WholeTrace = { trace, row, spans, lines: lines.slice(0, MAX_SPANS), profiles };
  if (wantsMarkdown(request)) return markdown(traceMarkdown(whole, base));
  if (limit === undefined) return json(cutTrace(whole, base) satisfies TraceReply);
  const told = spans.slice(0, limit);
  return json({ ...whole, spans: told, left: spans.length - told.length } satisfies TraceReply);
}

/** The profiles that cover a part of the time of a trace; undefined for none. */
function profilesOf(spans: readonly SpanRecord[], { profiling }: ConsoleParts) {
  const endMs = Math.max(...spans.map((span) => span.startTimeMs + span.durationMs));
  const covering = profiling?.notes?.covering(spans[0]!.startTimeMs, endMs) ?? [];
  return covering.length === 0 ? undefined : covering;
}

function idOf({ url }: Request): string {
  const id = new URL(url).pathname.slice(-32);
  if (isTraceId(id)) return id;
  throw new BadRequest("id must be a trace id: 32 lower-case hex digits");
}

function placeOf(after: string | undefined, spans: readonly SpanRecord[]): number {
  if (after === undefined) return 0;
  const at = spans.findIndex(({ spanId }) => spanId === after);
  if (at < 0) throw new BadRequest("after must be the id of a span that is held");
  return at + 1;
}

/** Spans as an OTLP request in JSON, which a collector takes. */
function answerOtlp(spans: readonly SpanRecord[], { resource }: ConsoleParts): Response {
  const writer = new JsonOtlp();
  writeTraces(writer, spans, resource.attributes);
  return reply(writer.finish(), "application/json");
}

/** The newest row of a trace: a client may have sent several requests in it. */
function rowOf(trace: string, events: Rows | undefined): TraceReply["row"] {
  const traces = events?.column("trace");
  if (events === undefined || traces === undefined) return undefined;
  for (let number = events.next - 1; number >= events.first; number--) {
    if (traces.at(number % events.slots) !== trace) continue;
    return { number, fields: events.row(number)! };
  }
  return undefined;
}

async function linesOf(trace: string, ring: Lines): Promise<TraceReply["lines"]> {
  const lines: LogRecord[] = [], pause = new Pause(undefined, undefined, HOLD_MS);
  for (let number = ring.first; number < ring.next; number++) {
    const record = ring.at(number);
    if (record?.traceId === trace) lines.push(record);
    if (number % PART === 0 && pause.isDue) await pause.take();
  }
  return lines.map(lineOf);
}
