import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { telltale, type TelltaleOptions } from "../../mod.ts";
import { runtime } from "../../src/core/platform.ts";
import { skipWhen } from "../tool.ts";

const quiet: TelltaleOptions = { log: { sinks: [] }, metrics: { runtime: false }, otlp: false };
const onlyBun = { skip: skipWhen(runtime.name !== "bun", "about what Bun's fetch takes") };
const onlyDeno = { skip: skipWhen(runtime.name !== "deno", "about what Deno's fetch takes") };

/** What the runtime's own types don't have, on the other runtime at least. */
type Extras = RequestInit & Record<string, unknown>;

/** The ways in which an `init` can have its members. */
const forms: Record<string, (init: Extras) => Extras> = {
  "a plain object": (init) => init,
  "an object with a prototype": (init) => Object.create(init),
};

async function withServer(
  listenAt: string | undefined,
  work: (url: string, seen: IncomingMessage[]) => Promise<void>,
): Promise<void> {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    if (request.url!.endsWith("/to")) {
      return response.writeHead(302, { location: "http://a.internal/end" }).end();
    }
    response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("text"));
  });
  await new Promise<void>((resolve) => server.listen(listenAt ?? 0, () => resolve()));
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Without lists and with them: then redirects are followed by hand. */
const clients: TelltaleOptions["client"][] = [undefined, { traceHosts: ["a.internal"] }];

function traced(seen: readonly IncomingMessage[]): void {
  for (const { headers } of seen) match(String(headers.traceparent), /^00-[^,]{52}$/);
}

for (const [name, form] of Object.entries(forms)) {
  test(`t.fetch passes on unix, proxy and decompress of Bun, in ${name}`, onlyBun, async () => {
    for (const client of clients) {
      await using t = telltale({ ...quiet, client });
      const folder = mkdtempSync(join(tmpdir(), "telltale-"));
      try {
        const unix = join(folder, "socket");
        await withServer(unix, async (_url, seen) => {
          const response = await t.fetch("http://a.internal/end", form({ unix }));
          equal(await response.text(), "text");
          // Bun looks for the name when it is redirected, and so do we.
          await rejects(t.fetch("http://a.internal/to", form({ unix })));
          deepEqual(seen.map(({ url }) => url), ["/end", "/to"]);
          traced(seen);
        });
      } finally {
        rmSync(folder, { recursive: true });
      }
      await withServer(undefined, async (proxy, seen) => {
        for (const path of ["/end", "/to"]) {
          const response = await t.fetch(`http://a.internal${path}`, form({ proxy }));
          equal(await response.text(), "text");
        }
        deepEqual(seen.map(({ url }) => url), [
          "http://a.internal/end",
          "http://a.internal/to",
          "http://a.internal/end",
        ]);
        traced(seen);
        const raw = form({ proxy, decompress: false });
        const bytes = new Uint8Array(
          await (await t.fetch("http://a.internal/", raw)).arrayBuffer(),
        );
        deepEqual([...bytes.subarray(0, 2)], [0x1f, 0x8b]);
      });
    }
  });

  test(`t.fetch passes on client of Deno, in ${name}`, onlyDeno, async () => {
    const { createHttpClient } = (globalThis as unknown as {
      Deno: { createHttpClient(options: object): Disposable };
    }).Deno;
    for (const options of clients) {
      await using t = telltale({ ...quiet, client: options });
      await withServer(undefined, async (url, seen) => {
        using client = createHttpClient({ proxy: { url } });
        for (const path of ["/end", "/to"]) {
          const response = await t.fetch(`http://a.internal${path}`, form({ client }));
          equal(await response.text(), "text");
        }
        const request = new Request("http://a.internal/end", form({ client }));
        equal(await (await t.fetch(request)).text(), "text");
        deepEqual(seen.map(({ url }) => url), [
          "http://a.internal/end",
          "http://a.internal/to",
          "http://a.internal/end",
          "http://a.internal/end",
        ]);
        traced(seen);
      });
    }
  });
}

test("t.fetch takes headers that are read once, over a Request too, and sends them once", async () => {
  await withServer(undefined, async (url, seen) => {
    await using t = telltale(quiet);
    function* headers(): Generator<[string, string]> {
      yield ["x-one", "1"];
    }
    const given = headers() as unknown as [string, string][];
    await (await t.fetch(new Request(url, { headers: { "x-own": "1" } }), { headers: given }))
      .text();
    const [{ headers: sent }] = seen as [IncomingMessage];
    deepEqual([sent["x-one"], sent["x-own"]], ["1", undefined]);
    traced(seen);
  });
});

test("t.fetch reads each member of init once", async () => {
  await withServer(undefined, async (url) => {
    await using t = telltale(quiet);
    const reads: Record<string, number> = {};
    const init = {};
    for (const [key, value] of [["method", "POST"], ["body", "x"], ["signal", undefined]]) {
      const get = () => (reads[key!] = (reads[key!] ?? 0) + 1, value);
      Object.defineProperty(init, key!, { enumerable: true, get });
    }
    await (await t.fetch(url, init)).text();
    deepEqual(reads, { method: 1, body: 1, signal: 1 });
  });
});
