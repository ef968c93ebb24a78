import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { get } from "node:http";
import process from "node:process";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { telltale } from "../../mod.ts";
import { freePort, until } from "../e2e/wait.ts";
import { HANG_MS, lacking, skipWhen } from "../tool.ts";
import { serveHere } from "../serve/here.ts";
import { takeTurn } from "../../src/profile/capture/turn.ts";
import { profileOf } from "./capture.ts";
import { burn } from "./load.ts";
import { pprof, rowsOf, withFiles } from "./pprof.ts";

/** The functions that the service spends its time in. */
const OURS = ["burn", "burnThree", "burnOne", "kernel"];

/** A service that burns CPU in two functions, 3 to 1, with each request. */
async function service() {
  const t = telltale({ service: "orders", log: { sinks: [] } });
  const server = await serveHere(t, {}, () => new Response(String(burn(2))));
  const url = `http://127.0.0.1:${server.port}`;
  let isOver = false;
  const load = (async () => {
    while (!isOver) await (await fetch(url)).text();
  })();
  return {
    t,
    url: `${url}/debug/pprof`,
    port: server.port,
    async [Symbol.asyncDispose]() {
      isOver = true;
      await load;
      await server.stop();
      await t.shutdown();
    },
  };
}

/** The series of a family. */
async function counted(t: Awaited<ReturnType<typeof service>>["t"]) {
  const { samples } = (await t.metrics.collect()).find(({ name }) =>
    name === "telltale_profiles" || name === "telltale_profiles_total"
  )!;
  return samples.map((sample) =>
    [...sample.labels.values, (sample as { value: number }).value].join(" ")
  )
    .sort();
}

test("`go tool pprof URL` profiles a service over HTTP", {
  timeout: HANG_MS,
  skip: lacking("go"),
}, async () => {
  await using here = await service();
  const { url, t } = here;
  const top = await pprof(
    "-top",
    "-cum",
    "-nodefraction=0",
    "-unit=ms",
    `${url}/profile?seconds=1`,
  );
  const rows = rowsOf(top);
  // The shares are tested where the work is fixed. What is small may have been inlined by now.
  const ours = OURS.map((name) => rows.get(name)?.cum ?? 0);
  assert.ok(Math.max(...ours) > 10, top);
  const heap = await pprof("-top", "-nodefraction=0", "-unit=bytes", `${url}/heap?seconds=1`);
  assert.match(heap, /^Type: inuse_space$/m);
  assert.deepEqual(await counted(t), ["cpu demand ok 1", "heap demand ok 1"]);
});

test("The flame graph of pprof's web UI has the right weights", {
  timeout: HANG_MS,
  skip: lacking("go"),
}, async () => {
  await using here = await service();
  const bytes = new Uint8Array(
    await (await fetch(`${here.url}/profile?seconds=0.5`)).arrayBuffer(),
  );
  await withFiles([bytes], async (path) => {
    const rows = rowsOf(await pprof("-top", "-cum", "-nodefraction=0", "-unit=ns", path!));
    const port = await freePort();
    const args = ["tool", "pprof", "-no_browser", `-http=127.0.0.1:${port}`, path!];
    const ui: ChildProcess = spawn("go", args, { stdio: "ignore", detached: true });
    try {
      const page = await until("the web UI", async () => {
        const response = await fetch(`http://127.0.0.1:${port}/ui/flamegraph`);
        return response.ok ? response.text() : undefined;
      });
      const graph = JSON.parse(/^\s*stackViewer\((\{"Total".*\}),? *(\[.*)?$/m.exec(page)![1]!);
      // What the page draws: for each function its stacks, each with its value.
      const sumOf = (name: string) => {
        const source = graph.Sources.findIndex(({ FullName }: { FullName: string }) =>
          FullName === name
        );
        return graph.Stacks.filter(({ Sources }: { Sources: number[] }) => Sources.includes(source))
          .reduce((sum: number, { Value }: { Value: number }) => sum + Value, 0);
      };
      // After a long run a compiler may have made one function of two: those are compared that are there.
      const seen = OURS.filter((name) => rows.has(name));
      assert.ok(seen.length > 0, [...rows.keys()].join());
      for (const name of seen) assert.equal(sumOf(name), rows.get(name)!.cum, name);
    } finally {
      // `go tool` runs it as a child of its own.
      process.kill(-ui.pid!, "SIGKILL");
    }
  });
});

test(
  "/debug/pprof/ profiles one at a time, for as long as it may, in the format that is asked for",
  {
    timeout: HANG_MS,
  },
  async () => {
    await using here = await service();
    const { url, t } = here;
    const said = async (path: string) => {
      const response = await fetch(url + path);
      return [response.status, response.headers.get("x-go-pprof"), await response.text()];
    };
    await profileOf(async () => {
      assert.deepEqual(await said("/profile?seconds=1"), [
        409,
        "1",
        "Cannot profile: another cpu profile is being taken\n",
      ]);
    });
    const folded = await fetch(`${url}/profile?seconds=0.5&format=folded`);
    assert.equal(folded.status, 200);
    assert.match(await folded.text(), /;burn\w* \(load\.ts:\d+\)/);
    const speedscope = await fetch(`${url}/profile?seconds=0.2&format=speedscope`);
    assert.ok((await speedscope.json()).shared.frames.length > 5);
    for (const seconds of ["0", "-1", "61", "x", "", "Infinity"]) {
      assert.deepEqual(await said(`/profile?seconds=${seconds}`), [
        400,
        "1",
        `Cannot profile: seconds must be above 0 and at most 60, got "${seconds}"\n`,
      ]);
    }
    assert.deepEqual(await said("/heap?format=svg"), [
      400,
      "1",
      "Cannot profile: format must be one of pprof, folded, speedscope\n",
    ]);
    assert.deepEqual(await said("/kept?id=../../etc/passwd"), [
      404,
      "1",
      "Cannot find profile: it was not kept, or had to leave for newer ones\n",
    ]);
    const head = await fetch(`${url}/profile`, { method: "HEAD" });
    assert.deepEqual([head.status, await head.text()], [200, ""]);
    const index = await fetch(`${url}/`);
    assert.equal(index.headers.get("content-type"), "text/html; charset=utf-8");
    assert.match(await index.text(), /<a href="heap">/);
    assert.equal((await fetch(url)).status, 200);
    assert.deepEqual(await counted(t), ["cpu demand busy 1", "cpu demand ok 2"]);
  },
);

test("A profile ends when its client leaves", { timeout: HANG_MS }, async () => {
  await using here = await service();
  const { url, t } = here;
  const leaving = new AbortController();
  const response = fetch(`${url}/profile?seconds=60`, { signal: leaving.signal });
  const gone = response.then((response) => response.arrayBuffer());
  // It has begun when another one is refused.
  await until("the profile", () => {
    try {
      takeTurn("cpu")();
      return false;
    } catch {
      return true;
    }
  });
  leaving.abort();
  await assert.rejects(gone);
  await until("the end of the profile", async () => (await counted(t)).length > 0);
  assert.deepEqual(await counted(t), ["cpu demand stopped 1"]);
  assert.equal((await fetch(`${url}/profile?seconds=0.05`)).status, 200);
});

test("Only this machine may profile, or whoever has the token", { timeout: HANG_MS }, async () => {
  await using here = await service();
  const status = (headers: Record<string, string>) =>
    new Promise<number>((resolve, reject) => {
      const options = { port: here.port, path: "/debug/pprof/", headers };
      get(options, (response) => {
        response.resume();
        resolve(response.statusCode!);
      }).on("error", reject);
    });
  assert.equal(await status({}), 200);
  // A proxy stands between, a web page of another host asks, and its name points here.
  assert.equal(await status({ "x-forwarded-for": "203.0.113.9" }), 403);
  assert.equal(
    await status({ origin: "http://evil.example", "sec-fetch-site": "cross-site" }),
    403,
  );
  assert.equal(await status({ host: "evil.example" }), 403);

  const peer = [{ remoteAddr: { transport: "tcp", hostname: "10.0.0.9", port: 1 } }];
  await using t = telltale({
    log: { sinks: [] },
    access: { token: "correct-horse-battery" },
    endpoints: { profiles: "/internal/profiles/" },
  });
  const ask = async (path: string, headers = {}) =>
    (await t.endpoints.answer(path, new Request(`http://a${path}`, { headers }), peer))?.status;
  const authorization = "Bearer correct-horse-battery";
  assert.equal(await ask("/internal/profiles/"), 403);
  assert.equal(await ask("/internal/profiles/", { authorization }), 200);
  assert.equal(await ask("/debug/pprof/", { authorization }), undefined);
  await using off = telltale({ log: { sinks: [] }, endpoints: { profiles: false } });
  const request = new Request("http://localhost/debug/pprof/");
  assert.equal(off.endpoints.answer("/debug/pprof/", request, []), undefined);
});

test("Without permission the answer says what is lacking", {
  timeout: HANG_MS,
  skip: skipWhen(!("Deno" in globalThis), "about Deno's permissions"),
}, async () => {
  // Without any permission, the spawn of node:child_process would give it all.
  const program = fileURLToPath(new URL("no_permission_child.ts", import.meta.url));
  const child = spawn(process.execPath, [
    "run",
    "--no-check",
    "--no-prompt",
    "--allow-read",
    program,
  ]);
  const [output] = await Promise.all([text(child.stdout), once(child, "close")]);
  assert.deepEqual(output.trim().split("\n"), [
    "501 Cannot profile: Deno must be run with --allow-sys, because no narrower permission covers the " +
    "inspector",
    '{"profiles":1}',
  ]);
});
