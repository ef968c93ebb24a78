import { connect } from "node:net";

/** A request that no honest client sends; `random` makes each one different from the last. */
export interface HostileRequest {
  readonly name: string;
  readonly bytes: (random: string) => string;
}

const REST = "Host: demo\r\nConnection: close\r\n\r\n";

export const HOSTILE: readonly HostileRequest[] = [
  {
    name: "malformed Host",
    bytes: (random) =>
      `GET /orders/1 HTTP/1.1\r\nHost: [::${random}%%\r\nConnection: close\r\n\r\n`,
  },
  { name: "no Host", bytes: () => `GET /orders/1 HTTP/1.1\r\nConnection: close\r\n\r\n` },
  { name: "unknown method", bytes: (random) => `X${random} /orders/1 HTTP/1.1\r\n${REST}` },
  {
    name: "64 KB header",
    bytes: (random) => `GET /orders/1 HTTP/1.1\r\nX-Padding: ${random.repeat(8192)}\r\n${REST}`,
  },
  {
    name: "300 headers",
    bytes: (random) => {
      const headers = Array.from({ length: 300 }, (_, i) => `X-${random}-${i}: ${i}\r\n`).join("");
      return `GET /orders/1 HTTP/1.1\r\n${headers}${REST}`;
    },
  },
  {
    name: "broken traceparent",
    bytes: (random) => `GET /orders/1 HTTP/1.1\r\nTraceparent: 00-${random}-zz-xx\r\n${REST}`,
  },
  {
    name: "two traceparents",
    bytes: () => {
      const header = `Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n`;
      return `GET /orders/1 HTTP/1.1\r\n${header}${header}${REST}`;
    },
  },
  { name: "climbing path", bytes: (random) => `GET /../../${random}/passwd HTTP/1.1\r\n${REST}` },
  { name: "path not UTF-8", bytes: (random) => `GET /orders/%ff%00${random} HTTP/1.1\r\n${REST}` },
  {
    name: "CRLF in a path",
    bytes: (random) => `GET /orders/1%0d%0aSet-Cookie:%20${random} HTTP/1.1\r\n${REST}`,
  },
  {
    name: "folded header",
    bytes: (random) => `GET /orders/1 HTTP/1.1\r\nX-Request-Id: a\r\n ${random}\r\n${REST}`,
  },
  {
    name: "bare LF in a header",
    bytes: (random) => `GET /orders/1 HTTP/1.1\r\nX-Request-Id: ${random}\nX-Evil: 1\r\n${REST}`,
  },
  {
    name: "request id with quotes",
    bytes: (random) => `GET /orders/1 HTTP/1.1\r\nX-Request-Id: "}\\",${random}\r\n${REST}`,
  },
  { name: "absolute target", bytes: (random) => `GET http://${random}/ HTTP/1.1\r\n${REST}` },
  { name: "asterisk target", bytes: () => `OPTIONS * HTTP/1.1\r\n${REST}` },
  { name: "unknown path", bytes: (random) => `GET /${random}/wp-admin.php HTTP/1.1\r\n${REST}` },
  {
    name: "negative length",
    bytes: () => `POST /orders HTTP/1.1\r\nContent-Length: -1\r\n${REST}`,
  },
  {
    name: "broken chunk",
    bytes: (random) =>
      `POST /orders HTTP/1.1\r\nTransfer-Encoding: chunked\r\n${REST}no size ${random}\r\n`,
  },
  { name: "no HTTP at all", bytes: (random) => `\x16\x03\x01${random}\r\n\r\n` },
];

/**
 * Sends the bytes over a bare connection and resolves to the answer's status; 0 when the server
 * closed without one, or gave none within `timeoutMs`. Rejects when nothing listens.
 */
export function sendHostile(url: string, bytes: string, timeoutMs = 5000): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = "", connected = false;
    const socket = connect(Number(port), hostname);
    const end = (): void => {
      socket.destroy();
      resolve(Number(/^HTTP\/1\.[01] (\d{3}) /.exec(answer)?.[1] ?? 0));
    };
    socket.setEncoding("latin1");
    socket.setTimeout(timeoutMs, end);
    socket.on("connect", () => {
      connected = true;
      socket.write(bytes, "latin1");
    });
    socket.on("data", (data) => {
      answer += data;
      if (answer.includes("\r\n\r\n")) end();
    });
    socket.on("close", end);
    // A server may reset the connection of such a client: that is an answer too.
    socket.on("error", (error) => connected ? end() : reject(error));
  });
}
