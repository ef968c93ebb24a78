import { type Decoded, decodeProtobuf } from "./decode.ts";

/** A receiver in this process, used as an exporter's `fetch`. A test sets its answers. */
export class Receiver {
  /** The requests that were answered with a success. */
  readonly taken: { signal: string; request: Decoded; headers: Headers }[] = [];
  /** Every try, also the failed ones. */
  tries = 0;
  /** Tries that are under way now, and the most there ever were of one signal. */
  #open = new Map<string, number>();
  mostOpen = 0;
  /** How to answer; a throw is a connection failure. */
  answer: (signal: string, request: Decoded) => Response | Promise<Response> = () => new Response();

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const signal = url.split("/").at(-1)!;
    this.tries++;
    const open = (this.#open.get(signal) ?? 0) + 1;
    this.#open.set(signal, open);
    this.mostOpen = Math.max(this.mostOpen, open);
    try {
      const headers = new Headers(init.headers);
      const request = await read(signal, init.body as Uint8Array<ArrayBuffer>, headers);
      const response = await Promise.race([this.answer(signal, request), aborted(init.signal!)]);
      if (response.ok) this.taken.push({ signal, request, headers });
      return response;
    } finally {
      this.#open.set(signal, this.#open.get(signal)! - 1);
    }
  };

  /** The names of the spans that arrived, in order. */
  get spanNames(): string[] {
    return this.taken.flatMap(({ request }) => spansOf(request)).map(({ name }) => name);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}

/** The spans of a decoded request. */
export function spansOf(request: Decoded): Decoded[] {
  return (request.resourceSpans ?? [])
    .flatMap((resource: Decoded) => resource.scopeSpans)
    .flatMap((scope: Decoded) => scope.spans);
}

async function read(
  signal: string,
  body: Uint8Array<ArrayBuffer>,
  headers: Headers,
): Promise<Decoded> {
  let bytes = body;
  if (headers.get("content-encoding") === "gzip") {
    const stream = new Blob([body]).stream().pipeThrough(new DecompressionStream("gzip"));
    bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  }
  if (headers.get("content-type") === "application/x-protobuf") {
    return decodeProtobuf(signal, bytes);
  }
  return JSON.parse(new TextDecoder().decode(bytes));
}
