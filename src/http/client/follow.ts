/**
 * Redirects followed by hand; loaded with the first of them.
 *
 * @see {@link https://fetch.spec.whatwg.org/#http-redirect-fetch}
 * @module
 */
import { runtime } from "../../core/platform.ts";
import type { Fetch } from "../../core/fetch.ts";
import { type Following, type KeptBody, locationOf } from "./redirect.ts";
import { httpUrl } from "./destination.ts";

/** The limit of each runtime. */
const MAX_REDIRECTS = runtime.name === "bun" ? 127 : 20;
const OF_BODY = ["content-encoding", "content-language", "content-location", "content-type"];
const OF_HOST = ["authorization", "proxy-authorization", "cookie", "host"];

/** The response that the redirects lead to. */
export async function follow(
  first: Response,
  following: Following,
  fetch: Fetch,
): Promise<Response> {
  const { init, prepare } = following, headers = new Headers(following.headers);
  let { url, method } = following, body: KeptBody | undefined = following.body;
  let response = first;
  for (let redirects = 0;; redirects++) {
    const { status } = response, location = locationOf(response);
    if (location === undefined) return redirects === 0 ? response : asRedirected(response);
    response.body?.cancel().catch(() => {});
    const next = target(location, url, redirects);
    if (status !== 303 && body?.isStream) throw failed("a stream can't be sent again");
    if (becomesGet(status, method)) {
      method = "GET";
      body = undefined;
      for (const name of OF_BODY) headers.delete(name);
    }
    if (isStranger(url, next)) { for (const name of OF_HOST) headers.delete(name); }
    const hop = { url: next, headers: new Headers(headers) }, sent = await body?.again();
    if (body !== undefined && sent === undefined) throw failed("too large to be sent again");
    prepare(hop);
    Object.assign(init, { method, headers: hop.headers, body: sent });
    // Bun drops the unix socket at the first redirect.
    if ("unix" in init) Object.assign(init, { unix: undefined });
    response = await fetch(next.href, init);
    url = next;
  }
}

function becomesGet(status: number, method: string): boolean {
  if (status === 303) return method !== "GET" && method !== "HEAD";
  return status < 303 && method === "POST";
}

function target(location: string, from: URL, redirects: number): URL {
  if (redirects >= MAX_REDIRECTS) throw failed(`more than ${MAX_REDIRECTS} redirects`);
  let url: URL | undefined;
  try {
    url = httpUrl(new URL(location, from));
  } catch { /* No URL at all. */ }
  if (url === undefined) throw failed("a redirect to a URL that is not http or https");
  if (url.hash === "" && runtime.name !== "bun") url.hash = from.hash;
  return url;
}

/** The class that `fetch` throws for a network error; the words differ between runtimes. */
function failed(reason: string): TypeError {
  return new TypeError(`fetch failed: ${reason}`);
}

/** Whether credentials must not go to the new URL, by the rule of this runtime. */
function isStranger(from: URL, to: URL): boolean {
  if (runtime.name !== "deno") return from.origin !== to.origin;
  return to.protocol !== from.protocol && to.protocol !== "https:" ||
    to.host !== from.host && !to.host.endsWith(`.${from.host}`);
}

function asRedirected(response: Response): Response {
  return Object.defineProperty(response, "redirected", { value: true, configurable: true });
}
