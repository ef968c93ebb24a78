/**
 * Requests that may still be reading their body.
 *
 * @module
 */
import { type Clock, systemClock, within } from "../core/clock.ts";
import { mayHaveBody } from "../http/request/headers.ts";
import type { Handler } from "../http/request/handler.ts";

/**
 * Knows which uploads are in flight: Deno's `shutdown()` takes from every handler the rest of the
 * body that it is reading, and the client gets a 500.
 */
export class Uploads {
  readonly #inFlight = new Set<Promise<unknown>>();
  readonly #clock: Clock;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** The same handler, its uploads known. */
  watch(handler: Handler): Handler {
    return (request, ...rest) => {
      const answer = handler(request, ...rest);
      if (mayHaveBody(request.method) && answer instanceof Promise) {
        this.#inFlight.add(answer);
        const ended = () => void this.#inFlight.delete(answer);
        answer.then(ended, ended);
      }
      return answer;
    };
  }

  /** Resolves when those that are in flight now have been answered, or `maxMs` have passed. */
  async settled(maxMs: number): Promise<void> {
    if (this.#inFlight.size === 0) return;
    await within(this.#clock, maxMs, Promise.allSettled(this.#inFlight));
  }
}
