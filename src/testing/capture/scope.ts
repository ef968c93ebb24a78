/**
 * Whose telemetry it is: the scope of each observer, and the traces that belong to it.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { current } from "../../core/context.ts";
import type { Row } from "../../events/store/rows.ts";
import type { LogRecord } from "../../log/record/record.ts";
import type { Family } from "../../metrics/data/family.ts";
import type { SpanRecord } from "../../trace/span/record.ts";
import type { Span } from "../../trace/span/span.ts";
import { Changes } from "./changes.ts";

/** The parts that are observed: what `telltale()` returns has all of them. */
export interface ObservedParts {
  /** A `Tracer`, whose spans are captured. */
  readonly tracer?: { readonly finished: Iterable<SpanRecord> } | undefined;
  /** A `Logger`, whose lines are captured. */
  readonly log?: { readonly ring: Iterable<LogRecord> } | undefined;
  /** A `Registry`, whose samples are captured. */
  readonly metrics?:
    | { readonly faults: object; collectNow(): readonly Family[] }
    | undefined;
  /** An `EventStore`, whose rows are captured. */
  readonly events?: Iterable<Row> | undefined;
}

/** Traces whose scope is remembered. */
const MAX_TRACES = 65_536;

const storage = new AsyncLocalStorage<Scope>();
const open = new Set<Scope>();
/** The scope of each trace: it outweighs the context, which may be that of a shared socket or server. */
const claims = new Map<string, Scope>();

/** What one observer captured. */
export class Scope {
  /** Spans that ended, in this order. */
  readonly spans: SpanRecord[] = [];
  /** Spans that were started by `Tracer.start`, in this order; whether they ended is asked of them. */
  readonly started: { readonly span: Span; readonly name: string }[] = [];
  /** Log lines. */
  readonly lines: LogRecord[] = [];
  /** Rows of requests and jobs. */
  readonly rows: Row[] = [];
  /** What happened to metrics. */
  readonly changes: Changes;
  /** In which order spans were started and things were kept: times may be equal. */
  readonly order: Map<object, number> = new Map();
  /** Traces that began in it. */
  readonly traces: Set<string> = new Set();
  /** What came outside of all scopes while several observers of its parts were open. */
  unclear = 0;
  /** What was not kept, because there was too much. */
  dropped = 0;
  /** Called after each thing that is captured. */
  onChange: (() => void)[] = [];
  readonly #parts: ObservedParts | undefined;
  readonly #max: number;

  /** @param parts undefined for those of all compositions, within the scope alone */
  constructor(parts: ObservedParts | undefined, max: number) {
    this.#parts = parts;
    this.#max = max;
    this.changes = new Changes(max);
  }

  /** Whether it captures. */
  get isOpen(): boolean {
    return open.has(this);
  }

  /** The parts that it captures; undefined for those of all compositions. */
  get parts(): ObservedParts | undefined {
    return this.#parts;
  }

  /** Whether it captures what a part does: one of its own, or any. */
  takes<Part extends keyof ObservedParts>(
    part: Part,
    isIt: (own: NonNullable<ObservedParts[Part]>) => boolean,
  ): boolean {
    if (this.#parts === undefined) return true;
    const own = this.#parts[part];
    return own !== undefined && isIt(own as NonNullable<ObservedParts[Part]>);
  }

  /** Keeps something, if there is room. */
  keep<T extends object>(list: T[], item: T): void {
    if (list.length < this.#max) {
      list.push(item);
      this.order.set(item, this.order.size);
    } else this.dropped++;
    for (const listener of this.onChange) listener();
  }

  /** Claims a trace: all its telemetry is this scope's, wherever it is recorded. */
  claim(traceId: string): void {
    this.traces.add(traceId);
    claims.delete(traceId);
    claims.set(traceId, this);
    if (claims.size > MAX_TRACES) claims.delete(claims.keys().next().value!);
  }

  /** Starts to capture. */
  open(): void {
    open.add(this);
  }

  /** Stops capturing; what was captured stays. True if it was the last one. */
  close(): boolean {
    open.delete(this);
    return open.size === 0;
  }

  /** Runs `fn` in the scope. */
  run<T>(fn: () => T): T {
    return storage.run(this, fn);
  }

  /** The rest of the calling function, and all that it starts, runs in the scope. */
  enter(): void {
    storage.enterWith(this);
  }
}

/** The scope that a trace belongs to; undefined for one that nobody claimed. */
export function scopeOfTrace(traceId: string): Scope | undefined {
  return claims.get(traceId);
}

/** The open scope that the code runs in. */
export function entered(): Scope | undefined {
  const scope = storage.getStore();
  return scope?.isOpen ? scope : undefined;
}

/**
 * The scope that something belongs to: that of its trace, else that of the running code, else the only open
 * one that takes it. Where several do, each counts it as unclear.
 */
export function ownerOf(
  takes: (scope: Scope) => boolean,
  traceId: string = current()?.traceId ?? "",
): Scope | undefined {
  const claimed = claims.get(traceId), certain = claimed ?? entered();
  if (certain !== undefined) return certain.isOpen && takes(certain) ? certain : undefined;
  // One without parts takes only what surely belongs to it.
  const possible = [...open].filter((scope) => scope.parts !== undefined && takes(scope));
  if (possible.length > 1) { for (const scope of possible) scope.unclear++; }
  if (possible.length !== 1) return undefined;
  // What follows in the trace is clear, even when another observer is opened meanwhile.
  if (traceId !== "") possible[0]!.claim(traceId);
  return possible[0];
}
