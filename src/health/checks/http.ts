/**
 * A check that asks an HTTP endpoint.
 *
 * @module
 */
import type { CheckFunction } from "../check_options.ts";
import { run, UNTRACED } from "../../core/context.ts";
import { checkTimed, timed, type TimedOptions } from "./timed.ts";

/** How an endpoint is asked. */
export interface HttpCheckOptions extends TimedOptions {
  /** `GET` by default. */
  readonly method?: string | undefined;
  /** Headers to send. */
  readonly headers?: Headers | Readonly<Record<string, string>> | [string, string][] | undefined;
  /** Whether an answer is a good one; a status of 200 to 299 by default. The body is not read. */
  readonly accept?: ((response: Response) => boolean) | undefined;
  /** What sends, never traced; the global `fetch` by default. */
  readonly fetch?: ((url: string | URL, init: RequestInit) => Promise<Response>) | undefined;
}

/**
 * Checks that an HTTP endpoint answers well. Redirects are not followed. Throws a `TypeError` for
 * what is no HTTP URL.
 *
 * @example
 * ```ts
 * import { HealthRegistry, httpCheck } from "@telltale/telltale/health";
 * import { equal } from "node:assert/strict";
 *
 * const health = new HealthRegistry();
 * const fetch = () => Promise.resolve(new Response(null, { status: 503 }));
 * health.check("payments", httpCheck("http://payments.internal/readyz", { fetch }));
 * equal((await health.refresh()).components.payments?.error, "Error: answered 503");
 * ```
 */
export function httpCheck(url: string | URL, options: HttpCheckOptions = {}): CheckFunction {
  const protocol = URL.canParse(url) ? new URL(url).protocol : "";
  if (protocol !== "http:" && protocol !== "https:") {
    throw new TypeError(`Cannot check HTTP endpoint ${JSON.stringify(url)}: it must be a full URL`);
  }
  const own = { method: true, headers: true, accept: true, fetch: true };
  checkTimed("HTTP endpoint", options, own);
  const { method = "GET", headers, accept = (response) => response.ok } = options;
  return (signal) =>
    timed(options, async () => {
      const send = options.fetch ?? fetch;
      const init: RequestInit = { method, signal, redirect: "manual" };
      const response = await run(
        UNTRACED,
        () => send(url, headers === undefined ? init : { ...init, headers }),
      );
      // Frees the connection.
      await response.body?.cancel();
      if (!accept(response)) throw new Error(`answered ${response.status}`);
    });
}
