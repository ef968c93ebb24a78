/**
 * The log lines of a request: one when it starts, one when it ends.
 *
 * @module
 */
import { checkChoice } from "../../core/check.ts";
import { quote } from "../../core/plain/json.ts";
import { flat } from "../../core/text.ts";
import type { FlightRecorder } from "../../log/gate/flight.ts";
import type { LazyLines } from "../../log/lazy_lines.ts";
import type { Logger } from "../../log/logger.ts";
import { LazyLine } from "../../log/record/lazy_line.ts";
import { ERROR, INFO, WARN } from "../../log/record/level.ts";
import { Entry, type LogRecord } from "../../log/record/record.ts";
import type { Exchange } from "./exchange.ts";
import type { RequestLineChoice } from "./options.ts";

/** The category of the lines: `LOG_LEVEL=info,http=warn` drops those of ordinary requests. */
const CATEGORY = "http";
const STARTED = "request started";
/** The fields that a lazy line may have. */
const KEYS = ["method", "path", "route", "status", "duration_ms", "slow", "body", "size_bytes"];
/** What a line occupies, and what its request does, which the last line keeps; on either engine, measured. */
const LINE_BYTES = 128, REQUEST_BYTES = 672;
/** What a record of it occupies besides the path. */
const RECORD_BYTES = 320;
/** A line with a longer route is made a record at once, which cuts it. */
const MAX_ROUTE = 1024;

/** Writes the lines, and tells the flight recorder when a request starts and ends. */
export class RequestLines {
  readonly #logger: Logger;
  /** Undefined where every line is a record at once. */
  readonly #lazy: LazyLines | undefined;
  /** Undefined when it is off. */
  readonly #flight: FlightRecorder | undefined;
  readonly #atStart: boolean;
  readonly #atEnd: boolean;
  readonly #slowMs: number;

  /** @throws {TypeError} for any other choice */
  constructor(logger: Logger, choice: RequestLineChoice = "both", slowMs: number) {
    checkChoice("instrument handler", "lines", choice, ["both", "end", "none"]);
    this.#logger = logger.category(CATEGORY);
    this.#lazy = this.#logger.lazyLines(KEYS);
    this.#flight = logger.flight;
    this.#atStart = choice === "both";
    this.#atEnd = choice !== "none";
    this.#slowMs = slowMs;
  }

  started(exchange: Exchange): void {
    const { method, path, span } = exchange;
    this.#flight?.begin(span.requestId);
    if (!this.#atStart) return;
    const lazy = this.#lazy;
    if (lazy === undefined || !lazy.isOpen(INFO)) {
      this.#logger.write(INFO, STARTED, { method, path }, span);
    } else if (lazy.admits(INFO, STARTED)) {
      lazy.add(new RequestLine(lazy, lazy.now(), INFO, STARTED, exchange));
    }
  }

  ended(exchange: Exchange, durationMs: number, nowMs: number): void {
    const { requestId } = exchange.span;
    const failed = exchange.failure !== undefined || exchange.isAborted || exchange.status >= 500;
    // Before the last line of the request, which follows the lines that led to it.
    this.#flight?.tell(requestId, failed, durationMs);
    if (this.#atEnd) this.#writeEnd(exchange, durationMs, nowMs);
    this.#flight?.end(requestId, failed, durationMs);
  }

  #writeEnd(exchange: Exchange, durationMs: number, nowMs: number): void {
    const { failure, status } = exchange;
    const isSlow = exchange.headMs - exchange.startMs >= this.#slowMs;
    let level = isSlow ? WARN : INFO, message = "request completed";
    if (exchange.isAborted) {
      level = WARN;
      message = "request aborted";
    } else if (failure !== undefined || status >= 500) {
      level = ERROR;
      message = "request failed";
    }
    const micros = Math.round(durationMs * 1000), lazy = this.#lazy;
    if (lazy !== undefined && lazy.isOpen(level) && isPlain(exchange, micros)) {
      if (!lazy.admits(level, message)) return;
      return lazy.add(new RequestLine(lazy, nowMs, level, message, exchange, micros, isSlow));
    }
    const { method, path, route } = exchange;
    const fields = fieldsOf(exchange, method, path, route, micros, isSlow);
    if (failure !== undefined) fields.error = failure.error;
    this.#logger.write(level, message, fields, exchange.span);
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

/** False for an error, and for what a class of the application's own, or a clock, may give. */
function isPlain({ failure, route, status }: Exchange, micros: number): boolean {
  return failure === undefined && route.length <= MAX_ROUTE && Number.isInteger(status) &&
    Number.isFinite(micros);
}

function fieldsOf(
  { status, body }: Exchange,
  method: string,
  path: string,
  route: string,
  micros: number,
  isSlow: boolean,
): Record<string, unknown> {
  const fields: Record<string, unknown> = {
    method,
    path,
    route,
    status,
    duration_ms: micros / 1000,
  };
  if (isSlow) fields.slow = true;
  if (body !== undefined) {
    fields.body = body.how;
    fields.size_bytes = body.bytes;
  }
  return fields;
}

/** A line of a request that did not fail with an error. */
class RequestLine extends LazyLine {
  readonly timeMs: number;
  readonly severity: number;
  readonly message: string;
  readonly #lines: LazyLines;
  readonly #exchange: Exchange;
  /** How long it took; undefined in the first line. */
  readonly #micros: number | undefined;
  readonly #isSlow: boolean;

  constructor(
    lines: LazyLines,
    timeMs: number,
    severity: number,
    message: string,
    exchange: Exchange,
    micros?: number,
    isSlow = false,
  ) {
    super();
    this.timeMs = timeMs;
    this.severity = severity;
    this.message = message;
    this.#lines = lines;
    this.#exchange = exchange;
    this.#micros = micros;
    this.#isSlow = isSlow;
  }

  get level(): string {
    return this.#lines.levelOf(this.severity);
  }

  get service(): string {
    return this.#lines.service;
  }

  get category(): string {
    return this.#lines.category;
  }

  get traceId(): string {
    return this.#exchange.span.traceId;
  }

  get spanId(): string {
    return this.#exchange.span.spanId;
  }

  get requestId(): string {
    return this.#exchange.span.requestId;
  }

  get sizeBytes(): number {
    if (this.#micros === undefined) return LINE_BYTES;
    return LINE_BYTES + REQUEST_BYTES + this.#exchange.path.length;
  }

  record(): LogRecord {
    return new Entry(
      this.timeMs,
      this.severity,
      this.level,
      this.message,
      this.service,
      this.category,
      this.#exchange.span,
      this.#fields(),
      undefined,
      RECORD_BYTES + this.#exchange.path.length,
    );
  }

  #fields(): Record<string, unknown> {
    const { method, path, route } = this.#exchange, lines = this.#lines, micros = this.#micros;
    const shown = [lines.text(method), lines.text(path)] as const;
    if (micros === undefined) return { method: shown[0], path: shown[1] };
    return fieldsOf(this.#exchange, ...shown, lines.text(route), micros, this.#isSlow);
  }

  members(): string {
    const { method, path, route, status, body } = this.#exchange, lines = this.#lines;
    const text = METHOD.of(method, lines) + PATH.of(path, lines), micros = this.#micros;
    if (micros === undefined) return text;
    const line = text + ROUTE.of(route, lines) + ',"status":' + status + ',"duration_ms":' +
      thousandths(micros);
    return this.#isSlow || body !== undefined ? line + rareMembers(this.#isSlow, body) : line;
  }
}

function rareMembers(isSlow: boolean, body: Exchange["body"]): string {
  const slow = isSlow ? ',"slow":true' : "";
  return body === undefined ? slow : `${slow},"body":${quote(body.how)},"size_bytes":${body.bytes}`;
}

/** The member of a key whose value is often the last one again. */
class Member {
  readonly #start: string;
  #value: string | undefined;
  #lines: LazyLines | undefined;
  #text = "";

  constructor(key: string) {
    this.#start = `,${quote(key)}:`;
  }

  of(value: string, lines: LazyLines): string {
    if (value === this.#value && lines === this.#lines) return this.#text;
    this.#value = value;
    this.#lines = lines;
    return this.#text = flat(this.#start + quote(lines.text(value)));
  }
}

const METHOD = /* @__PURE__ */ new Member("method"),
  PATH = /* @__PURE__ */ new Member("path"),
  ROUTE = /* @__PURE__ */ new Member("route");

/** A whole number of thousandths as JSON has it: a third of what the number's own text costs. */
function thousandths(count: number): string {
  if (!(count >= 0 && count < 0x7fffffff)) return String(count / 1000);
  const whole = count / 1000 | 0;
  return whole + (FRACTIONS[count - whole * 1000] ??= fraction(count - whole * 1000));
}

const FRACTIONS: (string | undefined)[] = [];

function fraction(thousandths: number): string {
  return String(thousandths / 1000).slice(1);
}
