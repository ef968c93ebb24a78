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

/**
 * The sums of one request or job. It is on the context, so whatever runs in the request adds to it:
 * `current()?.tally?.query("SELECT orders", 1.2, "postgresql")`. No method throws.
 */
export class Tally {
  /** Spans that were recorded, without that of the request itself. */
  spans = 0;
  /** Queries of databases. */
  queries = 0;
  /** The milliseconds they took together. */
  queryMs = 0;
  /** The database system of the slowest query. */
  querySystem = "";
  /** Outgoing requests. */
  calls = 0;
  /** The milliseconds they took together. */
  callMs = 0;
  /** How many of them went where one had failed before. */
  retries = 0;
  /** The host of the slowest. */
  callHost = "";
  /** Log records at warn. */
  warnings = 0;
  /** Log records at error and above. */
  errors = 0;
  #slowestQueryMs = -1;
  #slowestCallMs = -1;
  #summaries: Map<string, number> | undefined = undefined;
  #isOver = false;
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

  /**
   * Sets a field; an earlier value is replaced. False where it is dropped: past 64, of another kind, or
   * after the row was written.
   */
  note(name: string, value: unknown): boolean {
    const kind = typeof value;
    if (this.#isOver || kind !== "boolean" && kind !== "string" && !Number.isFinite(value)) {
      return false;
    }
    const notes = this.#notes ??= new Map();
    if (notes.size >= MAX_NOTES && !notes.has(name)) return false;
    notes.set(name, kind === "string" ? bounded(value as string) : value as NoteValue);
    return true;
  }

  /** About what the application's own fields occupy, in UTF-16 units. */
  get notesSize(): number {
    let size = 0;
    for (const [name, value] of this.#notes ?? []) {
      size += name.length + (typeof value === "string" ? value.length : 8);
    }
    return size;
  }

  /** The row is written: nothing is added from now on. */
  close(): void {
    this.#isOver = true;
  }
}

function bounded(text: string): string {
  return text.length <= MAX_TEXT ? text : flat(head(text, MAX_TEXT));
}
