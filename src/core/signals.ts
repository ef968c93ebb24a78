/**
 * The signals that end a process, and who listens to them.
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

/** A signal that ends a process unless somebody listens. */
export type Signal = "SIGTERM" | "SIGINT";

const NUMBERS = { SIGTERM: 15, SIGINT: 2 } as const;
/** Those that a service meets. */
export const SIGNALS: readonly Signal[] = ["SIGTERM", "SIGINT"];
/** How long `deno serve` may drain after a signal before it is raised for good. */
const SERVED_DRAIN_MS = 10_000;

/** Whether anybody listens to a signal, by whichever interface the runtime has. */
export function isListenedTo(signal: Signal): boolean {
  return deno === undefined ? nodeProcess().listenerCount(signal) > 0 : isBound(deno, signal);
}

/**
 * Whether a signal has a listener on Deno, which has no call that says so; `process.on` is its
 * `addSignalListener` too. For the first listener alone it asks the system for the signal, and then the
 * name is made a text once more than it is to take a listener away. An open resource would show it as
 * well, but to list them costs milliseconds where there are thousands of connections.
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
    return false; // It is not on this platform, or its name has to be a text.
  }
}

/**
 * Listens to a signal; gives what ends that. Undefined where the platform has no such signal, and in a
 * worker, which can't see who listens in the main thread: the signals are left to that.
 */
export function listen(signal: Signal, listener: () => void): (() => void) | undefined {
  if (isWorker) return undefined;
  try {
    if (deno === undefined) {
      const process = nodeProcess();
      process.on(signal, listener);
      return () => void process.off(signal, listener);
    }
    // Not by `process`, for which Deno would set up Node's world.
    const { addSignalListener, removeSignalListener } = deno;
    addSignalListener(signal, listener);
    return () => removeSignalListener(signal, listener);
  } catch {
    return undefined;
  }
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
  else process.exit(128 + NUMBERS[signal]);
}
