/**
 * The way between the page and the service, with switches for what can go wrong on it.
 *
 * @module
 */

type Rest = readonly unknown[];
type Answer = (request: Request, ...rest: unknown[]) => Response | Promise<Response>;

/** Passes requests on to the service. */
export class Wire {
  /** Whether the console is not reached: it is answered 503 in its place. */
  isDown = false;
  /** Every path under the console's that was asked for. */
  readonly asked: string[] = [];
  readonly #answer: Answer;
  readonly #open = new Set<AbortController>();

  constructor(answer: Answer) {
    this.#answer = answer;
  }

  /** Event streams that are open. */
  get streams(): number {
    return this.#open.size;
  }

  async pass(request: Request, rest: Rest): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (!pathname.startsWith("/telltale/")) return await this.#answer(request, ...rest);
    this.asked.push(pathname.slice("/telltale/".length));
    if (this.isDown) return new Response("going down\n", { status: 503 });
    const response = await this.#answer(request, ...rest);
    return pathname.endsWith("/stream") && response.ok ? this.#watched(response) : response;
  }

  /** Breaks every stream, as a network does. */
  cut(): void {
    for (const stop of this.#open) stop.abort();
    this.#open.clear();
  }

  #watched({ body, headers }: Response): Response {
    const stop = new AbortController(), reader = body!.getReader();
    this.#open.add(stop);
    const end = () => {
      this.#open.delete(stop);
      reader.cancel().catch(() => {});
    };
    const watched = new ReadableStream<Uint8Array>({
      start: (controller) => {
        stop.signal.addEventListener("abort", () => {
          controller.close();
          end();
        });
      },
      pull: async (controller) => {
        const { done, value } = await reader.read();
        if (stop.signal.aborted) return;
        if (!done) return controller.enqueue(value);
        controller.close();
        this.#open.delete(stop);
      },
      cancel: end,
    }, { highWaterMark: 0 });
    return new Response(watched, { headers });
  }
}
