import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs, { existsSync, mkdtempSync, rmSync, statSync, unlinkSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Faults } from "../../src/core/faults.ts";
import { BroadcastTransport } from "../../src/metrics/cluster/channel.ts";
import { Cluster } from "../../src/metrics/cluster/cluster.ts";
import { type ClusterOptions, numberFamily, Registry } from "../../src/metrics/mod.ts";
import { processIdentity, SocketTransport } from "../../src/metrics/cluster/socket.ts";
import type { ClusterMessage, ClusterPart } from "../../src/metrics/cluster/wire.ts";
import { systemClock } from "../../src/core/clock.ts";
import { ManualClock } from "../manual_clock.ts";
import { serveParallel } from "../serve/parallel.ts";
import { skipWhen } from "../tool.ts";

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
  for (let i = 0; i < 24_000; i++) {
    const page = await scrape(registry);
    if (isRight(page)) return page;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.fail(`never came: ${JSON.stringify(await scrape(registry))}`);
}

/** Waits for a promise, two minutes at most. */
async function soon<T>(what: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("never came")), 120_000);
  });
  return await Promise.race([what, late]).finally(() => clearTimeout(timer));
}

/** A member played by hand: what the others say, and a way to say anything. */
function puppet(
  name: string,
): { heard: ClusterMessage[]; say(message: unknown): void; close(): void } {
  const channel = new BroadcastChannel(`telltale metrics ${name}`);
  const heard: ClusterMessage[] = [];
  channel.onmessage = (event: MessageEvent) => heard.push(JSON.parse(event.data as string));
  const say = (message: unknown) =>
    channel.postMessage(typeof message === "string" ? message : JSON.stringify(message));
  return { heard, say, close: () => channel.close() };
}

/** All that one member has: one counter. */
function partOf(from: string, value: unknown, more: Partial<ClusterPart> = {}): ClusterPart {
  const families = [numberFamily("counter", "jobs_total", "", [[value as number]])];
  return {
    ...{ type: "part", from, about: from, snapshot: 0, index: 0, last: true, process: from },
    ...{ gone: false, families, ...more },
  };
}

async function eventually(isTrue: () => boolean): Promise<void> {
  for (let i = 0; i < 24_000 && !isTrue(); i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.ok(isTrue(), "never came");
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

test("The counts of a member stay when it leaves; a newcomer sees them once, too", async () => {
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

test("A newcomer gets the families of a member that was killed just before", async () => {
  const name = clusterName(), a = member(name, { deadlineMs: 30 });
  a.counter("jobs_total", "").inc();
  await scrape(a); // It has joined.
  const killed = puppet(name);
  killed.say(partOf("killed", 100));
  await until(a, (page) => page.jobs_total === 101);
  killed.close(); // Without a word, and long before it counts as gone.
  const newcomer = member(name, { deadlineMs: 30 });
  const page = await until(newcomer, (page) => page.jobs_total === 101);
  assert.equal(page.jobs_total, (await scrape(a)).jobs_total);
  // One that is well is counted once, by what it says of itself.
  a.counter("jobs_total", "").add(10);
  await until(newcomer, (page) => page.jobs_total === 111);
  await Promise.all([a, newcomer].map((registry) => registry.close()));
});

test("A member that does not answer in time counts with its last answer", async () => {
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

test("A registry refuses to join with an invalid deadline", () => {
  assert.throws(() => member(clusterName(), { deadlineMs: 0 }), { name: "RangeError" });
});

test("An isolate killed under load leaves its counts: no counter goes backwards", async () => {
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

async function eventuallyOf(
  ask: () => Promise<string>,
  isRight: (page: Record<string, number>) => boolean,
): Promise<void> {
  while (!isRight(values(await ask()))) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("Processes at one socket answer as one, whichever is killed under load, even the listener", async () => {
  const folder = mkdtempSync(join(tmpdir(), "telltale-"));
  const socket = join(folder, "cluster.sock");
  const members = [await startProcess(socket)];
  for (let i = 0; i < 2; i++) members.push(await startProcess(socket));
  let highest = 0;
  const untilOf = async (
    { ask }: { ask: () => Promise<string> },
    isRight: (page: Record<string, number>) => boolean,
  ) => {
    for (let i = 0; i < 24_000; i++) {
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

test("After a process is killed and restarted, no counter goes backwards, whichever member is scraped", async () => {
  const folder = mkdtempSync(join(tmpdir(), "telltale-"));
  const socket = join(folder, "cluster.sock");
  const members = [await startProcess(socket), await startProcess(socket)];
  let highest = 0;
  try {
    for (let round = 0; round < 3; round++) {
      for (const { ask } of members) {
        await eventuallyOf(ask, (page) => page[answered] === 2 && page.work_total! > highest);
      }
      // In the last round the process that listens, over which the others communicate.
      const [killed] = members.splice(round === 2 ? 0 : 1, 1);
      highest = values(await killed!.ask()).work_total!;
      killed!.child.kill("SIGKILL");
      await once(killed!.child, "exit");
      members.push(await startProcess(socket));
      // As one port gives them out, first to the newcomer: until after the dead one counts as gone.
      for (let i = 0, isOver = false; !isOver; i++) {
        const page = values(await members[(i + 1) % 2]!.ask());
        assert.ok(
          page.work_total! >= highest,
          `${round} ${i}: ${page.work_total} after ${highest}`,
        );
        highest = page.work_total!;
        isOver = i % 2 === 0 && page[gone]! > round && page[answered] === 2;
      }
    }
  } finally {
    for (const { child } of members) child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  }
});

test(
  "Parallel isolates of deno serve answer as one, and end at SIGTERM as they would without Telltale",
  {
    skip: skipWhen("Bun" in globalThis, "deno serve is Deno's"),
  },
  async () => {
    const { child, exited, url: listening } = serveParallel(
      new URL("./cluster_served.ts", import.meta.url),
    );
    try {
      const url = await listening;
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
      // Its own drain comes to its end: a signal raised again would have cut it off.
      assert.deepEqual(await soon(exited), [0, null]);
    } finally {
      child.kill("SIGKILL");
    }
  },
);

test("The families of a member are sent in small parts and put together again", async () => {
  const name = clusterName();
  const { heard, say, close } = puppet(name);
  const [a, b] = [member(name, { deadlineMs: 20_000 }), member(name)];
  for (const registry of [a, b]) {
    const counter = registry.counter("c_total", "", ["n"], { maxSeries: 20_000 });
    for (let n = 0; n < 20_000; n++) counter.inc({ n });
  }
  say({ type: "hello", from: "puppet" });
  const parts = () => heard.filter((message) => message.type === "part");
  await eventually(() => parts().filter(({ last }) => last).length >= 2);
  for (const part of parts()) assert.ok(JSON.stringify(part).length < 200_000);
  say(partOf("puppet", 1, { gone: true }));
  const page = await until(a, (page) => page[answered] === 2);
  assert.equal(page['c_total{n="19999"}'], 2);
  assert.equal(Object.keys(page).filter((key) => key.startsWith("c_total")).length, 20_000);
  close();
  await Promise.all([a, b].map((registry) => registry.close()));
});

test("Of 500 silent members the sums are kept, and little else", async () => {
  const name = clusterName();
  const clock = new ManualClock();
  const registry = new Registry({ clock, cluster: { name, goneAfterMs: 1000 } });
  const joined = scrape(registry);
  await eventually(() => clock.waiting === 2);
  clock.advance(500); // It has no member to wait for.
  await joined;
  const { heard, say, close } = puppet(name);
  for (let i = 0; i < 500; i++) say(partOf(`m${i}`, 2));
  // Messages are handled in order: the last to greet is answered last.
  say({ type: "hello", from: "early" });
  await eventually(() => heard.some((m) => m.type === "alive" && (m.knows?.length ?? 0) >= 500));
  // The beat folds members even without a scrape.
  clock.advance(2000);
  const told = () => heard.filter((m) => m.type === "part" && m.to === "seer") as ClusterPart[];
  await eventually(() => {
    say({ type: "want", from: "seer", knows: [...Array(500).keys()].map((i) => `m${i}`) });
    say({ type: "want", from: "seer", knows: ["past"] });
    return told().some(({ about }) => about === "past");
  });
  const past = told().find(({ about }) => about === "past")!;
  assert.ok(past.past!.count >= 500 - 64, `${past.past!.count}`);
  assert.ok(new Set(told().map(({ about }) => about)).size <= 65);
  clock.advance(2000);
  const page = await until(registry, (page) => page[gone] === 502);
  assert.equal(page.jobs_total, 1000);
  close();
  await registry.close();
});

test("An invalid message is counted, not kept, and fails no scrape", async () => {
  const name = clusterName();
  const faults = new Faults();
  const registry = new Registry({ faults, cluster: { name, deadlineMs: 30 } });
  await scrape(registry); // It has joined.
  const { say, close } = puppet(name);
  say(partOf("m", 5));
  await until(registry, (page) => page.jobs_total === 5);
  const { families: [family] } = partOf("m", 5);
  const [sample] = family!.samples;
  const withSample = (more: object) => [{ ...family, samples: [{ ...sample, ...more }] }] as never;
  const bad: unknown[] = [
    "no json",
    partOf("m", null),
    partOf("m", "7"),
    partOf("m", -7),
    partOf("m", 7, { families: null as never }),
    partOf("m", 7, { families: [null as never] }),
    partOf("m", 7, { families: withSample({ labels: { names: ["a"], values: [] } }) }),
    partOf("m", 7, { families: withSample({ labels: null }) }),
    partOf("m", 7, { families: [{ ...family!, samples: null as never }] }),
    partOf("m", 7, { families: [{ ...family!, name: 7 as never }] }),
    partOf("m", 7, { families: [{ ...family!, type: "x" as never }] }),
    partOf("m", 7, { families: [{ ...family!, type: "histogram" } as never] }),
    // One right sample does not make the other right: nothing of both is taken.
    partOf("m", 7, {
      families: [...partOf("m", 7).families, numberFamily("counter", "x_total", "", [[NaN]])],
    }),
    { type: "want", from: "m" },
    partOf("m", 7, { about: "past" }),
  ];
  for (const message of bad) say(message);
  await eventually(() => (faults.counts().get("cluster") ?? 0) === bad.length);
  // Not the whole of it, or not from its beginning: nothing to keep, nothing to count.
  for (const message of [partOf("m", 7, { index: 1 }), partOf("m", 7, { last: false }), null, 7]) {
    say(message);
  }
  const page = await scrape(registry);
  assert.equal(page.jobs_total, 5);
  say(partOf("m", 8));
  await until(registry, (page) => page.jobs_total === 8);
  close();
  await registry.close();
});

test("A member that can't collect counts a fault instead of answering", async () => {
  const name = clusterName();
  const faults = new Faults();
  const collect = () => Promise.reject(new Error("broken"));
  const cluster = new Cluster(collect, { name, faults, clock: systemClock });
  const { say, close } = puppet(name);
  say({ type: "collect", from: "puppet" });
  await eventually(() => (faults.counts().get("cluster") ?? 0) > 0);
  await assert.rejects(cluster.close(), /broken/);
  close();
});

test("Lines over a socket arrive whole, however they are cut", async () => {
  const folder = mkdtempSync(join(tmpdir(), "telltale-"));
  const path = join(folder, "cluster.sock");
  const heard: string[] = [];
  const transport = new SocketTransport(path, (line) => heard.push(line), () => {}, systemClock);
  await eventually(() => existsSync(path));
  const socket = createConnection(path);
  await once(socket, "connect");
  for (const chunk of ["a", "b", "\nc\nd", "", "e\n", "\n", "ü".repeat(300_000), "\nf"]) {
    socket.write(chunk);
    await new Promise((resolve) => setImmediate(resolve));
  }
  socket.write("\n");
  await eventually(() => heard.length === 6);
  assert.deepEqual(heard, ["ab", "c", "de", "", "ü".repeat(300_000), "f"]);
  socket.destroy();
  await transport.close();
  rmSync(folder, { recursive: true });
});

/** Two transports at one path, and whether what one sends reaches the other. */
function pair(path: string): {
  open(i: number, clock: ManualClock): SocketTransport;
  meet(clocks: readonly ManualClock[], stepMs: number): Promise<boolean>;
  close(): Promise<void>;
} {
  const heard = [false, false], transports: SocketTransport[] = [];
  return {
    open(i, clock) {
      return transports[i] = new SocketTransport(path, () => heard[i] = true, () => {}, clock);
    },
    async meet(clocks, stepMs) {
      heard.fill(false);
      for (let step = 0; step < 40 && heard.includes(false); step++) {
        for (const clock of clocks) clock.advance(stepMs);
        for (const transport of transports) transport.send("m");
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return !heard.includes(false);
    },
    close: async () => void await Promise.all(transports.map((transport) => transport.close())),
  };
}

test("Of two that listen at one path, the later stays, whenever the earlier notices", async () => {
  const folder = mkdtempSync(join(tmpdir(), "telltale-")), path = join(folder, "cluster.sock");
  const { open, meet, close } = pair(path), clocks = [new ManualClock(), new ManualClock()];
  open(0, clocks[0]!);
  await eventually(() => clocks[0]!.waiting === 1);
  // As a process does that found a stale file, before the first one listened.
  unlinkSync(path);
  open(1, clocks[1]!);
  await eventually(() => clocks[1]!.waiting === 1);
  const { ino } = statSync(path);
  clocks[0]!.advance(1000);
  assert.equal(statSync(path, { throwIfNoEntry: false })?.ino, ino);
  assert.ok(await meet(clocks, 100));
  assert.equal(statSync(path).ino, ino);
  await close();
  rmSync(folder, { recursive: true });
});

test("A listener whose file was replaced before it looked connects to the new one", async () => {
  const folder = mkdtempSync(join(tmpdir(), "telltale-")), path = join(folder, "cluster.sock");
  const clock = new ManualClock(), chmod = fs.chmodSync, heard: string[] = [];
  const other = createServer((socket) => socket.on("error", () => {}).write("m\n"));
  fs.chmodSync = () => {
    fs.chmodSync = chmod;
    unlinkSync(path);
    other.listen(path); // Binds at once: the first takes this file for its own.
  };
  const transport = new SocketTransport(path, (line) => heard.push(line), () => {}, clock);
  await eventually(() => {
    clock.advance(10);
    return heard.length > 0;
  });
  await transport.close();
  other.close();
  rmSync(folder, { recursive: true });
});

test("A listener of several that lost its file connects once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "telltale-")), path = join(folder, "cluster.sock");
  const clock = new ManualClock();
  const transport = new SocketTransport(path, () => {}, () => {}, clock);
  await eventually(() => clock.waiting === 1);
  const clients = [0, 1].map(() => createConnection(path).on("error", () => {}));
  let heard = 0, connections = 0;
  for (const client of clients) client.once("data", () => heard++);
  await eventually(() => {
    transport.send("m");
    return heard === 2;
  });
  unlinkSync(path);
  const other = createServer((socket) => {
    connections++;
    socket.on("error", () => {}).resume();
  });
  await once(other.listen(path), "listening");
  const closed = clients.map((client) => once(client, "close"));
  clock.advance(1000);
  await Promise.all(closed);
  for (let i = 0; i < 20; i++) {
    clock.advance(100);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.equal(connections, 1);
  await transport.close();
  other.close();
  rmSync(folder, { recursive: true });
});

test("A cluster's socket is open to its owner only, whatever the umask", {
  skip: skipWhen(process.platform === "win32", "a pipe has no mode"),
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "telltale-"));
  const path = join(folder, "cluster.sock");
  const umask = process.umask(0);
  const transport = new SocketTransport(path, () => {}, () => {}, systemClock);
  try {
    await eventually(() => existsSync(path) && (statSync(path).mode & 0o777) === 0o600);
  } finally {
    process.umask(umask);
    await transport.close();
    rmSync(folder, { recursive: true });
  }
});

test("A cluster joined right after another was left sends and receives", async () => {
  const name = clusterName(), faults = new Faults();
  const left = new BroadcastTransport(`${name} left`, () => {}, () => {}, () => Promise.resolve());
  await left.close();
  const registry = new Registry({ faults, cluster: { name } });
  registry.counter("jobs_total", "").inc();
  const url = new URL("./cluster_worker.ts", import.meta.url);
  const worker = new Worker(url, { type: "module" });
  worker.postMessage(name);
  await until(registry, (page) => page[answered] === 2 && page.work_total! > 0);
  worker.terminate();
  await registry.close();
  assert.deepEqual(faults.counts(), new Map());
});

test("A process with nothing else to do waits for a scrape in progress", async () => {
  const path = fileURLToPath(new URL("./cluster_alone.ts", import.meta.url));
  const flags = "Bun" in globalThis ? [] : ["run", "-A", "--no-check"];
  const child = spawn(process.execPath, [...flags, path], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => text += chunk);
  const [code] = await soon(once(child, "close"));
  assert.equal(code, 0);
  assert.match(text, /^jobs_total 1$/m);
});

test("A process with several clusters ends at SIGTERM", async () => {
  const path = fileURLToPath(new URL("./cluster_several.ts", import.meta.url));
  const flags = "Bun" in globalThis ? [] : ["run", "-A", "--no-check"];
  const child = spawn(process.execPath, [...flags, path], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  try {
    await soon(once(child.stdout!, "data"));
    child.kill("SIGTERM");
    assert.deepEqual(await soon(exited), [null, "SIGTERM"]);
  } finally {
    child.kill("SIGKILL");
  }
});

test("Isolates of a process have one identity, and another process has another", {
  skip: skipWhen(process.platform !== "linux", "only Linux tells"),
}, async () => {
  const url = new URL("./cluster_identity.ts", import.meta.url);
  const worker = new Worker(url, { type: "module" });
  const inWorker = await soon(
    new Promise<string>((resolve) => worker.onmessage = (event) => resolve(event.data as string)),
  );
  worker.terminate();
  assert.equal(inWorker, processIdentity());
  const flags = "Bun" in globalThis ? [] : ["run", "-A", "--no-check"];
  const child = spawn(process.execPath, [...flags, fileURLToPath(url), "print"]);
  const [text] = await soon(once(child.stdout, "data"));
  assert.match(String(text), /^pid:\[\d+\] \d+ \d+\n$/);
  assert.notEqual(String(text).trim(), processIdentity());
});

test("A snapshot sent before a scrape asked does not answer it", async () => {
  const name = clusterName();
  const registry = new Registry({ cluster: { name, deadlineMs: 20_000 } });
  await scrape(registry); // It has joined.
  const { heard, say, close } = puppet(name);
  say(partOf("puppet", 1));
  await eventually(() => heard.some(({ type }) => type === "part"));
  const page = scrape(registry);
  const asked = () => heard.find((message) => message.type === "collect");
  await eventually(() => asked() !== undefined);
  const { from, request } = asked() as { from: string; request: number };
  say(partOf("puppet", 2));
  say(partOf("puppet", 3, { answers: [["another", request]] }));
  say(partOf("puppet", 4, { answers: [[from, request]] }));
  assert.equal((await page).jobs_total, 4);
  close();
  await registry.close();
});

test("a cluster's socket without Deno's permissions for it is refused at the start", {
  skip: skipWhen(!("Deno" in globalThis), "only Deno has permissions"),
}, () => {
  const program = `
    import { Registry } from ${
    JSON.stringify(new URL("../../src/metrics/mod.ts", import.meta.url))
  };
    const faults = { guard: (_, fn) => fn(), record: (_, error) => console.log(String(error)) };
    const registry = new Registry({ cluster: { socket: "/tmp/c.sock" }, faults });
    await registry.scrape();
  `;
  const read = "--allow-read=/tmp/c.sock", write = "--allow-write=/tmp/c.sock";
  const net = "--allow-net=unix:/tmp/c.sock";
  const refused = 'TypeError: Cannot join cluster at "/tmp/c.sock": Deno needs ';
  const rows: [given: string[], missing: string[]][] = [[[], [read, write, net]], [[read, write], [
    net,
  ]]];
  for (const [given, missing] of rows) {
    const denied = ["read", "write", "net"].map((name) => `--deny-${name}`);
    const flags = given.length === 0 ? denied : [...given, "--deny-net"];
    const args = ["run", "--no-prompt", ...flags, "-"];
    const { stdout, stderr } = spawnSync(process.execPath, args, {
      input: program,
      encoding: "utf8",
    });
    assert.equal(stdout, `${refused}${missing.join(" ")}\n`, stderr);
  }
});
