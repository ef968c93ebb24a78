/**
 * What one request or job adds up to while it runs: calls, warnings, the application's own fields. Its
 * row is made from it.
 *
 * @module
 */
import { flat, head } from "./text.ts";

/** A value of the application's own field. */
export type NoteValue = string | number | boolean;

/** Fields that one request can be given. */
const MAX_NOTES = 64;
/** UTF-16 units of a text; rows and spans cut it further, and hide its secrets first. */
const MAX_TEXT = 16_384;
/** Query summaries whose calls are counted apart. */
const MAX_SUMMARIES = 16;
/** Targets of failed calls that are remembered. */
const MAX_FAILED = 16;

/** Queries or outgoing requests of one request or job, added up. */
export class Calls {
  /** How many. */
  count = 0;
  /** The milliseconds that they took together. */
  ms = 0;
  /** Where the slowest went: a host, or a database system. */
  slowest = "";
  /** How many were repetitions: of the most frequent query, or of calls that had failed. */
  repeats = 0;
  #slowestMs = -1;

  /** Adds one that has ended. */
  add(to: string, ms: number): void {
    this.count++;
    this.ms += ms;
    if (ms <= this.#slowestMs) return;
    this.#slowestMs = ms;
    this.slowest = to;
  }
}

/**
 * The sums of one request or job. It is on the context, so whatever runs in the request adds to it:
 * `current()?.tally?.query("SELECT orders", 1.2, "postgresql")`. No method throws.
 */
export class Tally {
  /** Spans that were recorded, without that of the request itself. */
  spans = 0;
  /** Log records at warn. */
  warnings = 0;
  /** Log records at error and above. */
  errors = 0;
  /** Queries of databases; `repeats` says how often the most frequent one was sent. */
  queries: Calls | undefined = undefined;
  /** Outgoing requests; `repeats` says how many went where one had failed before. */
  calls: Calls | undefined = undefined;
  #summaries: Map<string, number> | undefined = undefined;
  #failed: Set<string> | undefined = undefined;
  #notes: Map<string, NoteValue> | undefined = undefined;
  #isOver = false;

  /**
   * Adds a query that has ended.
   *
   * @param summary the query without its values, as in its span's name
   * @param system the database, as `db.system.name` has it
   * @returns how often this query was sent in the request so far
   */
  query(summary: string, ms: number, system: string): number {
    const queries = this.queries ??= new Calls(), summaries = this.#summaries ??= new Map();
    queries.add(system, ms);
    const count = (summaries.get(summary) ?? 0) + 1;
    if (count > 1 || summaries.size < MAX_SUMMARIES) summaries.set(summary, count);
    if (count > queries.repeats) queries.repeats = count;
    return count;
  }

  /**
   * Adds an outgoing request that has ended.
   *
   * @param target method, host and path: a call to a target that has failed before is a retry
   */
  call(target: string, host: string, ms: number, hasFailed: boolean): void {
    const calls = this.calls ??= new Calls();
    calls.add(host, ms);
    if (this.#failed?.has(target)) calls.repeats++;
    else if (hasFailed && (this.#failed ??= new Set()).size < MAX_FAILED) this.#failed.add(target);
  }

  /**
   * Sets a field; an earlier value is replaced. False where it is dropped: past 64, of another kind, or
   * after the row was written.
   */
  note(name: string, value: unknown): boolean {
    const kind = typeof value;
    if (kind !== "string" && kind !== "boolean" && !Number.isFinite(value) || this.#isOver) {
      return false;
    }
    const notes = this.#notes ??= new Map<string, NoteValue>();
    if (notes.size >= MAX_NOTES && !notes.has(name)) return false;
    notes.set(name, kind === "string" ? bounded(value as string) : value as NoteValue);
    return true;
  }

  /** The route's template, as far as it is known while the request runs; empty without one. */
  get knownRoute(): string {
    return "";
  }

  /** The application's own fields; undefined without any. */
  get notes(): ReadonlyMap<string, NoteValue> | undefined {
    return this.#notes;
  }

  /** About what the application's own fields occupy, in UTF-16 units. */
  get notesSize(): number {
    let size = 0;
    if (this.#notes !== undefined) {
      for (const [name, value] of this.#notes) {
        size += name.length + (typeof value === "string" ? value.length : 8);
      }
    }
    return size;
  }

  /** The row is written: no field is set from now on. */
  close(): void {
    this.#isOver = true;
  }
}

function bounded(text: string): string {
  return text.length <= MAX_TEXT ? text : flat(head(text, MAX_TEXT));
}
