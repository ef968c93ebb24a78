import { deepEqual, equal } from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Faults, Registry } from "../../mod.ts";
import { SloRegistry } from "../../src/slo/mod.ts";
import { ManualClock } from "../manual_clock.ts";

const MINUTE = 60_000, HOUR = 60 * MINUTE;

async function inFolder(use: (path: string, folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "telltale-snapshot-"));
  try {
    await use(join(folder, "slo.json"), folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A process that begins at a wall time, with one SLO. */
function started(path: string, epochMs: number, windowDays = 30) {
  const clock = new ManualClock(epochMs), said: unknown[] = [];
  const faults = new Faults((_where, error) => said.push((error as Error).message));
  const slos = new SloRegistry({ metrics: new Registry({ clock }), clock, faults, path });
  const slo = slos.define("checkout", { objective: 0.9, windowDays, custom: true });
  return { clock, slos, slo, said };
}

test("SLOs continue after a restart; the time between was not seen", async () => {
  await inFolder(async (path, folder) => {
    const first = started(path, 0);
    for (let i = 0; i < 60; i++) {
      first.slo.good(9);
      first.slo.bad(1);
      first.clock.advance(MINUTE);
    }
    await first.slos.close();
    deepEqual(readdirSync(folder), ["slo.json"]);

    const second = started(path, 2 * HOUR);
    second.slo.bad(2);
    await second.slos.restored();
    second.clock.advance(30 * MINUTE);
    const { events, bad, burn, coverage } = second.slo.state();
    deepEqual([events, bad], [602, 62]);
    // An hour, and half an hour of thirty days; the first hour is out of the window of an hour.
    equal(Math.round(coverage * 30 * 24 * 100) / 100, 1.5);
    equal(burn["1h"], 10);
    equal(Math.round(burn["6h"] * 1000) / 1000, Math.round(620 / 602 * 1000) / 1000);
    deepEqual(second.said, []);
    await second.slos.close();
  });
});

test("SLOs begin anew, with a word, where the file is damaged, from the future or of another window", async () => {
  await inFolder(async (path) => {
    const first = started(path, HOUR);
    first.slo.bad(5);
    await first.slos.close();
    const whole = readFileSync(path, "utf8");
    const rows: [text: string, epochMs: number, windowDays: number, said: RegExp | undefined][] = [
      [whole, HOUR, 30, undefined],
      [whole.slice(0, -1), HOUR, 30, /it is damaged/],
      [whole.replace('"bad":5', '"bad":6'), HOUR, 30, /it is damaged/],
      ["", HOUR, 30, /it is damaged/],
      ["{}", HOUR, 30, /it is damaged/],
      [whole, HOUR - 10 * MINUTE, 30, /it is from the future/],
      [whole, HOUR, 28, /has another window/],
    ];
    for (const [text, epochMs, windowDays, said] of rows) {
      writeFileSync(path, text);
      const next = started(path, epochMs, windowDays);
      await next.slos.restored();
      equal(next.slo.state().bad, said === undefined ? 5 : 0, text.slice(0, 50));
      equal(said === undefined ? next.said.length === 0 : said.test(String(next.said[0])), true);
    }
  });
});

test("SLOs that can't be saved count a fault and go on", async () => {
  await inFolder(async (_path, folder) => {
    const { slos, slo, said } = started(join(folder, "none", "slo.json"), 0);
    slo.bad();
    await slos.close();
    await slos.close();
    equal(said.length, 1);
    equal(slo.state().bad, 1);
  });
});

test("SLOs that can't take the place of what is there leave no file beside it", async () => {
  await inFolder(async (path, folder) => {
    // Not there at the start; then a folder, which no file replaces.
    const { slos, slo, said } = started(path, HOUR);
    await slos.restored();
    mkdirSync(join(path, "in the way"), { recursive: true });
    slo.bad();
    await slos.close();
    equal(said.length, 1, String(said));
    deepEqual(readdirSync(folder), ["slo.json"]);
  });
});

test("SLOs of several isolates may save to one path at once", async () => {
  await inFolder(async (path, folder) => {
    const url = new URL("./snapshot_worker.ts", import.meta.url);
    const workers = [0, 1, 2].map(() => new Worker(url, { type: "module" }));
    for (let round = 0; round < 10; round++) {
      await Promise.all(workers.map((worker) => {
        const saved = Promise.withResolvers<unknown>();
        worker.onmessage = saved.resolve;
        worker.postMessage(path);
        return saved.promise;
      }));
      const { slos, slo, said } = started(path, Date.now());
      await slos.restored();
      deepEqual(said, []);
      equal(slo.state().events, 7);
      await slos.close();
    }
    for (const worker of workers) worker.terminate();
    deepEqual(readdirSync(folder), ["slo.json"]);
  });
});
