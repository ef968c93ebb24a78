/**
 * The flight recorder: keeps the lines of a request that are only worth reading if it fails.
 *
 * @module
 */
import { type Clock, systemClock } from "../../core/clock.ts";
import { current } from "../../core/context.ts";
import { checkNumber, type Known, MAX_TIMER_MS, refuseUnknown } from "../../core/check.ts";
import type { Threshold } from "../record/level.ts";
import type { LogRecord } from "../record/record.ts";

/** Settings of a {@linkcode FlightRecorder}. */
export interface FlightOptions {
  /** The lowest level that is kept. @default `trace` */
  readonly level?: Threshold | undefined;
  /** A line of this level or above has its request's lines written at once. @default `off` */
  readonly trigger?: Threshold | undefined;
  /** A request that took at least this long has its lines written. @default 1000 */
  readonly slowMs?: number | undefined;
  /** About how many bytes the lines of one request may occupy. @default 64 KiB */
  readonly maxRequestBytes?: number | undefined;
  /** About how many bytes all lines may occupy. @default 8 MiB */
  readonly maxBytes?: number | undefined;
  /** How long a line is kept. @default 60 000 */
  readonly maxAgeMs?: number | undefined;
}

const KNOWN: Known<FlightOptions> = {
  level: true,
  trigger: true,
  slowMs: true,
  maxRequestBytes: true,
  maxBytes: true,
  maxAgeMs: true,
};

/** What the logger of a {@linkcode FlightRecorder} does for it. */
export interface FlightHost {
  /** The logger's time. */
  readonly clock: Clock;
  /** The severity of a level; throws a `RangeError` for an unknown one. */
  severityOf(level: Threshold): number;
  /** Writes a line that was kept. */
  write(record: LogRecord): void;
}

/** A line in the list of all lines, oldest first. */
interface Line {
  readonly record: LogRecord;
  readonly flight: Flight;
  readonly atMs: number;
  older: Line | undefined;
  newer: Line | undefined;
}

/** The lines of one request, or of several with the same id, which are written together. */
interface Flight {
  open: number;
  lines: Line[];
  /** Lines before it were removed. */
  first: number;
  bytes: number;
}

/** How many requests are recorded at once; of more, the oldest no longer is. */
const MAX_OPEN = 10_000;

/**
 * Keeps the lines below the logger's level for each open request, and writes them when it fails, was
 * slow, or on request. What is kept is bounded in bytes and age; the oldest is dropped first. After lines
 * were written it keeps the next ones. The end of the process writes those of all open requests.
 *
 * @example
 * ```ts
 * import { FlightRecorder, telltale } from "@telltale/telltale";
 * import assert from "node:assert/strict";
 *
 * const flight = new FlightRecorder({ slowMs: 500 });
 * await using t = telltale({ log: { level: "warn", sinks: [], flight } });
 * const handler = t.instrument((request) => {
 *   t.log.debug("looking up the order");
 *   return new Response("", { status: request.url.endsWith("/bad") ? 500 : 200 });
 * });
 * await handler(new Request("http://localhost/good"));
 * assert.equal(t.log.ring.next, 0);
 * await handler(new Request("http://localhost/bad"));
 * const messages = [...t.log.ring].map((record) => record.message);
 * assert.ok(messages.includes("looking up the order"));
 * ```
 */
export class FlightRecorder {
  readonly #slowMs: number;
  readonly #maxRequestBytes: number;
  readonly #maxBytes: number;
  readonly #maxAgeMs: number;
  readonly #level: Threshold;
  readonly #trigger: Threshold;
  #host: FlightHost | undefined;
  #clock = systemClock;
  readonly #flights = new Map<string, Flight>();
  #oldest: Line | undefined;
  #newest: Line | undefined;
  #bytes = 0;
  #dropped = 0;
  #cancel: (() => void) | undefined;

  /**
   * Makes a recorder for one logger.
   *
   * @throws {RangeError} when a number is out of range
   * @throws {TypeError} when an option is unknown or of the wrong kind
   */
  constructor(options: FlightOptions = {}) {
    refuseUnknown("record flights", options, KNOWN);
    this.#level = options.level ?? "trace";
    this.#trigger = options.trigger ?? "off";
    this.#slowMs = options.slowMs ?? 1000;
    this.#maxRequestBytes = options.maxRequestBytes ?? 64 * 1024;
    this.#maxBytes = options.maxBytes ?? 8 * 1024 * 1024;
    this.#maxAgeMs = options.maxAgeMs ?? 60_000;
    checkNumber("record flights", "slowMs", this.#slowMs, 0);
    checkNumber("record flights", "maxRequestBytes", this.#maxRequestBytes, 0);
    checkNumber("record flights", "maxBytes", this.#maxBytes, 0);
    checkNumber("record flights", "maxAgeMs", this.#maxAgeMs, 0, MAX_TIMER_MS);
  }

  /**
   * Called by the logger that it records for.
   *
   * @returns the severity from which lines are kept, and that from which one has its request's written
   * @throws {RangeError} when a level is unknown
   * @throws {TypeError} when it records for another logger
   */
  attach(host: FlightHost): { keep: number; trigger: number } {
    if (this.#host !== undefined) {
      throw new TypeError("Cannot record flights: a recorder must be of one logger, got a second");
    }
    const keep = host.severityOf(this.#level), trigger = host.severityOf(this.#trigger);
    this.#host = host;
    this.#clock = host.clock;
    return { keep, trigger };
  }

  /** Requests that are open. */
  get open(): number {
    return this.#flights.size;
  }

  /** About what the lines kept occupy. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Lines that were dropped because of a bound, while their request was open. */
  get dropped(): number {
    return this.#dropped;
  }

  /** A request begins: from now on its lines are kept. Called by `instrument`. */
  begin(requestId: string): void {
    if (requestId === "") return;
    const flight = this.#flights.get(requestId);
    if (flight !== undefined) flight.open++;
    else {
      if (this.#flights.size >= MAX_OPEN) this.#dropOldest();
      this.#flights.set(requestId, { open: 1, lines: [], first: 0, bytes: 0 });
    }
  }

  /** Writes the lines kept so far if the request failed or was slow; it goes on. */
  tell(requestId: string, failed: boolean, durationMs: number): void {
    if (!failed && durationMs < this.#slowMs) return;
    const flight = this.#flights.get(requestId);
    if (flight !== undefined) this.#writeOut(flight);
  }

  /** A request ends: its lines are written if it failed or was slow, and dropped otherwise. */
  end(requestId: string, failed: boolean, durationMs: number): void {
    this.tell(requestId, failed, durationMs);
    const flight = this.#flights.get(requestId);
    if (flight === undefined || --flight.open > 0) return;
    this.#flights.delete(requestId);
    while (flight.first < flight.lines.length) this.#remove(flight);
  }

  /** Whether lines of this request are kept. */
  watches(requestId: string): boolean {
    return this.#flights.has(requestId);
  }

  /** Keeps a line of a request that is open. */
  keep(record: LogRecord): void {
    const flight = this.#flights.get(record.requestId);
    if (flight === undefined) return;
    const older = this.#newest;
    const line: Line = { record, flight, atMs: this.#clock.monotonic(), older, newer: undefined };
    if (older === undefined) this.#oldest = line;
    else older.newer = line;
    this.#newest = line;
    flight.lines.push(line);
    flight.bytes += record.sizeBytes;
    this.#bytes += record.sizeBytes;
    while (flight.bytes > this.#maxRequestBytes) this.#drop(flight);
    while (this.#bytes > this.#maxBytes) this.#drop(this.#oldest!.flight);
    this.#cancel ??= this.#clock.after(this.#maxAgeMs, () => this.#expire());
  }

  /**
   * Writes the lines kept so far, and goes on: those of the given request, or else of the one that the
   * code runs in, or else of all open ones.
   *
   * @returns how many lines were written
   */
  dump(requestId: string = current()?.requestId ?? ""): number {
    const flight = this.#flights.get(requestId);
    if (flight !== undefined) return this.#writeOut(flight);
    return requestId === "" ? this.dumpAll() : 0;
  }

  /** Writes the lines of all open requests. */
  dumpAll(): number {
    let written = 0;
    for (const flight of this.#flights.values()) written += this.#writeOut(flight);
    return written;
  }

  #writeOut(flight: Flight): number {
    this.#expire();
    const records = flight.lines.slice(flight.first).map(({ record }) => record);
    while (flight.first < flight.lines.length) this.#remove(flight);
    for (const record of records) this.#host?.write(record);
    return records.length;
  }

  #expire(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const nowMs = this.#clock.monotonic();
    while (this.#oldest !== undefined && nowMs - this.#oldest.atMs >= this.#maxAgeMs) {
      this.#drop(this.#oldest.flight);
    }
    if (this.#oldest === undefined) return;
    const restMs = this.#oldest.atMs + this.#maxAgeMs - nowMs;
    this.#cancel = this.#clock.after(restMs, () => this.#expire());
  }

  /** With this many open, the oldest likely hangs: a new one is worth more. */
  #dropOldest(): void {
    for (const [requestId, flight] of this.#flights) {
      this.#flights.delete(requestId);
      while (flight.first < flight.lines.length) this.#drop(flight);
      return;
    }
  }

  #drop(flight: Flight): void {
    this.#dropped++;
    this.#remove(flight);
  }

  /** Removes a flight's oldest line. */
  #remove(flight: Flight): void {
    const line = flight.lines[flight.first++]!;
    const { length } = flight.lines;
    if (flight.first === length || flight.first > 32 && flight.first * 2 > length) {
      flight.lines.splice(0, flight.first);
      flight.first = 0;
    }
    flight.bytes -= line.record.sizeBytes;
    this.#bytes -= line.record.sizeBytes;
    if (line.older === undefined) this.#oldest = line.newer;
    else line.older.newer = line.newer;
    if (line.newer === undefined) this.#newest = line.older;
    else line.newer.older = line.older;
  }
}
