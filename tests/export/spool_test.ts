import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { Faults } from "../../src/core/faults.ts";
import { crc32, decodeFrame, encodeFrame } from "../../src/export/frame.ts";
import { Ledger } from "../../src/export/ledger.ts";
import { OtlpExporter } from "../../src/export/otlp.ts";
import type { OtlpOptions, SpoolOptions } from "../../src/export/otlp_options.ts";
import { Spool } from "../../src/export/spool.ts";
import { SpoolFolder } from "../../src/export/spool_folder.ts";
import { until } from "../e2e/wait.ts";
import { ManualClock } from "../manual_clock.ts";
import { Receiver } from "./receiver.ts";
import { spanRecord } from "./span_record.ts";

const DAY_MS = 86_400_000;

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "telltale-spool-"));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
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
    traces: { maxBatch: 1, delayMs: 100 },
    ...options,
  }, { clock, faults, fetch: receiver.fetch, random: () => 0.5 });
  return { clock, receiver, faults, exporter };
}

function counts(exporter: OtlpExporter) {
  const { accepted, exported, dropped, queued } = exporter.counts("traces")!;
  return { accepted, exported, queued, dropped: Object.fromEntries(dropped) };
}

function batchesIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith(".batch")).sort();
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

test("decodeFrame() gives what encodeFrame() was given, and nothing of what was torn or changed", () => {
  const batch = fc.record({
    body: fc.uint8Array({ maxLength: 100 }).map((bytes) => new Uint8Array(bytes)),
    json: fc.boolean(),
    gzipped: fc.boolean(),
    items: fc.nat(),
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
      // What follows a frame is not its business.
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

test("what one process left behind, the next one sends, oldest first", async () => {
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

test("a torn, a changed and a foreign file cost their own spans and nothing else", async () => {
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

test("the spool keeps to its size, the oldest make way", async () => {
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

test("files of a process that lives are its own; of one that is silent, whoever comes", async () => {
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
    // When it comes back, it leaves to the other what the other has.
    await first.exporter.flush();
    assert.deepEqual(counts(first.exporter), { accepted: 0, exported: 0, queued: 0, dropped: {} });
    assert.equal(first.faults.counts().get("spool"), undefined);
    first.exporter.close();
    second.exporter.close();
  });
});

test("a folder that can't be written to any more costs what it was given, and is told", async () => {
  await withFolder(async (folder) => {
    const { clock, exporter, faults } = open(folder);
    rmSync(folder, { recursive: true });
    exporter.span(spanRecord("a"));
    clock.advance(0);
    await until("the drop", () => counts(exporter).queued === 0);
    assert.deepEqual(counts(exporter).dropped, { spool_failed: 1 });
    assert.ok(faults.counts().get("spool")! >= 1);
    exporter.close();
  });
});

test("with a spool and a faulty receiver: accepted = exported + dropped + queued", async () => {
  const fault = fc.constantFrom("ok", "503", "400", "partial", "throw");
  const action = fc.oneof(
    fc.record({ spans: fc.integer({ min: 1, max: 8 }) }),
    fc.record({ advanceMs: fc.constantFrom(0, 100, 7000) }),
    fc.constantFrom("flush" as const, "restart" as const),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fault, { maxLength: 20 }),
      fc.array(action, { maxLength: 15 }),
      async (faults, actions) => {
        await withFolder(async (folder) => {
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
              traces: { maxQueue: 20, maxBatch: 3, delayMs: 100 },
            });
            started.receiver.answer = answer;
            return started.exporter;
          };
          let exporter = start(), left = 0;
          const check = () => {
            const { accepted, exported, dropped, queued } = counts(exporter);
            const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
            assert.equal(accepted, exported + lost + queued);
            return queued;
          };
          for (const step of actions) {
            if (step === "flush") void exporter.flush();
            else if (step === "restart") {
              exporter.close();
              left = check();
              exporter = start();
              // A heartbeat that was under way at the end may make it look alive once more.
              await until("the files", () => {
                clock.advance(2000);
                return counts(exporter).accepted >= left;
              });
            } else if ("spans" in step) {
              for (let i = 0; i < step.spans; i++) exporter.span(spanRecord("s"));
            } else clock.advance(step.advanceMs);
            check();
            await new Promise((resolve) => setImmediate(resolve));
            check();
          }
          exporter.close();
          check();
        });
      },
    ),
    { numRuns: 15 },
  );
});

function spoolChild(folder: string, how: string): ChildProcess {
  const child = fileURLToPath(new URL("./spool_child.ts", import.meta.url));
  const run = "Bun" in globalThis ? ["run", child] : ["run", "-A", "--quiet", child];
  return spawn(process.execPath, [...run, folder, how], { stdio: ["ignore", "pipe", "ignore"] });
}

test("kill -9 loses only what was not yet in the spool", { timeout: 30_000 }, async () => {
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
    `a process that ends by ${how} leaves all of it, free at once`,
    { timeout: 30_000 },
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

const ON_DENO = { skip: "Bun" in globalThis && "only Deno has permissions", timeout: 30_000 };

test("on Deno a folder without permission is an error at the start", ON_DENO, async () => {
  await withFolder((folder) => {
    const settings = new URL("../../src/export/otlp.ts", import.meta.url).href;
    const program = `import { OtlpExporter } from ${JSON.stringify(settings)};
      new OtlpExporter({ endpoint: "http://c", spool: ${JSON.stringify(folder)} });`;
    const file = join(folder, "program.ts");
    writeFileSync(file, program);
    // By another name: what Deno starts as itself gets all permissions.
    const deno = join(folder, "deno");
    symlinkSync(process.execPath, deno);
    const { stderr: said } = spawnSync(deno, ["run", "--no-prompt", "--allow-net", file], {
      encoding: "utf8",
    });
    assert.ok(said.includes(`Cannot spool to "${folder}": needs --allow-read=${folder}`), said);
    return Promise.resolve();
  });
});

test("who left nothing but a sign of life is forgotten", async () => {
  await withFolder(async (folder) => {
    writeFileSync(join(folder, "0123456789abcdef.alive"), "0");
    const { exporter } = open(folder, new ManualClock(60_000));
    await exporter.flush();
    assert.equal(readdirSync(folder).includes("0123456789abcdef.alive"), false);
    exporter.close();
    assert.deepEqual(readdirSync(folder), []);
  });
});

test("a batch that the system can't read for now is neither lost nor damaged", async () => {
  const ledger = new Ledger(), faults = new Faults(() => {});
  await withFolder(async (folder) => {
    const files = new SpoolFolder(folder, new ManualClock(), faults);
    let failure: string | undefined = "EMFILE";
    const read = (path: string) =>
      failure === undefined
        ? readFile(path)
        : Promise.reject(Object.assign(new Error("too many open files"), { code: failure }));
    const limits = { maxBytes: 1e6, maxAgeMs: DAY_MS };
    const spool = new Spool("traces", files, limits, { ledger, faults, read });
    const body = new Uint8Array([1, 2, 3]);
    spool.appendSync({ body, json: false, gzipped: false, items: 2, timeMs: 0 });
    await assert.rejects(spool.first(), /too many open files/);
    failure = undefined;
    const { body: readBack, items } = (await spool.first())!;
    assert.deepEqual([[...readBack], items, spool.items], [[1, 2, 3], 2, 2]);
    failure = "EIO";
    assert.equal(await spool.first(), undefined);
    assert.deepEqual([...ledger.dropped], [["spool_damaged", 2]]);
    files.close();
  });
});
