/**
 * The end of a request in metrics, span, row and log; its row.
 *
 * @module
 */
import type { Blocks } from "../../core/runtime/blocks.ts";
import type { Clock } from "../../core/clock.ts";
import type { Faults } from "../../core/faults.ts";
import { describeError } from "../../core/redact/error.ts";
import type { Redactor } from "../../core/redact/redactor.ts";
import type { EventStore } from "../../events/event_store.ts";
import type { Column } from "../../events/store/column.ts";
import { micros, TallyColumns } from "../../events/tally_columns.ts";
import type { Span } from "../../trace/span/span.ts";
import { contentLength, mayHaveBody } from "../request/headers.ts";
import type { Exchange } from "./exchange.ts";
import { ExtraLabels } from "./extra_attributes.ts";
import { ServerMetrics } from "./metrics.ts";
import { RequestLines } from "./lines.ts";
import { UNMATCHED } from "./note.ts";
import type { HandlerRuns, ObserverOptions, RequestOutcomes } from "./options.ts";
import type { RouteResolver } from "./route.ts";
import { spanName } from "./span.ts";

/** Records requests that have ended. */
export class Settlement {
  /** Undefined when nothing is counted. */
  readonly metrics: ServerMetrics | undefined;
  /** Undefined when nothing is logged. */
  readonly lines: RequestLines | undefined;
  /** Whether the sizes of bodies are wanted. */
  readonly readsSizes: boolean;
  readonly #rows: RequestRows | undefined;
  readonly #route: RouteResolver | undefined;
  readonly #spanName: ObserverOptions["spanName"];
  readonly #labels: ExtraLabels | undefined;
  readonly #slos: RequestOutcomes | undefined;
  readonly #profiles: HandlerRuns | undefined;
  readonly #clock: Clock;
  readonly #faults: Faults;

  /**
   * @throws {TypeError} for an option of the wrong kind
   * @throws {RangeError} when the store of events has no room for the fields of a row
   */
  constructor(
    options: ObserverOptions,
    redactor: Redactor,
    blocks: Blocks,
    clock: Clock,
    faults: Faults,
  ) {
    const { registry, logger, events, version, labels, lines, slowMs = Infinity } = options;
    this.#clock = clock;
    this.#faults = faults;
    this.#route = options.route;
    this.#spanName = options.spanName;
    this.#slos = options.slos;
    this.#profiles = options.profiles;
    if (options.route?.templates !== undefined) options.slos?.serves?.(options.route.templates);
    this.readsSizes = registry !== undefined || events !== undefined;
    if (logger !== undefined) this.lines = new RequestLines(logger, lines, slowMs);
    if (events !== undefined) this.#rows = new RequestRows(events, redactor, blocks, version);
    if (labels !== undefined) this.#labels = new ExtraLabels(labels, faults);
    if (registry !== undefined) {
      this.metrics = new ServerMetrics(registry, {
        labels: this.#labels?.names,
        firstByte: options.watchBody !== undefined,
        durationBounds: options.slos?.durationBounds(),
        clock,
      });
    }
  }

  /** Records an exchange; called once for each. */
  settle(exchange: Exchange, request: Request, response: Response | undefined): void {
    const { method, span, body, startMs } = exchange;
    const endMs = body === undefined ? exchange.headMs : this.#clock.monotonic();
    const durationMs = endMs - startMs, nowMs = this.#clock.now();
    const named = exchange.template ?? UNMATCHED;
    const route = exchange.route = named === UNMATCHED && this.#route !== undefined
      ? this.#resolve(this.#route, request, exchange)
      : named;
    exchange.inProgress?.dec();
    if (this.readsSizes && mayHaveBody(method)) {
      exchange.requestBytes = contentLength(request.headers);
    }
    if (this.metrics !== undefined) {
      const extra = this.#labels?.of(request, response);
      this.metrics.ended(exchange, extra, durationMs / 1000, nowMs);
    }
    this.#slos?.ended(method, route, exchange.status, durationMs);
    const profile = this.#profiles?.ran(route, startMs, exchange.returnedMs ?? exchange.headMs);
    if (profile !== undefined) span.set("telltale.profile.id", profile);
    if (route !== UNMATCHED) span.rename(`${spanName(method)} ${route}`);
    if (this.#spanName !== undefined) this.#rename(this.#spanName, span, request, route);
    // Before the last line, which is no line of the application's.
    this.#rows?.write(exchange, durationMs, nowMs);
    exchange.close();
    this.lines?.ended(exchange, durationMs, nowMs);
    span.end(endMs);
  }

  #resolve(resolve: RouteResolver, request: Request, { path, status }: Exchange): string {
    const route = this.#faults.guard("route", () => resolve(request, path, status));
    return typeof route === "string" && route !== "" ? route : UNMATCHED;
  }

  #rename(
    nameOf: NonNullable<ObserverOptions["spanName"]>,
    span: Span,
    request: Request,
    route: string,
  ): void {
    const name = this.#faults.guard("span name", () => nameOf(request, route));
    if (typeof name === "string" && name !== "") span.rename(name);
  }
}

/** Writes the rows of requests. */
export class RequestRows {
  readonly #events: EventStore;
  readonly #redactor: Redactor;
  readonly #blocks: Blocks;
  readonly #sums: TallyColumns;
  readonly #route: Column;
  readonly #method: Column;
  readonly #path: Column;
  readonly #status: Column;
  readonly #requestBytes: Column;
  readonly #responseBytes: Column;
  readonly #syncMs: Column;
  readonly #loopMs: Column;
  readonly #inflight: Column;

  /** @throws {RangeError} when the store has no room for the fields */
  constructor(events: EventStore, redactor: Redactor, blocks: Blocks, version: string | undefined) {
    this.#blocks = blocks;
    this.#events = events;
    this.#redactor = redactor;
    this.#sums = new TallyColumns(events, version);
    this.#route = events.field("route", { trusted: true });
    this.#method = events.field("method", { trusted: true });
    this.#path = events.field("path");
    this.#status = events.field("status", { trusted: true });
    this.#requestBytes = events.field("body.bytes", { trusted: true });
    this.#responseBytes = events.field("bytes.out", { trusted: true });
    this.#syncMs = events.field("sync.ms", { trusted: true });
    this.#loopMs = events.field("loop.ms", { trusted: true });
    this.#inflight = events.field("inflight", { trusted: true });
  }

  /** Adds the row of a request that has ended. Never throws. */
  write(exchange: Exchange, ms: number, nowMs: number): void {
    const { status, failure, startMs, headMs } = exchange;
    const slot = this.#events.begin();
    this.#route.put(slot, exchange.route);
    this.#method.put(slot, exchange.method);
    this.#path.put(slot, exchange.path);
    this.#status.put(slot, status);
    this.#inflight.put(slot, exchange.inflight);
    this.#syncMs.put(slot, micros((exchange.returnedMs ?? headMs) - startMs));
    const loopMs = this.#blocks.longestSince(startMs);
    if (loopMs > 0) this.#loopMs.put(slot, micros(loopMs));
    this.#requestBytes.put(slot, exchange.requestBytes);
    this.#responseBytes.put(slot, exchange.responseBytes);
    const hasFailed = status >= 499 || failure !== undefined;
    const errorType = hasFailed ? this.#errorType(exchange) : undefined;
    this.#sums.write(slot, exchange, exchange.span, nowMs - ms, ms, errorType);
    this.#events.end();
  }

  #errorType({ status, failure }: Exchange): string {
    return failure === undefined
      ? String(status)
      : describeError(failure.error, this.#redactor).type;
  }
}
