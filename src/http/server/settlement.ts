/**
 * The end of an exchange: its route, and what metrics, span and log say of it.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import type { Faults } from "../../core/faults.ts";
import type { Span } from "../../trace/span/span.ts";
import { contentLength, mayHaveBody } from "../request/headers.ts";
import type { Ending, Exchange } from "./exchange.ts";
import { ExtraLabels } from "./extra_attributes.ts";
import type { ObserverOptions } from "./options.ts";
import { RequestLines } from "./lines.ts";
import { type RouteResolver, UNMATCHED } from "./route.ts";
import { ServerMetrics } from "./metrics.ts";

/** Records exchanges that have ended. */
export class Settlement {
  /** Undefined when nothing is counted. */
  readonly metrics: ServerMetrics | undefined;
  /** Undefined when nothing is logged. */
  readonly lines: RequestLines | undefined;
  readonly #route: RouteResolver | undefined;
  readonly #spanName: ObserverOptions["spanName"];
  readonly #labels: ExtraLabels | undefined;
  readonly #clock: Clock;
  readonly #faults: Faults;

  /** Throws for an option that can't work. */
  constructor(options: ObserverOptions, clock: Clock, faults: Faults) {
    const { registry, logger, labels, lines, slowMs = Infinity } = options;
    this.#clock = clock;
    this.#faults = faults;
    this.#route = options.route;
    this.#spanName = options.spanName;
    if (logger !== undefined) this.lines = new RequestLines(logger, lines, slowMs);
    if (labels !== undefined) this.#labels = new ExtraLabels(labels, faults);
    if (registry !== undefined) {
      this.metrics = new ServerMetrics(registry, {
        labels: this.#labels?.names,
        firstByte: options.watchBody !== undefined,
        clock,
      });
    }
  }

  /** An exchange has ended; called once of each. */
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
    if (this.metrics !== undefined) this.#count(this.metrics, exchange, ending, route, endMs);
    span.set("http.response.status_code", status);
    if (route !== UNMATCHED) {
      span.set("http.route", route);
      span.rename(`${method === "_OTHER" ? "HTTP" : method} ${route}`);
    }
    if (this.#spanName !== undefined) this.#rename(this.#spanName, span, request, route);
    this.lines?.ended(exchange, ending, route, durationMs);
    span.end(endMs);
  }

  #count(
    metrics: ServerMetrics,
    { request, method, scheme, span, startMs }: Exchange,
    { status, response, responseBytes, body }: Ending,
    route: string,
    endMs: number,
  ): void {
    const measured = {
      seconds: (endMs - startMs) / 1000,
      requestBytes: mayHaveBody(method) ? contentLength(request.headers) : undefined,
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
    spanName: NonNullable<ObserverOptions["spanName"]>,
    span: Span,
    request: Request,
    route: string,
  ): void {
    const name = this.#faults.guard("span name", () => spanName(request, route));
    if (typeof name === "string" && name !== "") span.rename(name);
  }
}
