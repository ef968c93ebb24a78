import assert from "node:assert/strict";
import { test } from "node:test";
import { backoffMs, MAX_TRIES } from "../../src/export/post/deliver.ts";
import { type Outcome, parseRetryAfter, post } from "../../src/export/post/post.ts";
import { ManualClock } from "../manual_clock.ts";

const clock = new ManualClock();
const BODY = { body: new Uint8Array([1, 2, 3]), json: false, gzipped: false };
const NEVER = new AbortController().signal;

function send(
  fetch: (url: string, init: RequestInit) => Promise<Response>,
  body = BODY,
  signal = NEVER,
): Promise<Outcome> {
  return post(
    { url: "http://r/v1/traces", headers: { "x-key": "k" }, timeoutMs: 1000, fetch, clock },
    body,
    signal,
  );
}

test("post() sends the body with its type, encoding and the configured headers", async () => {
  const sent: [string, RequestInit][] = [];
  const fetch = (url: string, init: RequestInit) => {
    sent.push([url, init]);
    return Promise.resolve(new Response());
  };
  await send(fetch);
  await send(fetch, { ...BODY, json: true, gzipped: true });
  assert.deepEqual(
    sent.map(([url, { method, headers, body, redirect }]) => ({
      url,
      method,
      headers,
      body,
      redirect,
    })),
    [
      {
        url: "http://r/v1/traces",
        method: "POST",
        headers: { "x-key": "k", "content-type": "application/x-protobuf" },
        body: BODY.body,
        redirect: "manual",
      },
      {
        url: "http://r/v1/traces",
        method: "POST",
        headers: {
          "x-key": "k",
          "content-type": "application/json",
          "content-encoding": "gzip",
        },
        body: BODY.body,
        redirect: "manual",
      },
    ],
  );
});

test("post() distinguishes accepted, refused and failed requests", async () => {
  const kinds: Record<string, string> = {};
  for (const status of [200, 202, 302, 400, 401, 404, 413, 429, 500, 501, 502, 503, 504]) {
    const outcome = await send(() => Promise.resolve(new Response("", { status })));
    kinds[status] = outcome.kind;
  }
  const moved = await send(() => Promise.resolve(new Response("<html>", { status: 302 })));
  assert.equal(moved.message, "HTTP 302 is a redirect, which is not followed");
  kinds.unreachable = (await send(() => Promise.reject(new TypeError("refused")))).kind;
  assert.deepEqual(kinds, {
    200: "accepted",
    202: "accepted",
    302: "refused",
    400: "refused",
    401: "refused",
    404: "refused",
    413: "refused",
    429: "failed",
    500: "refused",
    501: "refused",
    502: "failed",
    503: "failed",
    504: "failed",
    unreachable: "failed",
  });
});

test("post() gives up after its timeout, and at once when it is aborted", async () => {
  const hang = (_url: string, { signal }: RequestInit) =>
    new Promise<Response>((_, reject) => {
      signal!.addEventListener("abort", () => reject(signal!.reason));
    });
  const late = send(hang);
  clock.advance(1000);
  assert.deepEqual(await late, {
    kind: "failed",
    error: "TimeoutError",
    message: "No answer in 1000 ms",
    retryAfterMs: undefined,
  });
  const stop = new AbortController();
  const stopped = send(hang, BODY, stop.signal);
  stop.abort();
  assert.equal((await stopped).kind, "failed");
  assert.equal(clock.waiting, 0);
});

test("parseRetryAfter() reads seconds and dates, within an hour", () => {
  const now = Date.UTC(2026, 0, 1);
  const values = [
    "7",
    "0",
    " 2 ",
    "Thu, 01 Jan 2026 00:00:30 GMT",
    "Wed, 31 Dec 2025 00:00:00 GMT",
  ];
  assert.deepEqual(values.map((value) => parseRetryAfter(value, now)), [7000, 0, 2000, 30_000, 0]);
  assert.deepEqual(["99999999999", "soon", "", null].map((v) => parseRetryAfter(v, now)), [
    3_600_000,
    undefined,
    undefined,
    undefined,
  ]);
});

test("backoffMs() grows by half, up to 5 s, and varies by a fifth", () => {
  const tries = Array.from({ length: MAX_TRIES }, (_, i) => i + 1);
  assert.deepEqual(tries.map((n) => backoffMs(n, 0.5)), [1000, 1500, 2250, 3375, 5000]);
  assert.equal(Math.round(backoffMs(1, 0)), 800);
  assert.equal(Math.round(backoffMs(5, 1)), 6000);
});

test("parseRetryAfter() takes no number with a fraction for a date", () => {
  for (const value of ["1.5", "-5", "1e3", "2 minutes"]) {
    assert.equal(parseRetryAfter(value, Date.now()), undefined, value);
  }
});
