/**
 * Rules about spans, errors and correlation.
 *
 * @module
 */
import type { LogRecord } from "../../log/record/record.ts";
import type { SpanRecord } from "../../trace/span/record.ts";
import { lineText, valueText } from "../capture/words.ts";
import { type Evidence, isEntry } from "./evidence.ts";
import type { LintFinding } from "./finding.ts";

const ERROR = 17;

/** Spans that were started and did not end, by themselves or by what their children say. */
export function* unended({ open, spans, isWhole }: Evidence): Generator<LintFinding> {
  const remedy = "end it: tracer.span(name, fn), `using span = tracer.start(…)`, or span.end()";
  for (const name of open) {
    const problem = "the span was started and did not end, so that it is never exported";
    const place = `span ${valueText(name)}`;
    yield { rule: "span-not-ended", place, value: name, problem, remedy };
  }
  if (!isWhole || open.length > 0) return;
  const ids = new Set(spans.map(({ spanId }) => spanId));
  for (const { name, parentSpanId, parentRemote } of spans) {
    if (parentSpanId === "" || parentRemote || ids.has(parentSpanId)) continue;
    const problem = "its parent did not end";
    const place = `span ${valueText(name)}`;
    yield { rule: "span-not-ended", place, value: parentSpanId, problem, remedy };
  }
}

/** Spans that begin a trace of their own while a request is served. */
export function* orphans({ spans, rows, inRequest }: Evidence): Generator<LintFinding> {
  const jobs = new Set(rows.map(({ job }) => job));
  const roots = spans.filter((span) =>
    span.parentSpanId === "" && !isEntry(span) && span.links.length === 0 && !jobs.has(span.name)
  );
  for (const span of always(roots, ({ name }) => name, inRequest)) {
    yield {
      rule: "span-without-parent",
      place: `span ${valueText(span.name)}`,
      value: span.traceId,
      problem: "it begins a trace of its own while a request is served",
      remedy: "start it in the request's context: do not lose it in an event emitter or a pool " +
        "(AsyncResource.bind), or pass `parent`; work that outlives the request should link it",
    };
  }
}

/** Lines that are in no trace while a request is served. */
export function* uncorrelated({ lines, inRequest }: Evidence): Generator<LintFinding> {
  const apart = lines.filter(({ traceId }) => traceId === "");
  for (const line of always(apart, ({ message }) => message, inRequest)) {
    yield {
      rule: "line-without-trace",
      place: `log line ${valueText(line.message)}`,
      value: lineText(line),
      problem: "it was written while a request is served, and belongs to no trace",
      remedy:
        "log in the request's context: bind callbacks of emitters and pools (AsyncResource.bind)",
    };
  }
}

/** The first of each kind of which every one was in a request: background work is so by chance only. */
function* always<T extends SpanRecord | LogRecord>(
  items: readonly T[],
  kindOf: (item: T) => string,
  inRequest: (item: T) => boolean,
): Generator<T> {
  const isOutside = new Set(items.filter((item) => !inRequest(item)).map(kindOf));
  for (const item of items) {
    const kind = kindOf(item);
    if (isOutside.has(kind)) continue;
    isOutside.add(kind);
    yield item;
  }
}

/** Errors that are told twice, or not at all. */
export function* errors({ spans, lines }: Evidence): Generator<LintFinding> {
  const told = Map.groupBy(
    lines.filter(({ severity }) => severity >= ERROR),
    (line) => line.traceId,
  );
  const traces = Map.groupBy(spans, ({ traceId }) => traceId);
  for (const span of spans) {
    yield* twiceInSpan(span);
    yield* withoutStatus(span);
    const trace = traces.get(span.traceId) ?? [], lines = told.get(span.traceId) ?? [];
    if (isSilentFailure(span, trace, lines)) {
      yield {
        rule: "error-not-recorded",
        place: `span ${valueText(span.name)}`,
        value: String(span.attributes["http.response.status_code"]),
        problem: "a request failed, and nothing says why",
        remedy:
          "log the error, let the handler throw it, or report it with setError(request, error)",
      };
    }
  }
  for (const [traceId, lines] of told) if (traceId !== "") yield* twiceInLines(lines);
}

function exceptionsOf({ events }: SpanRecord): string[] {
  return events.filter(({ name }) => name === "exception")
    .map(({ attributes }) => `${attributes["exception.type"]}: ${attributes["exception.message"]}`);
}

function* twiceInSpan(span: SpanRecord): Generator<LintFinding> {
  const seen = exceptionsOf(span), twice = seen.find((text, i) => seen.indexOf(text) < i);
  if (twice === undefined) return;
  yield {
    rule: "error-recorded-twice",
    place: `span ${valueText(span.name)}`,
    value: valueText(twice),
    problem: "the span has two exception events of one error",
    remedy: "call span.fail() once, or let tracer.span() record what is thrown",
  };
}

function* withoutStatus(span: SpanRecord): Generator<LintFinding> {
  const [first] = exceptionsOf(span);
  if (first === undefined || span.status !== "unset") return;
  yield {
    rule: "error-not-recorded",
    place: `span ${valueText(span.name)}`,
    value: valueText(first),
    problem: "the span has an exception event, and its status is no error",
    remedy: "record it with span.fail(error), which sets the status, too",
  };
}

function isSilentFailure(
  { kind, attributes }: SpanRecord,
  trace: readonly SpanRecord[],
  lines: readonly LogRecord[],
): boolean {
  const status = attributes["http.response.status_code"];
  if (kind !== "server" || typeof status !== "number" || status < 500) return false;
  const isTold = trace.some((span) => exceptionsOf(span).length > 0) ||
    // A line of the request itself has its status, and no cause.
    lines.some(({ fields }) => "error" in fields || !("route" in fields && "status" in fields));
  return !isTold;
}

/** One error in two lines of a request: each is counted, and pages somebody. */
function* twiceInLines(lines: readonly LogRecord[]): Generator<LintFinding> {
  const byError = new Map<string, LogRecord>();
  for (const line of lines) {
    const { error } = line.fields as { error?: { type?: unknown; message?: unknown } };
    if (typeof error !== "object" || error === null) continue;
    const text = `${error.type}: ${error.message}`, first = byError.get(text);
    if (first === undefined) byError.set(text, line);
    else {
      yield {
        rule: "error-recorded-twice",
        place: `log lines ${valueText(first.message)} and ${valueText(line.message)}`,
        value: valueText(text),
        problem: "one error of a request is logged twice",
        remedy: "log it where it is handled, or rethrow it: not both",
      };
    }
  }
}
