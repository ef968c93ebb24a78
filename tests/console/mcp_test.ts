/** The Model Context Protocol, spoken by its official clients of both generations. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { telltale } from "../../mod.ts";
import { START } from "../events/service.ts";
import { ManualClock } from "../manual_clock.ts";

const URL_OF_MCP = new URL("http://localhost:8080/telltale/mcp");
const INFO = { remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 50_000 } };
const KNOWN = { name: "a reader", version: "1.0.0" };

/** A service whose requests fail for one sku, called in process as from this machine. */
async function service() {
  const clock = new ManualClock(START);
  const t = telltale({
    service: "orders",
    version: "1.4.0",
    log: { sinks: [], level: "info" },
    clock,
  });
  t.slo("orders", { objective: 0.99, availability: { route: "/orders" } });
  const handler = t.instrument((request: Request, _info: unknown) => {
    const sku = new URL(request.url).searchParams.get("sku")!;
    t.note({ sku });
    t.log.info("order placed", { sku });
    return t.tracer.span("SELECT stock", { kind: "client" }, () => {
      return new Response("", { status: sku === "sku-3" ? 500 : 200 });
    });
  }, { route: () => "/orders" });
  for (let i = 0; i < 140; i++) {
    clock.advance(3000);
    await handler(new Request(`http://localhost:8080/orders?sku=sku-${i % 7}`), INFO);
  }
  const fetch = (input: string | URL | Request, init?: RequestInit) =>
    Promise.resolve(handler(new Request(input, init), INFO)) as Promise<Response>;
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(URL_OF_MCP, {
      method: "POST",
      body: typeof body === "string" ? body : JSON.stringify(body),
      headers: { "content-type": "application/json", ...headers },
    });
  return { t, fetch, post };
}

type Call = (name: string, given?: Record<string, unknown>) => Promise<string>;

/** One generation of the client, connected. */
async function connected(generation: string, fetch: typeof globalThis.fetch) {
  const client = generation === "v1"
    ? new OldClient(KNOWN)
    : new Client(KNOWN, { versionNegotiation: { mode: generation === "v2" ? "auto" : "legacy" } });
  const transport = generation === "v1"
    ? new OldTransport(URL_OF_MCP, { fetch })
    : new StreamableHTTPClientTransport(URL_OF_MCP, { fetch });
  await client.connect(transport as never);
  const call: Call = async (name, given = {}) => {
    const { content } = await client.callTool({ name, arguments: given });
    const [{ text }] = content as [{ text: string }];
    ok(Buffer.byteLength(text) <= 8192, `${name}: ${Buffer.byteLength(text)} bytes`);
    return text;
  };
  return { client: client as Client, call };
}

for (const generation of ["v1", "v2", "v2 as v1"]) {
  test(`an agent with the official client, ${generation}, finds the cause in two calls`, async () => {
    const { t, fetch } = await service();
    const { client, call } = await connected(generation, fetch as typeof globalThis.fetch);
    deepEqual(client.getServerVersion(), { name: "telltale orders", version: "1.4.0" });
    match(client.getInstructions() ?? "", /Call findings first/);
    const { tools } = await client.listTools();
    deepEqual(tools.map(({ name }) => name).sort(), [
      "ask",
      "describe",
      "findings",
      "logs",
      "metric",
      "trace",
    ]);
    const found = await call("findings");
    match(found, /^1\. \*\*14 % of \/orders fail: sku=sku-3\*\* \(failing\)$/m);
    const question = /ask: `(.*)`/.exec(found)![1]!;
    match(await call("ask", { question }), /sku=sku-3: 100 % of them/);

    const trace = /a trace: `(.*)`/.exec(found)![1]!;
    const told = await call("trace", { id: trace });
    match(told, /`status` 500 .*`sku` sku-3/);
    match(told, /^\| GET \/orders \|.*\n\| · SELECT stock \|/m);
    match(told, /order placed .*sku-3/);
    match(await call("logs", { question: "SKU-3", limit: 2 }), /^\d+ of 420 rows match\.$/m);
    match(await call("logs", { question: "level:error by message" }), /request failed \| 20/);
    match(await call("metric"), /`http_requests_total` counter, 2 series/);
    match(
      await call("metric", { name: "http_requests_total" }),
      /\{method="GET",route="\/orders",status="500"\} value=20/,
    );
    match(await call("describe"), /question = \[ terms \] \{ clause \}/);
    match(await call("describe", { part: "database" }), /^# database\n\n- requests: 140$/m);
    match(await call("describe", { part: "slos" }), /^## slos\n\n\| name \|.*\n.*\n\| orders \|/m);
    match(await call("describe", { part: "runtime" }), /orders 1\.4\.0 started/);
    match(await call("describe", { part: "self" }), /^\| rows \| 140 \|/m);
    await client.close();
    await t.shutdown();
  });
}

test("wrong arguments are errors of the tool that say what is wrong", async () => {
  const { t, fetch } = await service();
  const { client } = await connected("v2", fetch as typeof globalThis.fetch);
  const rows: [name: string, given: Record<string, unknown>, message: RegExp][] = [
    ["ask", {}, /^question must be given$/],
    ["ask", { question: 7 }, /^question must be a text$/],
    ["ask", { question: "route:", limit: 3 }, /^At \d+: expected a value/],
    ["ask", { question: "by route", limit: 0 }, /^limit must be a whole number from 1 to 200$/],
    ["ask", { qestion: "by route" }, /^Unknown argument "qestion": it takes question, limit$/],
    ["findings", { since: "1h" }, /^Unknown argument "since": it takes none$/],
    ["trace", { id: "abc" }, /^id must be a trace id: 32 lower-case hex digits$/],
    ["trace", { id: "a".repeat(32) }, /^No span of it is held/],
    ["logs", { question: "level=" }, /^At \d+: expected a value/],
    ["describe", { part: "secrets" }, /^part must be one of database, slos, runtime, flags, self$/],
    ["metric", { name: "no_such" }, /^There is no metric "no_such"/],
  ];
  for (const [name, given, message] of rows) {
    const { content, isError } = await client.callTool({ name, arguments: given });
    equal(isError, true, name);
    match((content as { text: string }[])[0]!.text, message);
  }
  await rejects(
    client.callTool({ name: "restart", arguments: {} }),
    /There is no such tool: "restart"/,
  );
  await t.shutdown();
});

test("a long answer is cut at the end of a line, and says so", async () => {
  const { t, fetch } = await service();
  const { call } = await connected("v2", fetch as typeof globalThis.fetch);
  match(
    await call("logs", { question: "time? top 200" }),
    /\n\d+ more lines are left off: an answer has at most 8 KB\./,
  );
  match(await call("ask", { question: "top 200" }), /more lines are left off|more rows/);
  await t.shutdown();
});

test("what is no message of the protocol gets an error of JSON-RPC, and a notification no body", async () => {
  const { t, post, fetch } = await service();
  const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "describe" } };
  const meta = { "io.modelcontextprotocol/protocolVersion": "2031-01-01" };
  const rows: [body: unknown, status: number, code: number, headers?: Record<string, string>][] = [
    ["{", 400, -32700],
    ["[]", 400, -32600],
    [{ jsonrpc: "1.0", id: 1, method: "ping" }, 400, -32600],
    [{ jsonrpc: "2.0", id: {}, method: "ping" }, 400, -32600],
    [{ jsonrpc: "2.0", id: 1, method: "ping", params: [] }, 400, -32600],
    [{ jsonrpc: "2.0", id: 1, method: "resources/list" }, 200, -32601],
    [{ ...call, params: { name: "describe", arguments: [] } }, 200, -32602],
    [{ ...call, params: { name: "describe", _meta: meta } }, 400, -32022],
    [call, 400, -32020, { "mcp-method": "tools/list" }],
    [call, 400, -32020, { "mcp-name": "ask" }],
    [call, 400, -32700, { "content-type": "text/plain" }],
    [`"${"x".repeat(70_000)}"`, 400, -32700],
  ];
  for (const [body, status, code, headers] of rows) {
    const response = await post(body, headers);
    const { error, jsonrpc } = await response.json();
    deepEqual(
      [response.status, error.code, jsonrpc],
      [status, code, "2.0"],
      JSON.stringify(body).slice(0, 80),
    );
  }
  const noted = await post({ jsonrpc: "2.0", method: "notifications/initialized" });
  deepEqual([noted.status, await noted.text()], [202, ""]);
  const got = await fetch(URL_OF_MCP);
  equal(got.status, 405);
  await t.shutdown();
});

test("another site, a forged Host and another machine are refused, as on all routes", async () => {
  const { t, post } = await service();
  const ping = { jsonrpc: "2.0", id: 1, method: "ping" };
  equal((await post(ping)).status, 200);
  const foreign: Record<string, string>[] = [
    { origin: "http://evil.example" },
    { origin: "http://localhost:3000" },
    { "sec-fetch-site": "cross-site" },
    { host: "evil.example" },
  ];
  for (const headers of foreign) {
    equal((await post(ping, headers)).status, 403, JSON.stringify(headers));
  }
  await t.shutdown();
});
