import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { Faults } from "../../src/core/faults.ts";
import { Batcher } from "../../src/export/batch/batcher.ts";
import { crc32, decodeFrame, encodeFrame } from "../../src/export/spool/frame.ts";
import { Ledger } from "../../src/export/batch/batch.ts";
import { OtlpExporter } from "../../src/export/otlp/exporter.ts";
import type { OtlpOptions, SpoolOptions } from "../../src/export/otlp/options.ts";
import { OtlpQueues } from "../../src/export/otlp/queues.ts";
import { OtlpSender } from "../../src/export/otlp/sender.ts";
import { otlpSettings } from "../../src/export/otlp/settings.ts";
import { Outbox } from "../../src/export/batch/outbox.ts";
import type { Outcome } from "../../src/export/post/post.ts";
import { Spool } from "../../src/export/spool/spool.ts";
import { SpoolFolder } from "../../src/export/spool/folder.ts";
import { until } from "../e2e/wait.ts";
import { ManualClock } from "../manual_clock.ts";
import { Receiver } from "./receiver.ts";
import { spanRecord } from "./span_record.ts";
import { HANG_MS, skipWhen } from "../tool.ts";

const DAY_MS = 86_400_000;

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "telltale-spool-"));
  try {
    await work(folder);
  } finally {
    // A heartbeat that was under way at the end may write its file meanwhile.
    await until("the folder to go", () => {
      rmSync(folder, { recursive: true, force: true });
      return true;
    });
  }
}

/** An exporter of spans, in batches of one unless said otherwise, as one process would have it. */
function open(spool: string | SpoolOptions, clock = new ManualClock(), options: OtlpOptions = {}) {
  const receiver = new Receiver(), faults = new Faults();
  const exporter = new OtlpExporter({
    endpoint: "http://receiver",
    spool,
    metrics: false,
    logs: false,
    traces: { maxBatchItems: 1, delayMs: 100 },
    ...options,
    clock,
    faults,
    fetch: receiver.fetch,
    random: () => 0.5,
  });
  return { clock, receiver, faults, exporter };
}

function counts(exporter: OtlpExporter) {
  const { accepted, exported, dropped, queued } = exporter.counts("traces")!;
  return { accepted, exported, queued, dropped: Object.fromEntries(dropped) };
}

function batchesIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith(".batch")).sort();
}

/** Items of the batches in a folder, which may be none. */
function itemsIn(folder: string): number {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return 0;
  return batchesIn(folder).reduce((sum, name) => sum + Number(name.split("-")[2]), 0);
}

/** A receiver that is away for so long that one try ends the round. */
const away = () => new Response("", { status: 503, headers: { "retry-after": "3600" } });

/** Adds spans, each of which is a file before the next one comes. */
async function spoolSpans(exporter: OtlpExporter, names: readonly string[]): Promise<void> {
  for (const name of names) {
    exporter.span(spanRecord(name));
    await exporter.flush();
  }
}

test("crc32() is the one of IEEE 802.3", () => {
  assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
});

test("decodeFrame() reverses encodeFrame(), and rejects torn or changed frames", () => {
  const batch = fc.record({
    body: fc.uint8Array({ maxLength: 100 }).map((bytes) => new Uint8Array(bytes)),
    json: fc.boolean(),
    gzipped: fc.boolean(),
    itemCount: fc.nat(),
    timeMs: fc.integer({ min: 0, max: 1e13 }),
  }, { noNullPrototype: true });
  fc.assert(
    fc.property(batch, fc.nat(), fc.integer({ min: 1, max: 255 }), (batch, at, flip) => {
      const frame = encodeFrame(batch);
      assert.deepEqual(decodeFrame(frame), batch);
      assert.equal(decodeFrame(frame.subarray(0, at % frame.length)), undefined);
      const changed = frame.slice();
      changed[at % frame.length]! ^= flip;
      assert.equal(decodeFrame(changed), undefined);
      // Bytes after a frame are ignored.
      assert.deepEqual(decodeFrame(new Uint8Array([...frame, 1, 2])), batch);
    }),
  );
});

test("a batch is on disk before it is sent, and gone once the receiver has it", async () => {
  await withFolder(async (folder) => {
    const { clock, receiver, exporter } = open(folder);
    const onDisk: number[] = [];
    receiver.answer = () => {
      onDisk.push(batchesIn(folder).length);
      return new Response();
    };
    exporter.span(spanRecord("a"));
    clock.advance(0);
    await until("the span", () => counts(exporter).exported === 1);
    assert.deepEqual(onDisk, [1]);
    assert.deepEqual(batchesIn(folder), []);
    exporter.close();
    assert.deepEqual(readdirSync(folder), []);
  });
});

test("batches that one process left are sent by the next, oldest first", async () => {
  await withFolder(async (folder) => {
    const first = open(folder);
    first.receiver.answer = away;
    await spoolSpans(first.exporter, ["a", "b"]);
    // One more, which the shutdown itself writes.
    first.exporter.span(spanRecord("c"));
    first.exporter.close();
    assert.deepEqual(counts(first.exporter), { accepted: 3, exported: 0, queued: 3, dropped: {} });
    for (const name of batchesIn(folder)) assert.equal(statSync(join(folder, name)).mode & 0o77, 0);

    const second = open(folder, first.clock);
    await second.exporter.flush();
    assert.deepEqual(second.receiver.spanNames, ["a", "b", "c"]);
    assert.deepEqual(counts(second.exporter), { accepted: 3, exported: 3, queued: 0, dropped: {} });
    second.exporter.close();
  });
});

test("torn, changed and foreign files cost their own spans only", async () => {
  await withFolder(async (folder) => {
    const first = open(folder);
    first.receiver.answer = away;
    await spoolSpans(first.exporter, ["torn", "changed", "whole"]);
    first.exporter.close();
    const [torn, changed] = batchesIn(folder).map((name) => join(folder, name));
    truncateSync(torn!, statSync(torn!).size - 1);
    const bytes = readFileSync(changed!);
    bytes[40]! ^= 1;
    writeFileSync(changed!, bytes);
    writeFileSync(join(folder, "notes.txt"), "not mine");

    const second = open(folder, first.clock);
    await second.exporter.flush();
    assert.deepEqual(second.receiver.spanNames, ["whole"]);
    assert.deepEqual(counts(second.exporter), {
      accepted: 3,
      exported: 1,
      queued: 0,
      dropped: { spool_damaged: 2 },
    });
    second.exporter.close();
    assert.deepEqual(readdirSync(folder), ["notes.txt"]);
  });
});

test("the spool keeps to its size and drops the oldest batches", async () => {
  await withFolder(async (folder) => {
    const { clock, exporter, receiver } = open({ folder, maxBytes: 800 });
    receiver.answer = away;
    await spoolSpans(exporter, ["a", "b", "c", "d", "e", "f", "g", "h"]);
    const size = batchesIn(folder).reduce(
      (sum, name) => sum + statSync(join(folder, name)).size,
      0,
    );
    assert.ok(size <= 800, `${size} bytes`);
    const { accepted, queued, dropped } = counts(exporter);
    assert.ok(queued > 0 && queued < 8);
    assert.deepEqual([accepted, dropped], [8, { spool_full: 8 - queued }]);
    exporter.close();

    const second = open(folder, clock);
    await second.exporter.flush();
    // The first one was on its way, so it did not make way; of the others the newest are there.
    assert.deepEqual(second.receiver.spanNames, ["a", ..."bcdefgh".slice(-queued + 1)]);
    second.exporter.close();
  });
});

test("a batch that waited too long is dropped", async () => {
  await withFolder(async (folder) => {
    const first = open(folder);
    first.receiver.answer = away;
    await spoolSpans(first.exporter, ["old"]);
    first.exporter.close();
    first.clock.advance(DAY_MS + 1);
    const second = open(folder, first.clock);
    await second.exporter.flush();
    assert.deepEqual(counts(second.exporter).dropped, { expired: 1 });
    assert.deepEqual(batchesIn(folder), []);
    second.exporter.close();
  });
});

test("files belong to their process while it is alive; then the first that looks adopts them", async () => {
  await withFolder(async (folder) => {
    const first = open(folder);
    first.receiver.answer = away;
    await spoolSpans(first.exporter, ["a"]);
    const clock = new ManualClock(first.clock.now());
    const second = open(folder, clock);
    await second.exporter.flush();
    assert.equal(counts(second.exporter).accepted, 0);
    // The first one is as good as dead: its clock stands still.
    for (let i = 0; i < 6; i++) clock.advance(2000);
    await until("the take-over", () => counts(second.exporter).exported === 1);
    assert.deepEqual(second.receiver.spanNames, ["a"]);
    // When the first comes back, it leaves adopted files to the other.
    first.clock.advance(3_600_000);
    await until("a look", () => counts(first.exporter).queued === 0);
    assert.deepEqual(counts(first.exporter), { accepted: 0, exported: 0, queued: 0, dropped: {} });
    assert.equal(first.faults.counts().get("spool"), undefined);
    first.exporter.close();
    second.exporter.close();
  });
});

/** An outbox of numbers, in batches of one, with a disk and a receiver that a test controls. */
function outboxOf(folder: string) {
  const clock = new ManualClock(), faults = new Faults(() => {});
  const files = new SpoolFolder(folder, DAY_MS, clock, faults);
  const world = { isFull: false, writes: 0, post: (): Promise<Outcome> => AWAY };
  const write = (path: string, bytes: Uint8Array) => {
    world.writes++;
    const code = { code: "ENOSPC" };
    return world.isFull
      ? Promise.reject(Object.assign(new Error("full"), code))
      : writeFile(path, bytes);
  };
  const limits = { maxBytes: 1e6, maxAgeMs: DAY_MS };
  const bounds = { delayMs: 100, maxItems: 4, maxBytes: 1e6, maxBatchItems: 1 };
  const source = new Batcher<number>(bounds, () => 1, clock), { ledger } = source;
  const spool = new Spool("traces", files, limits, { ledger, faults, clock, files: { write } });
  const sent: number[] = [];
  const outbox = new Outbox({
    clock,
    faults,
    receiver: "receiver:4318",
    name: "outbox",
    source,
    encoding: { json: false, encode: ([n]) => new Uint8Array([n!]) },
    spool,
    gzip: false,
    deadlineMs: 1,
    random: () => 0.5,
    post: async ({ body }) => {
      const outcome = await world.post();
      if (outcome.kind === "accepted") sent.push(body[0]!);
      return outcome;
    },
  });
  const check = (queued: number) => {
    const lost = [...ledger.dropped.values()].reduce((sum, count) => sum + count, 0);
    assert.deepEqual([ledger.accepted, outbox.queued], [ledger.exported + lost + queued, queued]);
  };
  const end = () => {
    outbox.close();
    files.close();
  };
  return { clock, faults, ledger, world, source, sent, outbox, check, end };
}

const AWAY: Promise<Outcome> = Promise.resolve({
  kind: "failed",
  error: "503",
  message: "away",
  retryAfterMs: undefined,
});
const TAKEN: Promise<Outcome> = Promise.resolve({ kind: "accepted", rejected: 0, message: "" });

test("a batch that can't be written is sent from memory, the fault is reported once a minute, and the disk tried again", async () => {
  await withFolder(async (folder) => {
    const { clock, faults, ledger, world, source, sent, outbox, check, end } = outboxOf(folder);
    world.isFull = true;
    for (let n = 1; n <= 6; n++) {
      source.add(n);
      await outbox.flush();
    }
    // One encoded and four in the queue; the sixth found no room.
    check(5);
    assert.deepEqual([...ledger.dropped], [["queue_full", 1]]);
    assert.deepEqual(batchesIn(folder), []);
    assert.equal(world.writes, 1, "a disk that is full is left alone for a while");

    world.post = () => TAKEN;
    await outbox.flush();
    assert.deepEqual(sent, [1, 2, 3, 4, 5]);
    check(0);

    world.post = () => AWAY;
    source.add(7);
    await outbox.flush();
    assert.deepEqual(batchesIn(folder), []);
    for (let ms = 0; ms < 70_000; ms += 10_000) {
      clock.advance(10_000);
      await until("a try", () => outbox.inFlight === 0);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.ok(world.writes >= 6, `${world.writes} tries to write`);
    assert.equal(faults.counts().get("spool"), 2);
    world.isFull = false;
    clock.advance(10_000);
    await until("the file", () => batchesIn(folder).length === 1);
    check(1);
    world.post = () => TAKEN;
    await outbox.flush();
    assert.deepEqual(sent, [1, 2, 3, 4, 5, 7]);
    check(0);
    end();
  });
});

test("a batch that is being sent from memory is not written to disk: it would be sent twice", async () => {
  await withFolder(async (folder) => {
    const { clock, world, source, sent, outbox, check, end } = outboxOf(folder);
    world.isFull = true;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    world.post = () => promise;
    source.add(1);
    void outbox.flush();
    await until("the try", () => outbox.inFlight === 1);
    world.isFull = false;
    clock.advance(10_000);
    source.add(2);
    const flushed = outbox.flush();
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(batchesIn(folder), []);
    world.post = () => TAKEN;
    resolve(TAKEN);
    await flushed;
    assert.deepEqual(sent, [1, 2]);
    check(0);
    end();
  });
});

test("while the disk is full, batches on disk and in memory take turns", async () => {
  await withFolder(async (folder) => {
    const { world, source, sent, outbox, check, end } = outboxOf(folder);
    for (const n of [1, 2, 3, 4]) {
      source.add(n);
      await outbox.flush();
    }
    assert.equal(batchesIn(folder).length, 4);
    world.isFull = true;
    for (const n of [5, 6, 7]) source.add(n);
    await outbox.flush();
    check(7);
    world.post = () => TAKEN;
    await outbox.flush();
    assert.deepEqual(sent.toSorted(), [1, 2, 3, 4, 5, 6, 7]);
    assert.ok(sent.indexOf(5) <= 1, `the one in memory waits for the disk: ${sent}`);
    check(0);
    end();
  });
});

test("a folder that was deleted is made again, and its batches are counted as lost", async () => {
  await withFolder(async (folder) => {
    const { clock, exporter, receiver } = open(folder);
    receiver.answer = away;
    await spoolSpans(exporter, ["lost"]);
    rmSync(folder, { recursive: true });
    exporter.span(spanRecord("in memory"));
    await exporter.flush();
    assert.deepEqual(counts(exporter), { accepted: 2, exported: 0, queued: 2, dropped: {} });
    clock.advance(2000);
    await until("the loss", () => counts(exporter).dropped.spool_damaged === 1);
    clock.advance(10_000);
    exporter.span(spanRecord("on disk"));
    await exporter.flush();
    assert.equal(batchesIn(folder).length, 2);
    receiver.answer = () => new Response();
    clock.advance(3_600_000);
    await until("the spans", () => receiver.spanNames.length === 2);
    assert.deepEqual(receiver.spanNames, ["in memory", "on disk"]);
    await until("the counts", () => counts(exporter).exported === 2);
    assert.deepEqual(counts(exporter), {
      accepted: 3,
      exported: 2,
      queued: 0,
      dropped: { spool_damaged: 1 },
    });
    exporter.close();
  });
});

test("batches that could not be written at the end are counted", async () => {
  await withFolder(async (folder) => {
    const { exporter, receiver } = open(folder);
    receiver.answer = away;
    rmSync(folder, { recursive: true });
    exporter.span(spanRecord("a"));
    exporter.span(spanRecord("b"));
    await exporter.flush();
    exporter.close();
    assert.deepEqual(counts(exporter), {
      accepted: 2,
      exported: 0,
      queued: 0,
      dropped: { spool_failed: 2 },
    });
  });
});

test("the oldest batch is sent first, but a backlog does not hold back new ones forever", async () => {
  await withFolder(async (folder) => {
    const first = open(folder);
    first.receiver.answer = away;
    const old = Array.from({ length: 10 }, (_, i) => `old ${i}`);
    await spoolSpans(first.exporter, old);
    first.exporter.close();

    const second = open(folder, first.clock);
    second.receiver.answer = away;
    first.clock.advance(1);
    await spoolSpans(second.exporter, ["new 0", "new 1"]);
    second.receiver.answer = () => new Response();
    second.clock.advance(3_600_000);
    await until("all", () => counts(second.exporter).exported === 12);
    assert.deepEqual(second.receiver.spanNames, [
      ...old.slice(0, 4),
      "new 0",
      ...old.slice(4, 8),
      "new 1",
      ...old.slice(8),
    ]);
    second.exporter.close();
  });
});

test("a batch that is adopted late is sent before newer ones", async () => {
  await withFolder(async (folder) => {
    const first = open(folder);
    first.receiver.answer = away;
    await spoolSpans(first.exporter, ["older"]);
    const clock = new ManualClock(first.clock.now() + 1);
    const second = open(folder, clock);
    second.receiver.answer = away;
    await spoolSpans(second.exporter, ["newer", "newest"]);
    for (let i = 0; i < 6; i++) clock.advance(2000);
    await until("the take-over", () => counts(second.exporter).accepted === 3);
    second.receiver.answer = () => new Response();
    clock.advance(3_600_000);
    await until("all", () => counts(second.exporter).exported === 3);
    assert.deepEqual(second.receiver.spanNames, ["older", "newer", "newest"]);
    first.exporter.close();
    second.exporter.close();
  });
});

test("after Retry-After nothing is sent at a flush or at the end, and the spool has everything", async () => {
  await withFolder(async (folder) => {
    const { clock, exporter, receiver } = open(folder);
    receiver.answer = () => new Response("", { status: 429, headers: { "retry-after": "60" } });
    exporter.span(spanRecord("a"));
    assert.deepEqual(await exporter.flush(), { queued: 1, retryAfterMs: 60_000 });
    clock.advance(1000);
    exporter.span(spanRecord("b"));
    assert.deepEqual(await exporter.flush(5000), { queued: 2, retryAfterMs: 59_000 });
    assert.equal(receiver.tries, 1);
    exporter.close();
    assert.equal(receiver.tries, 1);
    assert.equal(batchesIn(folder).length, 2);
    assert.deepEqual(counts(exporter), { accepted: 2, exported: 0, queued: 2, dropped: {} });
  });
});

test("with a spool and a faulty receiver: accepted = exported + dropped + queued, and nothing else is missing", async () => {
  const fault = fc.constantFrom("ok", "503", "400", "partial", "throw");
  const action = fc.oneof(
    fc.record({ spans: fc.integer({ min: 1, max: 8 }) }),
    fc.record({ advanceMs: fc.constantFrom(0, 100, 7000) }),
    fc.constantFrom("flush" as const, "restart" as const, "break" as const, "mend" as const),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fault, { maxLength: 20 }),
      fc.array(action, { maxLength: 15 }),
      async (faults, actions) => {
        await withFolder(async (parent) => {
          const folder = join(parent, "spool");
          const clock = new ManualClock();
          const answer = () => {
            const next = faults.shift();
            if (next === "throw") throw new TypeError("connection refused");
            if (next === "partial") return Response.json({ partialSuccess: { rejectedSpans: 1 } });
            return new Response("", { status: next === undefined || next === "ok" ? 200 : +next });
          };
          const start = () => {
            const started = open({ folder, maxBytes: 2000 }, clock, {
              protocol: "http/json",
              traces: { maxItems: 20, maxBatchItems: 3, delayMs: 100 },
            });
            started.receiver.answer = answer;
            receivers.push(started.receiver);
            return started.exporter;
          };
          const receivers: Receiver[] = [];
          let exporter = start(), left = 0, broken = 0, made = 0, given = 0, missing = 0;
          // A file where the folder was: it can't be made again before that is gone.
          const breakDisk = () => {
            if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
              renameSync(folder, `${folder}-${broken++}`);
            }
            writeFileSync(folder, "");
          };
          const mend = () => {
            if (statSync(folder, { throwIfNoEntry: false })?.isFile()) rmSync(folder);
          };
          const check = () => {
            const { accepted, exported, dropped, queued } = counts(exporter);
            const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
            assert.equal(accepted, exported + lost + queued);
            // Files of a folder that was moved away look as if another process had adopted them.
            return { queued, missing: lost + Math.max(0, left + given - accepted) };
          };
          for (const step of actions) {
            if (step === "flush") void exporter.flush();
            else if (step === "break") breakDisk();
            else if (step === "mend") mend();
            else if (step === "restart") {
              exporter.close();
              // A write that was under way may leave its file for a moment longer, or for good.
              const ended = check();
              left = Math.min(ended.queued, itemsIn(folder));
              given = 0;
              missing += ended.missing + ended.queued - left;
              mend();
              exporter = start();
              // A heartbeat that was under way at the end may make it look alive once more.
              await until("the files", () => {
                clock.advance(2000);
                return counts(exporter).accepted >= left;
              });
            } else if ("spans" in step) {
              for (let i = 0; i < step.spans; i++) exporter.span(spanRecord(`s${made++}`));
              given += step.spans;
            } else clock.advance(step.advanceMs);
            check();
            await new Promise((resolve) => setImmediate(resolve));
            check();
          }
          faults.length = 0;
          await until("the rest", () => {
            clock.advance(10_000);
            return check().queued === 0;
          });
          missing += check().missing;
          exporter.close();
          check();
          const names = receivers.flatMap(({ spanNames }) => spanNames), different = new Set(names);
          assert.ok(different.size >= made - missing, `${different.size} < ${made} - ${missing}`);
          // Only a batch that was being sent or written when a process ended may arrive twice.
          assert.ok(names.length - different.size <= 2 * 3 * (receivers.length - 1));
        });
      },
    ),
    { numRuns: 30 },
  );
});

function spoolChild(folder: string, how: string): ChildProcess {
  const child = fileURLToPath(new URL("./spool_child.ts", import.meta.url));
  const run = "Bun" in globalThis ? ["run", child] : ["run", "-A", "--quiet", child];
  return spawn(process.execPath, [...run, folder, how], { stdio: ["ignore", "pipe", "ignore"] });
}

test("kill -9 loses only what was not yet in the spool", { timeout: HANG_MS }, async () => {
  await withFolder(async (folder) => {
    const child = spoolChild(folder, "wait");
    let said = "";
    child.stdout!.setEncoding("utf8").on("data", (text) => said += text);
    await until("the child to spool", () => said.includes("spooled"));
    const closed = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGKILL");
    await closed;
    // Its heartbeat is the only trace of its death: it must have been silent for 10 s.
    const { exporter, receiver } = open(folder, new ManualClock(Date.now() + 10_000));
    await exporter.flush();
    assert.deepEqual(receiver.spanNames, Array.from({ length: 20 }, (_, i) => `span ${i}`));
    exporter.close();
  });
});

for (const how of ["exit", "throw"]) {
  test(
    `a process that ends by ${how} leaves everything in the spool, free at once`,
    { timeout: HANG_MS },
    async () => {
      await withFolder(async (folder) => {
        const child = spoolChild(folder, how);
        await new Promise((resolve) => child.once("close", resolve));
        const { exporter, receiver } = open(folder, new ManualClock(Date.now()));
        await exporter.flush();
        assert.deepEqual(
          receiver.spanNames.sort(),
          Array.from({ length: 25 }, (_, i) => `span ${i}`).sort(),
        );
        exporter.close();
      });
    },
  );
}

const ON_DENO = {
  skip: skipWhen("Bun" in globalThis, "only Deno has permissions"),
  timeout: HANG_MS,
};

test("on Deno a folder without permission is an error at the start", ON_DENO, async () => {
  await withFolder((folder) => {
    const settings = new URL("../../src/export/otlp/exporter.ts", import.meta.url).href;
    const program = `import { OtlpExporter } from ${JSON.stringify(settings)};
      new OtlpExporter({ endpoint: "http://c", spool: ${JSON.stringify(folder)} });`;
    const file = join(folder, "program.ts");
    writeFileSync(file, program);
    // By another name: a Deno that Deno starts gets all permissions.
    const deno = join(folder, "deno");
    symlinkSync(process.execPath, deno);
    const { stderr: said } = spawnSync(deno, ["run", "--no-prompt", "--allow-net", file], {
      encoding: "utf8",
    });
    assert.ok(said.includes(`Cannot spool to "${folder}": needs --allow-read=${folder}`), said);
    return Promise.resolve();
  });
});

test("a disk that is full at the start disables the spool, not the export", async () => {
  await withFolder(async (parent) => {
    const folder = join(parent, "spool"), clock = new ManualClock(), faults = new Faults(() => {});
    const settings = otlpSettings(
      { endpoint: "http://receiver", spool: folder, metrics: false, logs: false },
      faults,
      () => undefined,
      () => true,
    );
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "a file where the folder was");
    const receiver = new Receiver();
    const queues = new OtlpQueues(settings!, clock), { fetch } = receiver;
    const sender = new OtlpSender({
      settings: settings!,
      queues,
      resource: {},
      clock,
      faults,
      fetch,
    });
    queues.traces!.add(spanRecord("a"));
    await sender.flush();
    assert.deepEqual(receiver.spanNames, ["a"]);
    assert.equal(faults.counts().get("spool"), 1);
    sender.close();
  });
});

test("a process that died on a full disk, with an empty heartbeat, counts as dead", async () => {
  await withFolder(async (folder) => {
    const first = open(folder, new ManualClock(Date.now()));
    first.receiver.answer = away;
    await spoolSpans(first.exporter, ["a"]);
    const [alive] = readdirSync(folder).filter((name) => name.endsWith(".alive"));
    truncateSync(join(folder, alive!), 0);
    // Its clock stands still, so it has no heartbeat; the file's own time says when it had.
    const second = open(folder, new ManualClock(Date.now() + 11_000));
    await second.exporter.flush();
    assert.deepEqual(second.receiver.spanNames, ["a"]);
    second.exporter.close();
    first.exporter.close();
  });
});

test("a heartbeat without batches is deleted", async () => {
  await withFolder(async (folder) => {
    writeFileSync(join(folder, "0123456789abcdef.alive"), "0");
    const { exporter } = open(folder, new ManualClock(60_000));
    await exporter.flush();
    assert.equal(readdirSync(folder).includes("0123456789abcdef.alive"), false);
    exporter.close();
    assert.deepEqual(readdirSync(folder), []);
  });
});

test("a batch that can't be read at the moment is neither lost nor damaged", async () => {
  const ledger = new Ledger(), faults = new Faults(() => {});
  await withFolder(async (folder) => {
    const clock = new ManualClock(), files = new SpoolFolder(folder, DAY_MS, clock, faults);
    let failure: string | undefined = "EMFILE";
    const read = (path: string) =>
      failure === undefined
        ? readFile(path)
        : Promise.reject(Object.assign(new Error("too many open files"), { code: failure }));
    const limits = { maxBytes: 1e6, maxAgeMs: DAY_MS };
    const spool = new Spool("traces", files, limits, { ledger, faults, clock, files: { read } });
    const body = new Uint8Array([1, 2, 3]);
    spool.writeSync({ body, json: false, gzipped: false, itemCount: 2, timeMs: 0 });
    await assert.rejects(spool.first(), /too many open files/);
    failure = undefined;
    const { body: readBack, itemCount } = (await spool.first())!;
    assert.deepEqual([[...readBack], itemCount, spool.items], [[1, 2, 3], 2, 2]);
    failure = "EIO";
    assert.equal(await spool.first(), undefined);
    assert.deepEqual([...ledger.dropped], [["spool_damaged", 2]]);
    files.close();
  });
});

test("files of a signal that is not exported wait for a process that exports it, until they are too old", async () => {
  await withFolder(async (folder) => {
    const first = open(folder);
    first.receiver.answer = away;
    await spoolSpans(first.exporter, ["a"]);
    first.exporter.close();
    const logsOnly = { traces: false, logs: {} } as const;
    for (const [ageMs, left] of [[DAY_MS - 60_000, 1], [DAY_MS + 1, 0]] as const) {
      const clock = new ManualClock(first.clock.now() + ageMs);
      const { exporter } = open(folder, clock, logsOnly);
      await exporter.flush();
      assert.equal(batchesIn(folder).length, left);
      exporter.close();
    }
  });
});

test("a file whose name has another number of items than its content is damaged", async () => {
  await withFolder(async (folder) => {
    const first = open(folder);
    first.receiver.answer = away;
    await spoolSpans(first.exporter, ["a"]);
    first.exporter.close();
    const [name] = batchesIn(folder);
    renameSync(join(folder, name!), join(folder, name!.replace("-1-", "-5-")));
    const second = open(folder, first.clock);
    await second.exporter.flush();
    assert.deepEqual(counts(second.exporter), {
      accepted: 5,
      exported: 0,
      queued: 0,
      dropped: { spool_damaged: 5 },
    });
    second.exporter.close();
  });
});

test("a backlog is adopted in parts, so that the application runs meanwhile", async () => {
  await withFolder(async (folder) => {
    const clock = new ManualClock(), ledger = new Ledger(), faults = new Faults();
    for (let i = 0; i < 250; i++) {
      const number = String(i).padStart(8, "0"), time = String(clock.now()).padStart(14, "0");
      writeFileSync(join(folder, `traces-${time}-1-${number}-0123456789abcdef.batch`), "");
    }
    const files = new SpoolFolder(folder, DAY_MS, clock, faults);
    const limits = { maxBytes: 1e6, maxAgeMs: DAY_MS };
    const spool = new Spool("traces", files, limits, { ledger, faults, clock });
    const seen = new Set<number>();
    while (spool.items < 250) {
      await new Promise((resolve) => setImmediate(resolve));
      seen.add(spool.items);
    }
    assert.ok(seen.has(100) && seen.has(200), [...seen].join(" "));
    files.close();
  });
});
