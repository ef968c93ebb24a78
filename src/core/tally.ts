/**
 * What one request or job adds up to while it runs: calls, warnings, the application's own fields. Its
 * row is made from it.
 *
 * @module
 */

/** A value of the application's own field. */
export type NoteValue = string | number | boolean;

/** Fields that one request can be given. */
const MAX_NOTES = 64;
/** Query summaries whose calls are counted apart. */
const MAX_SUMMARIES = 16;
/** Targets of failed calls that are remembered. */
const MAX_FAILED = 16;

/**
 * The sums of one request or job. It is on the context, so whatever runs in the request adds to it:
 * `current()?.tally?.query("SELECT orders", 1.2, "postgresql")`. No method throws.
 */
export class Tally {
  /** Spans that were recorded, without that of the request itself. */
  spans = 0;
  /** Queries of databases, and the milliseconds they took together. */
  queries = 0;
  queryMs = 0;
  /** The database system of the slowest query. */
  querySystem = "";
  /** Outgoing requests, and the milliseconds they took together. */
  calls = 0;
  callMs = 0;
  /** How many of them went where one had failed before. */
  retries = 0;
  /** The host of the slowest. */
  callHost = "";
  /** Log records at warn; at error and above. */
  warnings = 0;
  errors = 0;
  #slowestQueryMs = -1;
  #slowestCallMs = -1;
  #summaries: Map<string, number> | undefined = undefined;
  #failed: Set<string> | undefined = undefined;
  #notes: Map<string, NoteValue> | undefined = undefined;

  /** The application's own fields; undefined without any. */
  get notes(): ReadonlyMap<string, NoteValue> | undefined {
    return this.#notes;
  }

  /** How often the most frequent query was sent; 0 without any. */
  get repeats(): number {
    let most = 0;
    if (this.#summaries !== undefined) {
      for (const count of this.#summaries.values()) if (count > most) most = count;
    }
    return most;
  }

  /**
   * Adds a query that has ended.
   *
   * @param summary the query without its values, as in its span's name
   * @param system the database, as `db.system.name` has it
   * @returns how often this query was sent in the request so far
   */
  query(summary: string, ms: number, system: string): number {
    this.queries++;
    this.queryMs += ms;
    if (ms > this.#slowestQueryMs) {
      this.#slowestQueryMs = ms;
      this.querySystem = system;
    }
    const summaries = this.#summaries ??= new Map();
    const count = (summaries.get(summary) ?? 0) + 1;
    if (count > 1 || summaries.size < MAX_SUMMARIES) summaries.set(summary, count);
    return count;
  }

  /**
   * Adds an outgoing request that has ended.
   *
   * @param target method, host and path: a call to a target that has failed before is a retry
   */
  call(target: string, host: string, ms: number, hasFailed: boolean): void {
    this.calls++;
    this.callMs += ms;
    if (ms > this.#slowestCallMs) {
      this.#slowestCallMs = ms;
      this.callHost = host;
    }
    if (this.#failed?.has(target)) this.retries++;
    else if (hasFailed && (this.#failed ??= new Set()).size < MAX_FAILED) this.#failed.add(target);
  }

  /** Sets a field of the row; an earlier value is replaced. False where it is dropped: past 64, or of another kind. */
  note(name: string, value: unknown): boolean {
    const kind = typeof value;
    if (kind === "string" || kind === "boolean" || kind === "number" && value === value) {
      const notes = this.#notes ??= new Map();
      if (notes.size < MAX_NOTES || notes.has(name)) {
        notes.set(name, value as NoteValue);
        return true;
      }
    }
    return false;
  }
}
