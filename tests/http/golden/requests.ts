/**
 * Requests of every kind, and all that leaves the process because of them: log lines, spans and log
 * records as OTLP, metrics. Ids, stacks and the version of Telltale are normalized, so that two revisions
 * and both runtimes give the same text.
 *
 * The text beside this file was written by revision 1275ac3, which made each of them from records of its
 * own. `deno run -A tests/http/golden/requests.ts` prints that of this revision.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import {
  type LogRecord,
  setError,
  setRoute,
  telltale,
  type TelltaleOptions,
} from "../../../mod.ts";
import { OtlpExporter } from "../../../src/export/otlp/mod.ts";
import { JsonEncoder } from "../../../src/log/mod.ts";
import { ManualClock } from "../../manual_clock.ts";

/** The text of revision 1275ac3. */
export const GOLDEN: string = readFileSync(new URL("requests.txt", import.meta.url), "utf8");

const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const DIRECT = [{ remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 5 } }];

interface Case {
  readonly name: string;
  readonly path?: string;
  readonly init?: RequestInit;
  readonly http?: TelltaleOptions["http"];
  readonly log?: TelltaleOptions["log"];
  readonly rest?: readonly unknown[];
  readonly answer?: (request: Request, clock: ManualClock) => Response | Promise<Response>;
}

const ok = () => new Response("ok", { headers: { "content-length": "2" } });

const CASES: readonly Case[] = [
  { name: "a request of no known route", path: "/a/b?full=1&token=abc&x=%20#f" },
  {
    name: "a route, a body, a request id",
    init: {
      method: "POST",
      body: "0123",
      headers: { "content-length": "4", "x-request-id": "r-1" },
    },
    answer(request, clock) {
      setRoute(request, "/orders/:id");
      clock.advance(12.345678);
      return ok();
    },
  },
  { name: "404", answer: () => new Response("no", { status: 404 }) },
  {
    name: "304 to HEAD",
    init: { method: "HEAD" },
    answer: () => new Response(null, { status: 304 }),
  },
  {
    name: "an answer of 503 with its error",
    answer(request) {
      setError(request, new RangeError("no stock", { cause: new Error("empty shelf") }));
      return new Response("", { status: 503 });
    },
  },
  { name: "an answer of 500 without an error", answer: () => new Response("", { status: 500 }) },
  {
    name: "a throw",
    answer() {
      throw Object.assign(new TypeError("password=hunter2 is wrong"), { code: "E_X" });
    },
  },
  { name: "a rejection with a text", answer: () => Promise.reject("just text") },
  {
    name: "a slow request",
    http: { slowMs: 100 },
    answer: async (_request, clock) => {
      await null;
      clock.advance(250);
      return ok();
    },
  },
  {
    name: "a client that disconnects",
    answer: async (request, clock) => {
      await null;
      clock.advance(5);
      throw (request.signal as AbortSignal & { end(): unknown }).end();
    },
  },
  {
    name: "a watched body",
    http: { watchBody: () => true },
    answer: (_request, clock) =>
      new Response(
        new ReadableStream({
          pull(controller) {
            clock.advance(7);
            controller.enqueue(new TextEncoder().encode("part"));
            if (clock.monotonic() >= 14) controller.close();
          },
        }, { highWaterMark: 0 }),
      ),
  },
  {
    name: "a watched body that fails",
    http: { watchBody: () => true },
    answer: () =>
      new Response(
        new ReadableStream({ pull: (controller) => controller.error(new Error("cut off")) }, {
          highWaterMark: 0,
        }),
      ),
  },
  {
    name: "a trusted caller's trace",
    init: { headers: { traceparent: TRACEPARENT, tracestate: "a=1,b=2", baggage: "user=7" } },
    rest: DIRECT,
  },
  {
    name: "a stranger's trace",
    init: { headers: { traceparent: TRACEPARENT, "x-forwarded-for": "203.0.113.9" } },
    rest: DIRECT,
  },
  {
    name: "attributes, headers, labels, a name",
    init: { headers: { "x-tenant": "acme", authorization: "Bearer abc.def" } },
    http: {
      attributes: (_request, response) => ({
        "app.status": response?.status ?? 0,
        "url.path": "/own",
      }),
      headers: { request: ["x-tenant", "authorization"], response: ["content-length"] },
      labels: { tenant: (request) => request.headers.get("x-tenant") ?? "" },
      spanName: (request) => `own ${request.method}`,
      route: (_request, path, status) => `${path}-${status}`,
    },
    answer: ok,
  },
  { name: "a secret in the path", path: "/users/postgres://app:hunter2@db/x" },
  { name: "a long path", path: `/${"p".repeat(3000)}?${"q".repeat(5000)}` },
  { name: "characters that need an escape", path: '/%22/ä/"\\?q="' },
  { name: "one line", http: { lines: "end" } },
  { name: "no line", http: { lines: "none" } },
  { name: "lines of a level that is off", log: { level: "warn" } },
];

function requestOf({ path = "/orders/7", init }: Case): Request {
  const request = new Request(`http://shop.example:8080${path}`, init);
  const controller = new AbortController();
  const end = () => {
    controller.abort();
    return Object.assign(new Error("The client left"), { name: "AbortError" });
  };
  Object.defineProperty(controller.signal, "end", { value: end });
  Object.defineProperty(request, "signal", { value: controller.signal });
  return request;
}

async function outputOf(each: Case): Promise<string> {
  const clock = new ManualClock(), lines: string[] = [], bodies: string[] = [];
  const json = new JsonEncoder();
  const exporter = new OtlpExporter({
    endpoint: "http://collector.example",
    protocol: "http/json",
    compression: "none",
    resource: { "service.name": "shop" },
    clock,
    fetch(url, { body }) {
      const text = typeof body === "string" ? body : new TextDecoder().decode(body as Uint8Array);
      bodies.push(`${url}\n${JSON.stringify(JSON.parse(text, folded), undefined, 1)}`);
      return Promise.resolve(new Response("{}", { status: 200 }));
    },
  });
  const sink = (record: LogRecord) => {
    lines.push(json.encode(record));
    exporter.log(record);
  };
  const t = telltale({
    service: "shop",
    version: "1.4.0",
    clock,
    http: each.http,
    metrics: { runtime: false },
    log: { ...each.log, sinks: [sink] },
    otlp: false,
  });
  t.tracer.onEnd((span) => exporter.span(span));
  const answer = each.answer ?? (() => new Response("ok"));
  const handler = t.instrument((request, ..._rest: unknown[]) => {
    t.log.info("in the handler", { order_id: 7 });
    return answer(request, clock);
  });
  const outcome = await Promise.resolve().then(() => handler(requestOf(each), ...each.rest ?? []))
    .then(async (response) => {
      const id = response.headers.get("x-request-id");
      const text = await response.text().catch((error) => `failed: ${error}`);
      return `${response.status} ${id} ${text}`;
    }, (error) => `threw ${error}`);
  await t.log.flush();
  // The runtimes print one fault each in words of their own.
  const page = await (await t.metrics.scrape()).text();
  const metrics = page.split("\n").filter((line) => /^http_.*[^0]$|^http_.*[1-9]0+$/.test(line));
  await t.shutdown();
  await exporter.flush();
  await exporter.close();
  return [`## ${each.name}`, outcome, ...lines, ...bodies.sort(), ...metrics, ""].join("\n");
}

/** Attributes as an object in the order of their names: their own order has no meaning. No stacks. */
function folded(key: string, value: unknown): unknown {
  if (typeof value === "string" && value.includes("\n    at ")) return "…";
  if (key !== "attributes") return value;
  const pairs = value as { key: string; value: unknown }[];
  const named = pairs.map((pair) => [pair.key, JSON.stringify(pair.value)] as const);
  return Object.fromEntries(named.sort(([a], [b]) => a < b ? -1 : 1));
}

function normalized(text: string): string {
  const known = new Map<string, string>();
  const named = (kind: string) => (id: string) => {
    if (!known.has(id)) known.set(id, `${kind}${known.size}`);
    return known.get(id)!;
  };
  return text
    .replace(/"stack":"(?:[^"\\]|\\.)*"/g, '"stack":"…"')
    .replace(/(.)\1{99,}/g, (run, unit) => `${unit}×${run.length}`)
    .replace(/("version": )"[^"]*"/g, '$1"…"')
    .replace(/\b[0-9a-f]{32}\b/g, named("trace"))
    .replace(/\b[0-9a-f]{16}\b/g, named("span"));
}

/** What leaves the process because of all requests. */
export async function output(): Promise<string> {
  const parts: string[] = [];
  for (const each of CASES) parts.push(normalized(await outputOf(each)));
  return parts.join("\n");
}

if (import.meta.main) console.log(await output());
