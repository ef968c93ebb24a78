/**
 * The Model Context Protocol over HTTP, without sessions: one POST, one JSON answer. It speaks the
 * revision of 2026-07-28, in which each request stands alone, and those before it.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28
 * @module
 */
import type { Faults } from "../../core/faults.ts";
import type { Resource } from "../../core/resource.ts";
import { jsonBody } from "../wire/body.ts";
import { BadRequest } from "../wire/parameters.ts";
import { json, reply } from "../wire/reply.ts";
import { callTool, isTool, toolList, type ToolSource } from "./tools.ts";

const NEW_REVISION = "2026-07-28";
/** Older revisions, the newest first. */
const OLD_REVISIONS = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];
const META = "io.modelcontextprotocol/";
const MAX_BODY_BYTES = 65_536;
const EXAMPLE = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';
const INSTRUCTIONS =
  "Telemetry of one running service. Call findings first; then ask, with the question that a finding " +
  "names; then trace or logs for one request. describe has the grammar of questions.";

/** Codes of JSON-RPC, and of the protocol. */
const PARSE = -32700, INVALID = -32600, NO_METHOD = -32601, BAD_PARAMS = -32602, INTERNAL = -32603;
const HEADER_MISMATCH = -32020, NO_REVISION = -32022;

/** What the tools read, and who serves them. */
export interface McpSource extends ToolSource {
  readonly resource: Pick<Resource, "service" | "version">;
}

type Id = string | number;

interface Message {
  readonly id: Id | undefined;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** An error that goes back as such. */
class RpcError extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/** Answers `POST mcp`. */
export async function answerMcp(
  source: McpSource,
  faults: Faults,
  request: Request,
): Promise<Response> {
  let message: Message;
  try {
    message = messageOf(await jsonBody(request, MAX_BODY_BYTES, EXAMPLE));
    checkHeaders(message, request.headers);
  } catch (error) {
    if (error instanceof BadRequest) return failed(undefined, new RpcError(PARSE, error.message));
    if (error instanceof RpcError) return failed(undefined, error);
    throw error;
  }
  const { id } = message;
  // A notification, or a response to a request that we never send.
  if (id === undefined) return reply(null, "application/json", { status: 202 });
  try {
    return json({ jsonrpc: "2.0", id, result: await resultOf(source, message) });
  } catch (error) {
    if (error instanceof RpcError) return failed(id, error);
    faults.record("mcp", error);
    return failed(id, new RpcError(INTERNAL, "The tool failed"));
  }
}

function failed(id: Id | undefined, { code, message, data }: RpcError): Response {
  // Errors of one tool or method are answers of the protocol; what is no request at all is a 400.
  const status = code === NO_METHOD || code === BAD_PARAMS || code === INTERNAL ? 200 : 400;
  return json({ jsonrpc: "2.0", id: id ?? null, error: { code, message, data } }, status);
}

function messageOf(body: unknown): Message {
  if (!isObject(body) || body.jsonrpc !== "2.0") {
    throw new RpcError(INVALID, `The body must be one JSON-RPC message, as in ${EXAMPLE}`);
  }
  const { id, method, params = {} } = body;
  const isId = id === undefined || typeof id === "string" || Number.isInteger(id);
  if (
    !isId || !isObject(params) ||
    typeof method !== "string" && !("result" in body || "error" in body)
  ) {
    throw new RpcError(
      INVALID,
      "id must be a text or a whole number, method a text, params an object",
    );
  }
  return { id: method === undefined ? undefined : id as Id, method: String(method), params };
}

/** What intermediaries read in headers must be what the body says. */
function checkHeaders({ method, params }: Message, headers: Headers): void {
  const said = headers.get("mcp-method"), name = headers.get("mcp-name");
  const isNamed = method === "tools/call";
  if (said !== null && said !== method || isNamed && name !== null && name !== params.name) {
    throw new RpcError(HEADER_MISMATCH, "Mcp-Method and Mcp-Name must be those of the body");
  }
}

async function resultOf(source: McpSource, { method, params }: Message): Promise<object> {
  const isNew = isNewRevision(params);
  const done = (result: object) =>
    isNew ? { ...result, resultType: "complete", _meta: metaOf(source) } : result;
  const kept = isNew ? { ttlMs: 0, cacheScope: "private" } : {};
  switch (method) {
    case "server/discover":
      return done({
        ...kept,
        supportedVersions: [NEW_REVISION, ...OLD_REVISIONS],
        capabilities: { tools: {} },
        instructions: INSTRUCTIONS,
      });
    case "initialize":
      return {
        protocolVersion: OLD_REVISIONS.find((one) => one === params.protocolVersion) ??
          OLD_REVISIONS[0],
        capabilities: { tools: {} },
        serverInfo: serverOf(source),
        instructions: INSTRUCTIONS,
      };
    case "ping":
      return done({});
    case "tools/list":
      return done({ ...kept, tools: toolList() });
    case "tools/call": {
      const { name, arguments: given = {} } = params;
      if (!isTool(name)) {
        throw new RpcError(
          BAD_PARAMS,
          `There is no such tool: ${JSON.stringify(name)?.slice(0, 100)}`,
        );
      }
      if (!isObject(given)) throw new RpcError(BAD_PARAMS, "arguments must be an object");
      const { text, isError } = await callTool(source, name, given);
      return done({ content: [{ type: "text", text }], isError });
    }
  }
  throw new RpcError(NO_METHOD, `There is no method ${JSON.stringify(method.slice(0, 100))}`);
}

/** Whether a request is of the revision in which each says its own; another than ours is refused. */
function isNewRevision({ _meta }: Message["params"]): boolean {
  const asked = isObject(_meta) ? _meta[`${META}protocolVersion`] : undefined;
  if (asked === undefined) return false;
  if (asked === NEW_REVISION) return true;
  const supported = [NEW_REVISION, ...OLD_REVISIONS];
  if (OLD_REVISIONS.includes(String(asked))) return false;
  throw new RpcError(NO_REVISION, `The protocol version must be one of ${supported.join(", ")}`, {
    supported,
    requested: asked,
  });
}

function metaOf(source: McpSource): object {
  return { [`${META}serverInfo`]: serverOf(source) };
}

function serverOf({ resource }: McpSource): { name: string; version: string } {
  return { name: `telltale ${resource.service}`, version: resource.version ?? "0" };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
