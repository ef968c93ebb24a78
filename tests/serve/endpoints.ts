import { test } from "node:test";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { startApp, TOKEN } from "./app.ts";
import { lines, sendRaw } from "./raw.ts";
import type { Program } from "./service.ts";

/** A bare answer, as it came over the wire. */
interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly bodyBytes: number;
}

async function ask(port: number, method: string, path: string, ...more: string[]): Promise<Answer> {
  const answer = await sendRaw(port, lines(`${method} ${path} HTTP/1.1`, "Host: a", ...more));
  const end = answer.indexOf("\r\n\r\n");
  const [first, ...rest] = answer.slice(0, end).split("\r\n");
  const headers = new Map(rest.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  }));
  return { status: Number(first!.split(" ")[1]), headers, bodyBytes: answer.length - end - 4 };
}

// A connection that closes is a proxy's, by default.
const KNOWN = `Authorization: Bearer ${TOKEN}`;
const PROXIED = "X-Forwarded-For: 203.0.113.9";
const GZIP = "Accept-Encoding: gzip";

/** What the endpoints answer to each method, on the wire. */
const ASKED: readonly (readonly [path: string, status: number, ...headers: string[]])[] = [
  ["/livez", 200],
  ["/readyz", 200],
  ["/startupz", 200],
  ["/health", 200, KNOWN],
  ["/health", 200, PROXIED],
  ["/health", 200, KNOWN, "Accept: application/health+json"],
  ["/metrics", 200, KNOWN],
  ["/metrics", 200, KNOWN, GZIP],
  ["/metrics", 200, KNOWN, GZIP, "Accept: application/openmetrics-text; version=1.0.0"],
  ["/metrics", 403],
  ["/metrics", 403, PROXIED],
  ["/telltale/nothing", 404],
  ["/telltale/stream", 200, KNOWN],
  ["/telltale/broken", 500, KNOWN],
  ["/hello", 200],
  ["/nothing", 404],
];

/** The endpoints are one thing on every runtime. */
export function testEndpoints(program: Program, name: string, skip: string | false): void {
  const it = (title: string, fn: () => Promise<void>) => test(`${title}, on ${name}`, { skip }, fn);

  it("HEAD has the headers of GET, and no length that GET does not have", async () => {
    const app = await startApp(program, { level: "fatal" });
    for (const [path, status, ...headers] of ASKED) {
      const title = [path, ...headers].join(" ");
      const [get, head] = await Promise.all([
        ask(app.port, "GET", path, ...headers),
        ask(app.port, "HEAD", path, ...headers),
      ]);
      deepEqual([get.status, head.status], [status, status], title);
      ok(get.bodyBytes > 0, title);
      equal(head.bodyBytes, 0, title);
      // RFC 9110 §8.6: it may be left out, and must not be another.
      const length = head.headers.get("content-length");
      if (length !== undefined) equal(length, get.headers.get("content-length"), title);
      for (const same of ["cache-control", "x-content-type-options", "content-type"]) {
        // Bun leaves the type out of the application's own answers to HEAD.
        if (same !== "content-type" || status === 200 && path !== "/hello") {
          equal(head.headers.get(same), get.headers.get(same), title);
        }
      }
    }
    equal(await app.stop(), 0);
  });

  it("a connection kept alive stays in step after HEAD", async () => {
    const app = await startApp(program, { level: "fatal" });
    const socket = connect(app.port, "127.0.0.1").setEncoding("latin1");
    let answers = "";
    // One after the other: Bun answers pipelined requests only while its handlers are synchronous.
    for (const path of ["/livez", "/metrics", "/telltale/stream", "/hello"]) {
      const head = once(socket, "data");
      socket.write(`HEAD ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      answers += (await head)[0];
    }
    socket.write(lines("GET /hello HTTP/1.1", "Host: a"));
    for await (const chunk of socket) answers += chunk;
    equal(answers.split("HTTP/1.1 200").length, 6, answers);
    match(answers, /\r\n\r\nhello$/);
    equal(await app.stop(), 0);
  });

  it("the endpoints refuse other methods", async () => {
    const app = await startApp(program, { level: "fatal" });
    for (const path of ["/livez", "/readyz", "/startupz", "/health", "/metrics"]) {
      for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
        const { status, headers } = await ask(app.port, method, path, "Content-Length: 0");
        deepEqual([status, headers.get("allow")], [405, "GET, HEAD"], `${method} ${path}`);
      }
    }
    equal(await app.stop(), 0);
  });
}
