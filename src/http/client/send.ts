/**
 * The `fetch` that a traced `fetch` sends with: the global one as it is at the time of a call, also
 * if it is patched, or is the traced one itself.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { type Fetch, globalFetch, runtimeFetch, SENDS_WITH } from "../../core/fetch.ts";

/**
 * Finds the `fetch` to send with. The global one is looked up at each call, because tests and tools
 * replace it. A replacement that calls the traced `fetch` must not be called by it in turn.
 */
export class Sender {
  /** Sends without tracing. */
  readonly send: Fetch;
  /** The `fetch` that sends in the end. */
  readonly last: Fetch;
  /** The patch that the current call goes through; made with the first patch. */
  #through: AsyncLocalStorage<Fetch> | undefined;
  /** A patch that was observed to call us. */
  #around: Fetch | undefined;

  /** @param fixed the `fetch` to use in place of the global one */
  constructor(fixed: Fetch | undefined) {
    this.last = fixed ?? runtimeFetch;
    this.send = fixed ?? ((...given) => {
      const found = globalFetch();
      return found === runtimeFetch ? runtimeFetch(...given) : this.#sendThrough(found, given);
    });
  }

  /** Whether this call comes from a patch that is handling another call. */
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

/**
 * Marks a traced `fetch`, and copies the properties of the runtime's, such as Bun's `preconnect`.
 */
export function markOurs(fetch: Fetch, { last }: Sender): typeof globalThis.fetch {
  Object.assign(fetch, last);
  return Object.defineProperty(fetch, SENDS_WITH, { value: last }) as typeof globalThis.fetch;
}
