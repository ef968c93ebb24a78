/**
 * The log of slow queries.
 *
 * @module
 */
import { type Clock, within } from "../../core/clock.ts";
import { type Context, run, UNTRACED } from "../../core/context.ts";
import type { Faults } from "../../core/faults.ts";
import { WARN } from "../../log/record/level.ts";
import type { Logger } from "../../log/logger.ts";

/** How often a query is logged at most. */
const EVERY_MS = 10_000;
/** Summaries that are remembered. */
const MAX_SUMMARIES = 500;
const MINUTE_MS = 60_000;
/** How long a line waits for its plan: the database that is asked may be the one that does not answer. */
const PLAN_MS = 2000;

/** Asks the database how it would run a query: a line for each step. */
export type Explain = (sql: string) => readonly string[] | Promise<readonly string[]>;

/** Logs slow queries, a line in ten seconds for each summary, and how many there were in between. */
export class SlowQueries {
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #faults: Faults;
  readonly #lines = new Map<string, { atMs: number; untold: number }>();
  #minuteMs = -Infinity;
  #explained = 0;

  constructor(log: Logger, clock: Clock, faults: Faults) {
    this.#log = log;
    this.#clock = clock;
    this.#faults = faults;
  }

  /** A query was slow; `explain` asks for its plan. */
  tell(
    context: Context | undefined,
    fields: Readonly<Record<string, string | number>>,
    key: string,
    explain: (() => readonly string[] | Promise<readonly string[]>) | undefined,
    maxPerMinute: number,
  ): void {
    const nowMs = this.#clock.monotonic(), line = this.#lines.get(key);
    if (line !== undefined && nowMs - line.atMs < EVERY_MS) {
      line.untold++;
      return;
    }
    this.#lines.delete(key);
    if (this.#lines.size >= MAX_SUMMARIES) {
      const [oldest] = this.#lines.keys();
      this.#lines.delete(oldest!);
    }
    this.#lines.set(key, { atMs: nowMs, untold: 0 });
    const told = line !== undefined && line.untold > 0
      ? { ...fields, untold: line.untold }
      : fields;
    if (explain === undefined || !this.#mayExplain(nowMs, maxPerMinute)) {
      return this.#log.write(WARN, "slow query", told, context);
    }
    void this.#explain(context, told, explain);
  }

  #mayExplain(nowMs: number, maxPerMinute: number): boolean {
    if (nowMs - this.#minuteMs >= MINUTE_MS) {
      this.#minuteMs = nowMs;
      this.#explained = 0;
    }
    return this.#explained++ < maxPerMinute;
  }

  async #explain(
    context: Context | undefined,
    fields: Readonly<Record<string, string | number>>,
    explain: () => readonly string[] | Promise<readonly string[]>,
  ): Promise<void> {
    let plan: readonly string[] = [];
    try {
      // What is asked for telemetry is no query of the application.
      const asked = run(UNTRACED, explain);
      if (!(asked instanceof Promise)) plan = asked;
      else if (!await within(this.#clock, PLAN_MS, asked.then((lines) => plan = lines))) {
        throw new Error(`no plan within ${PLAN_MS} ms`);
      }
    } catch (error) {
      this.#faults.record("explain query", error);
    }
    const told = plan.length === 0 ? fields : { ...fields, "db.query.plan": plan.join("\n") };
    this.#log.write(WARN, "slow query", told, context);
  }
}
