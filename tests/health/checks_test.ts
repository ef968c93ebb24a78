import { test } from "node:test";
import { deepEqual, equal, match, ok, rejects, throws } from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { CheckFunction } from "../../src/health/check.ts";
import { diskCheck } from "../../src/health/checks/capacity.ts";
import { eventLoopCheck } from "../../src/health/checks/event_loop.ts";
import { httpCheck } from "../../src/health/checks/http.ts";
import { memoryCheck } from "../../src/health/checks/capacity.ts";
import type { CheckResult } from "../../src/health/snapshot.ts";
import { sqlCheck } from "../../src/health/checks/sql.ts";
import { tcpCheck } from "../../src/health/checks/tcp.ts";
import { ManualClock } from "../manual_clock.ts";

async function run(check: CheckFunction, signal = new AbortController().signal) {
  return await check(signal) as CheckResult;
}

test("httpCheck() sends one request, follows no redirect, reads no body", async () => {
  const asked: unknown[] = [];
  let cancelled = 0;
  const answer = (status: number) => {
    const body = new ReadableStream({ cancel: () => void cancelled++ });
    return new Response(status === 204 ? null : body, { status });
  };
  const clock = new ManualClock();
  for (
    const [status, expected] of [[200, "UP"], [204, "UP"], [302, "answered 302"], [
      503,
      "answered 503",
    ]] as const
  ) {
    const check = httpCheck("http://payments/readyz", {
      headers: { accept: "text/plain" },
      clock,
      fetch: (url, { method, redirect, headers, signal }) => {
        asked.push([url, method, redirect, headers, signal?.aborted]);
        return Promise.resolve(answer(status));
      },
    });
    const result = await run(check).then(({ status }) => status, (error) => error.message);
    equal(result, expected);
  }
  const headers = { accept: "text/plain" };
  deepEqual(asked, new Array(4).fill(["http://payments/readyz", "GET", "manual", headers, false]));
  equal(cancelled, 3);
});

test("httpCheck() lets the application accept responses, and is DEGRADED when slow", async () => {
  const clock = new ManualClock();
  const fetch = () => {
    clock.advance(300);
    return Promise.resolve(new Response(null, { status: 401 }));
  };
  const accept = (response: Response) => response.status === 401;
  const url = new URL("https://payments/");
  const slow = await run(httpCheck(url, { fetch, accept, clock, degradedMs: 300 }));
  deepEqual(slow, { status: "DEGRADED", description: "300 ms" });
  const fast = await run(httpCheck(url, { fetch, accept, clock, degradedMs: 301 }));
  deepEqual(fast, { status: "UP", description: "300 ms" });
});

test("tcpCheck() connects and hangs up", async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => {});
    sockets.push(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const result = await run(tcpCheck({ port }));
  equal(result.status, "UP");
  match(result.description!, /^\d+ ms$/);
  for (const socket of sockets) socket.destroy();
  server.close();
  await once(server, "close");
  await rejects(run(tcpCheck({ port })), /refused|ECONN/i);
});

test("tcpCheck() gives up when its signal aborts", async () => {
  const controller = new AbortController();
  const pending = run(tcpCheck({ hostname: "127.0.0.1", port: 1 }), controller.signal);
  controller.abort(new Error("late"));
  await rejects(pending, /^Error: late$/);
});

test("sqlCheck() takes any driver", async () => {
  const seen: unknown[] = [];
  const clock = new ManualClock();
  const sync = sqlCheck((sql) => void seen.push(sql), { clock });
  const slow = sqlCheck((sql) => {
    seen.push(sql);
    clock.advance(80);
    return Promise.resolve([{ 1: 1 }]);
  }, { sql: "SELECT 2", degradedMs: 50, clock });
  deepEqual([await run(sync), await run(slow)], [
    { status: "UP", description: "0 ms" },
    { status: "DEGRADED", description: "80 ms" },
  ]);
  deepEqual(seen, ["SELECT 1", "SELECT 2"]);
  await rejects(run(sqlCheck(() => Promise.reject(new Error("gone")))), /gone/);
});

test("diskCheck() measures the file system", async () => {
  const plenty = await run(diskCheck({ minFreeShare: 0 }));
  equal(plenty.status, "UP");
  match(plenty.description!, /^\d+\.\d GiB of \d+\.\d GiB free$/);
  equal((await run(diskCheck({ minFreeShare: 1 }))).status, "DOWN");
  equal((await run(diskCheck({ minFreeBytes: Number.MAX_SAFE_INTEGER }))).status, "DOWN");
  await rejects(run(diskCheck({ path: "/no/such/path" })));
});

test("memoryCheck() is DOWN past a bound", async () => {
  const measure = () => ({ rss: 3 * 2 ** 30, heapUsed: 2 ** 30 });
  const table = [
    [{ maxRssBytes: 3 * 2 ** 30 }, "UP"],
    [{ maxRssBytes: 3 * 2 ** 30 - 1 }, "DOWN"],
    [{ maxHeapBytes: 2 ** 29 }, "DOWN"],
    [{ maxRssBytes: 2 ** 40, maxHeapBytes: 2 ** 29 }, "DOWN"],
  ] as const;
  for (const [bounds, status] of table) {
    const description = "3.0 GiB resident, 1.0 GiB heap";
    deepEqual(await run(memoryCheck({ ...bounds, measure })), { status, description });
  }
  const real = await run(memoryCheck({ maxRssBytes: 1 }));
  equal(real.status, "DOWN");
});

test("eventLoopCheck() remembers a stall for a window, and forgets it", async () => {
  const clock = new ManualClock();
  const check = eventLoopCheck({ maxLagMs: 200, windowMs: 1000, clock });
  equal((await run(check)).status, "UP");
  // The loop is blocked: time passes and no timer runs, until the check is asked.
  const late = new LateClock(clock);
  const blocked = eventLoopCheck({ maxLagMs: 200, windowMs: 1000, clock: late });
  await run(blocked);
  late.block(500);
  deepEqual(await run(blocked), { status: "DOWN", description: "480 ms behind at worst" });
  clock.advance(900);
  equal((await run(blocked)).status, "DOWN");
  clock.advance(2100);
  deepEqual(await run(blocked), { status: "UP", description: "0 ms behind at worst" });
});

test("eventLoopCheck() ends its timer when it is no longer run", async () => {
  const clock = new ManualClock();
  const check = eventLoopCheck({ windowMs: 1000, clock });
  equal(clock.waiting, 0);
  await run(check);
  equal(clock.waiting, 1);
  clock.advance(29_000);
  equal(clock.waiting, 1);
  clock.advance(2000);
  equal(clock.waiting, 0);
  equal((await run(check)).status, "UP");
  equal(clock.waiting, 1);
});

test("eventLoopCheck() sees a real stall", async () => {
  const check = eventLoopCheck({ maxLagMs: 100 });
  await run(check);
  const end = performance.now() + 400;
  while (performance.now() < end);
  const result = await run(check);
  equal(result.status, "DOWN");
  ok(parseInt(result.description!) >= 100, result.description);
});

test("ready-made checks refuse invalid options", () => {
  const cases: readonly (readonly [() => unknown, string])[] = [
    [
      () => httpCheck("/readyz"),
      'Cannot check HTTP endpoint: url must be an http or https URL without user and password, got "/readyz"',
    ],
    [
      () => httpCheck("http://a/", { degradedMs: NaN }),
      "Cannot check HTTP endpoint: degradedMs must be at least 0, got NaN",
    ],
    [
      () => tcpCheck({ port: 0 }),
      "Cannot check TCP port: port must be a whole number from 1 to 65535, got 0",
    ],
    [
      () => tcpCheck({ port: 1.5 }),
      "Cannot check TCP port: port must be a whole number from 1 to 65535, got 1.5",
    ],
    [
      () => sqlCheck(undefined as never),
      "Cannot check database: run must be a function, got undefined",
    ],
    [() => diskCheck({ minFreeShare: 5 }), "Cannot check disk: minFreeShare must be 0 to 1, got 5"],
    [
      () => diskCheck({ minFreeBytes: -1 }),
      "Cannot check disk: minFreeBytes must be at least 0, got -1",
    ],
    [() => memoryCheck({}), "Cannot check memory: maxRssBytes or maxHeapBytes must be given"],
    [
      () => memoryCheck({ maxRssBytes: 0 }),
      "Cannot check memory: maxRssBytes must be positive, got 0",
    ],
    [
      () => eventLoopCheck({ maxLagMs: 0 }),
      "Cannot check event loop: maxLagMs must be 1 to 2147483647, got 0",
    ],
  ];
  for (const [make, message] of cases) throws(make, { message });
});

/** A clock whose time passes without its timers: what a blocked loop sees. */
class LateClock extends ManualClock {
  readonly #clock: ManualClock;
  #aheadMs = 0;

  constructor(clock: ManualClock) {
    super();
    this.#clock = clock;
  }

  override monotonic(): number {
    return this.#clock.monotonic() + this.#aheadMs;
  }

  override every(ms: number, fn: () => void): () => void {
    return this.#clock.every(ms, fn);
  }

  block(ms: number): void {
    this.#aheadMs += ms;
  }
}
