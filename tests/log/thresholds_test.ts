import assert from "node:assert/strict";
import { test } from "node:test";
import { Duration } from "../../src/core/plain/duration.ts";
import { Faults } from "../../src/core/faults.ts";
import { Logger } from "../../src/log/logger.ts";
import type { LoggerOptions } from "../../src/log/options.ts";
import { ManualClock } from "../manual_clock.ts";

function make(options: LoggerOptions = {}) {
  const faults = new Faults();
  const log = new Logger({
    level: "info",
    sinks: [],
    clock: new ManualClock(),
    faults,
    ...options,
  });
  return { log, faults };
}

/** What each category records at debug, of all that are asked. */
function debugs(log: Logger, names: readonly string[]): string[] {
  return names.filter((name) =>
    name.split(".").reduce((each, part) => each.category(part), log)
      .enabled("debug")
  );
}

test("Logger.category() has the level of the nearest category that has one", () => {
  const { log } = make({ levels: { db: "debug", "db.pool": "warn", "http.client": "debug" } });
  const names = ["db", "db.query", "db.pool", "db.pool.wait", "dbx", "http", "http.client.retry"];
  assert.deepEqual(debugs(log, names), ["db", "db.query", "http.client.retry"]);
  assert.equal(log.category("db").category("pool").level, "warn");
  assert.equal(log.level, "info");
});

test("a level that is set reaches loggers made before and after, and children with fields", () => {
  const { log } = make();
  const db = log.category("db"), child = db.with({ shard: 1 }), pool = db.category("pool");
  db.level = "debug";
  assert.deepEqual([db, child, pool, log, log.category("db")].map((each) => each.level), [
    "debug",
    "debug",
    "debug",
    "info",
    "debug",
  ]);
  child.debug("seen");
  log.debug("not seen");
  log.level = "off";
  assert.deepEqual([pool.level, log.category("http").level], ["debug", "off"]);
  const [record] = log.ring.since(0);
  assert.deepEqual([log.ring.next, record!.category, record!.fields], [1, "db", {
    shard: 1,
  }]);
});

test("Logger.levels reads and replaces all rules at once, or no rule when one is wrong", () => {
  const { log } = make({ levels: { db: "debug" } });
  const db = log.category("db");
  assert.equal(log.levels, "info,db=debug");
  log.levels = "WARN, http=trace";
  assert.equal(log.levels, "warn,http=trace");
  assert.deepEqual([db.level, log.category("http").level], ["warn", "trace"]);
  assert.throws(() => log.levels = "info,db=loud", { name: "RangeError" });
  assert.equal(log.levels, "warn,http=trace");
  log.levels = "db=debug";
  assert.equal(log.levels, "info,db=debug");
});

test("Logger with more categories than it tells apart gives the rest the root's level", () => {
  const { log } = make();
  for (let i = 0; i < 2000; i++) log.category(`c${i}`).info("x");
  log.level = "error";
  assert.equal(log.category("c1999").level, "error");
  assert.equal(log.ring.at(log.ring.next - 1)!.category, "c1999");
});

test("Logger.log() records levels of the application's own, by their name", () => {
  const { log, faults } = make({ customLevels: { notice: 10, audit: 18 } });
  log.log("notice", "a", { n: 1 });
  log.log("audit", "b");
  log.log("warn", "c");
  log.level = "notice";
  log.info("below");
  log.log("notice", "d");
  log.log("loud", "e is logged at info, which is below");
  log.level = "info";
  log.log("loud", "f");
  const said = log.ring.since(0).map((
    { severity, level, message },
  ) => [severity, level, message]);
  assert.deepEqual(said, [
    [10, "notice", "a"],
    [18, "audit", "b"],
    [13, "warn", "c"],
    [10, "notice", "d"],
    [9, "info", "f"],
  ]);
  assert.deepEqual([...faults.counts()], [["log level", 2]]);
});

test("Logger puts the unit of a duration into its key, wherever it stands", () => {
  const { log } = make();
  log.info("x", {
    took: Duration.milliseconds(12.5),
    wait_ms: Duration.milliseconds(3),
    uptime: Duration.seconds(90),
    nested: { took: Duration.milliseconds(1) },
    list: [Duration.milliseconds(2)],
  });
  log.info("x", { took_ms: 1, took: Duration.milliseconds(2) });
  log.info("x", { took: Duration.milliseconds(2), took_ms: 1 });
  assert.deepEqual(log.ring.since(0).map(({ fields }) => fields), [
    { took_ms: 12.5, wait_ms: 3, uptime_seconds: 90, nested: { took_ms: 1 }, list: [2] },
    { took_ms: 1, took_ms_: 2 },
    { took_ms: 2, took_ms_: 1 },
  ]);
});

test("a reader of the ring sees what it lost as a gap in the numbers", () => {
  const { log } = make({ maxRecords: 4 });
  log.info("0");
  let next = 0;
  const read = () => {
    const { ring } = log;
    const gap = Math.max(0, ring.first - next);
    const messages = ring.since(next).map(({ message }) => message);
    next = ring.next;
    return { gap, messages };
  };
  assert.deepEqual(read(), { gap: 0, messages: ["0"] });
  for (let i = 1; i < 8; i++) log.info(`${i}`);
  assert.deepEqual(read(), { gap: 3, messages: ["4", "5", "6", "7"] });
  assert.deepEqual(read(), { gap: 0, messages: [] });
});

test("new Logger() refuses unknown levels", () => {
  const table: LoggerOptions[] = [
    { levels: { db: "loud" } },
    { customLevels: { notice: 99 } },
    { sinks: [{ level: "loud", write() {} }] },
  ];
  for (const options of table) assert.throws(() => make(options), { name: "RangeError" });
});
