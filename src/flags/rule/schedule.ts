/**
 * Schedules: from when and until when a flag or a rule applies.
 *
 * @module
 */
import { check, type Known, refuseUnknown } from "../../core/check.ts";

/** A span of time; each end may be open. */
export interface Schedule {
  /** The first moment of it: ISO 8601 with a time zone, or milliseconds since the Unix epoch. */
  readonly from?: string | number | undefined;
  /** The first moment after it. */
  readonly until?: string | number | undefined;
}

/** A schedule in milliseconds since the Unix epoch, from the first included to the second excluded. */
export type Span = readonly [fromMs: number, untilMs: number];

const KNOWN: Known<Schedule> = { from: true, until: true };
/** A date alone is midnight UTC by ECMA-262; a time without a zone would be that of the machine. */
const ZONED = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

/**
 * The span of a schedule; undefined for one that is open at both ends.
 *
 * @throws {TypeError} for a time that is none, or without a zone
 * @throws {RangeError} for a schedule that ends before it begins
 */
export function spanOf(
  what: string,
  path: string,
  schedule: Schedule | undefined,
): Span | undefined {
  if (schedule === undefined) return undefined;
  refuseUnknown(what, schedule, KNOWN, path);
  const { from, until } = schedule;
  if (from === undefined && until === undefined) return undefined;
  const fromMs = from === undefined ? -Infinity : timeOf(what, `${path}.from`, from);
  const untilMs = until === undefined ? Infinity : timeOf(what, `${path}.until`, until);
  check(fromMs < untilMs, what, `${path}.until must be after ${path}.from`, until);
  return [fromMs, untilMs];
}

/** Whether the span has this moment in it. */
export function isWithin(span: Span, nowMs: number): boolean {
  return nowMs >= span[0] && nowMs < span[1];
}

function timeOf(what: string, path: string, given: unknown): number {
  const isText = typeof given === "string" && ZONED.test(given);
  const time = isText ? Date.parse(given) : given;
  const isTime = typeof time === "number" && Number.isFinite(time);
  const rule = `${path} must be a time such as "2026-12-01T08:00:00Z"`;
  check(isTime, what, rule, given, TypeError);
  return time;
}
