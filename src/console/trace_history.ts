/**
 * Traces that are kept though newer ones take the room of their spans: the slowest and the last failed of
 * each route, as long as their rows are held.
 *
 * @module
 */
import type { Faults } from "../core/faults.ts";
import type { Rows } from "../events/store/rows.ts";
import type { FinishedSpan, FinishedSpans } from "../trace/span/finished.ts";
import type { SpanRecord } from "../trace/span/record.ts";

/** Traces kept of each kind for one route, routes, and spans of all. */
const KEPT = 8, MAX_ROUTES = 64, MAX_SPANS = 4096;

/** A row whose trace is kept. */
interface Kept {
  readonly row: number;
  readonly trace: string;
  readonly ms: number;
}

interface Route {
  /** The slowest, in no order. */
  slow: Kept[];
  /** The last that failed, oldest first. */
  failed: Kept[];
}

/** The spans of single traces: those that ended last, and those that are kept. */
export class TraceHistory {
  readonly #rows: Rows;
  readonly #finished: FinishedSpans;
  readonly #routes = new Map<string, Route>();
  readonly #spans = new Map<string, readonly FinishedSpan[]>();
  #spanCount = 0;
  #next = 0;

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

  /** Keeps the traces of new rows that are slow or failed, and lets go those whose rows are gone. */
  look(): void {
    const rows = this.#rows, { first, next } = rows, wanted = new Set<string>();
    const [traces, routes] = [rows.column("trace"), rows.column("route")];
    const [times, statuses] = [rows.column("ms"), rows.column("status")];
    for (let row = Math.max(this.#next, first); row < next; row++) {
      const slot = row % rows.slots, trace = traces?.at(slot), ms = times?.at(slot);
      if (typeof trace !== "string" || typeof ms !== "number") continue;
      const route = this.#route(String(routes?.at(slot) ?? "")), status = statuses?.at(slot);
      if (route === undefined) continue;
      if (typeof status === "number" && status >= 500) {
        route.failed.push({ row, trace, ms });
        wanted.add(trace);
      }
      if (route.slow.length < KEPT || route.slow.some((other) => ms > other.ms)) {
        route.slow.push({ row, trace, ms });
        wanted.add(trace);
      }
    }
    this.#next = next;
    const used = this.#trim(first);
    for (const [trace, spans] of this.#spans) {
      if (!used.has(trace)) {
        this.#spanCount -= spans.length;
        this.#spans.delete(trace);
      }
    }
    for (const trace of wanted) if (!used.has(trace)) wanted.delete(trace);
    if (wanted.size > 0) this.#keep(wanted);
  }

  #route(name: string): Route | undefined {
    let route = this.#routes.get(name);
    if (route === undefined && this.#routes.size < MAX_ROUTES) {
      this.#routes.set(name, route = { slow: [], failed: [] });
    }
    return route;
  }

  /** Cuts the lists to their lengths; the traces that are still in one. */
  #trim(first: number): Set<string> {
    const used = new Set<string>();
    for (const [name, route] of this.#routes) {
      const isHeld = ({ row }: Kept) => row >= first;
      route.failed = route.failed.filter(isHeld).slice(-KEPT);
      route.slow = route.slow.filter(isHeld).sort((a, b) => b.ms - a.ms).slice(0, KEPT);
      for (const { trace } of route.failed) used.add(trace);
      for (const { trace } of route.slow) used.add(trace);
      if (route.slow.length === 0) this.#routes.delete(name);
    }
    return used;
  }

  #keep(wanted: ReadonlySet<string>): void {
    for (const [trace, spans] of this.#finished.ofTraces(wanted)) {
      if (this.#spanCount + spans.length > MAX_SPANS) continue;
      this.#spanCount += spans.length - (this.#spans.get(trace)?.length ?? 0);
      this.#spans.set(trace, spans);
    }
  }
}
