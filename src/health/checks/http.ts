/**
 * A check that an HTTP endpoint answers.
 *
 * @module
 */
import { checkedUrl, checkFunction } from "../../core/check.ts";
import type { CheckFunction } from "../check.ts";
import { run, UNTRACED } from "../../core/context.ts";
import { checkTimed, timed, type TimedOptions } from "./timed.ts";

/** The request to send, and which responses are accepted. */
export interface HttpCheckOptions extends TimedOptions {
  /** The method. @default "GET" */
  readonly method?: string | undefined;
  /** Headers to send. @default none */
  readonly headers?: Headers | Readonly<Record<string, string>> | [string, string][] | undefined;
  /** Accepts a response, whose body is not read. @default a status of 200 to 299 */
  readonly accept?: ((response: Response) => boolean) | undefined;
  /** Sends requests. @default the runtime's own `fetch` */
  readonly fetch?: ((url: string | URL, init: RequestInit) => Promise<Response>) | undefined;
}

/**
 * Checks that an HTTP endpoint answers with an accepted response. Redirects are not followed, and the
 * requests are not traced.
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
 *
 * @throws {TypeError} unless `url` is an absolute HTTP URL without credentials
 */
export function httpCheck(url: string | URL, options: HttpCheckOptions = {}): CheckFunction {
  checkedUrl("check HTTP endpoint", "url", url);
  const own = { method: true, headers: true, accept: true, fetch: true };
  checkTimed("HTTP endpoint", options, own);
  const { method = "GET", headers, accept = (response) => response.ok } = options;
  checkFunction("check HTTP endpoint", "accept", accept);
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
