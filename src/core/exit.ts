/**
 * A last word before the process ends, however it ends.
 *
 * @module
 */
import { deno, nodeProcess, surviving, unref } from "./platform.ts";
import { isListenedTo, listen, raiseAgain, type Signal, SIGNALS } from "./signals.ts";

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
  /** A signal would lose something, or would a moment ago. */
  heeds: boolean;
  /** What ends our listening, by the signals that we listen to. */
  readonly stops: Map<Signal, () => void>;
}

const ending = surviving<Ending>(import.meta.url, () => ({
  last: new Map(),
  idle: new Set(),
  stopIdle() {},
  installed: false,
  isOver: false,
  heeds: false,
  stops: new Map(),
}));
const { last, idle, stops } = ending;

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
  return () => {
    last.delete(fn);
    if (!isWanted()) stopListening();
  };
}

/**
 * Something has come that a signal would lose; to be called for each such thing, as it costs one look.
 *
 * We listen only until it is out. Deno holds a program whose top-level `await` never resolves for as
 * long as a signal is listened to or a timer waits, and else says so and ends it: a job that hangs
 * must not hang because it logs.
 */
export function heedSignals(): void {
  if (ending.heeds || !isWanted()) return;
  ending.heeds = true;
  startListening();
  unref(setTimeout(look, LOOK_EVERY_MS));
}

/** Whether there is anything to do at a signal. */
function isWanted(): boolean {
  for (const pending of last.values()) if (pending !== undefined) return true;
  return false;
}

function look(): void {
  for (const pending of last.values()) {
    if (pending === undefined || !isPending(pending)) continue;
    // The application's listener may have gone meanwhile.
    startListening();
    return void unref(setTimeout(look, LOOK_EVERY_MS));
  }
  ending.heeds = false;
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
 * Where the application listens, we do not: its listener would run before ours, and if it listens
 * only once, nobody could see afterwards that it is ending the process.
 */
function startListening(): void {
  for (const signal of SIGNALS) {
    if (stops.has(signal) || isListenedTo(signal)) continue;
    const stop = listen(signal, () => onSignal(signal));
    if (stop !== undefined) stops.set(signal, stop);
  }
}

function stopListening(): void {
  for (const stop of stops.values()) stop();
  stops.clear();
}

/**
 * Ours was there first, so a listener of the application has yet to run, and ends the process when it
 * has drained it: a last word now would hold it up, and tell of losses that there are none of.
 */
function onSignal(signal: Signal): void {
  stopListening();
  if (isListenedTo(signal)) return;
  for (const [fn, pending] of last) if (pending !== undefined) attempt(fn);
  raiseAgain(signal);
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
