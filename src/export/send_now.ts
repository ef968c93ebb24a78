/**
 * A request from a process that is ending: sent before the call returns.
 *
 * @module
 */
import { Worker } from "node:worker_threads";

/** One request, whole. */
export interface SendNowOptions {
  /** An absolute http or https URL. */
  readonly url: string;
  readonly method: "POST" | "PUT" | "DELETE";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
  /** How long the caller may be held. */
  readonly timeoutMs: number;
}

const WAITING = 0, DONE = 1;

/** Runs beside the thread that waits; its text goes along, so that it is there in any bundle. */
const SOURCE = `
import { workerData } from "node:worker_threads";
const { state, url, timeoutMs, ...init } = workerData;
try {
  const signal = AbortSignal.timeout(Math.ceil(timeoutMs));
  const response = await fetch(url, { ...init, redirect: "manual", signal });
  Atomics.store(state, 1, response.status);
} finally {
  Atomics.store(state, 0, ${DONE});
  Atomics.notify(state, 0);
}
`;

/**
 * Sends one request while the calling thread waits: for exit hooks, in which nothing asynchronous
 * runs any more. A second thread does the work, because no runtime has a fetch that blocks. It costs
 * some 20 to 60 ms more than the request.
 *
 * @returns the status; 0 when no answer came in time. Never throws
 */
export function sendNow({ timeoutMs, ...request }: SendNowOptions): number {
  const state = new Int32Array(new SharedArrayBuffer(8));
  try {
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(SOURCE)}`), {
      workerData: { ...request, timeoutMs, state },
    });
    worker.on("error", () => {}); // The status says all; an event nobody hears would end the process.
    Atomics.wait(state, 0, WAITING, timeoutMs);
    void worker.terminate();
  } catch {
    return 0;
  }
  return Atomics.load(state, 1);
}
