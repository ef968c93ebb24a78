import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type ClusterOptions, Registry } from "../../src/metrics/mod.ts";

let names = 0;

/** A name of its own for each test: files run in isolates of one process. */
function clusterName(): string {
  return `test ${process.pid} ${Date.now()} ${names++}`;
}

function values(page: string): Record<string, number> {
  const lines = page.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(lines.map((line) => {
    const at = line.lastIndexOf(" ");
    return [line.slice(0, at), Number(line.slice(at + 1))];
  }));
}

async function scrape(registry: Registry): Promise<Record<string, number>> {
  return values(await (await registry.scrape()).text());
}

/** Scrapes until the page says so: messages between members have no fixed time. */
async function until(
  registry: Registry,
  isRight: (page: Record<string, number>) => boolean,
): Promise<Record<string, number>> {
  for (let i = 0; i < 2000; i++) {
    const page = await scrape(registry);
    if (isRight(page)) return page;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.fail(`never came: ${JSON.stringify(await scrape(registry))}`);
}

const answered = 'telltale_cluster_members{state="answered"}';
const gone = 'telltale_cluster_members{state="gone"}';
const late = 'telltale_cluster_members{state="late"}';

function member(name: string, options: ClusterOptions = {}): Registry {
  return new Registry({ cluster: { name, ...options } });
}

test("A scrape of any member gives the sum of all", async () => {
  const name = clusterName();
  const registries = [member(name), member(name), member(name)];
  registries.forEach((registry, i) => {
    registry.counter("jobs_total", "").add(10 ** i);
    registry.gauge("oldest_seconds", "", [], { aggregation: "max" }).set(i);
    registry.histogram("h", "", [], { buckets: [1] }).observe(i);
  });
  for (const registry of registries) {
    const page = await until(registry, (page) => page[answered] === 3);
    assert.equal(page.jobs_total, 111);
    assert.equal(page.oldest_seconds, 2);
    assert.equal(page['h_bucket{le="1"}'], 2);
    assert.equal(page.h_count, 3);
  }
  await Promise.all(registries.map((registry) => registry.close()));
});

test("What a member counted stays when it leaves, for a newcomer too, who sees it once", async () => {
  const name = clusterName();
  const [a, b, c] = [member(name), member(name), member(name)];
  for (const registry of [a, b, c]) registry.counter("jobs_total", "").inc();
  await until(a, (page) => page[answered] === 3);
  b.counter("jobs_total", "").add(5);
  await b.close();
  const page = await until(a, (page) => page[gone] === 1);
  assert.equal(page.jobs_total, 8);
  const newcomer = member(name);
  newcomer.counter("jobs_total", "").add(100);
  assert.equal((await until(newcomer, (page) => page[answered] === 3)).jobs_total, 108);
  await Promise.all([a, c, newcomer].map((registry) => registry.close()));
});

test("A member that does not answer in time counts with what it last said", async () => {
  const name = clusterName();
  const a = member(name, { deadlineMs: 30 });
  const b = member(name, { deadlineMs: 30 });
  a.counter("jobs_total", "").inc();
  b.counter("jobs_total", "").add(10);
  const gate = Promise.withResolvers<void>();
  let hung = false;
  b.collector(async () => {
    if (hung) await gate.promise;
    return [];
  });
  await until(a, (page) => page[answered] === 2 && page.jobs_total === 11);
  hung = true;
  const page = await scrape(a);
  assert.deepEqual([page.jobs_total, page[late]], [11, 1]);
  gate.resolve();
  await Promise.all([a, b].map((registry) => registry.close()));
});

test("A registry refuses to join with a deadline that is none", () => {
  assert.throws(() => member(clusterName(), { deadlineMs: 0 }), { name: "RangeError" });
});

test("An isolate killed under load leaves its count behind: no counter goes back", async () => {
  const name = clusterName();
  const registry = member(name, { goneAfterMs: 300 });
  registry.counter("work_total", "").inc();
  const url = new URL("./cluster_worker.ts", import.meta.url);
  const workers = [0, 1].map(() => {
    const worker = new Worker(url, { type: "module" });
    worker.postMessage(name);
    return worker;
  });
  let highest = 0;
  const rises = (page: Record<string, number>) => {
    assert.ok(page.work_total! >= highest, `${page.work_total} after ${highest}`);
    highest = page.work_total!;
  };
  await until(registry, (page) => {
    rises(page);
    return page[answered] === 3 && page.work_total! > 1000;
  });
  workers[0]!.terminate();
  await until(registry, (page) => {
    rises(page);
    return page[gone] === 1 && page[answered] === 2;
  });
  workers[1]!.terminate();
  await until(registry, (page) => {
    rises(page);
    return page[gone] === 2;
  });
  await registry.close();
});

async function startProcess(
  socket: string,
): Promise<{ child: ChildProcess; ask: () => Promise<string> }> {
  const path = fileURLToPath(new URL("./cluster_process.ts", import.meta.url));
  const flags = "Bun" in globalThis ? [] : ["run", "-A", "--no-check"];
  const child = spawn(process.execPath, [...flags, path, socket], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  assert.equal((await lines.next()).value, "ready");
  return {
    child,
    ask: async () => {
      child.stdin!.write("scrape\n");
      return JSON.parse((await lines.next()).value as string) as string;
    },
  };
}

test("Processes at one socket are one, whichever is killed under load, the listener too", async () => {
  const folder = mkdtempSync(join(tmpdir(), "telltale-"));
  const socket = join(folder, "cluster.sock");
  const members = [await startProcess(socket)];
  for (let i = 0; i < 2; i++) members.push(await startProcess(socket));
  let highest = 0;
  const untilOf = async (
    { ask }: { ask: () => Promise<string> },
    isRight: (page: Record<string, number>) => boolean,
  ) => {
    for (let i = 0; i < 2000; i++) {
      const page = values(await ask());
      if (page[late] === 0) {
        assert.ok(page.work_total! >= highest, `${page.work_total} after ${highest}`);
        highest = page.work_total!;
      }
      if (isRight(page)) return page;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.fail("never came");
  };
  try {
    await untilOf(members[1]!, (page) => page[answered] === 3 && page.work_total! > 1000);
    await untilOf(members[2]!, (page) => page[answered] === 3);
    // The first made the socket: with it the way between the others is gone, too.
    const [first] = members.splice(0, 1);
    first!.child.kill("SIGKILL");
    await once(first!.child, "exit");
    const page = await untilOf(members[0]!, (page) => page[answered] === 2 && page[gone] === 1);
    assert.equal(page["process_count"], 2);
    await untilOf(members[1]!, (page) => page[answered] === 2 && page[gone] === 1);
  } finally {
    for (const { child } of members) child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  }
});

test("Parallel isolates of deno serve answer as one, and end at SIGTERM as they would without us", {
  skip: "Bun" in globalThis && "deno serve is Deno's",
}, async () => {
  const path = fileURLToPath(new URL("./cluster_served.ts", import.meta.url));
  const args = [
    "serve",
    "-A",
    "--no-check",
    "--parallel",
    "--port",
    "0",
    "--host",
    "127.0.0.1",
    path,
  ];
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, DENO_JOBS: "3", NO_COLOR: "1" },
  });
  const exited = once(child, "exit");
  try {
    const lines = createInterface({ input: child.stderr! });
    let port: string | undefined;
    for await (const line of lines) {
      port = /:(\d+)\/?/.exec(line)?.[1];
      if (port !== undefined) break;
    }
    const url = `http://127.0.0.1:${port}`;
    const once30 = Array.from({ length: 30 }, async () => {
      // A connection sticks to one isolate: each request makes its own.
      const response = await fetch(`${url}/work`, { headers: { connection: "close" } });
      assert.equal(await response.text(), "done");
    });
    await Promise.all(once30);
    for (let i = 0;; i++) {
      const page = values(await (await fetch(`${url}/metrics`)).text());
      assert.ok(page.work_total! <= 30);
      if (page.work_total === 30 && page[answered] === 3) break;
      assert.ok(i < 1000, JSON.stringify(page));
    }
    process.kill(child.pid!, "SIGTERM");
    await exited;
  } finally {
    child.kill("SIGKILL");
  }
});
