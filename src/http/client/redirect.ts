/**
 * Which redirects are followed by hand: where headers are for some hosts only, because the runtime's
 * `fetch` would send all of them to whoever a redirect names.
 *
 * @module
 */
/** The next request: where it goes, and headers to add to. */
export interface Hop {
  readonly url: URL;
  readonly headers: Headers;
}

/** What is needed to follow a redirect. */
export interface Following {
  /** Ours, and that of the first request; each hop changes what it says. */
  readonly init: RequestInit;
  readonly url: URL;
  readonly method: string;
  /** Those of the caller, without ours. */
  readonly headers: Headers;
  readonly body: KeptBody;
  /** Adds ours, as far as the host may have them. */
  readonly prepare: (hop: Hop) => void;
}

/** Has `init` stop at a redirect, if it would be followed; undefined where the caller sees to it. */
export function followable(
  request: Request | undefined,
  init: RequestInit,
  url: URL,
  method: string,
  headers: Headers,
  prepare: (hop: Hop) => void,
): Following | undefined {
  if ((init.redirect ?? request?.redirect ?? "follow") !== "follow") return undefined;
  const body = keepBody(request, init, method);
  init.redirect = "manual";
  if (init.signal === undefined && request !== undefined) init.signal = request.signal;
  return { init, url, method, headers: new Headers(headers), body, prepare };
}

const STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Where a response redirects to; undefined when it does not. */
export function locationOf(response: Response): string | undefined {
  return STATUSES.has(response?.status) ? response.headers.get("location") || undefined : undefined;
}

/** What was kept of a body. */
export interface KeptBody {
  /** Whether it is a stream: what was sent of it is gone, and a redirect is refused. */
  readonly isStream: boolean;
  /** The body once more; undefined when there is more of it than is kept. */
  again(): Promise<BodyInit | null | undefined>;
}

/** The most that is kept of a `Request`'s in pieces: it may be a stream without an end. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024;

const NONE: KeptBody = { isStream: false, again: () => Promise.resolve(null) };
const STREAM: KeptBody = { isStream: true, again: () => Promise.resolve(undefined) };

/** Keeps what a request is sent with; what the caller does to it after the call does not count. */
function keepBody(
  request: Request | undefined,
  { body }: RequestInit,
  method: string,
): KeptBody {
  if (body !== undefined && body !== null) {
    const copy = copied(body);
    return copy === undefined ? STREAM : { isStream: false, again: () => Promise.resolve(copy) };
  }
  if (request === undefined || method === "GET" || method === "HEAD") return NONE;
  const read = readAll(request).catch(() => undefined);
  return { isStream: false, again: () => read };
}

/** Undefined for a stream. */
function copied(body: BodyInit): BodyInit | undefined {
  if (typeof body === "string" || body instanceof Blob) return body;
  if (body instanceof URLSearchParams) return new URLSearchParams(body);
  if (body instanceof ArrayBuffer) return body.slice(0);
  if (ArrayBuffer.isView(body)) {
    return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice();
  }
  if (body instanceof FormData) {
    const copy = new FormData();
    for (const [name, value] of body) copy.append(name, value);
    return copy;
  }
  return undefined;
}

/** Read while it is sent: a branch that nobody reads would keep all there is. */
async function readAll(request: Request): Promise<BodyInit | null | undefined> {
  const { body } = request.clone();
  if (body === null) return null;
  const chunks: Uint8Array<ArrayBuffer>[] = [], reader = body.getReader();
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    chunks.push(part.value);
    size += part.value.byteLength;
    // What comes in one piece was in memory as a whole: text and bytes do.
    if (size <= MAX_KEPT_BYTES || chunks.length === 1) continue;
    // A branch whose other one goes on is not done with for long: nobody waits for it.
    reader.cancel().catch(() => {});
    return undefined;
  }
  return await new Blob(chunks).arrayBuffer();
}
