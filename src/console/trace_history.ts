/**
 * Traces that are kept though newer ones take the room of their spans: the slowest and the last failed of
 * each route, as long as their rows are held.
 *
 * @module
 */
import type { Faults } from "../core/faults.ts";
import type { Value } from "../events/store/column.ts";
import type { Rows } from "../events/store/rows.ts";
import type { FinishedSpan, FinishedSpans } from "../trace/span/finished.ts";
import type { SpanRecord } from "../trace/span/record.ts";

/** Traces kept of each kind for one route, routes, and spans of all. */
const KEPT = 8, MAX_ROUTES = 64, MAX_SPANS = 4096;
/** Traces that are copied at once, spans of one, and spans looked at to find them. */
const MAX_COPIES = 16, MAX_OF_TRACE = 256, MAX_STEPS = 512;

/** A row whose trace is kept. */
interface Kept {
  readonly row: number;
  readonly trace: string;
  readonly ms: number;
}

interface Route {
  /** The slowest, the slowest first. */
  slow: Kept[];
  /** Of eight, the time of the fastest; -1 while there are fewer. */
  leastMs: number;
  /** The last that failed, oldest first. */
  failed: Kept[];
}

/** The spans of single traces: those that ended last, and those that are kept. */
export class TraceHistory {
  readonly #rows: Rows;
  readonly #finished: FinishedSpans;
  readonly #routes = new Map<Value | undefined, Route>();
  readonly #spans = new Map<string, readonly FinishedSpan[]>();
  #spanCount = 0;
  #next = 0;
  #nextSpan = 0;

  /** Looks at the new rows each time that a part of the ring of spans has filled. */
  constructor(rows: Rows, finished: FinishedSpans, faults: Faults) {
    this.#rows = rows;
    this.#finished = finished;
    finished.onPart = () => {
      try {
        this.look();
      } catch (error) {
        faults.record("trace history", error);
      }
    };
  }

  /** Spans kept beside the ring. */
  get spanCount(): number {
    return this.#spanCount;
  }

  /** The spans of a trace that are held, in the order they ended. */
  ofTrace(trace: string): SpanRecord[] {
    const newest = this.#finished.ofTrace(trace);
    const kept = this.#spans.get(trace);
    return kept === undefined || newest.length >= kept.length
      ? newest
      : kept.map((span) => span.record());
  }

  /** All spans that are held: those of the ring, then those that are kept beside it. */
  *[Symbol.iterator](): Generator<SpanRecord> {
    const seen = new Set<string>();
    for (const span of this.#finished) {
      seen.add(span.spanId);
      yield span;
    }
    for (const spans of [...this.#spans.values()]) {
      for (const span of spans) {
        const record = span.record();
        if (!seen.has(record.spanId)) yield record;
      }
    }
  }

  /** Keeps the traces of new rows that are slow or failed, and lets go those whose rows are gone. */
  look(): void {
    const rows = this.#rows, { first, next } = rows, wanted = new Map<string, number>();
    const [traces, routes] = [rows.column("trace"), rows.column("route")];
    const [times, statuses] = [rows.column("ms"), rows.column("status")];
    for (let row = Math.max(this.#next, first); row < next; row++) {
      const slot = row % rows.slots, ms = times?.at(slot);
      if (typeof ms !== "number") continue;
      const route = this.#route(routes?.at(slot)), status = statuses?.at(slot);
      const hasFailed = typeof status === "number" && status >= 500;
      if (route === undefined || !hasFailed && ms <= route.leastMs) continue;
      const trace = traces?.at(slot);
      if (typeof trace !== "string") continue;
      wanted.set(trace, row);
      if (hasFailed) route.failed.push({ row, trace, ms });
      if (ms > route.leastMs) addSlow(route, { row, trace, ms });
    }
    const since = { row: this.#next, span: this.#nextSpan };
    this.#next = next;
    this.#nextSpan = this.#finished.next;
    const used = this.#trim(first);
    for (const [trace, spans] of this.#spans) {
      if (!used.has(trace)) {
        this.#spanCount -= spans.length;
        this.#spans.delete(trace);
      }
    }
    const all = [...wanted].filter(([trace]) => used.has(trace));
    for (const [trace, row] of all.slice(-MAX_COPIES)) this.#keep(trace, row, since);
  }

  #route(name: Value | undefined): Route | undefined {
    let route = this.#routes.get(name);
    if (route === undefined && this.#routes.size < MAX_ROUTES) {
      this.#routes.set(name, route = { slow: [], failed: [], leastMs: -1 });
    }
    return route;
  }

  /** Cuts the lists to their lengths; the traces that are still in one. */
  #trim(first: number): Set<string> {
    const used = new Set<string>();
    for (const [name, route] of this.#routes) {
      const isHeld = ({ row }: Kept) => row >= first;
      route.failed = route.failed.filter(isHeld).slice(-KEPT);
      if (!route.slow.every(isHeld)) route.slow = route.slow.filter(isHeld);
      route.leastMs = leastOf(route);
      for (const { trace } of route.failed) used.add(trace);
      for (const { trace } of route.slow) used.add(trace);
      if (route.slow.length === 0) this.#routes.delete(name);
    }
    return used;
  }

  /** Copies the spans of a row, which lie about as far in the ring as the row does among the new ones. */
  #keep(trace: string, row: number, since: { readonly row: number; readonly span: number }): void {
    const rows = this.#rows, share = (row + 1 - since.row) / Math.max(1, this.#next - since.row);
    const number = Math.round(since.span + share * (this.#nextSpan - since.span)) - 1;
    const count = rows.column("spans")?.at(row % rows.slots);
    const most = Math.min(MAX_OF_TRACE, typeof count === "number" ? count + 1 : MAX_OF_TRACE);
    const spans = this.#finished.near(trace, number, most, MAX_STEPS);
    const known = this.#spans.get(trace)?.length ?? 0;
    if (spans.length <= known || this.#spanCount + spans.length > MAX_SPANS) return;
    this.#spanCount += spans.length - known;
    this.#spans.set(trace, spans);
  }
}

function addSlow(route: Route, kept: Kept): void {
  const { slow } = route, at = slow.findIndex(({ ms }) => ms < kept.ms);
  slow.splice(at < 0 ? slow.length : at, 0, kept);
  if (slow.length > KEPT) slow.pop();
  route.leastMs = leastOf(route);
}

function leastOf({ slow }: Route): number {
  return slow.length < KEPT ? -1 : slow[KEPT - 1]!.ms;
}
