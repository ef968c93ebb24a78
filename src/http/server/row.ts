/**
 * The row that a request leaves: everything known about it, in columns that questions can be asked of.
 *
 * @module
 */
import { describeError } from "../../core/redact/error.ts";
import type { Redactor } from "../../core/redact/redactor.ts";
import type { EventStore } from "../../events/event_store.ts";
import { micros, TallyColumns } from "../../events/tally_columns.ts";
import type { Column } from "../../events/store/column.ts";
import type { Exchange } from "./exchange.ts";

/** Writes the rows of requests. */
export class RequestRows {
  readonly #events: EventStore;
  readonly #redactor: Redactor;
  readonly #sums: TallyColumns;
  readonly #route: Column;
  readonly #method: Column;
  readonly #path: Column;
  readonly #status: Column;
  readonly #requestBytes: Column;
  readonly #responseBytes: Column;
  readonly #syncMs: Column;
  readonly #inflight: Column;

  /** @throws {RangeError} when the store has no room for the fields */
  constructor(events: EventStore, redactor: Redactor, version: string | undefined) {
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
    this.#inflight = events.field("inflight", { trusted: true });
  }

  /** Adds the row of a request that has ended. Never throws. */
  write(exchange: Exchange, ms: number, nowMs: number): void {
    const events = this.#events, { status, failure, startMs, headMs } = exchange;
    events.begin();
    events.set(this.#route, exchange.route);
    events.set(this.#method, exchange.method);
    events.set(this.#path, exchange.path);
    events.set(this.#status, status);
    events.set(this.#inflight, exchange.inflight);
    events.set(this.#syncMs, micros((exchange.returnedMs ?? headMs) - startMs));
    events.set(this.#requestBytes, exchange.requestBytes);
    events.set(this.#responseBytes, exchange.responseBytes);
    const hasFailed = status >= 499 || failure !== undefined;
    const errorType = hasFailed ? this.#errorType(exchange) : undefined;
    this.#sums.write(exchange, exchange.span, nowMs - ms, ms, errorType);
    events.end();
  }

  #errorType({ status, failure }: Exchange): string {
    return failure === undefined
      ? String(status)
      : describeError(failure.error, this.#redactor).type;
  }
}
