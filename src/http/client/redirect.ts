/**
 * Redirects that are followed by hand, because some headers are for certain hosts only: the
 * runtime's `fetch` would send them to any host. And the copy of the body to send again.
 *
 * @module
 */
/** The next request: its URL, and headers to add to. */
export interface Hop {
  readonly url: URL;
  readonly headers: Headers;
}

/** The state that is needed to follow a redirect. */
export interface Following {
  /** Our copy, which the first request was sent with; each hop changes it. */
  readonly init: RequestInit;
  readonly url: URL;
  readonly method: string;
  /** The headers of the caller, without ours. */
  readonly headers: Headers;
  readonly body: KeptBody;
  /** Adds our headers, as far as the host may have them. */
  readonly prepare: (hop: Hop) => void;
}

/** Makes `init` stop at a redirect; undefined where the caller handles redirects. */
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

/** The location that a response redirects to, if it does. */
export function locationOf(response: Response): string | undefined {
  return STATUSES.has(response?.status) ? response.headers.get("location") || undefined : undefined;
}

/** The body of a request, to be sent again. */
export interface KeptBody {
  /** Whether it is a stream, which can't be sent again: a redirect is refused. */
  readonly isStream: boolean;
  /** The body; undefined if it is too large to keep. */
  again(): Promise<BodyInit | null | undefined>;
}

/** How much of a `Request`'s body in pieces is kept: it may be an endless stream. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024;

const NONE: KeptBody = { isStream: false, again: () => Promise.resolve(null) };
const STREAM: KeptBody = { isStream: true, again: () => Promise.resolve(undefined) };

/** Keeps a copy of the body as it is now. */
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

/** Reads the copy while the body is sent: an unread branch of a stream buffers everything. */
async function readAll(request: Request): Promise<BodyInit | null | undefined> {
  const { body } = request.clone();
  if (body === null) return null;
  const chunks: Uint8Array<ArrayBuffer>[] = [], reader = body.getReader();
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    chunks.push(part.value);
    size += part.value.byteLength;
    // A body in one piece, as text and bytes are, was in memory anyway.
    if (size <= MAX_KEPT_BYTES || chunks.length === 1) continue;
    // Not awaited: cancelling one branch resolves only when the other one ends.
    reader.cancel().catch(() => {});
    return undefined;
  }
  return await new Blob(chunks).arrayBuffer();
}
