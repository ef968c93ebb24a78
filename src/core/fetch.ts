/**
 * The runtime's own `fetch`, even if an application replaced the global one.
 *
 * @module
 */

/** A function that sends requests, as `fetch` does. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** The property of a traced `fetch` that holds the one it sends with, in every copy of this module. */
export const SENDS_WITH: unique symbol = Symbol.for("telltale.fetch");

/** The current global `fetch`, or the one that it sends with if it is a traced one of ours. */
export function globalFetch(): Fetch {
  const { fetch } = globalThis;
  return (fetch as { readonly [SENDS_WITH]?: Fetch } | undefined)?.[SENDS_WITH] ?? fetch;
}

/**
 * The global `fetch` at the time when Telltale was loaded, which is the runtime's own unless it was
 * replaced earlier. Exports use it, because a `fetch` that logs or traces would add to each export.
 */
export const runtimeFetch: Fetch = globalFetch();

/**
 * A body that is not sent, for answers to HEAD. Without a body, every runtime adds `content-length: 0`,
 * which is not the length that GET would give (RFC 9110 §8.6); for a stream they add none.
 */
export function unsentBody(): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({ pull: (controller) => controller.close() }, { highWaterMark: 0 });
}
