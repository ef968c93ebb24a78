/**
 * A last word before the process ends, however it ends.
 *
 * @module
 */
import process from "node:process";

const last = new Set<() => void>();
let installed = false;

/**
 * Runs `fn`, which must be synchronous and may run more than once, when the process is about to end:
 * normally, by `process.exit` or `Deno.exit`, of an uncaught error or an unhandled rejection. What
 * it throws is ignored. Not on signals: who owns the server's life owns those. The hooks are
 * installed by the first call, and change nothing about how the process ends.
 *
 * @returns what takes `fn` back
 */
export function beforeExit(fn: () => void): () => void {
  last.add(fn);
  if (!installed) install();
  return () => void last.delete(fn);
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

function runAll(): void {
  for (const fn of last) {
    try {
      fn();
    } catch {
      // The process is ending: there is nobody left to tell.
    }
  }
}
