/**
 * The store of events: one row for each request or job, with everything known about it.
 *
 * @module
 */
import { type Known, refuseUnknown } from "../core/check.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { Redactor } from "../core/redact/redactor.ts";
import type { RowLimits } from "./store/limits.ts";
import { Rows } from "./store/rows.ts";

/** Limits of an {@linkcode EventStore}, and what it hides. */
export interface EventStoreOptions extends RowLimits {
  /**
   * Hides values by field name, and secrets inside texts, as in spans.
   *
   * @default one that hides the usual secrets
   */
  readonly redactor?: Redactor | undefined;
  /**
   * Source of time.
   *
   * @default the machine's
   */
  readonly clock?: Clock | undefined;
}

const OPTIONS: Known<EventStoreOptions> = {
  maxRows: true,
  maxBytes: true,
  maxFields: true,
  maxValues: true,
  maxLength: true,
  redactor: true,
  clock: true,
};

/**
 * Keeps the newest rows, bounded in rows, bytes, fields, distinct values and lengths. Rows are numbered
 * from 0 in order of arrival: a reader remembers the number it wants next and learns how many rows it lost.
 *
 * @example A row is written field by field, and a reader follows by number
 * ```ts
 * import { EventStore } from "@telltale/telltale/events";
 * import assert from "node:assert/strict";
 *
 * const events = new EventStore({ maxRows: 2 });
 * const route = events.field("route"), ms = events.field("ms");
 * for (const took of [12, 8, 31]) {
 *   events.begin();
 *   events.set(route, "/orders");
 *   events.set(ms, took);
 *   events.note("segment", "pro");
 *   events.end();
 * }
 * const { first, lost, rows } = events.since(0);
 * assert.deepEqual([first, lost, rows.map((row) => row.ms)], [1, 1, [8, 31]]);
 * ```
 */
export class EventStore extends Rows {
  /**
   * Makes an empty store.
   *
   * @throws {TypeError} for an option that is not known, or of the wrong kind
   * @throws {RangeError} for a limit out of its range
   */
  constructor(options: EventStoreOptions = {}) {
    refuseUnknown("make event store", options, OPTIONS);
    const { redactor = new Redactor(), clock = systemClock, ...limits } = options;
    super(limits, () => clock.now(), redactor);
  }
}
