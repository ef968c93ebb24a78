/**
 * The id a caller is told, and may bring.
 *
 * @module
 */

/** The header that carries it in and out. */
export const REQUEST_ID_HEADER = "x-request-id";

const VALID = /^[A-Za-z0-9._~:/+=@-]{1,128}$/;

/** The id when it may go into a log line and back into a header as it stands; else undefined. */
export function validRequestId(id: string | null): string | undefined {
  return id !== null && VALID.test(id) ? id : undefined;
}

/** Methods whose requests have no body as a rule: no header is read for them. */
const BODILESS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "CONNECT"]);

/** Whether a request of this method is worth asking for the size of its body. */
export function mayHaveBody(method: string): boolean {
  return !BODILESS.has(method);
}

/**
 * The value of `Content-Length`; undefined when there is none or it is not one number, as after two
 * headers that a runtime joined.
 */
export function contentLength(headers: Pick<Headers, "get">): number | undefined {
  const text = headers.get("content-length");
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
