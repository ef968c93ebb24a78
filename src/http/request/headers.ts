/**
 * Headers that are read from requests and responses: `x-request-id` and `content-length`.
 *
 * @module
 */

/** Carries the request id in and out. */
export const REQUEST_ID_HEADER = "x-request-id";

const VALID = /^[A-Za-z0-9._~:/+=@-]{1,128}$/;

/** The id if it is safe in a log line and a header as it is, else undefined. */
export function validRequestId(id: string | null): string | undefined {
  return id !== null && VALID.test(id) ? id : undefined;
}

/** Methods whose requests have no body as a rule. */
const BODILESS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "CONNECT"]);

/** Whether a request of this method may have a body, so that reading its size is worth the cost. */
export function mayHaveBody(method: string): boolean {
  return !BODILESS.has(method);
}

/**
 * The value of `Content-Length`; undefined without the header, or if it is not a number, as when a
 * runtime joined two headers.
 */
export function contentLength(headers: Pick<Headers, "get">): number | undefined {
  const text = headers.get("content-length");
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
