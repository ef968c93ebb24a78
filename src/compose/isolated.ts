/**
 * Runs listeners of the application without letting what they throw end the process.
 *
 * @module
 */
import { deno, nodeProcess } from "../core/platform.ts";

/**
 * Runs `fn`, which dispatches an event to listeners of the application. What a listener throws, or rejects
 * with at once, would go to the runtime, which ends the process. Here `caught` gets it, and what `fn`
 * itself throws.
 */
export function isolated(fn: () => void, caught: (error: unknown) => void): void {
  const release = deno === undefined ? catchOfProcess(caught) : catchOfEvents(caught);
  // Node throws it in the next tick, and reports a rejection after all pending microtasks.
  setTimeout(release, 0);
  try {
    fn();
  } catch (error) {
    caught(error);
  }
}

function catchOfProcess(caught: (error: unknown) => void): () => void {
  const process = nodeProcess();
  const names = ["uncaughtException", "unhandledRejection"];
  for (const name of names) process.on(name, caught);
  return () => {
    for (const name of names) process.off(name, caught);
  };
}

interface Fault {
  readonly error?: unknown;
  readonly reason?: unknown;
  preventDefault(): void;
}

function catchOfEvents(caught: (error: unknown) => void): () => void {
  const listener = (fault: Fault) => {
    fault.preventDefault();
    caught(fault.error ?? fault.reason);
  };
  const { addEventListener, removeEventListener } = globalThis as unknown as Record<
    "addEventListener" | "removeEventListener",
    (name: string, listener: (fault: Fault) => void) => void
  >;
  const names = ["error", "unhandledrejection"];
  for (const name of names) addEventListener(name, listener);
  return () => {
    for (const name of names) removeEventListener(name, listener);
  };
}
