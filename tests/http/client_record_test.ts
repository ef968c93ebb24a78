import { deepEqual, doesNotMatch, equal, rejects } from "node:assert/strict";
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { type RedactOptions, telltale, type TelltaleOptions } from "../../mod.ts";
import { runtime } from "../../src/core/platform.ts";

const quiet: TelltaleOptions = { log: { sinks: [] }, metrics: { runtime: false }, otlp: false };

/** Answers each request with its first line, and then redirects or breaks off as the path says. */
async function withWire(work: (url: string, lines: string[]) => Promise<void>): Promise<void> {
  const lines: string[] = [];
  const server = createTcpServer((socket) => {
    socket.on("error", () => {}).on("data", (data) => {
      const line = String(data).split("\r\n")[0]!, location = /[?&]to=([^& ]+)/.exec(line)?.[1];
      lines.push(line);
      if (line.includes("/break")) return socket.destroy();
      const status = location === undefined ? "200 OK" : "302 Found";
      const header = location === undefined ? "" : `location: ${decodeURIComponent(location)}\r\n`;
      socket.end(`HTTP/1.1 ${status}\r\n${header}content-length: 0\r\nconnection: close\r\n\r\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, lines);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

const HIDDEN = "%5BREDACTED%5D";
const urls: [options: RedactOptions | undefined, query: string, shown: string][] = [
  [
    undefined,
    "?api_key=S1&access_token=S2&password=S3&page=2",
    `?api_key=${HIDDEN}&access_token=${HIDDEN}&password=${HIDDEN}&page=2`,
  ],
  [
    undefined,
    "?token=S&client_secret=S&refresh_token=S#id_token=S&x=1",
    [
      `?token=${HIDDEN}&client_secret=${HIDDEN}&refresh_token=${HIDDEN}`,
      `#id_token=${HIDDEN}&x=1`,
    ].join(""),
  ],
  [undefined, "?API%5fKey=S&a+b=c%20d", `?API%5fKey=${HIDDEN}&a+b=c%20d`],
  [undefined, "?sig=S&token=", `?sig=REDACTED&token=${HIDDEN}`],
  [{ keys: ["order"] }, "?order=S&token=shown", `?order=${HIDDEN}&token=shown`],
  [{ by: "remove" }, "?token=S&a=1&password=S", "?a=1"],
];

test("url.full hides what the redactor hides by key, and what the semantic conventions name", async () => {
  for (const [redact, query, shown] of urls) {
    await using t = telltale({ ...quiet, redact });
    await withWire(async (url) => {
      await t.fetch(`${url}/v1${query}`);
      equal(t.tracer.finished.since(0)[0]!.attributes["url.full"], `${url}/v1${shown}`);
    });
  }
});

test("url.full is hashed where the redactor hashes, and equal values have equal hashes", async () => {
  await using t = telltale({ ...quiet, redact: { by: { hashKey: "k" } } });
  await withWire(async (url) => {
    for (const token of ["a", "a", "b"]) await t.fetch(`${url}/?token=${token}`);
  });
  const [a, same, b] = t.tracer.finished.since(0).map(({ attributes }) => attributes["url.full"]);
  equal(a, same);
  equal(a === b, false);
  doesNotMatch(String(a), /token=a/);
});

test("url.full and a log field show a URL in the same way", async () => {
  await using t = telltale(quiet);
  await withWire(async (url) => {
    const target = `${url}/v1?api_key=S1&access_token=S2&password=S3`;
    await t.fetch(target);
    t.log.info("same", { url: new URL(target) });
  });
  const { attributes } = t.tracer.finished.since(0)[0]!;
  equal(attributes["url.full"], t.log.ring.at(0)!.fields.url);
});

test("no record of a failure contains secrets of its URL, or of that of a redirect", async () => {
  await withWire(async (url) => {
    const secret = "opensesame", user = url.replace("//", `//ada:${secret}@`);
    const broken = `${url}/break?token=${secret}`;
    const targets = [
      broken,
      `${user}/break?a=1`,
      `${url}/?to=${encodeURIComponent(broken)}`,
      `${url.replace("http:", "https:")}/?access_token=${secret}`,
      `http://127.0.0.1:1/?password=${secret}#token=${secret}`,
    ];
    await using t = telltale(quiet);
    for (const target of targets) await rejects(t.fetch(target));
    const records = t.tracer.finished.since(0);
    deepEqual(records.map(({ status }) => status), targets.map(() => "error"));
    // What the application put into a parameter that nobody hides is its own.
    const [, , redirected, ...rest] = records;
    const { "url.full": full, ...attributes } = redirected!.attributes;
    equal(typeof full, "string");
    const kept = JSON.stringify([records.slice(0, 2), rest, attributes, redirected!.events]);
    doesNotMatch(kept, new RegExp(secret));
    doesNotMatch(redirected!.statusMessage ?? "", new RegExp(secret));
  });
});

test("http.request.method_original is set when the method on the wire differs from the span's", async () => {
  await withWire(async (url, lines) => {
    await using t = telltale(quiet);
    for (const method of ["GET", "get", "post", "patch", "PATCH", "propfind", "BREW"]) {
      await t.fetch(url, { method });
    }
    const sent = lines.map((line) => line.split(" ")[0]!);
    const shown = t.tracer.finished.since(0).map(({ attributes }) => [
      attributes["http.request.method"],
      attributes["http.request.method_original"],
    ]);
    deepEqual(shown.map(([method, original]) => original ?? method), sent);
    if (runtime.name === "deno") {
      deepEqual(shown, [
        ["GET", undefined],
        ["GET", undefined],
        ["POST", undefined],
        ["PATCH", "patch"],
        ["PATCH", undefined],
        ["_OTHER", "propfind"],
        ["_OTHER", "BREW"],
      ]);
    }
  });
});

test("http_client_request_duration_seconds tells ports apart", async () => {
  await using t = telltale(quiet);
  await withWire(async (url) => {
    const { port } = new URL(url);
    await t.fetch(url);
    const page = await (await t.metrics.scrape()).text();
    const line = page.split("\n").find((line) =>
      line.includes(
        "http_client_request_duration_" +
          "seconds_count",
      )
    );
    equal(line?.includes(`host="127.0.0.1",port="${port}",status="200"`), true, line);
  });
});

test("tracedFetch() records a failure for a Request whose body is read or locked", async () => {
  await withWire(async (url) => {
    const t = telltale({ ...quiet, service: "orders" });
    const used = new Request(url, { method: "POST", body: "x" });
    await used.text();
    const locked = new Request(url, { method: "POST", body: "x" });
    locked.body!.getReader();
    for (const request of [used, locked]) await rejects(t.fetch(request), TypeError);
    const types = t.tracer.finished.since(0).map(({ attributes }) => attributes["error.type"]);
    deepEqual(types, ["TypeError", "TypeError"]);
    await t.shutdown();
  });
});
