/**
 * When the next profile is due.
 *
 * @module
 */
import type { Schedule } from "./options.ts";

/** A tenth of the time between two profiles. */
const JITTER = 0.1;

/** What the present means for the schedule: `skipped` while the service has enough to do. */
export type Due = "due" | "skipped" | "over budget";

/** The times of profiles that nothing has caused. */
export class Timetable {
  /** When the next one is due, of the monotonic clock. */
  dueMs = 0;
  readonly #schedule: Pick<Schedule, "everyMs" | "lagMs">;
  readonly #random: () => number;

  /** @param random from 0 to 1, for the jitter */
  constructor(schedule: Pick<Schedule, "everyMs" | "lagMs">, random: () => number) {
    this.#schedule = schedule;
    this.#random = random;
  }

  /**
   * Whether one is due; if so, the next one is a while later.
   *
   * @param earlyMs how much too early is early enough
   * @param lateMs how late the event loop is
   * @param restMs how long the budget is spent for
   */
  look(nowMs: number, earlyMs: number, lateMs: number, restMs: number): Due | undefined {
    if (nowMs + earlyMs < this.dueMs) return undefined;
    const { everyMs, lagMs } = this.#schedule;
    this.dueMs = nowMs + everyMs * (1 - JITTER + 2 * JITTER * this.#random());
    if (lateMs >= lagMs) return "skipped";
    return restMs > 0 ? "over budget" : "due";
  }
}
