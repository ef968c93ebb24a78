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
import type { Kept } from "./api/parts.ts";

/** Traces kept of each kind for one route, routes, and spans of all. */
const KEPT = 8, MAX_ROUTES = 64, MAX_SPANS = 4096;
/** Spans of one trace that are kept: the last. */
const MAX_OF_TRACE = 256;

/** A row whose trace is kept. */
interface Marked {
  readonly row: number;
  readonly trace: string;
  readonly ms: number;
}

interface Route {
  /** The slowest, the slowest first. */
  slow: Marked[];
  /** Of eight, the time of the fastest; -1 while there are fewer. */
  leastMs: number;
  /** The last that failed, oldest first. */
  failed: Marked[];
}

/** The spans of slow and failed traces, which are kept beside those that ended last. */
class Pinned {
  /** By trace. */
  readonly spans = new Map<string, readonly FinishedSpan[]>();
  readonly maxBytes: number;
  /** How many spans. */
  count = 0;
  /** About what they occupy. */
  bytes = 0;
  /** Spans that should have been kept, but found no room. */
  crowded = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  add(trace: string, spans: readonly FinishedSpan[]): void {
    const known = this.spans.get(trace);
    if (spans.length <= (known?.length ?? 0)) return;
    this.drop(trace);
    const bytes = bytesOf(spans);
    if (this.count + spans.length > MAX_SPANS || this.bytes + bytes > this.maxBytes) {
      this.crowded += spans.length;
      return;
    }
    this.count += spans.length;
    this.bytes += bytes;
    this.spans.set(trace, spans);
  }

  drop(trace: string): void {
    const spans = this.spans.get(trace);
    if (spans === undefined) return;
    this.count -= spans.length;
    this.bytes -= bytesOf(spans);
    this.spans.delete(trace);
  }
}

/** The spans of single traces: those that ended last, and those that are kept. */
export class TraceHistory {
  readonly #rows: Rows;
  readonly #finished: FinishedSpans;
  readonly #routes = new Map<Value | undefined, Route>();
  /** The spans that are kept beside the ring. */
  readonly pinned: Kept;
  readonly #pinned: Pinned;
  #next = 0;

  /**
   * Looks at the new rows each time that a part of the spans is about to leave the ring.
   *
   * @param maxBytes about what the spans that it keeps may occupy
   */
  constructor(rows: Rows, finished: FinishedSpans, faults: Faults, maxBytes = Infinity) {
    this.#rows = rows;
    this.#finished = finished;
    this.pinned = this.#pinned = new Pinned(maxBytes);
    finished.onLeave = () => {
      try {
        this.look();
      } catch (error) {
        faults.record("trace history", error);
      }
    };
    finished.onLeave();
  }

  /** The size of the ring; that of what is kept beside it is told by `pinned`. */
  get count(): number {
    return this.#finished.count;
  }

  get bytes(): number {
    return this.#finished.bytes;
  }

  get maxBytes(): number {
    return this.#finished.maxBytes;
  }

  get crowded(): number {
    return this.#finished.crowded;
  }

  /** Whether a span of a trace is held. */
  has(trace: string): boolean {
    return this.#pinned.spans.has(trace) || this.#finished.has(trace);
  }

  /** The spans of a trace that are held, in the order they ended. */
  ofTrace(trace: string): SpanRecord[] {
    const newest = this.#finished.ofTrace(trace);
    const kept = this.#pinned.spans.get(trace);
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
    for (const spans of [...this.#pinned.spans.values()]) {
      for (const span of spans) {
        const record = span.record();
        if (!seen.has(record.spanId)) yield record;
      }
    }
  }

  /** Keeps the traces of new rows that are slow or failed, and lets go those whose rows are gone. */
  look(): void {
    const rows = this.#rows, { first, next } = rows, wanted = new Set<string>();
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
      wanted.add(trace);
      if (hasFailed) route.failed.push({ row, trace, ms });
      if (ms > route.leastMs) addSlow(route, { row, trace, ms });
    }
    this.#next = next;
    const used = this.#trim(first);
    for (const trace of [...this.#pinned.spans.keys()]) {
      if (!used.has(trace)) this.#pinned.drop(trace);
    }
    for (const trace of wanted) {
      if (used.has(trace)) this.#pinned.add(trace, this.#finished.spansOf(trace, MAX_OF_TRACE));
    }
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
      const isHeld = ({ row }: Marked) => row >= first;
      route.failed = route.failed.filter(isHeld).slice(-KEPT);
      if (!route.slow.every(isHeld)) route.slow = route.slow.filter(isHeld);
      route.leastMs = leastOf(route);
      for (const { trace } of route.failed) used.add(trace);
      for (const { trace } of route.slow) used.add(trace);
      if (route.slow.length === 0) this.#routes.delete(name);
    }
    return used;
  }
}

function bytesOf(spans: readonly FinishedSpan[]): number {
  return spans.reduce((sum, { size }) => sum + size, 0);
}

function addSlow(route: Route, kept: Marked): void {
  const { slow } = route, at = slow.findIndex(({ ms }) => ms < kept.ms);
  slow.splice(at < 0 ? slow.length : at, 0, kept);
  if (slow.length > KEPT) slow.pop();
  route.leastMs = leastOf(route);
}

function leastOf({ slow }: Route): number {
  return slow.length < KEPT ? -1 : slow[KEPT - 1]!.ms;
}
