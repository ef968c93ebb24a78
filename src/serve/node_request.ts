/**
 * Node's incoming message as a `Request`.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";

/** Where a request came from, in the shape of Deno's `ServeHandlerInfo`. */
export interface NodeServeInfo {
  /** The other end of the connection. */
  readonly remoteAddr: {
    readonly transport: "tcp" | "unix";
    readonly hostname?: string | undefined;
    readonly port?: number | undefined;
  };
  /** The HTTP version of the request, such as `1.1`. */
  readonly httpVersion: string;
}

/**
 * The peer of a message. Only the server knows whether it is on a unix socket: a TCP socket that was
 * reset has no address either, and must not count as local.
 */
export function infoOf(
  { socket, httpVersion }: IncomingMessage,
  isUnix: boolean,
): NodeServeInfo {
  if (isUnix) return { remoteAddr: { transport: "unix" }, httpVersion };
  const { remoteAddress: hostname, remotePort: port } = socket;
  return { remoteAddr: { transport: "tcp", hostname, port }, httpVersion };
}

/** The message as a `Request`, even with a hostile `Host` header or target. */
export function requestOf(message: IncomingMessage, signal: AbortSignal): Request {
  const { method = "GET" } = message;
  const hasBody = method !== "GET" && method !== "HEAD" &&
    (message.headers["transfer-encoding"] !== undefined ||
      Number(message.headers["content-length"] ?? 0) > 0);
  const init: RequestInit & { duplex?: "half" } = {
    method: isForbidden(method) ? "GET" : method,
    headers: headersOf(message),
    signal,
  };
  if (hasBody) {
    init.body = Readable.toWeb(message) as ReadableStream<Uint8Array<ArrayBuffer>>;
    init.duplex = "half";
  }
  const request = newRequest(message, init);
  // Fetch refuses these methods in a new `Request`; an incoming request may have them.
  if (isForbidden(method)) Object.defineProperty(request, "method", { value: method });
  return request;
}

function newRequest(message: IncomingMessage, init: RequestInit): Request {
  const { url = "/", socket } = message;
  // On Bun every socket has the property.
  const scheme = (socket as { encrypted?: boolean }).encrypted === true ? "https" : "http";
  const path = pathOfTarget(url);
  const { host = "localhost" } = message.headers;
  // With an empty host, or one that contains a delimiter, the path would begin elsewhere.
  if (/^$|[/?#\\]/.test(host)) return new Request(`${scheme}://localhost${path}`, init);
  try {
    return new Request(`${scheme}://${host}${path}`, init);
  } catch {
    // Another hostile host, or one with credentials.
    return new Request(`${scheme}://localhost${path}`, init);
  }
}

/** RFC 9112 §3.2: a path, an absolute URL, as sent to a proxy, or `*`. */
function pathOfTarget(target: string): string {
  if (target.startsWith("/")) return target;
  const [, rest = ""] = /^https?:\/\/[^/?#]*(.*)$/i.exec(target) ?? [];
  return rest.startsWith("/") ? rest : `/${rest}`;
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    try {
      headers.append(rawHeaders[i]!, rawHeaders[i + 1]!);
    } catch {
      // Node accepts headers that fetch refuses: they are left out.
    }
  }
  return headers;
}

function isForbidden(method: string): boolean {
  return method === "TRACE" || method === "TRACK" || method === "CONNECT";
}
