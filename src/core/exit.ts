/**
 * A last word before the process ends, however it ends.
 *
 * @module
 */
import process from "node:process";
import { mayRun } from "./platform.ts";

type Signal = "SIGTERM" | "SIGINT";

const SIGNALS: readonly (readonly [Signal, number])[] = [["SIGTERM", 15], ["SIGINT", 2]];

/** What runs at the end, and whether at a signal too. */
const last = new Map<() => void, boolean>();
let installed = false;
/** Takes the signal listeners away; undefined while there are none. */
let removeSignals: (() => void) | undefined;

/**
 * Runs `fn`, which must be synchronous and may run more than once, when the process is about to end:
 * normally, by `process.exit` or `Deno.exit`, of an uncaught error or an unhandled rejection. What
 * it throws is ignored. The hooks are installed by the first call, and change nothing about how the
 * process ends.
 *
 * @param options `signals` also runs it on SIGTERM and SIGINT, and then lets the signal do what it
 * would have done; not where anything else listens: who owns the server's life owns its signals
 * @returns what takes `fn` back
 */
export function beforeExit(
  fn: () => void,
  options: { readonly signals?: boolean | undefined } = {},
): () => void {
  last.set(fn, options.signals === true);
  if (!installed) install();
  if (options.signals === true) removeSignals ??= installSignals();
  return () => {
    last.delete(fn);
    if ([...last.values()].includes(true)) return;
    removeSignals?.();
    removeSignals = undefined;
  };
}

function install(): void {
  installed = true;
  process.on("exit", runAll);
  // An error that nobody catches ends Deno without `exit` and `unload`. Listening to these two is
  // seeing only: the error still ends the process unless the application prevents it.
  process.on("uncaughtExceptionMonitor", runAll);
  const events = globalThis as { addEventListener?(type: string, listener: () => void): void };
  // Node has no global events; Bun has, and fires `exit` in each of these cases.
  if (typeof events.addEventListener !== "function") return;
  events.addEventListener("unload", runAll); // All that `Deno.exit` fires.
  events.addEventListener("error", runAll);
  events.addEventListener("unhandledrejection", runAll);
}

function installSignals(): () => void {
  const removals = SIGNALS.map(([signal, number]) => {
    const listener = () => {
      // Another listener, installed since, decides what becomes of the process.
      if (process.listenerCount(signal) > 1) return;
      for (const [fn, signals] of last) if (signals) attempt(fn);
      process.off(signal, listener);
      raise(signal, number);
    };
    if (process.listenerCount(signal) > 0) return () => {};
    try {
      process.on(signal, listener);
    } catch {
      // A platform without this signal never sends it.
    }
    return () => void process.off(signal, listener);
  });
  return () => {
    for (const remove of removals) remove();
  };
}

/** Nobody listens any more: the system ends the process, and its parent sees by what. */
function raise(signal: Signal, number: number): void {
  // Deno asks for a permission; without it only the code that shells give such an end is left.
  if (mayRun()) process.kill(process.pid, signal);
  else process.exit(128 + number);
}

function runAll(): void {
  for (const fn of last.keys()) attempt(fn);
}

function attempt(fn: () => void): void {
  try {
    fn();
  } catch {
    // The process is ending: there is nobody left to tell.
  }
}
