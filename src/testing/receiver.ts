/**
 * An OTLP receiver for tests.
 *
 * @module
 */
import { checkFunction, type Known, refuseUnknown } from "../core/check.ts";
import { outside } from "../core/context.ts";
import { ASYNC_DISPOSE } from "../core/dispose.ts";
import { fail } from "./capture/match.ts";
import { checkJson } from "./otlp/json.ts";
import { readProtobuf } from "./otlp/protobuf.ts";
import { checkRequest } from "./otlp/rules.ts";
import { type OtlpSignal, REQUESTS } from "./otlp/schema.ts";

/** A part of a request, as its JSON has it. */
// deno-lint-ignore no-explicit-any
export type OtlpJson = any;

/** A request that a receiver was sent. */
export interface OtlpRequest {
  /** What it carries; undefined for a path that is none of OTLP. */
  readonly signal: OtlpSignal | undefined;
  /** The encoding of its body. */
  readonly encoding: "protobuf" | "json" | undefined;
  /** Whether its body was compressed with gzip. */
  readonly isGzipped: boolean;
  /** Its headers. */
  readonly headers: Headers;
  /** What it says, as its JSON would be: 64-bit integers are text, ids hex digits. */
  readonly body: OtlpJson;
  /** What is wrong with it: a place, and the rule. */
  readonly problems: readonly string[];
}

/** Options of {@linkcode OtlpReceiver}. */
export interface OtlpReceiverOptions {
  /**
   * Answers in place of the receiver, for failures: `() => new Response(null, { status: 503 })`. A throw is a
   * failed connection; what it returns nothing for is answered as usual.
   */
  readonly answer?:
    | ((request: OtlpRequest) => Response | undefined | Promise<Response | undefined>)
    | undefined;
}

const KNOWN: Known<OtlpReceiverOptions> = { answer: true };
const WHAT = "make OTLP receiver";
/** Problems of one request that are told. */
const MAX_PROBLEMS = 50;

/**
 * Receives OTLP over HTTP in a test, in protobuf and JSON, gzipped or not, and checks each request against
 * the specification: its method, path and headers, each field's name and type, ids' lengths, required
 * fields, the order of times, buckets that add up. A request that is wrong is answered with 400.
 *
 * @example
 * ```ts
 * import { telltale } from "@telltale/telltale";
 * import { OtlpReceiver } from "@telltale/telltale/testing";
 * import { deepEqual } from "node:assert/strict";
 *
 * await using receiver = new OtlpReceiver();
 * const otlp = { endpoint: await receiver.listen() };
 * await using t = telltale({ service: "orders", log: { sinks: [] }, otlp });
 * t.tracer.span("charge card", () => {});
 * await t.flush();
 * receiver.assertValid();
 * deepEqual(receiver.spans.map(({ name }) => name), ["charge card"]);
 * ```
 */
export class OtlpReceiver {
  readonly #requests: OtlpRequest[] = [];
  readonly #answer: OtlpReceiverOptions["answer"];
  #endpoint: Promise<string> | undefined;
  #stop: (() => void) | undefined;

  /**
   * Makes a receiver.
   *
   * @throws {TypeError} for an unknown option, or one of the wrong kind
   */
  constructor(options: OtlpReceiverOptions = {}) {
    refuseUnknown(WHAT, options, KNOWN);
    if (options.answer !== undefined) checkFunction(WHAT, "answer", options.answer);
    this.#answer = options.answer;
  }

  /** The option `fetch` of an exporter, where it has one: nothing is sent over the network. */
  readonly fetch = (input: string | URL | Request, init?: RequestInit): Promise<Response> =>
    this.handle(new Request(input, init));

  /** Receives a request: a handler, for a server of the test's own. */
  readonly handle = async (request: Request): Promise<Response> => {
    const read = await readRequest(request);
    this.#requests.push(read);
    const answer = await this.#answer?.(read);
    if (answer !== undefined) return answer;
    const { problems, encoding } = read, isJson = encoding === "json";
    const type = isJson ? "application/json" : "application/x-protobuf";
    const headers = { "content-type": type };
    if (problems.length === 0) return new Response(isJson ? "{}" : new Uint8Array(), { headers });
    return Response.json({ code: 3, message: problems.join("; ") }, { status: 400 });
  };

  /** All requests, in the order in which they came. */
  get requests(): readonly OtlpRequest[] {
    return this.#requests;
  }

  /** What is wrong with any of them: `POST /v1/traces: resourceSpans[0]…spanId must be set`. */
  get problems(): readonly string[] {
    return this.#requests.flatMap(({ problems, signal }) =>
      problems.map((problem) => `${signal ?? "a request"}: ${problem}`)
    );
  }

  /** All spans, as JSON has them. */
  get spans(): readonly OtlpJson[] {
    return this.#items("resourceSpans", "scopeSpans", "spans");
  }

  /** All log records, as JSON has them. */
  get logs(): readonly OtlpJson[] {
    return this.#items("resourceLogs", "scopeLogs", "logRecords");
  }

  /** All metrics, as JSON has them. */
  get metrics(): readonly OtlpJson[] {
    return this.#items("resourceMetrics", "scopeMetrics", "metrics");
  }

  /** Asserts that something came, and that nothing was wrong with it. @throws {AssertionError} */
  assertValid(): this {
    const { problems } = this;
    if (this.#requests.length === 0) fail("No OTLP request came", "assertValid");
    if (problems.length === 0) return this;
    fail(
      `OTLP requests are not well-formed:\n  ${problems.join("\n  ")}`,
      "assertValid",
      problems,
      [],
    );
  }

  /** Forgets all requests. */
  clear(): void {
    this.#requests.length = 0;
  }

  /** Listens on a free port of this machine, and resolves to the endpoint: `http://127.0.0.1:4318`. */
  listen(): Promise<string> {
    return this.#endpoint ??= outside(() => this.#listen());
  }

  /** Stops listening. */
  async close(): Promise<void> {
    await this.#endpoint;
    this.#stop?.();
    this.#stop = this.#endpoint = undefined;
  }

  /** {@linkcode OtlpReceiver.close}, for `await using`. */
  [ASYNC_DISPOSE](): Promise<void> {
    return this.close();
  }

  async #listen(): Promise<string> {
    const { createServer } = await import("node:http");
    const server = createServer(async (request, response) => {
      const chunks: Uint8Array<ArrayBuffer>[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const { method = "GET", url = "/", headers } = request;
      const body = method === "GET" || method === "HEAD" ? undefined : new Blob(chunks);
      const given = Object.entries(headers).map(([name, value]): [string, string] => [
        name,
        String(value),
      ]);
      try {
        const asked = new Request(new URL(url, "http://127.0.0.1"), {
          method,
          headers: given,
          body,
        });
        const answer = await this.handle(asked);
        response.writeHead(answer.status, Object.fromEntries(answer.headers));
        response.end(new Uint8Array(await answer.arrayBuffer()));
      } catch {
        request.destroy();
      }
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    this.#stop = () => {
      server.close();
      server.closeAllConnections();
    };
    return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  }

  #items(...path: readonly [string, string, string]): OtlpJson[] {
    let items: OtlpJson[] = this.#requests.map(({ body }) => body);
    for (const name of path) {
      items = items.flatMap((item) => Array.isArray(item?.[name]) ? item[name] : []);
    }
    return items;
  }
}

async function readRequest(request: Request): Promise<OtlpRequest> {
  const { method, headers } = request, problems: string[] = [];
  const report = (path: string, problem: string) => {
    if (problems.length < MAX_PROBLEMS) problems.push(path === "" ? problem : `${path} ${problem}`);
  };
  const { pathname } = new URL(request.url);
  const signal = /\/v1\/(traces|logs|metrics)$/.exec(pathname)?.[1] as OtlpSignal | undefined;
  if (method !== "POST") report("method", `must be POST, got ${method}`);
  if (signal === undefined) {
    report("path", `must end in /v1/traces, /v1/logs or /v1/metrics, got ${pathname}`);
  }
  const type = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  const encoding = type === "application/json"
    ? "json"
    : type === "application/x-protobuf"
    ? "protobuf"
    : undefined;
  if (encoding === undefined) {
    report("content-type", `must be application/x-protobuf or application/json, got ${type}`);
  }
  const compression = headers.get("content-encoding") ?? "identity",
    isGzipped = compression === "gzip";
  if (!isGzipped && compression !== "identity") {
    report("content-encoding", `must be gzip or none, got ${compression}`);
  }
  const sent = new Uint8Array(await request.arrayBuffer());
  const bytes = isGzipped ? await unzipped(sent, report) : sent;
  let body: unknown = {};
  if (signal !== undefined && encoding !== undefined && bytes !== undefined) {
    const message = REQUESTS[signal];
    if (bytes.length === 0) report("body", "must not be empty");
    else if (encoding === "protobuf") body = readProtobuf(bytes, message, report);
    else body = readJson(bytes, message, report);
    // Values of other types would be reported twice, and wrongly.
    if (problems.length === 0) checkRequest(body, report);
  }
  return { signal, encoding, isGzipped, headers, body, problems };
}

type Report = (path: string, problem: string) => void;

async function unzipped(
  bytes: Uint8Array<ArrayBuffer>,
  report: Report,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch {
    report("body", "must be gzip, as its content-encoding says");
    return undefined;
  }
}

function readJson(bytes: Uint8Array, message: string, report: Report): unknown {
  try {
    const body: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    checkJson(body, message, report);
    return body;
  } catch (error) {
    report("body", `must be JSON in UTF-8: ${(error as Error).message}`);
    return {};
  }
}
