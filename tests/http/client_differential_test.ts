import { deepEqual, equal, ok } from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { telltale, type TelltaleOptions } from "../../mod.ts";

/** The runtime's own `fetch`, before anything can replace it. */
const { fetch } = globalThis;
const isBun = "Bun" in globalThis, isDeno = "Deno" in globalThis && !isBun;

type Call = typeof globalThis.fetch;
/** Arguments of a call, and what happens after it has returned. */
interface Given {
  readonly input?: unknown;
  readonly init?: unknown;
  /** Done right after the call, before anything is awaited. */
  readonly after?: () => void;
  /** What the caller reads at the end. */
  readonly look?: () => unknown;
  /** Uses the response in another way than reading it. */
  readonly use?: (response: Response) => Promise<unknown>;
}
type Make = (url: string, server: Server) => Given;

/** Answers with what it was sent; `/to?…` redirects, `/hang` does not answer, `/slow` never ends. */
class Server {
  readonly seen: unknown[] = [];
  /** The hosts that were requested, and whether a trace came along. */
  readonly traced: [host: string, isTraced: boolean][] = [];
  url = "";
  /** The same server under another name. */
  other = "";
  onRequest = () => {};
  onBody = () => {};
  readonly #server = createServer((request, response) => this.#receive(request, response));

  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, () => resolve()));
    const { port } = this.#server.address() as AddressInfo;
    this.url = `http://127.0.0.1:${port}`;
    this.other = `http://localhost:${port}`;
    return this;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url!, this.url), { pathname, searchParams } = url;
    this.onRequest();
    if (pathname === "/hang") return;
    if (pathname === "/slow") {
      response.writeHead(200).write("first");
      return;
    }
    let body = "";
    request.setEncoding("latin1").on("data", (chunk) => (body += chunk, this.onBody()));
    request.on("end", () => {
      this.seen.push(this.#shown(request, body));
      const { host, traceparent } = request.headers;
      this.traced.push([host!.split(":")[0]!, /^00-[^,]{52}$/.test(String(traceparent))]);
      if (pathname !== "/to") return response.writeHead(200, { "x-a": ["1", "2"] }).end("fine");
      const location = searchParams.get("location");
      const headers = location === null ? {} : { location };
      response.writeHead(Number(searchParams.get("status") ?? 302), headers).end("redirect");
    });
  }

  /** Without what is random, ours, or the order of headers. */
  #shown({ method, url, rawHeaders }: IncomingMessage, body: string): unknown {
    const type = rawHeaders[rawHeaders.findIndex((name) => /^content-type$/i.test(name)) + 1] ?? "";
    const boundary = /boundary="?([^";]+)/.exec(type)?.[1] ?? /^--(.+)\r\n/.exec(body)?.[1];
    const plain = (text: string) => {
      const named = boundary === undefined ? text : text.replaceAll(boundary, "BOUNDARY");
      return named.replaceAll(new URL(this.url).port, "PORT");
    };
    const headers: string[] = [];
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const line = plain(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
      // A boundary's length is the runtime's affair; each length is right for its body.
      if (boundary !== undefined && /^content-length:/i.test(line)) continue;
      if (!/^(traceparent|tracestate|baggage):/i.test(line)) headers.push(line);
    }
    return { method, url: plain(url!), headers: headers.sort(), body: plain(body) };
  }
}

/** All that a caller and the server can see of a call. */
async function outcome(
  call: Call,
  make: Make,
  isTraced: (host: string) => boolean = () => false,
  isSame: (error: Error) => unknown = (error) => error.message,
): Promise<unknown> {
  const server = await new Server().open();
  const plain = (text: unknown) => String(text).replaceAll(new URL(server.url).port, "PORT");
  try {
    const { look, use, after, ...given } = make(server.url, server);
    const args = "init" in given
      ? [given.input, given.init]
      : "input" in given
      ? [given.input]
      : [];
    let result: unknown;
    try {
      const promise = (call as (...args: unknown[]) => Promise<Response>)(...args);
      ok(promise instanceof Promise);
      after?.();
      const response = await promise;
      const { status, type, redirected } = response;
      const body = use === undefined ? await response.text() : await use(response);
      result = {
        status,
        type,
        redirected,
        url: plain(response.url),
        ok: response instanceof Response,
        header: response.headers.get("x-a"),
        body,
      };
    } catch (error) {
      result = error instanceof Error
        ? [error.name, plain(isSame(error)), (error as { code?: unknown }).code]
        : ["thrown", error];
    }
    for (const [host, traced] of server.traced) equal(traced, isTraced(host), host);
    return { result, seen: server.seen, look: look?.() };
  } finally {
    await server.close();
  }
}

const options: TelltaleOptions = {
  log: { sinks: [] },
  metrics: { runtime: false },
  otlp: false,
};

/** Arguments that only `fetch` itself understands. */
const UNTRACED: ReadonlySet<string> = new Set([
  "what is shown as a URL",
  "a getter that throws",
  "a number in its place",
  "a text in its place",
]);

/** The runtime's outcome, and ours: of the first call, and of a later one. */
async function compare(name: string, make: Make): Promise<void> {
  const expected = await outcome(fetch, make);
  await using t = telltale(options);
  t.faults.listener = undefined;
  const isTraced = () => !UNTRACED.has(name);
  for (const call of ["first", "later"]) {
    deepEqual(await outcome(t.fetch, make, isTraced), expected, `${name}, ${call} call`);
  }
  equal(t.tracer.counts.started, t.tracer.counts.finished, name);
}

function suite(name: string, cases: Readonly<Record<string, Make>>): void {
  test(`Telltale.fetch is the runtime's fetch: ${name}`, async () => {
    for (const [what, make] of Object.entries(cases)) await compare(what, make);
  });
}

function post(body: unknown, more: object = {}): Make {
  return (url) => ({ input: url, init: { method: "POST", body, ...more } });
}

function stream(...chunks: string[]): ReadableStream {
  const encoder = new TextEncoder();
  return new ReadableStream({
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk === undefined) controller.close();
      else controller.enqueue(encoder.encode(chunk));
    },
  });
}

function form(): FormData {
  const data = new FormData();
  data.set("name", "Ada");
  data.set("file", new File(["text"], "a.txt", { type: "text/plain" }));
  return data;
}

const methods = [
  "GET",
  "get",
  "POST",
  "put",
  "Put",
  "patch",
  "PATCH",
  "PROPFIND",
  "BREW",
  "a b",
  "",
];
suite("methods", {
  ...Object.fromEntries(methods.map((method): [string, Make] => [
    `method ${JSON.stringify(method)}`,
    (url) => ({ input: url, init: { method } }),
  ])),
  "a method of another kind": (url) => ({ input: url, init: { method: 7 } }),
  "a symbol": (url) => ({ input: url, init: { method: Symbol("m") } }),
  null: (url) => ({ input: url, init: { method: null } }),
  undefined: (url) => ({ input: url, init: { method: undefined } }),
  HEAD: (url) => ({ input: url, init: { method: "HEAD" } }),
});

class OwnHeaders extends Headers {}

const headerShapes: Record<string, () => unknown> = {
  record: () => ({ "X-One": "1", "x-two": "2" }),
  "record without prototype": () => Object.assign(Object.create(null), { "x-one": "1" }),
  frozen: () => Object.freeze({ "x-one": "1" }),
  Headers: () => new Headers({ "X-One": "1" }),
  "a class of Headers": () => new OwnHeaders({ "x-one": "1" }),
  pairs: () => [["X-One", "1"], ["x-one", "2"]],
  Map: () => new Map([["x-one", "1"]]),
  Set: () => new Set([["x-one", "1"]]),
  generator: function* () {
    yield ["x-one", "1"];
    yield ["x-two", "2"];
  },
  "generator with a bad name": function* () {
    yield ["bad name", "1"];
  },
  "values that are no text": () => ({ "x-one": 1, "x-two": true, "x-three": null }),
  "an undefined value": () => ({ "x-one": undefined }),
  "blank around": () => ({ "x-one": "  1\t" }),
  latin1: () => ({ "x-one": "é" }),
  "no latin1": () => ({ "x-one": "€" }),
  "a line feed": () => ({ "x-one": "a\nb" }),
  "a bad name": () => ({ "bad name": "1" }),
  "an empty name": () => ({ "": "1" }),
  triples: () => [["a", "b", "c"]],
  null: () => null,
  text: () => "x-one: 1",
  number: () => 7,
  undefined: () => undefined,
  "those of the runtime": () => ({
    "user-agent": "mine",
    accept: "text/html",
    "accept-encoding": "identity",
    "accept-language": "de",
    cookie: "a=1",
    authorization: "Bearer x",
    referer: "http://a.example/",
  }),
};
suite(
  "header shapes",
  Object.fromEntries(
    Object.entries(headerShapes).flatMap(([name, make]): [string, Make][] => [
      [name, (url) => ({ input: url, init: { headers: make() } })],
      [`${name}, over a Request's`, (url) => ({
        input: new Request(url, { headers: { "x-own": "1" } }),
        init: { headers: make() },
      })],
    ]),
  ),
);

const bytes = () => new TextEncoder().encode("bytes");
const bodies: Record<string, () => unknown> = {
  text: () => "täxt",
  empty: () => "",
  Uint8Array: bytes,
  "part of a buffer": () => bytes().subarray(1, 3),
  ArrayBuffer: () => bytes().buffer,
  DataView: () => new DataView(bytes().buffer),
  Blob: () => new Blob(["blob"], { type: "text/x" }),
  "Blob without type": () => new Blob(["blob"]),
  File: () => new File(["file"], "a.bin"),
  FormData: form,
  URLSearchParams: () => new URLSearchParams({ a: "1 2", b: "&" }),
  null: () => null,
  undefined: () => undefined,
  number: () => 7,
  object: () => ({ a: 1 }),
  "object with text": () => ({ toString: () => "shown" }),
};
suite(
  "bodies",
  Object.fromEntries(
    Object.entries(bodies).flatMap(([name, make]): [string, Make][] => [
      [name, (url) => post(make())(url, undefined as never)],
      [`${name} with a type`, (url) => ({
        input: url,
        init: { method: "PUT", body: make(), headers: { "content-type": "text/own" } },
      })],
      [`${name} in a Request`, (url) => {
        const request = new Request(url, { method: "POST", body: make() as BodyInit });
        return { input: request, look: () => request.bodyUsed };
      }],
      [`${name} over that of a Request`, (url) => ({
        input: new Request(url, { method: "POST", body: "own" }),
        init: { body: make() },
      })],
    ]),
  ),
);

suite("streams", {
  "a stream": (url) => {
    const body = stream("one ", "two");
    return {
      input: url,
      init: { method: "POST", body, duplex: "half" },
      look: () => body.locked,
    };
  },
  "without duplex": (url) => ({ input: url, init: { method: "POST", body: stream("one") } }),
  "in a Request": (url) => {
    const init = { method: "POST", body: stream("one"), duplex: "half" };
    const request = new Request(url, init as RequestInit);
    return { input: request, look: () => request.bodyUsed };
  },
  "an async generator": (url) => {
    const body = (async function* () {
      yield await Promise.resolve(bytes());
    })();
    return { input: url, init: { method: "POST", body, duplex: "half" } };
  },
  "one that is locked": (url) => {
    const body = stream("one");
    body.getReader();
    return { input: url, init: { method: "POST", body, duplex: "half" } };
  },
  "with GET": (url) => ({ input: url, init: { body: "no" } }),
});

class OwnRequest extends Request {
  readonly note = "mine";
}
class Init {
  #method = "PUT";
  get method(): string {
    return this.#method;
  }
  get headers(): Record<string, string> {
    return { "x-init": "1" };
  }
  body = "of a class";
}

suite("inputs", {
  nothing: () => ({}),
  undefined: () => ({ input: undefined }),
  null: () => ({ input: null }),
  symbol: () => ({ input: Symbol("x") }),
  empty: () => ({ input: "" }),
  relative: () => ({ input: "/relative" }),
  "no scheme": () => ({ input: "a.example" }),
  "bad host": () => ({ input: "http://" }),
  "bad port": () => ({ input: "http://a:99999/" }),
  "another scheme": () => ({ input: "gopher://a/" }),
  data: () => ({ input: "data:text/plain,hi" }),
  blank: (url) => ({ input: `  ${url}/blank  ` }),
  "capital letters": (url) => ({ input: url.replace("http", "HTTP") + "/Ä?q=ö#f" }),
  URL: (url) => ({ input: new URL("/a?b=c#d", url) }),
  "what is shown as a URL": (url) => ({ input: { toString: () => `${url}/shown` } }),
  "a Request": (url) => ({ input: new Request(`${url}/a#b`, { headers: { "x-a": "1" } }) }),
  "a class of Request": (url) => {
    const request = new OwnRequest(url, { method: "POST", body: "own", headers: { a: "1" } });
    return { input: request, look: () => [request.bodyUsed, request.note, [...request.headers]] };
  },
  "a Request as init": (url) => {
    const model = new Request("http://a.example/", { method: "DELETE", headers: { "x-a": "1" } });
    return { input: url, init: model, look: () => [...model.headers] };
  },
  "a Request for the second time": (url) => {
    const request = new Request(url, { method: "POST", body: "once" });
    return { input: request, after: () => void fetch(request).catch(() => {}) };
  },
  "a Request that was read": (url) => {
    const request = new Request(url, { method: "POST", body: "once" });
    void request.text();
    return { input: request };
  },
  "a Request with a form": (url) => ({
    input: new Request(url, { method: "POST", body: form() }),
    init: { headers: undefined },
  }),
  "a Request, its headers after": (url) => {
    const request = new Request(url, { headers: { "x-a": "1" } });
    return { input: request, look: () => [...request.headers] };
  },
});

suite("shapes of init", {
  null: (url) => ({ input: url, init: null }),
  undefined: (url) => ({ input: url, init: undefined }),
  empty: (url) => ({ input: url, init: {} }),
  "a number in its place": (url) => ({ input: url, init: 7 }),
  "a text in its place": (url) => ({ input: url, init: "POST" }),
  frozen: (url) => ({ input: url, init: Object.freeze({ method: "POST", body: "x" }) }),
  "without prototype": (url) => ({
    input: url,
    init: Object.assign(Object.create(null), { method: "POST", body: "x" }),
  }),
  "from a prototype": (url) => ({
    input: url,
    init: Object.create({ method: "POST", body: "inherited", headers: { "x-a": "1" } }),
  }),
  "of a class": (url) => ({ input: url, init: new Init() }),
  "unknown members": (url) => ({ input: url, init: { timeout: 1, agent: {}, next: {} } }),
  "standard members": (url) => ({
    input: url,
    init: {
      cache: "no-store",
      credentials: "omit",
      keepalive: true,
      referrer: "",
      referrerPolicy: "no-referrer",
      window: null,
      priority: "high",
    },
  }),
  "not changed": (url) => {
    const headers = { "x-a": "1" }, init = { method: "POST", headers, body: "x" };
    return { input: url, init, look: () => [init, Object.keys(init), init.headers === headers] };
  },
  "a getter that throws": (url) => ({
    input: url,
    init: {
      get method(): string {
        throw new RangeError("mine");
      },
    },
  }),
});

suite("arguments that change after the call", {
  "the method": (url) => {
    const init = { method: "POST", body: "x" };
    return { input: url, init, after: () => init.method = "PUT" };
  },
  "a record of headers": (url) => {
    const headers: Record<string, string> = { "x-a": "1" };
    return { input: url, init: { headers }, after: () => headers["x-a"] = "2" };
  },
  Headers: (url) => {
    const headers = new Headers({ "x-a": "1" });
    const after = () => (headers.set("x-a", "2"), headers.set("x-b", "3"));
    return { input: url, init: { headers }, after, look: () => [...headers] };
  },
  "headers of a Request": (url) => {
    const request = new Request(url, { headers: { "x-a": "1" } });
    return { input: request, after: () => request.headers.set("x-a", "2") };
  },
  URL: (url) => {
    const input = new URL("/before", url);
    return { input, after: () => input.pathname = "/after" };
  },
  form: (url) => {
    const body = form();
    return { input: url, init: { method: "POST", body }, after: () => body.set("name", "Eve") };
  },
  parameters: (url) => {
    const body = new URLSearchParams({ a: "1" });
    return { input: url, init: { method: "POST", body }, after: () => body.set("a", "2") };
  },
  "the body's place": (url) => {
    const init: Record<string, unknown> = { method: "POST", body: "before" };
    return { input: url, init, after: () => init.body = "after" };
  },
  bytes: (url) => {
    const body = bytes();
    return { input: url, init: { method: "POST", body }, after: () => body.fill(0) };
  },
});

const reasons: [string, () => unknown][] = [
  ["no reason", () => undefined],
  ["an error", () => new RangeError("mine")],
  ["a text", () => "stop"],
  ["zero", () => 0],
];
suite(
  "aborts",
  Object.fromEntries(reasons.flatMap(([name, reason]): [string, Make][] => [
    [`before, ${name}`, (url) => ({
      input: url,
      init: { signal: AbortSignal.abort(reason()) },
    })],
    [`before, of a Request, ${name}`, (url) => {
      // Held on to: Bun forgets the reason with the signal it was given.
      const signal = AbortSignal.abort(reason());
      return { input: new Request(url, { signal }), look: () => signal.aborted };
    }],
    [`right after, ${name}`, (url) => {
      const controller = new AbortController();
      const after = () => controller.abort(reason());
      return { input: `${url}/hang`, init: { signal: controller.signal }, after };
    }],
    [`in a microtask, ${name}`, (url) => {
      const controller = new AbortController();
      const after = () => queueMicrotask(() => controller.abort(reason()));
      return { input: `${url}/hang`, init: { signal: controller.signal }, after };
    }],
    [`when it has come, ${name}`, (url, server) => {
      const controller = new AbortController();
      server.onRequest = () => controller.abort(reason());
      return { input: `${url}/hang`, init: { signal: controller.signal } };
    }],
    [`when it has come, of a Request, ${name}`, (url, server) => {
      const controller = new AbortController();
      server.onRequest = () => controller.abort(reason());
      return { input: new Request(`${url}/hang`, { signal: controller.signal }) };
    }],
    [`while the answer is read, ${name}`, (url) => {
      const controller = new AbortController();
      const use = async (response: Response) => {
        const reader = response.body!.getReader();
        await reader.read();
        controller.abort(reason());
        const seen = await reader.read().catch((error) => error);
        return seen instanceof Error ? `${seen.name} ${seen.message}` : seen;
      };
      return { input: `${url}/slow`, init: { signal: controller.signal }, use };
    }],
    [`when all is over, ${name}`, (url) => {
      const controller = new AbortController();
      const use = async (response: Response) => {
        const text = await response.text();
        controller.abort(reason());
        return text;
      };
      return { input: url, init: { signal: controller.signal }, use };
    }],
  ])),
);
suite("signals", {
  "a deadline": (url) => ({ input: `${url}/hang`, init: { signal: AbortSignal.timeout(10) } }),
  null: (url) => ({ input: url, init: { signal: null } }),
  "one that is none": (url) => ({ input: url, init: { signal: {} } }),
  "init's over a Request's": (url) => ({
    input: new Request(url, { signal: AbortSignal.abort("old") }),
    init: { signal: new AbortController().signal },
  }),
  "none over a Request's": (url) => ({
    input: new Request(url, { signal: AbortSignal.abort("old") }),
    init: { signal: null },
  }),
});

/** Redirects of every status, with every kind of body, to the same server and to another. */
function redirects(): Record<string, Make> {
  const cases: Record<string, Make> = {};
  const headers = {
    authorization: "Bearer x",
    cookie: "a=1",
    "content-language": "de",
    "x-a": "1",
  };
  const sent: Record<string, () => Record<string, unknown>> = {
    GET: () => ({}),
    HEAD: () => ({ method: "HEAD" }),
    POST: () => ({ method: "POST", body: "text" }),
    PUT: () => ({ method: "PUT", body: bytes() }),
    "PUT form": () => ({ method: "PUT", body: new URLSearchParams({ a: "1" }) }),
    "POST nothing": () => ({ method: "POST" }),
    "POST stream": () => ({ method: "POST", body: stream("one"), duplex: "half" }),
  };
  for (const status of [300, 301, 302, 303, 304, 307, 308]) {
    for (const [name, make] of Object.entries(sent)) {
      for (const [where, target] of [["here", "/end"], ["away", undefined]] as const) {
        cases[`${status} ${name} ${where}`] = (url, { other }) => ({
          input: `${url}/to?status=${status}&location=${target ?? `${other}/end`}#f`,
          init: { ...make(), headers },
        });
      }
    }
    cases[`${status} Request`] = (url, { other }) => ({
      input: new Request(`${url}/to?status=${status}&location=${other}/end`, {
        method: "POST",
        body: "text",
        headers,
      }),
    });
  }
  return cases;
}
const modes: Record<string, Make> = {
  manual: (url) => ({ input: `${url}/to?location=/end`, init: { redirect: "manual" } }),
  error: (url) => ({ input: `${url}/to?location=/end`, init: { redirect: "error" } }),
  "unknown mode": (url) => ({ input: `${url}/to?location=/end`, init: { redirect: "maybe" } }),
  "manual, of a Request": (url) => ({
    input: new Request(`${url}/to?location=/end`, { redirect: "manual" }),
  }),
  "follow over manual": (url) => ({
    input: new Request(`${url}/to?location=/end`, { redirect: "manual" }),
    init: { redirect: "follow" },
  }),
  "no location": (url) => ({ input: `${url}/to` }),
  "twice": (url) => ({ input: `${url}/to?location=${encodeURIComponent("/to?location=/end")}` }),
  "no URL": (url) => ({ input: `${url}/to?location=http://` }),
  "no HTTP": (url) => ({ input: `${url}/to?location=ftp://a/` }),
};
suite("redirects", { ...redirects(), ...modes });

test("Telltale.fetch follows redirects by hand as the runtime does, where headers are for some hosts", async () => {
  for (const [name, make] of Object.entries({ ...redirects(), ...modes })) {
    // Deno gives no body of a redirect without a location.
    if (isDeno && name === "no location") continue;
    const kind = () => "";
    const expected = await outcome(fetch, make, undefined, kind) as { result: unknown[] };
    await using t = telltale({ ...options, client: { traceHosts: ["127.0.0.1"] } });
    const isListed = (host: string) => host === "127.0.0.1";
    const got = await outcome(t.fetch, make, isListed, kind) as { result: unknown[] };
    // A network error is a `TypeError` everywhere; Bun has a code besides, Node a type of its own.
    for (const { result } of [expected, got]) {
      if (Array.isArray(result)) result.length = 2;
      else delete (result as { type?: string }).type;
    }
    deepEqual(got, expected, name);
    deepEqual([...t.faults.counts()], [], name);
  }
});
