/**
 * Sends requests before the call returns, for a process that is ending.
 *
 * @module
 */
import { Worker } from "node:worker_threads";
import { reasonOf } from "../post/failure.ts";

/** One request with its body. */
export interface LastRequest {
  /** An absolute http or https URL. */
  readonly url: string;
  readonly method: "POST" | "PUT" | "DELETE";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** How the requests ended. */
export interface LastAnswers {
  /** The status of each; 0 when no answer came in time. */
  readonly statuses: readonly number[];
  /** Why the first of those without an answer has none; empty when all have one. */
  readonly error: string;
}

const WAITING = 0, DONE = 1;
/** Room for the messages of errors. */
const WORDS_BYTES = 2048;

/** Runs in a thread of its own. It is a text, so that every bundle has it. */
const SOURCE = `
import { workerData } from "node:worker_threads";
const { state, words, requests, timeoutMs } = workerData;
try {
  const signal = AbortSignal.timeout(Math.ceil(timeoutMs));
  for (const [i, { url, ...init }] of requests.entries()) {
    const response = await fetch(url, { ...init, redirect: "manual", signal });
    Atomics.store(state, 2 + i, response.status);
    await response.body?.cancel();
  }
} catch (error) {
  const said = [];
  for (let e = error; e && said.length < 3; e = e.cause) said.push(String(e.message).slice(0, 200));
  const bytes = new TextEncoder().encode(JSON.stringify(said));
  words.set(bytes);
  Atomics.store(state, 1, bytes.length);
} finally {
  Atomics.store(state, 0, ${DONE});
  Atomics.notify(state, 0);
}
`;

/**
 * Sends requests, one after the other, while the calling thread waits: for exit hooks, in which
 * nothing asynchronous runs any more. A second thread sends them, because no runtime has a fetch that
 * blocks. It takes some 20 to 60 ms longer than the requests. Never throws.
 *
 * @param timeoutMs how long all of them together may take
 */
export function sendNow(requests: readonly LastRequest[], timeoutMs: number): LastAnswers {
  const state = new Int32Array(new SharedArrayBuffer(4 * (2 + requests.length)));
  const words = new Uint8Array(new SharedArrayBuffer(WORDS_BYTES));
  let error = `no answer in ${Math.ceil(timeoutMs)} ms`;
  try {
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(SOURCE)}`), {
      workerData: { requests, timeoutMs, state, words },
    });
    worker.on("error", () => {}); // `state` has the result; without a listener the event would end the process.
    Atomics.wait(state, 0, WAITING, timeoutMs);
    void worker.terminate();
    const length = Atomics.load(state, 1);
    if (length > 0) error = reasonOf(chained(words.slice(0, length)));
  } catch (thrown) {
    error = reasonOf(thrown);
  }
  const statuses = requests.map((_, i) => Atomics.load(state, 2 + i));
  return { statuses, error: statuses.includes(0) ? error : "" };
}

/** The error that the other thread met, with its causes, by their messages. */
function chained(words: Uint8Array): unknown {
  const said = JSON.parse(new TextDecoder().decode(words)) as string[];
  return said.reduceRight<unknown>((cause, message) => new Error(message, { cause }), undefined);
}
