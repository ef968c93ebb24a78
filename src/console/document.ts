/**
 * The page as a response. It holds no data: whoever may not read them sees a page that asks for a token.
 *
 * @module
 */
import { acceptsGzip } from "../metrics/page/negotiate.ts";
import { reply } from "./wire/reply.ts";
import { PAGE, SCRIPT_HASH, STYLE_HASH } from "./page.ts";

/** What the page may do: run its own script and style, talk to its own service, and nothing else. */
const POLICY = [
  "default-src 'none'",
  `script-src '${SCRIPT_HASH}'`,
  `style-src '${STYLE_HASH}'`,
  "connect-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** The page as it is sent to browsers: packed once, at about a third of its size. */
let packed: Promise<ArrayBuffer> | undefined;

/** Answers the console's own path. */
export async function answerPage({ headers }: Request): Promise<Response> {
  const isPacked = acceptsGzip(headers.get("accept-encoding"));
  if (isPacked && packed === undefined) {
    packed = new Response(new Blob([PAGE]).stream().pipeThrough(new CompressionStream("gzip")))
      .arrayBuffer();
  }
  return reply(isPacked ? await packed! : PAGE, "text/html; charset=utf-8", {
    headers: {
      "content-security-policy": POLICY,
      "cross-origin-opener-policy": "same-origin",
      "referrer-policy": "no-referrer",
      vary: "accept-encoding",
      ...(isPacked ? { "content-encoding": "gzip" } : {}),
    },
  });
}
