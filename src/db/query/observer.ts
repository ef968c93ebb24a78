/**
 * What happens when a query has ended: it is timed, added up for its request, and told in a span or a line
 * where that is worth it.
 *
 * @module
 */
import type { AttributeValue } from "../../core/attributes.ts";
import type { Clock } from "../../core/clock.ts";
import { type Context, current, UNTRACED } from "../../core/context.ts";
import type { Faults } from "../../core/faults.ts";
import { Tally } from "../../core/tally.ts";
import { describeAs } from "../../core/redact/error.ts";
import type { BoundHistogram } from "../../metrics/instrument/histogram.ts";
import type { Registry } from "../../metrics/registry.ts";
import type { Span } from "../../trace/span/span.ts";
import type { Tracer } from "../../trace/tracer.ts";
import { Reader, type Reading } from "../sql/reading.ts";
import { Durations } from "./durations.ts";
import { type Failure, failureOf } from "./failure.ts";
import type { DatabaseParts } from "./parts.ts";
import { type Details, type ObserverOptions, type Query, setParameters } from "./query.ts";
import { Repeats } from "./repeats.ts";
import { type Explain, SlowQueries } from "./slow.ts";
import type { Target } from "./target.ts";

const UNREAD: Reading = { text: undefined, summary: "", verb: "", isSingle: false };
const NO_DETAILS: Details = Object.freeze({});

/** What a query's spans and metrics have in common, made once. */
interface Prepared {
  readonly name: string;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly series: BoundHistogram | undefined;
}

/** Operations that have a plan. */
const EXPLAINED = new Set(["SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE"]);

/** Observes the queries of one database. No method throws. */
export class Observer {
  target: Target;
  readonly clock: Clock;
  readonly faults: Faults;
  /** False once the application no longer wants its queries observed. */
  isOn = true;
  readonly spanMinMs: number;
  /** Whether callers should bring the values of parameters. */
  readonly wantsParameters: boolean;
  readonly #tracer: Tracer;
  readonly #metrics: Registry;
  readonly #reader: Reader;
  /** By query: those with a text are read once. */
  #prepared = new WeakMap<object, Prepared>();
  readonly #tallies = new WeakMap<Context, Tally>();
  #durations: Durations;
  readonly #repeats: Repeats;
  readonly #slow: SlowQueries;
  readonly #minRepeats: number;
  readonly #slowMs: number;
  /** The shorter of the times from which on a query is told. */
  readonly #tellMs: number;
  readonly #tellsText: boolean;
  readonly #parameters: readonly (number | string)[];
  readonly #explain: Explain | undefined;
  readonly #isDriver: boolean;
  readonly #maxPlans: number;

  constructor(parts: DatabaseParts, target: Target, options: ObserverOptions) {
    const { tracer, metrics, log } = parts;
    this.#tracer = tracer;
    this.#metrics = metrics;
    this.clock = tracer.clock;
    this.faults = parts.faults ?? tracer.faults;
    this.target = options.namespace === undefined
      ? target
      : { ...target, namespace: options.namespace };
    this.#reader = new Reader(options.dialect ?? "other");
    this.#durations = new Durations(metrics, this.target, this.faults);
    this.#repeats = new Repeats(log, this.clock);
    this.#slow = new SlowQueries(log, this.clock, this.faults);
    this.#minRepeats = options.minRepeats ?? 10;
    this.#slowMs = options.slowMs ?? 200;
    this.spanMinMs = options.spanMinMs ?? 0;
    this.#tellMs = Math.min(this.#slowMs, this.spanMinMs);
    this.#tellsText = options.text ?? true;
    this.#parameters = options.parameters ?? [];
    this.wantsParameters = this.#parameters.length > 0;
    this.#explain = options.explain;
    this.#isDriver = options.isDriver ?? true;
    this.#maxPlans = options.maxPlans ?? 6;
  }

  /** Whether a query that starts now is to be observed: not one of Telltale's own. */
  get isWanted(): boolean {
    return this.isOn && current() !== UNTRACED;
  }

  /** The server has said which system it is: what ends from now on is told so. */
  become(system: string): void {
    if (this.target.system === system) return;
    this.target = { ...this.target, system };
    this.#durations = new Durations(this.#metrics, this.target, this.faults);
    this.#prepared = new WeakMap();
  }

  /** What is known of a query's text. */
  read(sql: string): Reading {
    return this.faults.guard("database query", () => this.#reader.read(sql)) ?? UNREAD;
  }

  /** A query succeeded in the context that is active. The short way, for databases in the process. */
  succeeded(
    query: Query,
    startMs: number,
    sql: string,
    parameters: unknown[],
    result: unknown,
  ): void {
    const context = current(), ms = this.clock.monotonic() - startMs;
    const { series } = this.#prepare(query);
    if (context === undefined) series?.observe(ms / 1000);
    else {
      if (context === UNTRACED) return;
      series?.observeIn(ms / 1000, context, this.clock.now());
      this.#add(context, query, ms);
    }
    if (ms < this.#tellMs) return;
    const rows = Array.isArray(result) ? result.length : undefined;
    this.#tell(query, context, startMs, ms, undefined, { rows, parameters, sql });
  }

  /** A query that started in `context` at `startMs` has ended; with an error, if it failed. */
  ended(
    query: Query,
    context: Context | undefined,
    startMs: number,
    details: Details = NO_DETAILS,
  ): void {
    if (context === UNTRACED) return;
    const ms = this.clock.monotonic() - startMs;
    observeIn(this.#prepare(query).series, ms, context, this.clock);
    this.#count(query, context, startMs, ms, undefined, details);
  }

  /** {@linkcode Observer.ended} for a query that failed. */
  failed(
    query: Query,
    context: Context | undefined,
    startMs: number,
    error: unknown,
    details: Details = NO_DETAILS,
  ): void {
    if (context === UNTRACED) return;
    const ms = this.clock.monotonic() - startMs;
    const { system } = this.target, isDriver = this.#isDriver;
    const failure = this.faults.guard("database error", () => failureOf(error, system, isDriver));
    const told = failure ?? { status: undefined, type: "_OTHER", message: "", isSaid: true };
    // What the server said quotes values; the application may log it, or throw it into its request's span.
    if (isDriver && told.isSaid) {
      describeAs(error, told.message || `error ${told.type} of ${system}`);
    }
    observeIn(this.#durations.failed(query, told), ms, context, this.clock);
    this.#count(query, context, startMs, ms, told, details);
  }

  /** Starts the span of a query before it is sent, for those whose text carries its ids. */
  start(query: Query, context: Context | undefined, startMs: number): Span {
    const { name, attributes } = this.#prepare(query);
    const parent = context ?? null;
    return this.#tracer.start(name, { kind: "client", parent, startedAtMs: startMs, attributes });
  }

  #prepare(query: Query): Prepared {
    let prepared = this.#prepared.get(query);
    if (prepared === undefined) {
      const name = this.#nameOf(query), attributes = this.#attributesOf(query);
      prepared = { name, attributes, series: this.#durations.of(query) };
      this.#prepared.set(query, prepared);
    }
    return prepared;
  }

  #count(
    query: Query,
    context: Context | undefined,
    startMs: number,
    ms: number,
    failure: Failure | undefined,
    details: Details,
  ): void {
    if (context !== undefined) this.#add(context, query, ms);
    if (ms >= this.#tellMs || failure !== undefined || details.span !== undefined) {
      this.#tell(query, context, startMs, ms, failure, details);
    }
  }

  #add(context: Context, query: Query, ms: number): void {
    const { system } = this.target, { name } = this.#prepare(query);
    const count = (context.tally ?? this.#tallyOf(context)).query(name, ms, system);
    if (count !== this.#minRepeats) return;
    this.faults.guard("repeated query", () => this.#repeats.tell(context, system, name, count));
  }

  /** A span outside of a request has none. */
  #tallyOf(context: Context): Tally {
    let tally = this.#tallies.get(context);
    if (tally === undefined) this.#tallies.set(context, tally = new Tally());
    return tally;
  }

  #tell(
    query: Query,
    context: Context | undefined,
    startMs: number,
    ms: number,
    failure: Failure | undefined,
    details: Details,
  ): void {
    try {
      if (ms >= this.spanMinMs || failure !== undefined || details.span !== undefined) {
        this.#span(query, context, startMs, ms, failure, details);
      }
      if (ms >= this.#slowMs) this.#tellSlow(query, context, ms, details);
    } catch (error) {
      // No closure for a guard: most queries come here.
      this.faults.record("database span", error);
    }
  }

  #span(
    query: Query,
    context: Context | undefined,
    startMs: number,
    ms: number,
    failure: Failure | undefined,
    details: Details,
  ): void {
    const span = details.span ?? this.start(query, context, startMs);
    if (!span.recording) return;
    const { rows, batch } = details;
    if (rows !== undefined) span.set("db.response.returned_rows", rows);
    // One is no batch.
    if (batch !== undefined && batch !== 1) span.set("db.operation.batch.size", batch);
    if (this.wantsParameters) setParameters(span, this.#parameters, details.parameters);
    if (failure !== undefined) {
      if (failure.status !== undefined) span.set("db.response.status_code", failure.status);
      span.set("error.type", failure.type).setStatus("error", failure.message);
    }
    span.end(startMs + ms);
  }

  #tellSlow(query: Query, context: Context | undefined, ms: number, { sql }: Details): void {
    const explain = this.#explain, { name: summary } = this.#prepare(query);
    const fields: Record<string, string | number> = {
      "db.system.name": this.target.system,
      "db.query.summary": summary,
      duration_ms: Math.round(ms * 1000) / 1000,
    };
    if (this.target.namespace !== "") fields["db.namespace"] = this.target.namespace;
    if (this.#tellsText && query.text !== undefined) fields["db.query.text"] = query.text;
    // A text with a second statement would run it.
    const canExplain = explain !== undefined && sql !== undefined && query.isSingle === true &&
      EXPLAINED.has(query.verb ?? "");
    const plan = canExplain ? () => explain(sql) : undefined;
    this.#slow.tell(context, fields, summary, plan, this.#maxPlans);
  }

  #nameOf({ summary, operation, collection }: Query): string {
    if (summary !== "") return summary;
    const { namespace, system, host } = this.target, target = collection || namespace || host;
    if (operation === undefined || operation === "") return target === "" ? system : target;
    // A number alone, as databases of Redis have, says nothing.
    return target === "" || system === "redis" ? operation : `${operation} ${target}`;
  }

  #attributesOf({ summary, operation, collection, text }: Query): Record<string, AttributeValue> {
    const { system, namespace, host, port } = this.target;
    const attributes: Record<string, AttributeValue> = { "db.system.name": system };
    if (namespace !== "") attributes["db.namespace"] = namespace;
    if (summary !== "") attributes["db.query.summary"] = summary;
    if (operation) attributes["db.operation.name"] = operation;
    if (collection) attributes["db.collection.name"] = collection;
    if (this.#tellsText && text !== undefined) attributes["db.query.text"] = text;
    if (host !== "") attributes["server.address"] = host;
    if (port !== undefined) attributes["server.port"] = port;
    return attributes;
  }
}

/** The exemplar is the trace that the query belongs to, whatever context is active at its end. */
function observeIn(
  series: BoundHistogram | undefined,
  ms: number,
  context: Context | undefined,
  clock: Clock,
): void {
  if (context === undefined) series?.observe(ms / 1000);
  else series?.observeIn(ms / 1000, context, clock.now());
}
