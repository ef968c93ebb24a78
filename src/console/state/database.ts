/**
 * Queries by their summary: how often, how long, and how many a request.
 *
 * @module
 */
import { Pause } from "../../core/pause.ts";
import type { Rows } from "../../events/store/rows.ts";
import type { Family, HistogramSample } from "../../metrics/data/family.ts";
import type { SpanRecord } from "../../trace/span/record.ts";
import type { ConsoleParts } from "../api/parts.ts";
import { Parameters } from "../wire/parameters.ts";
import { json } from "../wire/reply.ts";
import { fitting, leftOff, rounded } from "./fit.ts";
import { NativeSums } from "./native_sums.ts";
import type { DatabaseReply, QueryReply } from "./shapes.ts";

const QUERIES = "db_client_operation_duration_seconds", REQUESTS = "http_request_duration_seconds";
/** A request that sends a query more often repeats it. */
const MOST_CALLS = 10;
/** Spans looked at between two looks at the clock. */
const PART = 256;
/** How long that may hold the event loop. */
const HOLD_MS = 3;
const MAX_AFTER = 100_000;

/** Answers `api/database?after=`. */
export async function answerDatabase(
  { metrics, finished, events }: Pick<ConsoleParts, "metrics" | "finished" | "events">,
  request: Request,
): Promise<Response> {
  const after = new Parameters(request, ["after"]).whole("after", 0, MAX_AFTER) ?? 0;
  const { requests, requestMs, queries } = await databaseOf(
    await metrics.collect({ native: true, histograms: "both" }),
    finished,
    events,
  );
  const left = queries.slice(after), told = fitting(left), more = left.length - told.length;
  return json(
    {
      requests,
      requestMs,
      queries: told,
      more,
      leftOff: leftOff(more, "queries", after + told.length),
    } satisfies DatabaseReply,
  );
}

/** All queries, the repeated ones first. */
export async function databaseOf(
  families: readonly Family[],
  spans: Iterable<SpanRecord>,
  events: Rows | undefined,
): Promise<Pick<DatabaseReply, "requests" | "requestMs" | "queries">> {
  const all = samplesOf(families, REQUESTS);
  const requests = all.reduce((sum, { count }) => sum + count, 0);
  const requestMs = all.reduce((sum, one) => sum + one.sum, 0) * 1000;
  const held = await heldOf(spans, events), byQuery = new Map<string, Sums>();
  for (const sample of samplesOf(families, QUERIES)) {
    const label = (name: string) => sample.labels.values[sample.labels.names.indexOf(name)] ?? "";
    const query = {
      system: label("system"),
      summary: label("summary"),
      operation: label("operation"),
      collection: label("collection"),
    };
    const key = keyOf(query.system, query.summary, query.operation, query.collection);
    let sums = byQuery.get(key);
    if (sums === undefined) {
      byQuery.set(key, sums = { query, ms: 0, errors: 0, times: new NativeSums() });
    }
    sums.ms += sample.sum * 1000;
    if (label("error_type") !== "") sums.errors += sample.count;
    sums.times.add(sample);
  }
  const queries = [...byQuery].filter(([, { times }]) => times.count > 0)
    .map(([key, sums]) => queryOf(sums, held.get(key), requestMs));
  queries.sort((a, b) => Number(b.repeats) - Number(a.repeats) || b.ms - a.ms);
  return { requests, requestMs: Math.round(requestMs), queries };
}

interface Sums {
  readonly query: Pick<QueryReply, "system" | "summary" | "operation" | "collection">;
  ms: number;
  errors: number;
  readonly times: NativeSums;
}

function queryOf({ query, ms, errors, times }: Sums, held: Held | undefined, requestMs: number) {
  const most = held === undefined ? 0 : Math.max(...held.byTrace.values());
  const calls = [...held?.byTrace.values() ?? []].reduce((sum, count) => sum + count, 0);
  return {
    ...query,
    calls: times.count,
    perRequest: rounded(calls / (held?.byTrace.size ?? 0), 3),
    maxPerRequest: most > 0 ? most : null,
    repeats: most > MOST_CALLS,
    p50: rounded(times.quantile(0.5) * 1000, 3),
    p99: rounded(times.quantile(0.99) * 1000, 3),
    rows: rounded((held?.rows ?? 0) / (held?.withRows ?? 0), 3),
    errors,
    ms: Number(ms.toPrecision(6)),
    share: rounded(ms / requestMs, 3),
    trace: most > 0 ? [...held!.byTrace].find(([, count]) => count === most)![0] : undefined,
  } satisfies QueryReply;
}

/** What the spans that are held say of one query. */
interface Held {
  /** Calls by trace. */
  readonly byTrace: Map<string, number>;
  rows: number;
  withRows: number;
}

/**
 * Calls by query and trace. A query that is too fast for a span is counted where its request says that it
 * repeated it.
 */
async function heldOf(
  spans: Iterable<SpanRecord>,
  events: Rows | undefined,
): Promise<ReadonlyMap<string, Held>> {
  const held = new Map<string, Held>(), pause = new Pause(undefined, undefined, HOLD_MS);
  const repeated: (readonly [key: string, trace: string, count: number])[] = [];
  const of = (key: string) => {
    let one = held.get(key);
    if (one === undefined) held.set(key, one = { byTrace: new Map(), rows: 0, withRows: 0 });
    return one;
  };
  let looked = 0;
  for (const { traceId, attributes, events } of spans) {
    if (++looked % PART === 0 && pause.isDue) await pause.take();
    const text = (name: string, from: Readonly<Record<string, unknown>> = attributes) =>
      typeof from[name] === "string" ? from[name] : "";
    const system = text("db.system.name");
    if (system !== "") {
      const key = keyOf(
        system,
        text("db.query.summary"),
        text("db.operation.name"),
        text("db.collection.name"),
      );
      const one = of(key), rows = attributes["db.response.returned_rows"];
      one.byTrace.set(traceId, (one.byTrace.get(traceId) ?? 0) + 1);
      if (typeof rows === "number") {
        one.rows += rows;
        one.withRows++;
      }
    }
    for (const event of events) {
      const count = event.attributes["db.repeat"];
      if (event.name !== "db.repeated_query" || typeof count !== "number") continue;
      const system = text("db.system.name", event.attributes);
      repeated.push([keyOf(system, text("db.query.summary", event.attributes)), traceId, count]);
    }
  }
  const most = await repeatsOf(new Set(repeated.map(([, trace]) => trace)), events);
  for (const [key, trace, count] of repeated) {
    const { byTrace } = of(key);
    byTrace.set(trace, Math.max(count, byTrace.get(trace) ?? 0, most.get(trace) ?? 0));
  }
  return held;
}

/**
 * How often the most frequent query of each of these traces was sent: a request says that it repeats one as soon as
 * it does, and its row how often it did.
 */
async function repeatsOf(
  traces: ReadonlySet<string>,
  events: Rows | undefined,
): Promise<ReadonlyMap<string, number>> {
  const most = new Map<string, number>(), pause = new Pause(undefined, undefined, HOLD_MS);
  const ids = events?.column("trace"), repeats = events?.column("db.repeat");
  if (events === undefined || ids === undefined || repeats === undefined) return most;
  if (traces.size === 0) return most;
  const { next } = events;
  for (let number = events.first; number < next; number++) {
    if (number % PART === 0 && pause.isDue) await pause.take();
    const count = repeats.at(number % events.slots), trace = ids.at(number % events.slots);
    if (typeof count !== "number" || typeof trace !== "string" || !traces.has(trace)) continue;
    most.set(trace, Math.max(count, most.get(trace) ?? 0));
  }
  return most;
}

/** A query has a summary; another operation has its own name and that of a collection. */
function keyOf(system: string, summary: string, operation = "", collection = ""): string {
  return JSON.stringify(summary === "" ? [system, operation, collection] : [system, summary]);
}

function samplesOf(families: readonly Family[], name: string): readonly HistogramSample[] {
  const family = families.find((one) => one.name === name);
  return family?.type === "histogram" ? family.samples : [];
}
