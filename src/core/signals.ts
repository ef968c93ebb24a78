/**
 * The signals that end a process, and their listeners.
 *
 * @module
 */
import {
  deno,
  type DenoShape,
  isDenoServe,
  isWorker,
  mayRun,
  nodeProcess,
  unref,
} from "./platform.ts";

/** A signal that ends a process unless it has a listener. */
export type Signal = "SIGTERM" | "SIGINT";

const NUMBERS = { SIGTERM: 15, SIGINT: 2 } as const;
/** The signals that end a service. */
export const SIGNALS: readonly Signal[] = ["SIGTERM", "SIGINT"];
/** How long `deno serve` may drain after a signal before the signal is raised again. */
const SERVED_DRAIN_MS = 10_000;

/** Whether a signal has a listener. */
export function isListenedTo(signal: Signal): boolean {
  return deno === undefined ? nodeProcess().listenerCount(signal) > 0 : isBound(deno, signal);
}

/**
 * Whether a signal has a listener on Deno, which has no call for that; `process.on` uses its
 * `addSignalListener` too. For the first listener only, Deno binds the signal, and then converts the
 * name to a string once more than for the removal of a listener. The list of open resources would show
 * it as well, but costs milliseconds with thousands of connections.
 */
function isBound(deno: DenoShape, signal: Signal): boolean {
  let reads = 0;
  const name = {
    toString() {
      reads++;
      return signal;
    },
  } as unknown as string;
  const nothing = () => {};
  try {
    deno.addSignalListener(name, nothing);
    const toAdd = reads;
    deno.removeSignalListener(name, nothing);
    return toAdd === reads - toAdd;
  } catch {
    deno.removeSignalListener(signal, nothing);
    return false; // The platform lacks the signal, or Deno requires a string.
  }
}

/**
 * Listens to a signal; returns a function that removes the listener. Undefined when the platform lacks
 * the signal, and in a worker, which can't see the listeners of the main thread and leaves signals to it.
 */
export function listen(signal: Signal, listener: () => void): (() => void) | undefined {
  if (isWorker) return undefined;
  try {
    if (deno === undefined) {
      const process = nodeProcess();
      process.on(signal, listener);
      return () => void process.off(signal, listener);
    }
    // Not by `process`, for which Deno would set up its Node compatibility.
    const { addSignalListener, removeSignalListener } = deno;
    addSignalListener(signal, listener);
    return () => removeSignalListener(signal, listener);
  } catch {
    return undefined;
  }
}

/**
 * Raises a signal again after its listener was removed, so that it has its default effect: the system
 * ends the process, and the parent sees which signal did. But `deno serve` drains at the first signal,
 * and a second one would end it with requests in flight.
 */
export function raiseAgain(signal: Signal): void {
  if (deno === undefined) return raise(signal);
  void isDenoServe().then((isServed) => {
    if (isServed) unref(setTimeout(() => raise(signal), SERVED_DRAIN_MS));
    else raise(signal);
  });
}

function raise(signal: Signal): void {
  // Deno requires a permission; without it, exit with the code that shells use for the signal.
  const process = nodeProcess();
  if (mayRun()) process.kill(process.pid, signal);
  else process.exit(128 + NUMBERS[signal]);
}
