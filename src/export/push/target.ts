/**
 * Requests that push metrics to one receiver, with retries until a deadline.
 *
 * @module
 */
import { type Clock, delay, systemClock } from "../../core/clock.ts";
import { Faults } from "../../core/faults.ts";
import {
  check,
  checkChoice,
  checkedHeaders,
  checkedUrl,
  checkPositive,
  type Known,
  refuseUnknown,
  requireKnown,
  requireObject,
} from "../../core/check.ts";
import type { Escaping } from "../../metrics/data/names.ts";
import { runtimeFetch } from "../../core/fetch.ts";
import { keepAlive } from "../../core/platform.ts";
import { deliver } from "../post/deliver.ts";
import { receiverOf } from "../post/failure.ts";
import { mayPass, post } from "../post/post.ts";

/** Options of everything that pushes metrics. */
export interface PushOptions {
  /** An absolute http or https URL, without user and password. */
  readonly url: string | URL;
  /** Further headers of each request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent as basic authentication. */
  readonly basicAuth?: { readonly username: string; readonly password: string } | undefined;
  /** How names are written that not every reader takes. @default "underscores" */
  readonly escaping?: Escaping | undefined;
  /** How long one try may take. @default 10_000 */
  readonly timeoutMs?: number | undefined;
  /** How long all tries may take. @default 30_000 */
  readonly deadlineMs?: number | undefined;
  /** Source of time. @default the machine's */
  readonly clock?: Clock | undefined;
  /** Counts what goes wrong inside. @default one of its own */
  readonly faults?: Faults | undefined;
  /** Sends requests. @default the runtime's own `fetch` */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** From 0 to 1, for the jitter of pauses. @default Math.random */
  readonly random?: (() => number) | undefined;
}

const KNOWN: Known<PushOptions> = {
  url: true,
  headers: true,
  basicAuth: true,
  escaping: true,
  timeoutMs: true,
  deadlineMs: true,
  clock: true,
  faults: true,
  fetch: true,
  random: true,
};

const ESCAPINGS: readonly Escaping[] = ["allow-utf-8", "underscores", "dots", "values"];

/** How a push ended. */
export interface PushResult {
  /** Whether the receiver has all of it. */
  readonly pushed: boolean;
  /** How many requests it took. */
  readonly tries: number;
  /** What kept it from succeeding. */
  readonly error?: string | undefined;
}

/** A request without its body. */
export interface PushRequest {
  readonly url: string;
  readonly method: "POST" | "PUT" | "DELETE";
  readonly contentType: string;
  /** Further headers, besides those of every request to this receiver. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Requests to one receiver. */
export class PushTarget {
  readonly what: string;
  readonly url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly escaping: Escaping;
  readonly clock: Clock;
  readonly #faults: Faults;
  readonly #options: PushOptions;
  /** Until when the receiver asked to be left alone, on the monotonic clock. */
  #askedUntilMs = -Infinity;

  /**
   * @param what names the receiver in errors and faults: `Pushgateway`
   * @param own the names of further options
   * @throws {TypeError} for an option that is unknown or of the wrong kind, a URL or a header
   * @throws {RangeError} for a time that is not positive
   */
  constructor(what: string, options: PushOptions, own: object) {
    this.what = what;
    const action = `push to ${what}`;
    requireKnown(action, options, { ...KNOWN, ...own });
    requireObject(action, options.headers, "headers");
    const { timeoutMs = 1, deadlineMs = 1, escaping = "underscores", basicAuth } = options;
    checkPositive(action, "timeoutMs", timeoutMs);
    checkPositive(action, "deadlineMs", deadlineMs);
    checkChoice(action, "escaping", escaping, ESCAPINGS);
    refuseUnknown(action, basicAuth, { username: true, password: true }, "basicAuth");
    for (const name of ["username", "password"] as const) {
      const value: unknown = basicAuth === undefined ? "" : basicAuth[name];
      const rule = `basicAuth.${name} must be a string`;
      check(typeof value === "string", action, rule, value, TypeError);
    }
    this.url = checkedUrl(action, "url", options.url).href;
    this.#headers = checkedHeaders(action, {
      ...options.headers,
      ...(basicAuth && { authorization: basic(basicAuth.username, basicAuth.password) }),
    });
    this.escaping = escaping;
    this.clock = options.clock ?? systemClock;
    this.#faults = options.faults ?? new Faults();
    this.#options = options;
  }

  /**
   * Sends one request until it is settled or the deadline has passed. A receiver that asked for
   * patience by an earlier `Retry-After` is not sent anything before. Never rejects.
   */
  async send(
    request: PushRequest,
    body: Uint8Array<ArrayBuffer>,
    deadlineMs: number = this.deadlineMs,
  ): Promise<PushResult> {
    const { timeoutMs = 10_000, random = Math.random, fetch = runtimeFetch } = this.#options;
    const { clock } = this;
    const askedMs = this.#askedUntilMs - clock.monotonic();
    if (askedMs >= deadlineMs) {
      const seconds = Math.ceil(askedMs / 1000);
      return this.failed(`the receiver asked to be left alone for ${seconds} s more`, 0);
    }
    const headers = { ...this.#headers, ...request.headers };
    const options = { ...request, headers, isRetryable: mayPass, timeoutMs, fetch, clock };
    const late = new AbortController();
    const cancel = clock.after(
      deadlineMs,
      () => late.abort(new DOMException(`Not delivered in ${deadlineMs} ms`, "TimeoutError")),
    );
    const pause = (ms: number) => delay(clock, ms).then(() => true);
    // The clock's timers don't keep the process alive, but a job that ends waits for its delivery.
    const release = keepAlive();
    try {
      if (askedMs > 0) await pause(askedMs);
      const { outcome, tries } = await deliver(
        () => post(options, { body, json: false, gzipped: false }, late.signal),
        { deadlineMs: deadlineMs - Math.max(0, askedMs), clock, random, pause },
      );
      if (outcome.kind === "accepted") return { pushed: true, tries };
      if (outcome.kind === "failed" && outcome.retryAfterMs !== undefined) {
        this.#askedUntilMs = clock.monotonic() + outcome.retryAfterMs;
      }
      return this.failed(outcome.message, tries);
    } finally {
      cancel();
      release();
    }
  }

  /** How long all tries may take. */
  get deadlineMs(): number {
    return this.#options.deadlineMs ?? 30_000;
  }

  /** Counts a push that did not succeed; gives its result. */
  failed(error: string, tries: number): PushResult {
    const to = `${this.what} at ${receiverOf(this.url)}`;
    this.#faults.record("push", new Error(`Cannot push to ${to}: ${error}`), this.what);
    return { pushed: false, tries, error };
  }
}

function basic(username: string, password: string): string {
  return `Basic ${base64(`${username}:${password}`)}`;
}

/** Base64 of the text's UTF-8. */
export function base64(text: string): string {
  let binary = "";
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}
