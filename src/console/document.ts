/**
 * The page as a response, and its parts. They hold no data: whoever may not read them sees a page that asks
 * for a token.
 *
 * @module
 */
import { acceptsGzip } from "../metrics/page/negotiate.ts";
import { reply } from "./wire/reply.ts";
import { PAGE, SCRIPT_HASHES, STYLE_HASH } from "./page/first.ts";
import { PARTS } from "./page/parts.ts";

/** What the page may do: run its own scripts and style, talk to its own service, and nothing else. */
const POLICY = [
  "default-src 'none'",
  `script-src ${SCRIPT_HASHES.map((hash) => `'${hash}'`).join(" ")}`,
  `style-src '${STYLE_HASH}'`,
  "connect-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** Texts as they are sent to browsers: packed once, at about a third of their size. */
const packed = new Map<string, Promise<ArrayBuffer>>();

/** A text that is part of the page, packed for those who take that. */
async function answerText(
  { headers: asked }: Request,
  text: string,
  type: string,
  headers: Record<string, string>,
): Promise<Response> {
  const isPacked = acceptsGzip(asked.get("accept-encoding"));
  let body = isPacked ? packed.get(text) : undefined;
  if (isPacked && body === undefined) {
    const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
    packed.set(text, body = new Response(stream).arrayBuffer());
  }
  return reply(await body ?? text, type, {
    headers: {
      vary: "accept-encoding",
      ...(isPacked ? { "content-encoding": "gzip" } : {}),
      ...headers,
    },
  });
}

/** Answers the console's own path. */
export function answerPage(request: Request): Promise<Response> {
  return answerText(request, PAGE, "text/html; charset=utf-8", {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
  });
}

/** Answers with a part of the page, by its name, such as `ask.js`. */
export async function answerPart(name: string, request: Request): Promise<Response> {
  const { query, load } = PARTS[name]!, { search } = new URL(request.url);
  const { PART } = await load();
  // An address with this hash always means this text.
  const cache = search === `?${query}` ? "private, max-age=31536000, immutable" : "no-store";
  return answerText(request, PART, "text/javascript; charset=utf-8", { "cache-control": cache });
}
