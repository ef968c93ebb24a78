/**
 * One request to a receiver, and how it ended.
 *
 * @see {@link https://opentelemetry.io/docs/specs/otlp/#otlphttp-response}
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import { run, UNTRACED } from "../../core/context.ts";
import { describeError } from "../../core/redact/error.ts";
import { reasonOf } from "./failure.ts";
import { parseAnswer, readBody } from "./answer.ts";

/** Where and how requests are sent. */
export interface PostOptions {
  /** An absolute http or https URL. */
  readonly url: string;
  /** Sent besides those that describe the body. */
  readonly headers: Readonly<Record<string, string>>;
  /** @default "POST" */
  readonly method?: "POST" | "PUT" | "DELETE" | undefined;
  /** The type of the body. @default that of OTLP */
  readonly contentType?: string | undefined;
  /** Whether a request with this status may succeed later. @default by OTLP's rules */
  readonly isRetryable?: ((status: number) => boolean) | undefined;
  /** How long one try may take, including the reading of the answer. */
  readonly timeoutMs: number;
  /** Sends the request. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly clock: Clock;
}

/** The body of a request. */
export interface PostBody {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly json: boolean;
  readonly gzipped: boolean;
}

/** How one try ended. */
export type Outcome =
  /** The receiver has it except for `rejected` items: never sent again. */
  | { readonly kind: "accepted"; readonly rejected: number; readonly message: string }
  /** The receiver does not want it: never sent again. */
  | { readonly kind: "refused"; readonly error: string; readonly message: string }
  /** It may work later. */
  | {
    readonly kind: "failed";
    readonly error: string;
    readonly message: string;
    readonly retryAfterMs: number | undefined;
  };

const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;
/** OTLP's rule. */
export const isRetryable = (status: number): boolean => [429, 502, 503, 504].includes(status);
/** The rule for other receivers: one that is overloaded or starting may take it later. */
export const mayPass = (status: number): boolean => status === 429 || status >= 500;
/** The longest pause that a receiver can ask for. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/** Sends once. Never rejects: what goes wrong on the way is a `failed` outcome. */
export async function post(
  options: PostOptions,
  { body, json, gzipped }: PostBody,
  signal: AbortSignal,
): Promise<Outcome> {
  const { url, method = "POST", headers, timeoutMs, fetch, clock } = options;
  const attempt = new AbortController();
  const abort = () => attempt.abort(signal.reason);
  const cancel = clock.after(
    timeoutMs,
    () => attempt.abort(new DOMException(`No answer in ${timeoutMs} ms`, "TimeoutError")),
  );
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  try {
    const init: RequestInit = {
      method,
      headers: {
        ...headers,
        "content-type": options.contentType ??
          (json ? "application/json" : "application/x-protobuf"),
        ...(gzipped ? { "content-encoding": "gzip" } : {}),
      },
      body,
      // A redirect may turn a POST into a GET, which some page answers with 200.
      redirect: "manual",
      signal: attempt.signal,
    };
    // An export that is traced would make another export, forever.
    const response = await run(UNTRACED, () => fetch(url, init));
    return await outcomeOf(response, options.isRetryable ?? isRetryable, clock);
  } catch (error) {
    const { type } = describeError(error);
    return { kind: "failed", error: type, message: reasonOf(error), retryAfterMs: undefined };
  } finally {
    cancel();
    signal.removeEventListener("abort", abort);
  }
}

async function outcomeOf(
  response: Response,
  isWorthAnother: (status: number) => boolean,
  clock: Clock,
): Promise<Outcome> {
  const { status, headers } = response;
  const ok = status >= 200 && status < 300;
  const retryAfterMs = parseRetryAfter(headers.get("retry-after"), clock.now());
  const body = await readBody(response, MAX_RESPONSE_BYTES).catch((error: unknown) => {
    // The status is known. Only a success whose answer is cut off leaves open what was rejected.
    if (ok) throw error;
    return new Uint8Array();
  });
  const { rejected, message } = parseAnswer(body, headers.get("content-type") ?? "", ok);
  if (ok) return { kind: "accepted", rejected, message };
  const error = String(status);
  // Some begin their page with it: "404 page not found".
  const said = message.startsWith(`${error} `) ? message.slice(error.length + 1) : message;
  const words = status >= 300 && status < 400 ? "is a redirect, which is not followed" : said;
  const text = `HTTP ${error} ${words}`.trim();
  return isWorthAnother(status)
    ? { kind: "failed", error, message: text, retryAfterMs }
    : { kind: "refused", error, message: text };
}

/** `Retry-After` in seconds or as a date; undefined when it is neither. */
export function parseRetryAfter(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined;
  // `Date.parse` takes "1.5" for a day in January.
  const ms = /^\s*\d+\s*$/.test(value)
    ? Number(value) * 1000
    : /^\s*[a-z]/i.test(value)
    ? Date.parse(value) - nowMs
    : NaN;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}
