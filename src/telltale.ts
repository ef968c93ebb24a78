/**
 * The composition: one object that holds the parts and the wires between them.
 *
 * @module
 */
import { within } from "./core/clock.ts";
import { check } from "./core/check.ts";
import { current, load } from "./core/context.ts";
import { ASYNC_DISPOSE } from "./core/dispose.ts";
import type { Faults } from "./core/faults.ts";
import { keepAlive } from "./core/platform.ts";
import type { Resource } from "./core/resource.ts";
import type { NoteValue } from "./core/tally.ts";
import type { Answer } from "./events/ask/answer.ts";
import type { AskOptions } from "./events/ask/ask.ts";
import type { EventStore } from "./events/event_store.ts";
import type { Question } from "./events/question/question.ts";
import type { HealthRegistry } from "./health/registry.ts";
import type { Flags } from "./flags/flags.ts";
import type { Logger } from "./log/logger.ts";
import type { Family } from "./metrics/data/family.ts";
import type { Registry } from "./metrics/registry.ts";
import type { Span } from "./trace/span/span.ts";
import type { Tracer } from "./trace/tracer.ts";
import type { FlushResult } from "./export/otlp/sender.ts";
import type { Endpoints } from "./http/admin/endpoints.ts";
import type { Handler } from "./http/request/handler.ts";
import { instrument, type InstrumentOptions } from "./http/server/instrument.ts";
import type { ObserveOptions } from "./http/server/options.ts";
import type { SloOptions } from "./slo/live/definition.ts";
import type { SloRegistry } from "./slo/registry.ts";
import type { Slo } from "./slo/slo.ts";
import { isolated } from "./compose/isolated.ts";
import { note } from "./compose/job.ts";
import { checkOptions, type TelltaleOptions } from "./compose/options.ts";
import { compose, type Parts } from "./compose/parts.ts";

/** The composed parts, and the wrappers that use them all. Made by {@linkcode telltale}. */
export class Telltale {
  /** The service and its instance, as all output names them. */
  readonly resource: Resource;
  /** Counters, gauges and histograms, and the pages that Prometheus scrapes. */
  readonly metrics: Registry;
  /** Starts spans, and keeps the finished ones. */
  readonly tracer: Tracer;
  /** Writes log lines, correlated with the request they belong to. */
  readonly log: Logger;
  /** Checks, and the state that they add up to. */
  readonly health: HealthRegistry;
  /** A row of each request and job; undefined where `events: false` keeps none. */
  readonly events: EventStore | undefined;
  /** The SLOs that {@linkcode Telltale.slo} has defined. */
  readonly slos: SloRegistry;
  /** The admin paths: metrics, health, and endpoints that are added. */
  readonly endpoints: Endpoints;
  /**
   * The runtime's `fetch`, but traced, counted and timed. It takes the same arguments, and may replace
   * the global one: `globalThis.fetch = t.fetch`.
   */
  readonly fetch: typeof globalThis.fetch;
  /** Counts of what went wrong inside Telltale itself. */
  readonly faults: Faults;
  readonly #parts: Parts;
  #shutdown: Promise<void> | undefined;

  /**
   * Prefer {@linkcode telltale}.
   *
   * @throws {TypeError} for an unknown option, or one of the wrong kind
   * @throws {RangeError} for a value that is out of range
   */
  constructor(options: TelltaleOptions = {}) {
    checkOptions(options);
    const parts = this.#parts = compose(options);
    this.resource = parts.resource;
    this.metrics = parts.metrics;
    this.tracer = parts.tracer;
    this.log = parts.log;
    this.health = parts.health;
    this.events = parts.events;
    this.slos = parts.slos;
    this.endpoints = parts.endpoints;
    this.fetch = parts.fetch;
    this.faults = parts.faults;
    this.metrics.collector(() => this.#families());
    parts.otlp?.connect(this);
  }

  /**
   * Wraps a handler: metrics, a span, log lines and correlation for each request, and the admin
   * endpoints. The handler's behaviour stays the same; see `instrument` of `./http`.
   *
   * @param options override `trust` and `http` of {@linkcode TelltaleOptions} for this handler;
   * `endpoints: false` where all paths are the application's own
   */
  instrument<
    Rest extends unknown[],
    Result extends Response | undefined | Promise<Response | undefined>,
  >(
    handler: Handler<Rest, Result>,
    options:
      & ObserveOptions
      & Pick<InstrumentOptions, "trust">
      & { readonly endpoints?: false | undefined } = {},
  ): Handler<Rest, Result | Promise<Response>> {
    const endpoints = options.endpoints === false ? undefined : this.endpoints;
    // Not earlier: a script that serves nothing gets no timer of ours (see heedSignals).
    const { runtime, consoleToken, clock, instrument: defaults } = this.#parts;
    runtime?.startSoon();
    consoleToken.printSoon(clock, this.endpoints.consolePath);
    return instrument(handler, { ...defaults, ...options, endpoints });
  }

  /**
   * Sets fields of the row of the request or job that the code runs in, and attributes of its span:
   * text, numbers and booleans. They can be asked about at once. A name of Telltale's own, such as
   * `status`, gets a `_` behind it in the row. What can't be kept is counted; nothing throws.
   *
   * @example
   * ```ts
   * import { telltale } from "@telltale/telltale";
   * import { equal } from "node:assert/strict";
   *
   * await using t = telltale({ service: "orders", log: { sinks: [] } });
   * const handler = t.instrument(() => {
   *   t.note({ segment: "pro", items: 3 });
   *   return new Response("ok");
   * });
   * await handler(new Request("http://localhost/orders"));
   * equal((await t.ask("segment:pro")).matched, 1);
   * ```
   */
  note(fields: Readonly<Record<string, NoteValue | undefined>>): void {
    note(fields, current()?.tally, this.faults);
  }

  /**
   * Runs a job that is no request in an active span, as `Tracer.span` does, and keeps a row of it: its
   * field `job` is the name. {@linkcode Telltale.note} adds to it.
   */
  event<T>(name: string, fn: (span: Span) => T): T {
    return this.#parts.jobs.run(name, fn);
  }

  /**
   * Answers a question about the rows: `route:/orders why ms>250`. It yields to other work every 3
   * milliseconds. `./events` says what can be asked.
   *
   * @throws {QuestionError} naming the place where the question can't be parsed
   * @throws {TypeError} for an unknown option, and where no rows are kept
   * @throws {RangeError} for a limit out of its range
   */
  async ask(question: string | Question, options?: AskOptions): Promise<Answer> {
    const { askInSlices } = await load(() => import("./events/slices.ts"));
    const { events } = this;
    check(events !== undefined, "ask", "rows must be kept", "events: false", TypeError);
    return askInSlices(events, question, options);
  }

  /**
   * Defines an SLO for requests, or for what the application tells it by `good()` and `bad()`: see
   * {@linkcode SloRegistry.define}. Define latencies before {@linkcode Telltale.instrument}: their bounds
   * become bounds of `http_request_duration_seconds`.
   *
   * @throws {TypeError} for a name that is taken, an unknown option, or one of the wrong kind
   * @throws {RangeError} for a value that is out of range
   */
  slo(name: string, options: SloOptions): Slo {
    return this.slos.define(name, options);
  }

  /** Feature flags, whose variants show in metrics, rows, spans and logs. */
  get flags(): Flags {
    return this.#parts.flags.get();
  }

  /** Aborted when the service is about to stop; event streams and long polls should end on it. */
  get stopping(): AbortSignal {
    return this.#parts.stopping.signal;
  }

  /**
   * Makes the service not ready, and aborts {@linkcode Telltale.stopping}. What its listeners throw is
   * counted and interrupts no request in flight.
   */
  stop(): void {
    this.health.drain();
    const { stopping } = this.#parts;
    if (stopping.signal.aborted) return;
    isolated(() => stopping.abort(), (error) => this.faults.record("stopping", error));
  }

  /**
   * Resolves when everything queued has left, to what still waits to be exported. A receiver that sent
   * `Retry-After` is not asked again before.
   *
   * @param timeoutMs how long all of it may take together
   */
  async flush(timeoutMs = 5000): Promise<FlushResult> {
    // Our timers don't keep the process alive: it could exit between two tries.
    const release = keepAlive();
    // `log.flush` delivers to the sinks before it returns, so that the export has all records.
    const { otlp, clock } = this.#parts;
    const flushed = Promise.all([this.log.flush(), otlp?.drain(timeoutMs)]);
    await within(clock, timeoutMs, flushed).finally(release);
    return otlp?.pending ?? { queued: 0, retryAfterMs: 0 };
  }

  /**
   * Stops, flushes for at most five seconds, and ends every timer of the composition. What a receiver has
   * not taken by then stays in the spool, or is dropped where there is none. The logger stays open, for
   * what is logged afterwards; `log.close()` closes its sinks. Safe to call again.
   */
  shutdown(): Promise<void> {
    return this.#shutdown ??= this.#end();
  }

  /** {@linkcode Telltale.shutdown}, for `await using`. */
  [ASYNC_DISPOSE](): Promise<void> {
    return this.shutdown();
  }

  async #end(): Promise<void> {
    const { flags, otlp, profiles, runtime } = this.#parts;
    this.stop();
    await flags.close();
    await this.health.close();
    this.tracer.flush();
    await this.flush();
    otlp?.close();
    await profiles.close();
    await runtime?.close();
    await this.slos.close();
    await this.metrics.close();
  }

  /** The families that the composition adds: those of the runtime, and those about Telltale itself. */
  async #families(): Promise<Family[]> {
    // The page shows what the checks say now, even where nobody asks for /health.
    void this.health.refresh();
    const { runtime, otlp, profiles } = this.#parts;
    const families = await runtime?.families() ?? [];
    const { selfFamilies } = await load(() => import("./compose/self_metrics.ts"));
    return [...families, ...selfFamilies(this, otlp, profiles.parts)];
  }
}

/**
 * Composes all parts with sensible defaults. Nothing is global. Once a handler is instrumented, a timer
 * watches the event loop; it does not keep the process alive.
 *
 * @throws {TypeError} for an unknown option, or one of the wrong kind
 * @throws {RangeError} for a value that is out of range
 *
 * @example
 * ```ts
 * import { telltale } from "@telltale/telltale";
 * import { equal } from "node:assert/strict";
 *
 * await using t = telltale({ service: "orders", log: { sinks: [] } });
 * const orders = t.metrics.counter("orders_total", "Orders placed");
 * const handler = t.instrument(() => {
 *   orders.inc();
 *   t.log.info("placed");
 *   return new Response("ok");
 * });
 *
 * const response = await handler(new Request("http://localhost/orders"));
 * const record = [...t.log.ring].find((record) => record.message === "placed");
 * equal(record?.traceId, response.headers.get("x-request-id"));
 * ```
 */
export function telltale(options: TelltaleOptions = {}): Telltale {
  return new Telltale(options);
}
