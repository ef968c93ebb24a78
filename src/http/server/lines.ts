/**
 * The lines of a request: one at its start, one at its end.
 *
 * @module
 */
import { checkChoice } from "../../core/check.ts";
import type { FlightRecorder } from "../../log/gate/flight.ts";
import { ERROR, INFO, WARN } from "../../log/record/level.ts";
import type { Logger } from "../../log/logger.ts";
import type { Span } from "../../trace/span/span.ts";
import type { Ending, Exchange } from "./exchange.ts";

/** Which lines there are. */
export type RequestLineChoice = "both" | "end" | "none";

/** The category of the lines: `LOG_LEVEL=info,http=warn` leaves those of usual requests out. */
const CATEGORY = "http";

/** Writes them, and tells the flight recorder where a request begins and ends. */
export class RequestLines {
  readonly #logger: Logger;
  /** Undefined when it does not record. */
  readonly #flight: FlightRecorder | undefined;
  readonly #atStart: boolean;
  readonly #atEnd: boolean;
  readonly #slowMs: number;

  /** Throws for a choice that is none. */
  constructor(logger: Logger, choice: RequestLineChoice = "both", slowMs: number) {
    checkChoice("instrument handler", "lines", choice, ["both", "end", "none"]);
    this.#logger = logger.category(CATEGORY);
    this.#flight = logger.flight.on ? logger.flight : undefined;
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
    // Its own last line belongs to the story too, and comes after what led to it.
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

  /** The handler threw after its request had ended: often why it took so long. */
  late({ method, path, span }: Exchange, error: unknown): void {
    if (!this.#atEnd) return;
    this.#logger.write(WARN, "handler failed after its request was aborted", {
      method,
      path,
      error,
    }, span);
  }
}
