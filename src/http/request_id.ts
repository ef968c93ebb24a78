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
