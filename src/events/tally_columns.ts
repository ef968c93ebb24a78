/**
 * The columns that the rows of requests and jobs share: ids, times, sums and the application's own fields.
 *
 * @module
 */
import type { Context } from "../core/context.ts";
import type { Calls, Tally } from "../core/tally.ts";
import type { EventStore } from "./event_store.ts";
import type { Column, FieldOptions } from "./store/column.ts";

const OWN: FieldOptions = { trusted: true };
const ID: FieldOptions = { trusted: true, unique: true };

/** Fields of the rows of requests and jobs. A note of the application by such a name gets a `_` behind it. */
const RESERVED: ReadonlySet<string> = /* @__PURE__ */ new Set([
  ...["time", "route", "method", "path", "status", "job", "ms", "error.type", "version"],
  ...["trace", "span", "request", "inflight", "sync.ms", "loop.ms", "body.bytes", "bytes.out"],
  ...["spans", "db.n", "db.ms", "db.repeat", "db.system"],
  ...["http.n", "http.ms", "http.retries", "http.host", "log.warn", "log.error"],
]);

/** Writes into the row that was begun. */
export class TallyColumns {
  readonly #events: EventStore;
  readonly #version: string | undefined;
  readonly #time: Column;
  readonly #ms: Column;
  readonly #errorType: Column;
  readonly #versions: Column;
  readonly #trace: Column;
  readonly #span: Column;
  readonly #request: Column;
  readonly #spans: Column;
  readonly #queries: Column;
  readonly #queryMs: Column;
  readonly #repeats: Column;
  readonly #querySystem: Column;
  readonly #calls: Column;
  readonly #callMs: Column;
  readonly #retries: Column;
  readonly #callHost: Column;
  readonly #warnings: Column;
  readonly #errors: Column;

  /**
   * @param version that of the service
   * @throws {RangeError} when the store has no room for the fields
   */
  constructor(events: EventStore, version: string | undefined) {
    this.#events = events;
    this.#version = version;
    this.#time = events.field("time", OWN);
    this.#ms = events.field("ms", OWN);
    this.#errorType = events.field("error.type", OWN);
    this.#versions = events.field("version", OWN);
    this.#trace = events.field("trace", ID);
    this.#span = events.field("span", ID);
    this.#request = events.field("request", ID);
    this.#spans = events.field("spans", OWN);
    this.#queries = events.field("db.n", OWN);
    this.#queryMs = events.field("db.ms", OWN);
    this.#repeats = events.field("db.repeat", OWN);
    this.#querySystem = events.field("db.system", OWN);
    this.#calls = events.field("http.n", OWN);
    this.#callMs = events.field("http.ms", OWN);
    this.#retries = events.field("http.retries", OWN);
    this.#callHost = events.field("http.host", OWN);
    this.#warnings = events.field("log.warn", OWN);
    this.#errors = events.field("log.error", OWN);
  }

  /**
   * Sets what a request or job added up to.
   *
   * @param slot that of the row that was begun
   * @param context its span
   * @param startMs when it began, in milliseconds since the Unix epoch
   * @param errorType undefined unless it failed
   */
  write(
    slot: number,
    tally: Tally,
    context: Context,
    startMs: number,
    ms: number,
    errorType: string | undefined,
  ): void {
    const { traceId, requestId } = context;
    this.#time.put(slot, micros(startMs));
    this.#ms.put(slot, micros(ms));
    this.#errorType.put(slot, errorType);
    this.#versions.put(slot, this.#version);
    this.#trace.put(slot, traceId);
    this.#span.put(slot, context.spanId);
    // By default it is the trace's: a third text would only cost memory.
    if (requestId !== "" && requestId !== traceId) this.#request.put(slot, requestId);
    if (tally.spans > 0) this.#spans.put(slot, tally.spans);
    if (tally.warnings > 0) this.#warnings.put(slot, tally.warnings);
    if (tally.errors > 0) this.#errors.put(slot, tally.errors);
    if (tally.queries !== undefined) this.#writeQueries(slot, tally.queries);
    if (tally.calls !== undefined) this.#writeCalls(slot, tally.calls);
    if (tally.notes !== undefined) this.#writeNotes(tally.notes);
  }

  #writeQueries(slot: number, { count, ms, repeats, slowest }: Calls): void {
    this.#queries.put(slot, count);
    this.#queryMs.put(slot, micros(ms));
    this.#repeats.put(slot, repeats);
    this.#querySystem.put(slot, slowest);
  }

  #writeCalls(slot: number, { count, ms, repeats, slowest }: Calls): void {
    this.#calls.put(slot, count);
    this.#callMs.put(slot, micros(ms));
    this.#callHost.put(slot, slowest);
    if (repeats > 0) this.#retries.put(slot, repeats);
  }

  #writeNotes(notes: NonNullable<Tally["notes"]>): void {
    for (const [name, value] of notes) {
      this.#events.note(RESERVED.has(name) ? `${name}_` : name, value);
    }
  }
}

/** Milliseconds, exact to the microsecond: what is longer is noise of binary fractions. */
export function micros(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
