/**
 * Which redirects are followed by hand: where headers are for some hosts only, because the runtime's
 * `fetch` would send all of them to whoever a redirect names.
 *
 * @module
 */
import { keepBody, type KeptBody } from "./body.ts";

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
