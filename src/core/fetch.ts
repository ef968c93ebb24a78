/**
 * The runtime's own `fetch`, whatever an application puts in its place.
 *
 * @module
 */

/** What sends requests as `fetch` does. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** Under this name a traced `fetch` says what it sends with; other copies of this module read it. */
export const SENDS_WITH: unique symbol = Symbol.for("telltale.fetch");

/** The global `fetch` as it is now, or what sends for it when it is a traced one of ours. */
export function globalFetch(): Fetch {
  const { fetch } = globalThis;
  return (fetch as { readonly [SENDS_WITH]?: Fetch } | undefined)?.[SENDS_WITH] ?? fetch;
}

/**
 * The runtime's own, as far as anybody can know: the global one when Telltale was loaded. Exports are
 * sent with it, because one that logs, counts or traces would make an export of each export.
 */
export const runtimeFetch: Fetch = globalFetch();

/**
 * Stands for a body that is not sent. With none at all, every runtime adds `content-length: 0`, which
 * is not the length that GET would give (RFC 9110 §8.6); of a stream they can't say any.
 */
export function unsentBody(): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({ pull: (controller) => controller.close() }, { highWaterMark: 0 });
}
