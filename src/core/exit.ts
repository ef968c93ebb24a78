/**
 * Hooks for the end of the process, whatever causes it.
 *
 * @module
 */
import { deno, nodeProcess, surviving, unref } from "./platform.ts";
import { isListenedTo, listen, raiseAgain, type Signal, SIGNALS } from "./signals.ts";

/** How often to check whether a signal would still lose anything. */
const RECHECK_EVERY_MS = 250;

/** The hooks for the end of the process, and the state of their listeners. */
interface Ending {
  /** Hooks that run at the end, with a function that tells whether a signal would lose anything. */
  readonly exitHooks: Map<() => void, (() => boolean) | undefined>;
  /** Hooks that run once, when nothing is left to do and the process may still wait. */
  readonly idleHooks: Set<() => void>;
  stopIdle: () => void;
  isInstalled: boolean;
  isOver: boolean;
  /** Whether a signal would lose something, as of the last check. */
  isHeeding: boolean;
  /** Functions that remove our listeners, by signal. */
  readonly stopBySignal: Map<Signal, () => void>;
}

const ending = surviving<Ending>(import.meta.url, () => ({
  exitHooks: new Map(),
  idleHooks: new Set(),
  stopIdle() {},
  isInstalled: false,
  isOver: false,
  isHeeding: false,
  stopBySignal: new Map(),
}));
const { exitHooks, idleHooks, stopBySignal } = ending;

/**
 * Runs `fn` once, when the process would end because nothing is left to do. The process then waits for
 * the work that it starts. What it throws is ignored.
 *
 * @returns a function that removes `fn`
 */
export function whenIdle(fn: () => void): () => void {
  // One listener for all: runtimes warn of many.
  if (idleHooks.size === 0) ending.stopIdle = listenIdle();
  idleHooks.add(fn);
  return () => {
    if (idleHooks.delete(fn) && idleHooks.size === 0) ending.stopIdle();
  };
}

/** Deno has its own event, which does not set up its Node compatibility. */
function listenIdle(): () => void {
  if (deno !== undefined) {
    addEventListener("beforeunload", runIdle);
    return () => removeEventListener("beforeunload", runIdle);
  }
  const process = nodeProcess(), listener = () => runIdle();
  process.on("beforeExit", listener);
  return () => void process.off("beforeExit", listener);
}

/** Runs each hook only once: one that always starts new work would keep the process running. */
function runIdle(event?: { preventDefault(): void }): void {
  const waiting = [...idleHooks];
  idleHooks.clear();
  ending.stopIdle();
  // Makes Deno check once more whether there is work to wait for.
  event?.preventDefault();
  for (const fn of waiting) attempt(fn);
}

/**
 * Runs `fn`, which must be synchronous and may run more than once, when the process is about to end:
 * normally, by `process.exit` or `Deno.exit`, by an uncaught error or an unhandled rejection. What it
 * throws is ignored. The listeners are installed by the first call, and do not change how the process
 * ends.
 *
 * @param options with `pending` it also runs on SIGTERM and SIGINT, which then have their default
 * effect; when the application listens to the signal, it ends the process itself. `pending` tells
 * whether a signal would lose anything. Call {@linkcode heedSignals} when that becomes true
 * @returns a function that removes `fn`
 */
export function beforeExit(
  fn: () => void,
  options: { readonly pending?: (() => boolean) | undefined } = {},
): () => void {
  exitHooks.set(fn, options.pending);
  if (!ending.isInstalled) install();
  return () => {
    exitHooks.delete(fn);
    if (!isWanted()) stopListening();
  };
}

/**
 * Listens to signals while there is something that they would lose. To be called for each such thing: a
 * repeated call costs one comparison.
 *
 * Deno ends a program whose top-level `await` never resolves, with an error, unless a signal has a
 * listener or a timer waits. So we listen only as long as needed: a job must not hang because it logs.
 */
export function heedSignals(): void {
  if (ending.isHeeding || !isWanted()) return;
  ending.isHeeding = true;
  startListening();
  unref(setTimeout(recheckPending, RECHECK_EVERY_MS));
}

/** Whether there is anything to do at a signal. */
function isWanted(): boolean {
  for (const pending of exitHooks.values()) if (pending !== undefined) return true;
  return false;
}

function recheckPending(): void {
  for (const pending of exitHooks.values()) {
    if (pending === undefined || !isPending(pending)) continue;
    // The application may have removed its own listener.
    startListening();
    return void unref(setTimeout(recheckPending, RECHECK_EVERY_MS));
  }
  ending.isHeeding = false;
  stopListening();
}

function isPending(pending: () => boolean): boolean {
  try {
    return pending();
  } catch {
    return false;
  }
}

/**
 * Listens unless the application does: its listener would run before ours, and a listener for one call
 * would be gone then, so that we could not see that the application is ending the process.
 */
function startListening(): void {
  for (const signal of SIGNALS) {
    if (stopBySignal.has(signal) || isListenedTo(signal)) continue;
    const stop = listen(signal, () => onSignal(signal));
    if (stop !== undefined) stopBySignal.set(signal, stop);
  }
}

function stopListening(): void {
  for (const stop of stopBySignal.values()) stop();
  stopBySignal.clear();
}

/**
 * If the application listens too, its listener runs after ours and ends the process after a drain: the
 * hooks must not run now, for they would report losses that do not happen.
 */
function onSignal(signal: Signal): void {
  stopListening();
  if (isListenedTo(signal)) return;
  for (const [fn, pending] of exitHooks) if (pending !== undefined) attempt(fn);
  raiseAgain(signal);
}

function install(): void {
  ending.isInstalled = true;
  if (deno === undefined) {
    const process = nodeProcess();
    process.on("exit", runAll);
    process.on("uncaughtExceptionMonitor", runAll);
  }
  const events = globalThis as { addEventListener?(type: string, listener: () => void): void };
  // Node has no global events; Bun has them, and fires `exit` in each of these cases.
  if (typeof events.addEventListener !== "function") return;
  // Deno fires `unload` at every end but one by an error, which fires one of the other two. A listener
  // does not handle the error: it still ends the process unless the application prevents that.
  events.addEventListener("unload", runAll);
  events.addEventListener("error", runAll);
  events.addEventListener("unhandledrejection", runAll);
}

/**
 * Whether the hooks of {@linkcode beforeExit} have run and there may be no next turn: now the
 * application's own handlers of the end run.
 */
export function isEnding(): boolean {
  return ending.isOver;
}

function runAll(): void {
  for (const fn of exitHooks.keys()) attempt(fn);
  ending.isOver = true;
  // There is a next turn only when the application prevents the end.
  unref(setTimeout(() => ending.isOver = false, 0));
}

function attempt(fn: () => void): void {
  try {
    fn();
  } catch {
    // The process is ending: nothing could report it.
  }
}
