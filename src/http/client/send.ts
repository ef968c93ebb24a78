/**
 * What a traced `fetch` sends with, when it is the global one itself, or patched.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { type Fetch, globalFetch, runtimeFetch, SENDS_WITH } from "../../core/fetch.ts";

/**
 * Finds what sends. The global `fetch` is looked up at each call, because tests and tools put their
 * own in its place; one that calls the traced `fetch` in turn must not be called by it.
 */
export class Sender {
  /** Sends, traced by nobody. */
  readonly send: Fetch;
  /** What sends in the end. */
  readonly last: Fetch;
  /** Holds the patch that a call goes through; made with the first patch. */
  #through: AsyncLocalStorage<Fetch> | undefined;
  /** A patch that was seen to call us. */
  #around: Fetch | undefined;

  /** @param fixed what sends, when it is not the global `fetch` */
  constructor(fixed: Fetch | undefined) {
    this.last = fixed ?? runtimeFetch;
    this.send = fixed ?? ((...given) => {
      const found = globalFetch();
      return found === runtimeFetch ? runtimeFetch(...given) : this.#sendThrough(found, given);
    });
  }

  /** Whether this call comes out of a patch that another call has been given to. */
  isReentered(): boolean {
    const patch = this.#through?.getStore();
    if (patch === undefined) return false;
    this.#around = patch;
    return true;
  }

  #sendThrough(patch: Fetch, given: Parameters<Fetch>): Promise<Response> {
    const through = this.#through ??= new AsyncLocalStorage();
    if (patch === this.#around || through.getStore() !== undefined) return runtimeFetch(...given);
    return through.run(patch, () => patch(...given));
  }
}

/** Marks a traced `fetch`, and gives it what the runtime's has besides: Bun's `preconnect`. */
export function markOurs(fetch: Fetch, { last }: Sender): typeof globalThis.fetch {
  Object.assign(fetch, last);
  return Object.defineProperty(fetch, SENDS_WITH, { value: last }) as typeof globalThis.fetch;
}
