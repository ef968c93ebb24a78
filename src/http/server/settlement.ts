/**
 * The end of a request in metrics, span and log; and its two log lines.
 *
 * @module
 */
import { checkChoice } from "../../core/check.ts";
import type { Clock } from "../../core/clock.ts";
import type { Faults } from "../../core/faults.ts";
import type { FlightRecorder } from "../../log/gate/flight.ts";
import type { Logger } from "../../log/logger.ts";
import { ERROR, INFO, WARN } from "../../log/record/level.ts";
import type { Span } from "../../trace/span/span.ts";
import { contentLength, mayHaveBody } from "../request/headers.ts";
import { type Ending, type Exchange, UNMATCHED } from "./exchange.ts";
import { ExtraLabels } from "./extra_attributes.ts";
import { ServerMetrics } from "./metrics.ts";
import type { ObserverOptions, RequestLineChoice, RequestOutcomes } from "./options.ts";
import type { RouteResolver } from "./route.ts";
import { RequestRows } from "./row.ts";
import { spanName } from "./span.ts";

/** Records requests that have ended. */
export class Settlement {
  /** Undefined when nothing is counted. */
  readonly metrics: ServerMetrics | undefined;
  /** Undefined when nothing is logged. */
  readonly lines: RequestLines | undefined;
  readonly #rows: RequestRows | undefined;
  readonly #route: RouteResolver | undefined;
  readonly #spanName: ObserverOptions["spanName"];
  readonly #labels: ExtraLabels | undefined;
  readonly #slos: RequestOutcomes | undefined;
  readonly #clock: Clock;
  readonly #faults: Faults;

  /** @throws {TypeError} for an option of the wrong kind */
  constructor(options: ObserverOptions, clock: Clock, faults: Faults) {
    const { registry, logger, events, labels, lines, slowMs = Infinity } = options;
    this.#clock = clock;
    this.#faults = faults;
    this.#route = options.route;
    this.#spanName = options.spanName;
    this.#slos = options.slos;
    if (logger !== undefined) this.lines = new RequestLines(logger, lines, slowMs);
    if (events !== undefined) {
      this.#rows = new RequestRows(events, options.tracer?.redactor, options.version);
    }
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
  settle(exchange: Exchange, ending: Ending): void {
    const { request, method, path, span, startMs, inProgress } = exchange;
    const { status, body } = ending;
    const endMs = body === undefined ? ending.headMs : this.#clock.monotonic();
    const durationMs = endMs - startMs;
    const named = exchange.template ?? UNMATCHED;
    const route = named === UNMATCHED && this.#route !== undefined
      ? this.#resolve(this.#route, request, path, status)
      : named;
    inProgress?.dec();
    if (mayHaveBody(method)) exchange.requestBytes = contentLength(request.headers);
    if (this.metrics !== undefined) this.#count(this.metrics, exchange, ending, route, endMs);
    this.#slos?.ended(method, route, status, durationMs);
    span.set("http.response.status_code", status);
    if (route !== UNMATCHED) {
      span.set("http.route", route);
      span.rename(`${spanName(method)} ${route}`);
    }
    if (this.#spanName !== undefined) this.#rename(this.#spanName, span, request, route);
    // Before the last line, which is no line of the application's.
    this.#rows?.write(exchange, ending, route, durationMs, this.#clock.now());
    this.lines?.ended(exchange, ending, route, durationMs);
    span.end(endMs);
  }

  #count(
    metrics: ServerMetrics,
    exchange: Exchange,
    { status, response, responseBytes, body }: Ending,
    route: string,
    endMs: number,
  ): void {
    const { request, method, scheme, span, startMs } = exchange;
    const measured = {
      seconds: (endMs - startMs) / 1000,
      requestBytes: exchange.requestBytes,
      responseBytes,
      firstByteSeconds: body?.firstByteMs === undefined
        ? undefined
        : (body.firstByteMs - startMs) / 1000,
    };
    const extra = this.#labels?.of(request, response);
    metrics.ended(method, route, status, extra, measured, span, this.#clock.now(), scheme);
  }

  #resolve(resolve: RouteResolver, request: Request, path: string, status: number): string {
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

/** The category of the lines: `LOG_LEVEL=info,http=warn` drops those of ordinary requests. */
const CATEGORY = "http";

/** Writes the lines, and tells the flight recorder when a request starts and ends. */
export class RequestLines {
  readonly #logger: Logger;
  /** Undefined when it is off. */
  readonly #flight: FlightRecorder | undefined;
  readonly #atStart: boolean;
  readonly #atEnd: boolean;
  readonly #slowMs: number;

  /** @throws {TypeError} for any other choice */
  constructor(logger: Logger, choice: RequestLineChoice = "both", slowMs: number) {
    checkChoice("instrument handler", "lines", choice, ["both", "end", "none"]);
    this.#logger = logger.category(CATEGORY);
    this.#flight = logger.flight;
    this.#atStart = choice === "both";
    this.#atEnd = choice !== "none";
    this.#slowMs = slowMs;
  }

  started(method: string, path: string, span: Span): void {
    this.#flight?.begin(span.requestId);
    if (this.#atStart) this.#logger.write(INFO, "request started", { method, path }, span);
  }

  ended(exchange: Exchange, ending: Ending, route: string, durationMs: number): void {
    const { span } = exchange;
    const failed = ending.failure !== undefined || ending.isAborted === true ||
      ending.status >= 500;
    // Before the last line of the request, which follows the lines that led to it.
    this.#flight?.tell(span.requestId, failed, durationMs);
    if (this.#atEnd) this.#write(exchange, ending, route, durationMs);
    this.#flight?.end(span.requestId, failed, durationMs);
  }

  #write(exchange: Exchange, ending: Ending, route: string, durationMs: number): void {
    const { method, path, span, startMs } = exchange;
    const { status, failure, body } = ending;
    const fields: Record<string, unknown> = {
      method,
      path,
      route,
      status,
      duration_ms: Math.round(durationMs * 1000) / 1000,
    };
    let level = INFO, message = "request completed";
    if (ending.headMs - startMs >= this.#slowMs) {
      level = WARN;
      fields.slow = true;
    }
    if (body !== undefined) {
      fields.body = body.how;
      fields.size_bytes = body.bytes;
    }
    if (ending.isAborted) {
      level = WARN;
      message = "request aborted";
    } else if (failure !== undefined || status >= 500) {
      level = ERROR;
      message = "request failed";
    }
    if (failure !== undefined) fields.error = failure.error;
    this.#logger.write(level, message, fields, span);
  }

  /** The handler threw after its request had ended, which often explains why it took so long. */
  late({ method, path, span }: Exchange, error: unknown): void {
    if (!this.#atEnd) return;
    this.#logger.write(WARN, "handler failed after its request was aborted", {
      method,
      path,
      error,
    }, span);
  }
}
