import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Faults } from "../../src/core/faults.ts";
import { encodeFrame } from "../../src/export/spool/frame.ts";
import { OtlpExporter } from "../../src/export/otlp/exporter.ts";
import { SpoolFolder } from "../../src/export/spool/folder.ts";
import { until } from "../e2e/wait.ts";
import { ManualClock } from "../manual_clock.ts";
import { Receiver } from "./receiver.ts";
import { spanRecord } from "./span_record.ts";

const HOUR_MS = 3_600_000, DAY_MS = 24 * HOUR_MS;

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "telltale-spool-clock-"));
  try {
    await work(folder);
  } finally {
    await until("the folder to go", () => (rmSync(folder, { recursive: true, force: true }), true));
  }
}

/** A batch of another process, which said at `beatMs` that it lives, or never. */
function leave(folder: string, owner: string, timeMs: number, beatMs?: number): void {
  const body = new Uint8Array([1]);
  const frame = encodeFrame({ body, json: false, gzipped: false, itemCount: 1, timeMs });
  const time = String(timeMs).padStart(14, "0");
  writeFileSync(join(folder, `traces-${time}-1-00000000-${owner}.batch`), frame);
  if (beatMs !== undefined) writeFileSync(join(folder, `${owner}.alive`), String(beatMs));
}

async function watch(
  folder: string,
  clock: ManualClock,
): Promise<{ files: SpoolFolder; found: number[] }> {
  const found: number[] = [], files = new SpoolFolder(folder, DAY_MS, clock, new Faults());
  files.onAdopted("traces", ({ timeMs }) => found.push(timeMs));
  await files.ready;
  return { files, found };
}

const LIVING = "00000000000000aa", DEAD = "00000000000000bb";

test("a step of the wall clock makes no live process look dead", async () => {
  await withFolder(async (folder) => {
    const clock = new ManualClock(), startMs = clock.now();
    leave(folder, LIVING, startMs, startMs);
    const { files, found } = await watch(folder, clock);
    clock.step(HOUR_MS);
    // Taken over in the same look, after that of the living one.
    leave(folder, DEAD, startMs + 1);
    clock.advance(2000);
    await until("a look", () => found.includes(startMs + 1));
    assert.equal(found.length, 1);
    // Silent for ten seconds, it is dead.
    clock.advance(10_000);
    await until("the take-over", () => found.includes(startMs));
    files.close();
  });
});

test("a process that died before the wall clock was set back does not look alive", async () => {
  await withFolder(async (folder) => {
    const clock = new ManualClock(), startMs = clock.now();
    leave(folder, DEAD, startMs, startMs + HOUR_MS);
    const { files, found } = await watch(folder, clock);
    assert.equal(found.length, 0);
    clock.advance(12_000);
    await until("the take-over", () => found.includes(startMs));
    files.close();
  });
});

test("a batch of this process in the spool ages by the monotonic clock", async () => {
  await withFolder(async (folder) => {
    const clock = new ManualClock(), receiver = new Receiver();
    const exporter = new OtlpExporter({
      endpoint: "http://receiver",
      spool: folder,
      metrics: false,
      logs: false,
      clock,
      faults: new Faults(() => {}),
      fetch: receiver.fetch,
    });
    receiver.answer = () => new Response("", { status: 503, headers: { "retry-after": "60" } });
    exporter.span(spanRecord("before the clock was set"));
    await exporter.flush();
    // A machine without a clock of its own begins in 1970.
    clock.step(50 * 365 * DAY_MS);
    clock.advance(60_000);
    receiver.answer = () => new Response();
    await exporter.flush();
    assert.deepEqual(receiver.spanNames, ["before the clock was set"]);
    assert.deepEqual([...exporter.counts("traces")!.dropped], []);
    exporter.close();
  });
});
