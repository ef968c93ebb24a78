/**
 * Queries that one request sends again and again: one for each row of another's result, instead of one for all.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import type { Context } from "../../core/context.ts";
import { WARN } from "../../log/record/level.ts";
import type { Logger } from "../../log/logger.ts";
import type { Span } from "../../trace/span/span.ts";

const HOUR_MS = 3_600_000;
/** Pairs of a route and a query whose line is remembered. */
const MAX_PAIRS = 1000;

/** Tells of repeated queries: an event on the span each time, and a line once per route and hour. */
export class Repeats {
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #toldMs = new Map<string, number>();

  constructor(log: Logger, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** A request sent a query for the `count`th time. */
  tell(context: Context, system: string, summary: string, count: number): void {
    const fields = { "db.system.name": system, "db.query.summary": summary, "db.repeat": count };
    (context as Partial<Span>).event?.("db.repeated_query", fields);
    const route = context.tally?.knownRoute ?? "", key = `${route}\n${summary}`;
    const nowMs = this.#clock.monotonic(), toldMs = this.#toldMs.get(key);
    if (toldMs !== undefined && nowMs - toldMs < HOUR_MS) return;
    this.#toldMs.delete(key);
    if (this.#toldMs.size >= MAX_PAIRS) {
      // The oldest: a map keeps the order in which it was filled.
      const [oldest] = this.#toldMs.keys();
      this.#toldMs.delete(oldest!);
    }
    this.#toldMs.set(key, nowMs);
    this.#log.write(
      WARN,
      "repeated query",
      route === "" ? fields : { ...fields, "http.route": route },
      context,
    );
  }
}
