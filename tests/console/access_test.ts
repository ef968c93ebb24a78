import process from "node:process";
import { test } from "node:test";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { telltale, type TelltaleOptions } from "../../mod.ts";
import { type ConsolePath, isOfPage, PATHS } from "../../src/console/paths.ts";
import { ADAPTERS, serveHere } from "../serve/here.ts";
import { ask } from "./ask.ts";

const TOKEN = "correct-horse-battery";
/** A route for one thing has its id at the end. */
const withId = (path: string) =>
  path.endsWith("/") ? path + "0af7651916cd43dd8448eb211c80319c" : path;
/** All but the stream, which has no end: `stream_test.ts` is about it. */
const EVERY = [
  "/telltale",
  ...PATHS.filter((path) => path !== "api/stream" && path !== "mcp").map((path) =>
    `/telltale/${withId(path)}`
  ),
];
/** Those that hold data. */
const WITH_DATA = EVERY.filter((path) => path.startsWith("/telltale/api"));

/** Of a route that was asked without its parameters, or for a trace that is not there. */
const isAnswer = (status: number) => status === 200 || status === 400 || status === 404;

const own = () => new Response("the application's own", { status: 404 });

async function served(
  options: TelltaleOptions,
  name: string,
  use: (port: number, t: ReturnType<typeof telltale>) => Promise<void>,
  serving: object = {},
) {
  await using t = telltale({
    service: "orders",
    log: { sinks: [] },
    otlp: false,
    metrics: { runtime: false },
    ...options,
  });
  const server = await serveHere(t, serving, own, name);
  try {
    await use(server.port, t);
  } finally {
    await server.stop();
  }
}

/** What a page on another site, or a proxy, would send. */
const REFUSED: readonly (readonly [why: string, headers: Record<string, string>])[] = [
  ["a name that anyone may own, resolved to this machine", { host: "evil.example" }],
  ["the same with a port", { host: "evil.example:8080" }],
  ["a name that only begins like this machine's", { host: "localhost.evil.example" }],
  ["a page on another port of this machine", { origin: "http://localhost:1" }],
  ["a page under https on this machine", { origin: "https://localhost:1" }],
  ["a page in a sandbox or a file", { origin: "null" }],
  ["another site", { "sec-fetch-site": "cross-site" }],
  ["another port of this site", { "sec-fetch-site": "same-site" }],
  ["a proxy", { "x-forwarded-for": "127.0.0.1" }],
  ["a proxy by the standard", { forwarded: "for=127.0.0.1" }],
  ["a proxy that names the host", { "x-forwarded-host": "localhost" }],
  ["a gateway", { via: "1.1 gateway" }],
  ["a proxy that closes its connections", { connection: "close" }],
];

/**
 * Every route with the methods that it takes. A new one does not compile before it is here, and is then
 * asked by every refused caller.
 */
const ROUTES: Readonly<Record<ConsolePath, readonly string[]>> = {
  "": ["GET"],
  "api": ["GET"],
  "api/ask": ["GET"],
  "api/database": ["GET"],
  "api/findings": ["GET"],
  "api/flags": ["GET", "POST"],
  "api/generate": ["GET"],
  "api/logs": ["GET"],
  "api/metrics": ["GET"],
  "api/overview": ["GET"],
  "api/profiles": ["GET", "POST"],
  "api/rows": ["GET"],
  "api/runtime": ["GET"],
  "api/self": ["GET"],
  "api/session": ["GET"],
  "api/slos": ["GET"],
  "api/stream": ["GET"],
  "api/traces": ["GET"],
  "api/traces/": ["GET"],
  "mcp": ["POST"],
  "part/ask.js": ["GET"],
  "part/database.js": ["GET"],
  "part/findings.js": ["GET"],
  "part/flags.js": ["GET"],
  "part/health.js": ["GET"],
  "part/help.js": ["GET"],
  "part/logs.js": ["GET"],
  "part/metrics.js": ["GET"],
  "part/profiles.js": ["GET"],
  "part/runtime.js": ["GET"],
  "part/self.js": ["GET"],
  "part/session.js": ["GET"],
  "part/shared.js": ["GET"],
  "part/trace.js": ["GET"],
  "part/traces.js": ["GET"],
};

/** What a program or a person on this machine sends. */
const admitted = (port: number): readonly Record<string, string>[] => [
  {},
  { host: `127.0.0.1:${port}` },
  { origin: `http://localhost:${port}` },
  { "sec-fetch-site": "same-origin" },
  { "sec-fetch-site": "none" },
];

for (const name of ADAPTERS) {
  test(`the console answers callers on this machine, and no foreign page, with ${name}`, async () => {
    await served({}, name, async (port) => {
      for (const path of EVERY) {
        for (const headers of admitted(port)) {
          const { status } = await ask(port, path, headers);
          ok(isAnswer(status), `${path} ${JSON.stringify(headers)}: ${status}`);
        }
        for (const [why, headers] of REFUSED) {
          const { status, body } = await ask(port, path, headers);
          equal(status, 403, `${path}: ${why}`);
          match(body, /^Forbidden: only callers on this machine, or callers with a token/);
        }
      }
    });
  });

  test(`every route, the stream and those that change something, refuses every foreign caller, with ${name}`, async () => {
    await served({}, name, async (port, t) => {
      for (const [path, methods] of Object.entries(ROUTES)) {
        for (const method of methods) {
          for (const [why, headers] of REFUSED) {
            const full = `/telltale/${withId(path)}`;
            const { status } = await ask(port, full, headers, method);
            equal(status, 403, `${method} ${full}: ${why}`);
          }
        }
      }
      equal(t.events!.next, 0);
    });
    await served({ access: { token: TOKEN } }, name, async (port) => {
      const far = { host: "orders.example", "x-forwarded-for": "203.0.113.9" };
      for (const [path, methods] of Object.entries(ROUTES)) {
        // The page and its parts hold no data.
        if (isOfPage(path as ConsolePath)) continue;
        for (const method of methods) {
          for (const query of ["", `?token=${TOKEN}`]) {
            const full = `/telltale/${withId(path)}${query}`;
            equal((await ask(port, full, far, method)).status, 403, `${method} ${full}`);
          }
        }
      }
    });
  });

  test(`the console answers the token from anywhere, with ${name}`, async () => {
    await served({ access: { token: TOKEN } }, name, async (port) => {
      const far = { host: "orders.example", "x-forwarded-for": "203.0.113.9" };
      // The page holds no data: it asks for the token.
      equal((await ask(port, "/telltale/", far)).status, 200);
      for (const path of WITH_DATA) {
        const known = await ask(port, path, { ...far, authorization: `Bearer ${TOKEN}` });
        ok(isAnswer(known.status), path);
        equal((await ask(port, path, far)).status, 403);
        // A token in the URL would be in logs and referrers.
        const query = await ask(port, `${path}?token=${TOKEN}`, far);
        equal(query.status, 403);
      }
    });
  });

  test(`a caller has ten tries at the token in a minute, with ${name}`, async () => {
    await served({ access: { token: TOKEN } }, name, async (port) => {
      const wrong = { host: "orders.example", authorization: "Bearer wrong" };
      for (let i = 0; i < 10; i++) equal((await ask(port, "/telltale/api", wrong)).status, 403);
      const { status, headers } = await ask(port, "/telltale/api/rows", wrong);
      equal(status, 429);
      ok(Number(headers["retry-after"]) > 0);
      const right = { host: "orders.example", authorization: `Bearer ${TOKEN}` };
      equal((await ask(port, "/telltale/api", right)).status, 200);
      // Not even the wait keeps somebody on this machine out.
      equal((await ask(port, "/telltale/api")).status, 200);
    });
  });

  test(`the console has no CORS, no cookie, no redirect and no cache, with ${name}`, async () => {
    await served({}, name, async (port) => {
      for (const path of EVERY) {
        for (const method of ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE"]) {
          const origin = `http://localhost:${port}`;
          const { status, headers } = await ask(port, path, { origin }, method);
          const isRead = method === "GET" || method === "HEAD";
          // A flag is changed by POST, if the body says which: `flags_test.ts` is about it.
          const isTaken = isRead ||
            method === "POST" && /\/api\/(flags|profiles)$/.test(path);
          ok(isTaken ? isAnswer(status) : status === 405, `${method} ${path}`);
          const names = Object.keys(headers);
          deepEqual(names.filter((one) => /^access-control-|^set-cookie|^location/.test(one)), []);
          equal(headers["cache-control"], "no-store");
          equal(headers["x-content-type-options"], "nosniff");
          if (isRead) equal(headers["cross-origin-resource-policy"], "same-origin");
        }
      }
    });
  });

  test(`the console leaves no trace of its own requests, with ${name}`, async () => {
    await served({}, name, async (port, t) => {
      for (const path of EVERY) await ask(port, path);
      equal(t.events?.next, 0);
      equal(t.tracer.finished.next, 0);
      deepEqual([...t.log.ring], []);
      deepEqual([...t.faults.counts()], []);
    });
  });

  test(`the console is renamed and turned off like any admin path, with ${name}`, async () => {
    await served({ endpoints: { console: "/ops/" } }, name, async (port) => {
      const { status, body } = await ask(port, "/ops/api");
      equal(status, 200);
      match(body, /\/ops\/api\/ask\?q=/);
      equal((await ask(port, "/telltale/api")).body, "the application's own");
    });
    await served({ endpoints: { console: false } }, name, async (port) => {
      for (const path of EVERY) equal((await ask(port, path)).body, "the application's own");
    });
  });

  test(`an admin listener that others reach needs no token for the console, with ${name}`, async () => {
    const admin = Promise.withResolvers<number>();
    const onListen = ({ port }: { port: number }) => admin.resolve(port);
    const serving = { admin: { port: 0, hostname: "0.0.0.0", onListen } };
    await served({}, name, async () => {
      const port = await admin.promise;
      equal((await ask(port, "/telltale/api")).status, 200);
      equal((await ask(port, "/telltale/api", { host: "10.0.0.7:9464" })).status, 403);
      equal((await ask(port, "/metrics", { host: "10.0.0.7:9464" })).status, 200);
    }, serving);
  });
}

// Health ports of other frameworks gave away the environment (CVE-2019-11248).
test("no answer shows a variable of the environment", async () => {
  const secret = "correct-horse-battery-staple-0af7651916cd43dd";
  process.env.TELLTALE_TEST_PASSWORD = secret;
  try {
    await served({}, ADAPTERS[0]!, async (port, t) => {
      t.log.error("failed", { error: new Error("it did") });
      for (const path of EVERY) {
        for (const accept of ["application/json", "text/markdown"]) {
          const { body } = await ask(port, path, { accept });
          ok(!body.includes(secret) && !body.includes("TELLTALE_TEST_PASSWORD"), path);
        }
      }
    });
  } finally {
    delete process.env.TELLTALE_TEST_PASSWORD;
  }
});

test("the console of a service that keeps no rows says so", async () => {
  await served({ events: false }, ADAPTERS[0]!, async (port) => {
    equal((await ask(port, "/telltale/api")).status, 200);
    const { status, body } = await ask(port, "/telltale/api/ask?q=by+route");
    deepEqual([status, body], [404, '{"error":"No rows are kept: events is false"}\n']);
  });
});

test("the console has these routes and no other: none takes a path, a file or a command", () => {
  deepEqual([...PATHS].sort(), Object.keys(ROUTES));
  deepEqual(Object.keys(ROUTES), [
    "",
    "api",
    "api/ask",
    "api/database",
    "api/findings",
    "api/flags",
    "api/generate",
    "api/logs",
    "api/metrics",
    "api/overview",
    "api/profiles",
    "api/rows",
    "api/runtime",
    "api/self",
    "api/session",
    "api/slos",
    "api/stream",
    "api/traces",
    "api/traces/",
    "mcp",
    "part/ask.js",
    "part/database.js",
    "part/findings.js",
    "part/flags.js",
    "part/health.js",
    "part/help.js",
    "part/logs.js",
    "part/metrics.js",
    "part/profiles.js",
    "part/runtime.js",
    "part/self.js",
    "part/session.js",
    "part/shared.js",
    "part/trace.js",
    "part/traces.js",
  ]);
});
