import { readFileSync } from "node:fs";

/** In the value of every hostile header; no answer and no log line may repeat it. */
export const MARK = "mark9f3c";

/** Strings that programs stumble over. */
export const NAUGHTY: readonly string[] = JSON.parse(
  readFileSync(new URL("../data/blns.json", import.meta.url), "utf8"),
);

const HEADERS = [
  "User-Agent",
  "Accept",
  "Accept-Encoding",
  "Authorization",
  "Baggage",
  "Cookie",
  "Forwarded",
  "If-None-Match",
  "Origin",
  "Referer",
  "Traceparent",
  "Tracestate",
  "X-Forwarded-For",
  "X-Forwarded-Host",
  "X-Request-Id",
] as const;

const CLOSE = "Connection: close";

function request(...lines: string[]): string {
  return [...lines, "", ""].join("\r\n");
}

/** One naughty string wherever a client can put one. */
export function naughtyRequests(text: string): string[] {
  const headers = HEADERS.map((name) => `${name}: ${MARK} ${text}`);
  const encoded = encodeURIComponent(text.toWellFormed());
  return [
    request(`GET /${encoded}?q=${encoded} HTTP/1.1`, "Host: localhost", ...headers, CLOSE),
    request(`GET /${text} HTTP/1.1`, "Host: localhost", CLOSE),
    request("GET /hello HTTP/1.1", `Host: ${text}`, CLOSE),
    request(`${text} /hello HTTP/1.1`, "Host: localhost", CLOSE),
  ];
}

const post = (...headers: string[]) => (body: string) =>
  request("POST /echo HTTP/1.1", "Host: localhost", ...headers, CLOSE) + body;

const get = (...lines: string[]) => request("GET /hello HTTP/1.1", ...lines, CLOSE);

/** Requests that are wrong in a way that has a name. */
export const HOSTILE: Readonly<Record<string, string>> = {
  "no host": get(),
  "empty host": get("Host:"),
  "two hosts": get("Host: a", "Host: b"),
  "host with a space": get("Host: a b"),
  "host with credentials": get("Host: user:password@localhost"),
  "host with a bracket": get("Host: [::1"),
  "host with a port too many": get("Host: localhost:99999"),
  "host with a path": get("Host: localhost/metrics"),
  "host with a backslash": get("Host: localhost\\evil"),
  "host with a NUL": get("Host: local\0host"),
  "long host": get(`Host: ${"a".repeat(10_000)}`),
  "HTTP/0.9": "GET /hello\r\n\r\n",
  "HTTP/1.0": "GET /hello HTTP/1.0\r\n\r\n",
  "HTTP/1.2": request("GET /hello HTTP/1.2", "Host: localhost", CLOSE),
  "HTTP/9.9": request("GET /hello HTTP/9.9", "Host: localhost", CLOSE),
  "HTTP/2 preface": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "no version": "GET /hello \r\nHost: localhost\r\n\r\n",
  "lower-case method": request("get /hello HTTP/1.1", "Host: localhost", CLOSE),
  "unknown method": request(`${MARK.toUpperCase()} /hello HTTP/1.1`, "Host: localhost", CLOSE),
  "method of punctuation": request("!#$%&'*+ /hello HTTP/1.1", "Host: localhost", CLOSE),
  "long method": request(`${"A".repeat(5000)} /hello HTTP/1.1`, "Host: localhost", CLOSE),
  "method __proto__": request("__proto__ /hello HTTP/1.1", "Host: localhost", CLOSE),
  "TRACE": request("TRACE /hello HTTP/1.1", "Host: localhost", `X-Secret: ${MARK}`, CLOSE),
  "CONNECT": request("CONNECT evil.example:443 HTTP/1.1", "Host: evil.example", CLOSE),
  "OPTIONS *": request("OPTIONS * HTTP/1.1", "Host: localhost", CLOSE),
  "whole URL": request("GET http://evil.example/hello HTTP/1.1", "Host: localhost", CLOSE),
  "whole URL with credentials": request("GET http://a:b@evil/hello HTTP/1.1", "Host: a", CLOSE),
  "no slash": request("GET hello HTTP/1.1", "Host: localhost", CLOSE),
  "two slashes": request("GET //evil.example/hello HTTP/1.1", "Host: localhost", CLOSE),
  "backslashes": request("GET \\\\evil\\hello HTTP/1.1", "Host: localhost", CLOSE),
  "lone percent": request("GET /% HTTP/1.1", "Host: localhost", CLOSE),
  "broken percent": request("GET /%zz%f?%= HTTP/1.1", "Host: localhost", CLOSE),
  "invalid UTF-8 percent": request("GET /%ff%fe%80 HTTP/1.1", "Host: localhost", CLOSE),
  "percent NUL and breaks": request("GET /%00%0d%0aX:%20y HTTP/1.1", "Host: localhost", CLOSE),
  "dots": request("GET /../../etc/passwd HTTP/1.1", "Host: localhost", CLOSE),
  "encoded dots": request("GET /%2e%2e/%2e%2e/metrics HTTP/1.1", "Host: localhost", CLOSE),
  "fragment": request("GET /hello#metrics HTTP/1.1", "Host: localhost", CLOSE),
  "long path": request(`GET /${"a".repeat(30_000)} HTTP/1.1`, "Host: localhost", CLOSE),
  "path __proto__": request("GET /__proto__ HTTP/1.1", "Host: localhost", CLOSE),
  "long query": request(`GET /hello?${"a=b&".repeat(5000)} HTTP/1.1`, "Host: localhost", CLOSE),
  "300 headers": get("Host: a", ...Array.from({ length: 300 }, (_, i) => `X-${i}: ${i}`)),
  "1000 headers": get("Host: a", ...Array.from({ length: 1000 }, (_, i) => `X-${i}: ${i}`)),
  "header of 70 kB": get("Host: a", `X-Long: ${"a".repeat(70_000)}`),
  "header without colon": get("Host: a", "nonsense"),
  "header without name": get("Host: a", ": value"),
  "header with space before colon": get("Host: a", "X-A : value"),
  "folded header": get("Host: a", "X-A: one", " two"),
  "NUL in a header": get("Host: a", `User-Agent: ${MARK}\0x`),
  "escape codes in a header": get("Host: a", `User-Agent: ${MARK}\x1b[2J\x07`),
  "bare CR in a header": get("Host: a", `User-Agent: ${MARK}\rX-Injected: y`),
  "bare LF everywhere": `GET /hello HTTP/1.1\nHost: a\n${CLOSE}\n\n`,
  "request id that breaks lines": get("Host: a", `X-Request-Id: ${MARK}%0d%0aX-Injected: y`),
  "two request ids": get("Host: a", `X-Request-Id: ${MARK},`, "X-Request-Id: b"),
  "long traceparent": get("Host: a", `Traceparent: 00-${"a".repeat(9000)}`),
  "many tracestates": get("Host: a", ...Array.from({ length: 200 }, () => "Tracestate: a=b")),
  "long baggage": get("Host: a", `Baggage: ${"k=%zz,".repeat(1500)}`),
  "length and chunks": post("Content-Length: 4", "Transfer-Encoding: chunked")("0\r\n\r\nGET /x"),
  "chunks and length": post("Transfer-Encoding: chunked", "Content-Length: 4")("0\r\n\r\nGET /x"),
  "two lengths": post("Content-Length: 4", "Content-Length: 5")("body!"),
  "list of lengths": post("Content-Length: 4, 4")("body"),
  "negative length": post("Content-Length: -1")(""),
  "hexadecimal length": post("Content-Length: 0x4")("body"),
  "length with a sign": post("Content-Length: +4")("body"),
  "length beyond all": post(`Content-Length: ${"9".repeat(30)}`)("body"),
  "chunked twice": post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked")("0\r\n\r\n"),
  "chunked last but one": post("Transfer-Encoding: chunked, identity")("0\r\n\r\n"),
  "xchunked": post("Transfer-Encoding: xchunked")("0\r\n\r\n"),
  "chunked with a tab": post("Transfer-Encoding:\tchunked")("0\r\n\r\n"),
  "chunked with a space before colon": post("Transfer-Encoding : chunked")("0\r\n\r\n"),
  "broken chunk size": post("Transfer-Encoding: chunked")("zz\r\nbody\r\n0\r\n\r\n"),
  "huge chunk size": post("Transfer-Encoding: chunked")("ffffffffffffffff\r\nbody\r\n0\r\n\r\n"),
  "chunk extension": post("Transfer-Encoding: chunked")(
    `4;${"x".repeat(5000)}\r\nbody\r\n0\r\n\r\n`,
  ),
  "chunk without break": post("Transfer-Encoding: chunked")("4\r\nbodyX0\r\n\r\n"),
  "trailer": post("Transfer-Encoding: chunked", "Trailer: X-Request-Id")(
    `4\r\nbody\r\n0\r\nX-Request-Id: ${MARK}\r\n\r\n`,
  ),
  "expectation": post("Expect: 100-continue", "Content-Length: 4")("body"),
  "odd expectation": post(`Expect: ${MARK}`, "Content-Length: 4")("body"),
  "upgrade to nothing": get("Host: a", "Upgrade: nonsense"),
  "request after a request": get("Host: a") + get("Host: a"),
  "TLS hello": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
  "zeros": "\0".repeat(1000),
  "breaks": "\r\n".repeat(1000),
  "nothing": "",
};
