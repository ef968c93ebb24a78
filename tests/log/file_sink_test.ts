import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { platform, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Faults } from "../../src/core/faults.ts";
import { type FileOptions, FileSink } from "../../src/log/sink/file.ts";
import { LogfmtEncoder } from "../../src/log/format/logfmt.ts";
import { Logger } from "../../src/log/logger.ts";
import type { Sink } from "../../src/log/sink/sink.ts";
import { ManualClock } from "../manual_clock.ts";
import { skipWhen } from "../tool.ts";

const DAY_MS = 86_400_000;
/** Each line is its message, so that sizes are known. */
const format = { encode: ({ message }: { message: string }) => message };

function make(options: Partial<FileOptions> = {}, others: readonly Sink[] = []) {
  const folder = mkdtempSync(join(tmpdir(), "telltale-log-"));
  const path = join(folder, "app.log");
  const clock = new ManualClock();
  const open = () => {
    const sink = new FileSink({ path, format, clock, ...options });
    const faults = new Faults();
    return {
      sink,
      faults,
      log: new Logger({ level: "info", clock, faults, sinks: [sink, ...others] }),
    };
  };
  /** What each file holds. */
  const files = () =>
    Object.fromEntries(
      readdirSync(folder).sort().map((name) => [name, readFileSync(join(folder, name), "utf8")]),
    );
  return { folder, path, clock, open, files, end: () => rmSync(folder, { recursive: true }) };
}

test("FileSink appends, and starts a new file before the size limit is passed", async () => {
  const { open, files, end } = make({ maxFileBytes: 10, keep: 2 });
  const { sink, log } = open();
  for (const message of ["aaaa", "bbbb", "cccc", "dddd", "eeee", "ffff", "gggg", "a long line"]) {
    log.info(message);
    await log.flush();
  }
  assert.deepEqual(files(), {
    "app.log": "a long line\n",
    "app.log.1": "gggg\n",
    "app.log.2": "eeee\nffff\n",
  });
  assert.equal(sink.counts.written, 8);
  log.close();
  end();
});

test("FileSink starts a new file when the period is over, also that of an earlier process", async () => {
  const { path, clock, open, files, end } = make({ rotateEveryMs: DAY_MS });
  writeFileSync(path, "yesterday\n");
  utimesSync(path, new Date(clock.now() - 1), new Date(clock.now() - 1));
  const { log } = open();
  log.info("today");
  await log.flush();
  clock.advance(DAY_MS - 1);
  log.info("today too");
  await log.flush();
  clock.advance(1);
  log.info("tomorrow");
  log.close();
  assert.deepEqual(files(), {
    "app.log": "tomorrow\n",
    "app.log.1": "today\ntoday too\n",
    "app.log.2": "yesterday\n",
  });
  end();
});

test("FileSink goes on with the file of an earlier process", () => {
  const { path, open, files, end } = make({ maxFileBytes: 10 });
  writeFileSync(path, "earlier\n");
  const { log } = open();
  log.info("x");
  log.info("y");
  log.close();
  assert.deepEqual(files(), { "app.log": "x\ny\n", "app.log.1": "earlier\n" });
  end();
});

test("FileSink keeps no earlier file with keep: 0", () => {
  const { open, files, end } = make({ maxFileBytes: 4, keep: 0 });
  const { log } = open();
  for (const message of ["aaa", "bbb", "ccc"]) {
    log.info(message);
    log.flushSync();
  }
  assert.deepEqual(files(), { "app.log": "ccc\n" });
  log.close();
  end();
});

test("FileSink goes on in its file while it can't be rotated, and says so", async () => {
  const { path, clock, open, files, end } = make({ maxFileBytes: 4, keep: 1 });
  mkdirSync(`${path}.1`);
  writeFileSync(join(`${path}.1`, "in the way"), "");
  const { log, faults } = open();
  for (const message of ["aaa", "bbb"]) {
    log.info(message);
    await log.flush();
  }
  assert.equal(readFileSync(path, "utf8"), "aaa\nbbb\n");
  assert.deepEqual([...faults.counts()], [["log sink", 1]]);
  const [, , report] = log.ring.since(0);
  assert.equal(report!.message, "log sink fails");
  rmSync(`${path}.1`, { recursive: true });
  await log.flush();
  clock.advance(60_000);
  log.info("ccc");
  await log.flush();
  assert.equal(files()["app.log"], "ccc\n");
  log.close();
  end();
});

test("FileSink on a full disk keeps serving, reports once a minute and recovers", {
  skip: skipWhen(!existsSync("/dev/full"), "no /dev/full here"),
}, async () => {
  const others: string[] = [];
  const { path, clock, open, end } = make({ maxBytes: 100_000 }, [({ message, fields }) => {
    others.push(message === "log sink fails" ? `${message} ${fields.reason}` : message);
  }]);
  const real = `${path}.real`;
  symlinkSync("/dev/full", path);
  const { sink, log, faults } = open();
  for (let second = 0; second < 90; second++) {
    log.info(`line ${second}`);
    await log.flush();
    clock.advance(1000);
  }
  assert.equal(sink.counts.written, 0);
  assert.ok(sink.counts.failures > 60, `${sink.counts.failures} failures`);
  assert.equal(faults.counts().get("log sink"), sink.counts.failures);
  const reports = others.filter((message) => message.startsWith("log sink fails"));
  assert.equal(reports.length, 2);
  assert.match(reports[0]!, /ENOSPC|No space left/);
  assert.equal(others.length, 92, "other sinks are served");

  rmSync(path);
  symlinkSync(real, path);
  clock.advance(1000);
  await log.flush();
  log.flushSync();
  const lines = readFileSync(real, "utf8").split("\n").filter((line) => line.startsWith("line"));
  assert.deepEqual(lines, Array.from({ length: 90 }, (_, i) => `line ${i}`));
  log.close();
  end();
});

test("new FileSink() refuses wrong options at once", () => {
  const { path, end } = make();
  const table: [FileOptions, RegExp][] = [
    [{ path: "" }, /^Cannot log to file: path must be a non-empty string, got ""$/],
    [{ path, maxFileBytes: 0 }, /maxFileBytes must be at least 1, got 0$/],
    [{ path, rotateEveryMs: NaN }, /rotateEveryMs must be at least 1, got NaN$/],
    [{ path, keep: -1 }, /keep must be a whole number from 0 to 1000, got -1$/],
    [{ path, onFull: "wait" as "drop-oldest" }, /onFull must be one of drop-oldest, drop-newest/],
    [{ path, maxBytes: 0 }, /maxBytes must be positive, got 0$/],
    [{ path, format: "xml" as "json" }, /^Cannot write logs as "xml"/],
    [{ path: join(path, "no", "folder") }, /ENOENT|no such file|ENOTDIR|[Nn]ot a directory/],
  ];
  for (const [options, message] of table) assert.throws(() => new FileSink(options), { message });
  end();
});

test("FileSink has a level and a format of its own", () => {
  const { open, files, end } = make({ level: "warn", format: new LogfmtEncoder() });
  const { log } = open();
  log.info("not here");
  log.warn("here", { a: 1 });
  log.close();
  assert.deepEqual(files(), {
    "app.log": "time=2026-01-01T00:00:00.000Z level=warn msg=here a=1\n",
  });
  end();
});

test(
  "FileSink counts what a write put out before it failed",
  { skip: skipWhen(platform() === "win32", "Windows has no such files") },
  () => {
    const { path, end } = make();
    const child = fileURLToPath(new URL("./full_child.ts", import.meta.url));
    const runtime = "Deno" in globalThis ? `"${process.execPath}" run -A` : `"${process.execPath}"`;
    // The signal that comes with the limit is ignored: the write then fails like that to a full disk.
    const script = `trap '' XFSZ; ulimit -f 256; exec ${runtime} "${child}" "${path}"`;
    const { stdout, stderr } = spawnSync("sh", ["-c", script], { encoding: "utf8" });
    const { writtenBytes, failures, written } = JSON.parse(stdout || stderr);
    assert.ok(failures > 0 && written > 0);
    assert.equal(writtenBytes, readFileSync(path).length);
    end();
  },
);

test("FileSink.close() during a write closes the file after it", {
  skip: skipWhen(!existsSync("/proc/self/fd"), "only Linux lists open files"),
}, async () => {
  const { path, open, end } = make();
  const { log } = open();
  const isOpen = () =>
    readdirSync("/proc/self/fd").some((number) => {
      try {
        return readlinkSync(`/proc/self/fd/${number}`) === path;
      } catch {
        return false; // That of the reading itself.
      }
    });
  assert.ok(isOpen());
  log.info("x".repeat(16_000));
  const flushed = log.flush();
  log.close();
  await flushed;
  for (let turns = 0; turns < 100 && isOpen(); turns++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(!isOpen());
  end();
});

for (const how of ["moved away", "deleted", "replaced"]) {
  test(`FileSink goes on at its path when the file is ${how}`, async () => {
    const { path, clock, open, files, end } = make();
    const { log, sink } = open();
    const say = async (message: string) => {
      log.info(message);
      await log.flush();
    };
    await say("first");
    if (how === "deleted") rmSync(path);
    else renameSync(path, `${path}.old`);
    if (how === "replaced") writeFileSync(path, "of another\n");
    await say("within a second");
    clock.advance(1000);
    await say("later");
    await say("last");
    assert.deepEqual(files(), {
      "app.log": `${how === "replaced" ? "of another\n" : ""}later\nlast\n`,
      ...how !== "deleted" && { "app.log.old": "first\nwithin a second\n" },
    });
    assert.equal(sink.counts.written, 4);
    log.close();
    end();
  });
}

test("FileSinks of several processes on one file lose no line to their rotations", async () => {
  const { clock, open, files, end } = make({ maxFileBytes: 50, keep: 20 });
  const logs = [open().log, open().log, open().log];
  const expected: string[] = [];
  for (let i = 0; i < 60; i++) {
    const line = `line ${String(i).padStart(2, "0")}`;
    expected.push(`${line}\n`);
    logs[i % 3]!.info(line);
    await logs[i % 3]!.flush();
    if (i % 5 === 0) clock.advance(1000);
  }
  const kept = files();
  assert.deepEqual(Object.values(kept).join("").split(/(?<=\n)/).sort(), expected);
  // Those that did not see each other's lines for a second are a little over.
  for (const text of Object.values(kept)) assert.ok(text.length <= 100, text);
  for (const log of logs) log.close();
  end();
});

test("FileSink says at its start which permission of Deno's it lacks, and needs no other later", {
  skip: skipWhen(!("Deno" in globalThis), "only Deno has permissions"),
}, () => {
  const { folder, path, files, end } = make();
  const program = (options: object) => `
    import { FileSink, Logger } from ${
    JSON.stringify(new URL("../../src/log/mod.ts", import.meta.url))
  };
    const sink = new FileSink(${
    JSON.stringify({ path, format: "pretty", ...options }).replace("null", "Infinity")
  });
    const log = new Logger({ sinks: [sink] });
    for (let i = 0; i < 10; i++) {
      log.info("line");
      await log.flush();
    }
    log.close();
  `;
  const run = (options: object, ...permissions: string[]) =>
    spawnSync(process.execPath, ["run", "--no-prompt", ...permissions, "-"], {
      input: program(options),
      encoding: "utf8",
    }).stderr;
  const all = `--allow-write=${folder}`, read = `--allow-read=${folder}`;
  assert.match(
    run({ maxFileBytes: 100 }, all),
    /TypeError: Cannot log to file ".*app.log": --allow-read is needed for ".*app.log" to rotate/,
  );
  assert.match(run({}, `--allow-write=${path}`, read), /--allow-write is needed for ".*app.log.1"/);
  assert.equal(run({ maxFileBytes: 100, keep: 2 }, all, read), "");
  assert.equal(Object.keys(files()).length, 3);
  assert.equal(run({ maxFileBytes: 100, keep: 0 }, all), "");
  assert.equal(run({ maxFileBytes: Infinity }, `--allow-write=${path}`), "");
  end();
});
