/**
 * The context of the running code: its span, request id, baggage and log fields, in one slot.
 *
 * Tracing and `instrument` write it; exemplars, log records and outgoing requests read it, so that
 * no pillar has to know another.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { frameSlot, type Slot } from "./frame.ts";
import type { Tally } from "./tally.ts";

/** Bit of `flags`: the trace is recorded (W3C Trace Context §3.2.3.5). */
export const SAMPLED = 0x01;
/** Bit of `flags`: the rightmost 7 bytes of the trace id are random (level 2). */
export const RANDOM = 0x02;

/** One baggage member: its decoded value, and its properties. */
export interface BaggageEntry {
  /** Percent-decoded. */
  readonly value: string;
  /** The properties after the semicolon, as received. */
  readonly metadata?: string;
}

/** W3C Baggage, decoded: names to entries, in order. */
export type Baggage = ReadonlyMap<string, BaggageEntry>;

/** The context of running code. A span is a context, and so is a plain object of this shape. */
export interface Context {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits: the active span. */
  readonly spanId: string;
  /** Trace flags: {@linkcode SAMPLED}, {@linkcode RANDOM}. */
  readonly flags: number;
  /** The `tracestate` header to propagate; empty without one. */
  readonly tracestate: string;
  /** The request id, which is sent to the caller; empty outside a request. */
  readonly requestId: string;
  /** The baggage, which travels with the request. */
  readonly baggage?: Baggage | undefined;
  /** Fields of every log line that is written in this context. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
  /** Whether `spanId` is a span of another process. */
  readonly remote?: boolean | undefined;
  /** The span that this is a changed copy of: spans started in it belong to the span's trace. */
  readonly span?: Context | undefined;
  /** What the request or job adds up to; undefined outside one, and where no rows are kept. */
  readonly tally?: Tally | undefined;
}

/**
 * The context of Telltale's own requests, exports and health checks. No span is made in it and none is
 * propagated: otherwise each export would produce spans for the next one.
 */
export const UNTRACED: Context = {
  traceId: "",
  spanId: "",
  flags: 0,
  tracestate: "",
  requestId: "",
};

const slot: Slot<Context> = frameSlot() ?? storageSlot();

/** The slot where the runtime gives no access to frames. */
function storageSlot(): Slot<Context> {
  const storage = new AsyncLocalStorage<Context | undefined>();
  return {
    get: () => storage.getStore(),
    run: (context, fn, argument) => storage.run(context, fn, argument),
  };
}

/** The context of the running code; undefined outside any. Costs about 20 ns. */
export function current(): Context | undefined {
  return slot.get();
}

/** Runs `fn` with `context` active, for it and all that it awaits or schedules. */
export function run<T>(context: Context | undefined, fn: () => T): T {
  return slot.run(context, call<T>, fn);
}

function call<T>(fn: () => T): T {
  return fn();
}

/**
 * Runs `fn` outside all contexts. What it starts (a timer, a server, a socket) outlives the request or
 * span that happens to start it, and must neither belong to it nor keep it in memory. The same holds
 * for the first import of a module: Deno runs every later handler of a server in its context.
 */
export function outside<T>(fn: () => T): T {
  return slot.get() === undefined ? fn() : run(undefined, fn);
}

/** {@linkcode run} for a function of one argument, without the cost of a closure. */
export function runWith<A, T>(
  context: Context | undefined,
  fn: (argument: A) => T,
  argument: A,
): T {
  return slot.run(context, fn, argument);
}

const atStart = AsyncLocalStorage.snapshot();

/**
 * Imports code when it is first needed, outside all contexts, including those of the application's own
 * `AsyncLocalStorage`; {@linkcode outside} says why.
 */
export function load<T>(code: () => Promise<T>): Promise<T> {
  return atStart(code);
}
