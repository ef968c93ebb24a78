/**
 * The one slot for correlation: what the code that runs now belongs to.
 *
 * Tracing and `instrument` write it; exemplars, log records and outgoing requests read it, so that
 * no pillar has to know another.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";

/** Bit of `flags`: the trace is recorded (W3C Trace Context §3.2.3.5). */
export const SAMPLED = 0x01;
/** Bit of `flags`: the rightmost 7 bytes of the trace id are random (level 2). */
export const RANDOM = 0x02;

/** One baggage member: its value, decoded, and its properties as they came. */
export interface BaggageEntry {
  /** Percent-decoded. */
  readonly value: string;
  /** Properties behind the semicolon, as they came. */
  readonly metadata?: string;
}

/** W3C Baggage, decoded: names to entries, in order. */
export type Baggage = ReadonlyMap<string, BaggageEntry>;

/** What the code that runs now belongs to. A span is one; so is a plain object. */
export interface Context {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits: the span that is active. */
  readonly spanId: string;
  /** Trace flags: {@linkcode SAMPLED}, {@linkcode RANDOM}. */
  readonly flags: number;
  /** The `tracestate` header as it is to be sent on; empty when there is none. */
  readonly tracestate: string;
  /** The id that the caller was told; empty outside a request. */
  readonly requestId: string;
  /** What travels with the request, if anything. */
  readonly baggage?: Baggage | undefined;
  /** Fields that every log line written in this context carries. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
  /** Whether it came over the wire: `spanId` is then a span of another process. */
  readonly remote?: boolean | undefined;
  /** The span it is a changed copy of: what is started in it belongs to that span. */
  readonly span?: Context | undefined;
}

/**
 * The context of Telltale's own requests, exports and health checks: no span is made in it and none
 * is sent on, or each export would make what the next one exports.
 */
export const UNTRACED: Context = {
  traceId: "",
  spanId: "",
  flags: 0,
  tracestate: "",
  requestId: "",
};

const slot = new AsyncLocalStorage<Context | undefined>();

/** The context of the code that runs now, or undefined outside any. Costs some 20 ns. */
export function current(): Context | undefined {
  return slot.getStore();
}

/**
 * Runs `fn` with `context` active, for it and all that it awaits or schedules.
 *
 * The dearest call on a request's path (0.4 to 2 µs on Deno): once a request, once an active span.
 */
export function run<T>(context: Context | undefined, fn: () => T): T {
  return slot.run(context, fn);
}

/**
 * Runs `fn` in no context: what it starts (a timer, a server, a socket) outlives the request or span
 * that happens to start it, and must neither belong to that nor keep it. So does the first import of a
 * module: Deno then runs every later handler of a server in the context of that import.
 */
export function outside<T>(fn: () => T): T {
  return slot.getStore() === undefined ? fn() : slot.run(undefined, fn);
}

/** {@linkcode run} for a function of one argument, without a closure for it. */
export function runWith<A, T>(
  context: Context | undefined,
  fn: (argument: A) => T,
  argument: A,
): T {
  return slot.run(context, fn, argument);
}

const atStart = AsyncLocalStorage.snapshot();

/**
 * Imports code for whoever needs it first, outside of all contexts, those of the application's own
 * `AsyncLocalStorage` among them: see {@linkcode outside} for what Deno would make of one.
 */
export function load<T>(code: () => Promise<T>): Promise<T> {
  return atStart(code);
}
