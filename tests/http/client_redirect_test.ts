import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { type Telltale, telltale, type TelltaleOptions } from "../../mod.ts";

const quiet: TelltaleOptions = { log: { sinks: [] }, metrics: { runtime: false }, otlp: false };

interface Seen {
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  readonly baggage: string | undefined;
  readonly body: string;
}

/** One server under two names: `near` is an address, `far` is another host to lists and to fetch. */
async function withServer(
  work: (near: string, far: string, seen: Seen[]) => Promise<void>,
): Promise<void> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const { host, traceparent, tracestate, baggage } = request.headers as Record<string, string>;
    let body = "";
    request.on("data", (chunk) => body += chunk).on("end", () => {
      const { pathname, searchParams } = new URL(request.url!, "http://x/");
      seen.push({
        host: host!.split(":")[0]!,
        method: request.method!,
        path: pathname,
        traceparent,
        tracestate,
        baggage,
        body,
      });
      const [next, ...rest] = searchParams.getAll("to");
      if (next === undefined) return response.end("end");
      const location = new URL(next);
      for (const to of rest) location.searchParams.append("to", to);
      response.writeHead(Number(searchParams.get("status") ?? 302), { location: location.href });
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, () => resolve()));
  const { port } = server.address() as AddressInfo;
  try {
    await work(`http://127.0.0.1:${port}`, `http://localhost:${port}`, seen);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

function to(url: string, ...next: string[]): string {
  const first = new URL(url);
  for (const each of next) first.searchParams.append("to", each);
  return first.href;
}

const baggage = new Map([["user", { value: "7" }]]);
const within = (t: Telltale, work: () => Promise<void>) => t.tracer.span("s", { baggage }, work);

test("t.fetch sends no trace and no baggage to a host that is not in traceHosts, nor by redirect", async () => {
  await withServer(async (near, far, seen) => {
    await using t = telltale({ ...quiet, client: { traceHosts: ["127.0.0.1"] } });
    await within(t, async () => {
      await (await t.fetch(to(`${near}/`, `${far}/`))).text();
      await (await t.fetch(`${far}/`)).text();
      await (await t.fetch(to(`${near}/`, `${far}/a`, `${near}/back`, `${near}/on`))).text();
    });
    deepEqual(
      seen.map(({ host, traceparent, tracestate, baggage }) => [
        host,
        traceparent !== undefined,
        tracestate,
        baggage,
      ]),
      [
        ["127.0.0.1", true, undefined, "user=7"],
        ["localhost", false, undefined, undefined],
        ["localhost", false, undefined, undefined],
        ["127.0.0.1", true, undefined, "user=7"],
        ["localhost", false, undefined, undefined],
        ["127.0.0.1", true, undefined, "user=7"],
        ["127.0.0.1", true, undefined, "user=7"],
      ],
    );
    // One request of the application is one span, whatever it was led to.
    const spans = t.tracer.finished.since(0).filter(({ kind }) => kind === "client");
    equal(spans.length, 3);
    equal(spans[2]!.attributes["http.response.status_code"], 200);
    equal(seen[6]!.traceparent?.slice(36, 52), spans[2]!.spanId);
  });
});

test("t.fetch sends baggage to private hosts only by default, and the trace everywhere, also by redirect", async () => {
  // Names that are never asked: what would be sent to them is answered here instead.
  const seen: [string, boolean, string | null][] = [];
  const { fetch } = globalThis;
  globalThis.fetch = ((input: string, init: RequestInit) => {
    const headers = new Headers(init.headers), url = new URL(input);
    seen.push([url.hostname, headers.has("traceparent"), headers.get("baggage")]);
    const location = url.searchParams.get("to");
    return Promise.resolve(
      location === null
        ? new Response("end")
        : new Response(null, { status: 307, headers: { location } }),
    );
  }) as typeof fetch;
  try {
    await using t = telltale({ ...quiet, client: { baggageHosts: [".friends.example"] } });
    await within(t, async () => {
      await t.fetch("http://orders.internal/?to=https://stranger.example/", { method: "POST" });
      await t.fetch("http://orders.internal/?to=https://a.friends.example/");
      await t.fetch("https://stranger.example/");
    });
  } finally {
    globalThis.fetch = fetch;
  }
  deepEqual(seen, [
    ["orders.internal", true, "user=7"],
    ["stranger.example", true, null],
    ["orders.internal", true, "user=7"],
    ["a.friends.example", true, "user=7"],
    ["stranger.example", true, null],
  ]);
});

test("t.fetch leaves redirects to the runtime where no header is for some hosts only", async () => {
  const modes: unknown[] = [];
  const { fetch } = globalThis;
  globalThis.fetch = ((_input: string, init?: RequestInit) => {
    modes.push(init?.redirect);
    return Promise.resolve(new Response());
  }) as typeof fetch;
  try {
    await using t = telltale(quiet);
    await t.fetch("http://orders.internal/");
    await within(t, async () => void await t.fetch("https://stranger.example/"));
    await within(t, async () => void await t.fetch("http://orders.internal/"));
    await within(t, async () => {
      await t.fetch("http://orders.internal/", { redirect: "error" });
    });
  } finally {
    globalThis.fetch = fetch;
  }
  deepEqual(modes, [undefined, undefined, "manual", "error"]);
});

const bodies: Record<string, () => unknown> = {
  text: () => "body",
  bytes: () => new TextEncoder().encode("body"),
  Blob: () => new Blob(["body"]),
  URLSearchParams: () => new URLSearchParams("body"),
};
for (const [name, make] of Object.entries(bodies)) {
  test(`t.fetch sends ${name} again after 307, as it was at the time of the call`, async () => {
    await withServer(async (near, far, seen) => {
      await using t = telltale({ ...quiet, client: { traceHosts: ["127.0.0.1"] } });
      const url = to(`${near}/?status=307`, `${far}/`), body = make() as BodyInit;
      const sent = t.fetch(url, { method: "POST", body });
      if (body instanceof Uint8Array) body.fill(0x78);
      if (body instanceof URLSearchParams) body.set("x", "y");
      equal(await (await sent).text(), "end");
      const request = new Request(url, { method: "POST", body: make() as BodyInit });
      equal(await (await t.fetch(request)).text(), "end");
      equal(seen.length, 4);
      for (const { method, body } of seen) {
        deepEqual([method, body.replace(/=$/, "")], ["POST", "body"]);
      }
      ok(seen[2]!.traceparent !== undefined && seen[3]!.traceparent === undefined);
    });
  });
}

test("t.fetch refuses to send a stream again, and a Request's that is too large to keep", async () => {
  await withServer(async (near, far, seen) => {
    await using t = telltale({ ...quiet, client: { traceHosts: ["127.0.0.1"] } });
    const url = to(`${near}/?status=307`, `${far}/`);
    const init = (body: BodyInit) => ({ method: "POST", body, duplex: "half" } as RequestInit);
    await rejects(t.fetch(url, init(new Blob(["x"]).stream())), TypeError);
    const piece = new Uint8Array(1024 * 1024);
    let left = 10;
    const large = new ReadableStream({
      pull: (controller) => left-- > 0 ? controller.enqueue(piece) : controller.close(),
    });
    await rejects(t.fetch(new Request(url, init(large))), TypeError);
    deepEqual(seen.map(({ host, body }) => [host, body.length]), [
      ["127.0.0.1", 1],
      ["127.0.0.1", 10 * piece.length],
    ]);
    const spans = t.tracer.finished.since(0);
    deepEqual(spans.map(({ status }) => status), ["error", "error"]);
  });
});

test("t.fetch sends large text and bytes of a Request again", async () => {
  await withServer(async (near, far, seen) => {
    await using t = telltale({ ...quiet, client: { traceHosts: ["127.0.0.1"] } });
    const url = to(`${near}/?status=308`, `${far}/`), text = "x".repeat(3 * 1024 * 1024);
    for (const body of [text, new TextEncoder().encode(text)]) {
      const response = await t.fetch(new Request(url, { method: "POST", body }));
      equal(await response.text(), "end");
    }
    deepEqual(seen.map(({ body }) => body.length), seen.map(() => text.length));
    equal(seen.length, 4);
  });
});

test("t.fetch can be aborted between two redirects", async () => {
  await withServer(async (near, far, seen) => {
    await using t = telltale({ ...quiet, client: { traceHosts: ["127.0.0.1"] } });
    const controller = new AbortController(), reason = new Error("enough");
    const { fetch } = globalThis;
    globalThis.fetch = (async (input: string, init: RequestInit) => {
      const response = await fetch(input, init);
      controller.abort(reason);
      return response;
    }) as typeof fetch;
    try {
      for (const makeInput of [(url: string) => url, (url: string) => new Request(url)]) {
        const input = makeInput(to(`${near}/`, `${far}/`));
        const { signal } = controller;
        const sent = input instanceof Request
          ? t.fetch(new Request(input, { signal }))
          : t.fetch(input, { signal });
        await rejects(sent, (error) => error === reason);
      }
    } finally {
      globalThis.fetch = fetch;
    }
    ok(seen.length <= 2);
    deepEqual(t.tracer.finished.since(0).map(({ status }) => status), ["unset", "unset"]);
  });
});
