/**
 * A last word before the process ends, however it ends.
 *
 * @module
 */
import {
  deno,
  type DenoShape,
  isDenoServe,
  mayRun,
  nodeProcess,
  signalsListenedTo,
  surviving,
  unref,
} from "./platform.ts";

type Signal = "SIGTERM" | "SIGINT";

const SIGNALS = { SIGTERM: 15, SIGINT: 2 } as const;
/** How long `deno serve` may drain after a signal before it is raised for good. */
const SERVED_DRAIN_MS = 10_000;

/** How often it is looked whether a signal would still lose anything. */
const LOOK_EVERY_MS = 250;

/** What is to be done at the end, and what listens for it. */
interface Ending {
  /** What runs at the end, and what says whether a signal would lose anything without it. */
  readonly last: Map<() => void, (() => boolean) | undefined>;
  /** What runs once, when nothing is left to do and there is still time. */
  readonly idle: Set<() => void>;
  stopIdle: () => void;
  installed: boolean;
  isOver: boolean;
  /** Takes the signal listeners away; undefined while there are none. */
  removeSignals: (() => void) | undefined;
}

const ending = surviving<Ending>(import.meta.url, () => ({
  last: new Map(),
  idle: new Set(),
  stopIdle() {},
  installed: false,
  isOver: false,
  removeSignals: undefined,
}));
const { last, idle } = ending;

/**
 * Runs `fn` once, when the process would end because nothing is left to do. What it begins then is
 * waited for as anything else is, and what it throws is ignored.
 *
 * @returns what takes `fn` back
 */
export function whenIdle(fn: () => void): () => void {
  // One listener for all: the process warns of many.
  if (idle.size === 0) ending.stopIdle = listenIdle();
  idle.add(fn);
  return () => {
    if (idle.delete(fn) && idle.size === 0) ending.stopIdle();
  };
}

/** Deno has an event of its own, for which it need not set up Node's world. */
function listenIdle(): () => void {
  if (deno !== undefined) {
    addEventListener("beforeunload", runIdle);
    return () => removeEventListener("beforeunload", runIdle);
  }
  const process = nodeProcess(), listener = () => runIdle();
  process.on("beforeExit", listener);
  return () => void process.off("beforeExit", listener);
}

/** Each only once: one that always begins something would keep the process for ever. */
function runIdle(event?: { preventDefault(): void }): void {
  const waiting = [...idle];
  idle.clear();
  ending.stopIdle();
  // Deno looks once more for something to wait for.
  event?.preventDefault();
  for (const fn of waiting) attempt(fn);
}

/**
 * Runs `fn`, which must be synchronous and may run more than once, when the process is about to end:
 * normally, by `process.exit` or `Deno.exit`, of an uncaught error or an unhandled rejection. What
 * it throws is ignored. The hooks are installed by the first call, and change nothing about how the
 * process ends.
 *
 * @param options with `pending` it also runs on SIGTERM and SIGINT, which then do what they would
 * have done; where the application listens to the signal, the end is the application's. `pending`
 * says whether a signal would lose anything. Call {@linkcode heedSignals} when that becomes true
 * @returns what takes `fn` back
 */
export function beforeExit(
  fn: () => void,
  options: { readonly pending?: (() => boolean) | undefined } = {},
): () => void {
  last.set(fn, options.pending);
  if (!ending.installed) install();
  if (options.pending !== undefined && deno === undefined) {
    ending.removeSignals ??= installSignals();
  }
  return () => {
    last.delete(fn);
    if (![...last.values()].some((pending) => pending !== undefined)) forgetSignals();
  };
}

/**
 * Something has come that a signal would lose.
 *
 * Deno holds a program whose top-level `await` never resolves for as long as a signal is listened to
 * or a timer waits, and else says so and ends it. A job that hangs must not hang because it logs: on
 * Deno we listen only while something is not out yet.
 */
export function heedSignals(): void {
  if (ending.removeSignals !== undefined || deno === undefined || !wanted()) return;
  ending.removeSignals = installSignals();
  unref(setTimeout(look, LOOK_EVERY_MS));
}

function wanted(): boolean {
  for (const pending of last.values()) if (pending !== undefined) return true;
  return false;
}

function look(): void {
  if (ending.removeSignals === undefined) return;
  for (const pending of last.values()) {
    if (pending !== undefined && isPending(pending)) {
      return void unref(setTimeout(look, LOOK_EVERY_MS));
    }
  }
  forgetSignals();
}

function isPending(pending: () => boolean): boolean {
  try {
    return pending();
  } catch {
    return false;
  }
}

function forgetSignals(): void {
  ending.removeSignals?.();
  ending.removeSignals = undefined;
}

function install(): void {
  ending.installed = true;
  if (deno === undefined) {
    const process = nodeProcess();
    process.on("exit", runAll);
    process.on("uncaughtExceptionMonitor", runAll);
  }
  const events = globalThis as { addEventListener?(type: string, listener: () => void): void };
  // Node has no global events; Bun has, and fires `exit` in each of these cases.
  if (typeof events.addEventListener !== "function") return;
  // On Deno every end fires it but that by an error, which fires one of the other two. To listen to
  // these is to see only: the error still ends the process unless the application prevents it.
  events.addEventListener("unload", runAll);
  events.addEventListener("error", runAll);
  events.addEventListener("unhandledrejection", runAll);
}

function installSignals(): () => void {
  const removals = (Object.keys(SIGNALS) as Signal[]).map((signal) => {
    const listener = () => {
      for (const [fn, pending] of last) if (pending !== undefined) attempt(fn);
      // Another listener decides what becomes of the process.
      if (!stop()) raiseAgain(signal);
    };
    const stop = listen(signal, listener);
    return stop;
  });
  return () => {
    for (const remove of removals) remove();
  };
}

/** Listens to a signal; what it gives ends that, and says whether anybody else listens. */
function listen(signal: Signal, listener: () => void): () => boolean {
  try {
    return deno === undefined
      ? listenByProcess(signal, listener)
      : listenByDeno(deno, signal, listener);
  } catch {
    return () => false; // A platform without this signal never sends it.
  }
}

/** Not by `process`, for which Deno would set up Node's world. */
function listenByDeno(deno: DenoShape, signal: Signal, listener: () => void): () => boolean {
  deno.addSignalListener(signal, listener);
  return () => {
    const before = signalsListenedTo();
    deno.removeSignalListener(signal, listener);
    // What was ours alone is closed now.
    return before !== undefined && signalsListenedTo() === before;
  };
}

function listenByProcess(signal: Signal, listener: () => void): () => boolean {
  const process = nodeProcess();
  // Whose listener is there first has the end in hand.
  if (process.listenerCount(signal) > 0) return () => true;
  process.on(signal, listener);
  return () => {
    process.off(signal, listener);
    return process.listenerCount(signal) > 0;
  };
}

/**
 * Lets a signal that was listened to do what it would have done: the listener must be gone. The
 * system then ends the process, and its parent sees by what; but `deno serve` has seen the signal
 * too and drains, and a second one would end it with requests in flight.
 */
export function raiseAgain(signal: Signal): void {
  if (deno === undefined) return raise(signal);
  void isDenoServe().then((isServed) => {
    if (isServed) unref(setTimeout(() => raise(signal), SERVED_DRAIN_MS));
    else raise(signal);
  });
}

function raise(signal: Signal): void {
  // Deno asks for a permission; without it only the code that shells give such an end is left.
  const process = nodeProcess();
  if (mayRun()) process.kill(process.pid, signal);
  else process.exit(128 + SIGNALS[signal]);
}

/**
 * Whether what {@linkcode beforeExit} was given has run and there may be no later: the application's
 * own handlers of the end run now.
 */
export function isEnding(): boolean {
  return ending.isOver;
}

function runAll(): void {
  for (const fn of last.keys()) attempt(fn);
  ending.isOver = true;
  // Only where the application prevents the end is there a next turn.
  unref(setTimeout(() => ending.isOver = false, 0));
}

function attempt(fn: () => void): void {
  try {
    fn();
  } catch {
    // The process is ending: there is nobody left to tell.
  }
}
