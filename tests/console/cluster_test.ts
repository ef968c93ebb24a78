import { test } from "node:test";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { once } from "node:events";
import { Agent, get } from "node:http";
import { gunzipSync } from "node:zlib";
import { telltale } from "../../mod.ts";
import { serveParallel } from "../serve/parallel.ts";
import { HANG_MS, skipWhen } from "../tool.ts";
import { askingOf } from "./asking.ts";

const options = { skip: skipWhen(!("Worker" in globalThis), "Node has other workers") };

/** A member here and two in workers: version 1.4.0, and 1.4.1, whose requests all fail. */
async function clustered(
  use: (
    parts: {
      t: ReturnType<typeof telltale>;
      get: ReturnType<typeof askingOf>;
      workers: readonly Worker[];
      /** Of the requests that each worker has had. */
      traces: readonly (readonly string[])[];
    },
  ) => Promise<void>,
) {
  const name = crypto.randomUUID(), url = new URL("./member_worker.ts", import.meta.url);
  const workers = [0, 1].map(() => new Worker(url, { type: "module" }));
  const t = telltale({
    service: "orders",
    version: "1.4.0",
    log: { sinks: [] },
    otlp: false,
    metrics: { runtime: false, cluster: { name } },
    console: { token: "correct-horse-battery" },
  });
  try {
    const started = workers.map((worker) => messageOf(worker));
    workers.forEach((worker, i) =>
      worker.postMessage({ name, version: `1.4.${i}`, fails: i === 1 })
    );
    const traces = (await Promise.all(started)).map(({ traces }) => traces);
    const handler = t.instrument(() => new Response("ok"));
    for (let i = 0; i < 50; i++) await handler(new Request("http://localhost/orders"));
    const get = askingOf(t);
    // Until all know each other: those who ask again at once get what is there.
    for (;;) {
      const { matched } = (await get("api/ask?q=by+isolate")).body;
      if (matched === 150) break;
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    await use({ t, get, workers, traces });
    deepEqual([...t.faults.counts()], []);
  } finally {
    for (const worker of workers) worker.terminate();
    await t.shutdown();
  }
}

function messageOf(worker: Worker): Promise<{ traces: string[]; fast?: boolean }> {
  return new Promise((resolve) => worker.onmessage = ({ data }) => resolve(data));
}

test(
  "the console of one isolate answers for all of them",
  { ...options, timeout: HANG_MS },
  async () => {
    await clustered(async ({ t, get, traces, workers }) => {
      const { body: overview } = await get("api/overview");
      deepEqual(overview.missing, []);
      const own = overview.isolate as string;
      const versions = overview.isolates.map(({ version }: { version: string }) => version);
      deepEqual(versions.sort(), ["1.4.0", "1.4.0", "1.4.1"]);
      ok(overview.isolates.every(({ heapBytes }: { heapBytes: number }) => heapBytes > 0));

      // Rows, lines and questions are of all, each row with its isolate and version.
      const { body: by } = await get("api/ask?q=by+isolate,version+show+count,share");
      equal(by.matched, 150);
      equal(by.groups.length, 3);
      const { body: why } = await get("api/ask?q=why+status>=500");
      const terms = why.which[0].terms.map(({ field }: { field: string }) => field);
      ok(["isolate", "version"].includes(terms[0]), JSON.stringify(why.which[0]));
      equal((await get("api/ask?q=isolate:" + own)).body.matched, 50);
      const rows = (await get("api/rows?since=0")).text.trimEnd().split("\n").map((row) =>
        JSON.parse(row)
      );
      equal(rows.length, 151);
      ok(
        rows.slice(1).every(({ fields }) => fields.isolate !== undefined && fields.version !== ""),
      );
      equal((await get("api/logs?q=worked")).body.matched, 100);
      // Nothing comes twice.
      equal((await get("api/ask?q=by+isolate")).body.matched, 150);

      // A trace is found in whichever isolate holds it.
      for (const trace of [traces[0]![49]!, traces[1]![49]!]) {
        const { status, body } = await get(`api/traces/${trace}`);
        deepEqual([status, body.trace, body.lines.length > 0], [200, trace, true]);
      }
      equal((await get(`api/traces/${"0".repeat(31)}1`)).status, 404);

      // The list of traces is of all, and so are the spans of a saved session.
      const list = (await get("api/traces?q=by+isolate")).body;
      deepEqual([list.matched, list.groups.length, list.missing], [150, 3, []]);
      const path = "/telltale/api/session";
      const session = await t.endpoints.answer(
        path,
        new Request(`http://localhost:8080${path}`, {
          headers: { authorization: "Bearer correct-horse-battery" },
        }),
        [],
      );
      const lines = gunzipSync(new Uint8Array(await session!.arrayBuffer())).toString().trimEnd()
        .split("\n");
      const kinds = lines.map((line) => JSON.parse(line).kind);
      const [rowCount, spanCount] = ["row", "span"].map((kind) =>
        kinds.filter((one) => one === kind).length
      );
      deepEqual([rowCount, spanCount], [150, 150]);
      equal(JSON.parse(lines[0]!).state.isolates.length, 3);

      // What belongs to one isolate can be had of each.
      const bad = overview.isolates.find(({ version }: { version: string }) => version === "1.4.1");
      equal((await get(`api/overview?isolate=${bad.isolate}`)).body.version, "1.4.1");
      equal((await get(`api/overview?isolate=${own}`)).body.version, "1.4.0");
      equal((await get(`api/ask?q=by+route&isolate=${bad.isolate}`)).body.matched, 50);
      const none = await get("api/runtime?isolate=none");
      equal(none.status, 400);
      match(none.body.error, /^isolate must be one of [0-9a-f]{8}, /);

      // Metrics add up.
      const { body: metric } = await get("api/metrics?name=http_requests_total");
      const sum = metric.series.reduce((sum: number, { last }: { last: number }) => sum + last, 0);
      equal(sum, 150);
      equal((await get("api/database")).body.requests, 150);

      // A flag is changed in all.
      t.flags.define({ fast: { default: false } });
      const url = "http://localhost:8080/telltale/api/flags";
      const changed = await t.endpoints.answer(
        "/telltale/api/flags",
        new Request(url, {
          method: "POST",
          headers: {
            authorization: "Bearer correct-horse-battery",
            "content-type": "application/json",
          },
          body: JSON.stringify({ key: "fast", patch: { default: true } }),
        }),
        [],
      );
      equal(changed!.status, 200);
      for (const worker of workers) {
        const told = messageOf(worker);
        worker.postMessage("flag");
        equal((await told).fast, true);
      }
    });
  },
);

test(
  "the console finds a bad isolate by its version",
  { ...options, timeout: HANG_MS },
  async () => {
    await clustered(async ({ get }) => {
      const { body } = await get("api/findings");
      const failed = body.findings.find(({ kind }: { kind: string }) => kind === "failed");
      ok(failed !== undefined, JSON.stringify(body));
      match(failed.causes.join(" "), /isolate=|version=1\.4\.1/);
      equal(body.isolates.length, 3);
      const { text } = await get("api/findings", { accept: "text/markdown" });
      match(text, /fail[^]*\nIsolates: [0-9a-f]{8}, [0-9a-f]{8}, [0-9a-f]{8}\.\n$/);
    });
  },
);

test("the console names an isolate that does not answer, and answers all the same", {
  ...options,
  timeout: HANG_MS,
}, async () => {
  await clustered(async ({ get, workers }) => {
    workers[1]!.postMessage("block");
    for (;;) {
      const { body } = await get("api/findings");
      if (body.missing.length === 0) continue;
      equal(body.missing.length, 1);
      equal(body.isolates.length >= 2, true);
      break;
    }
    const [missing] = (await get("api/findings")).body.missing;
    const rows = await get("api/rows");
    deepEqual(JSON.parse(rows.text.split("\n")[0]!).missing, [missing]);
    for (const path of ["api", "api/ask?q=by+route", "api/logs?q=by+level", "api/traces?q=ms>0"]) {
      const { text } = await get(path, { accept: "text/markdown" });
      match(text, new RegExp(`\nIsolates: .*; no answer in 500 ms from ${missing}\\.\n$`), path);
    }
    const params = { name: "ask", arguments: { question: "by route" } };
    const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params };
    const { text: told } = await get("mcp", {}, call);
    match(told, new RegExp(`no answer in 500 ms from ${missing}`));
    const { status, body } = await get(`api/runtime?isolate=${missing}`);
    deepEqual([status, body.missing], [504, [missing]]);
  });
});

test("the consoles of the parallel isolates of deno serve answer for all of them", {
  skip: skipWhen("Bun" in globalThis, "deno serve is Deno's"),
  timeout: HANG_MS,
}, async () => {
  const service = serveParallel(new URL("./member_served.ts", import.meta.url));
  try {
    const url = await service.url;
    let sent = 0;
    // A connection sticks to one isolate: each request makes its own.
    const send = async () => {
      await (await fetch(`${url}/orders`, { headers: { connection: "close" } })).text();
      sent++;
    };
    while (sent < 60) await send();
    // Whichever isolate answers: each agent has a connection of its own.
    const seen = new Set<string>();
    while (seen.size < 2) {
      const agent = new Agent({ keepAlive: true });
      const { isolate, isolates } = await read(`${url}/telltale/api/overview`, agent);
      const { matched, groups } = await read(`${url}/telltale/api/ask?q=by+isolate,version`, agent);
      agent.destroy();
      if (isolates.length < 3 || matched < sent) continue;
      deepEqual([isolates.length, matched], [3, sent]);
      ok(groups.length <= 3);
      // An isolate that starts late has had none of the first requests.
      if (groups.length === 1) {
        await send();
        continue;
      }
      seen.add(isolate);
    }
  } finally {
    service.child.kill("SIGKILL");
    await service.exited;
  }
});

// deno-lint-ignore no-explicit-any
async function read(url: string, agent: Agent): Promise<any> {
  const request = get(url, { agent });
  const [response] = await once(request, "response");
  let text = "";
  for await (const part of response) text += part;
  equal(response.statusCode, 200, text);
  return JSON.parse(text);
}
