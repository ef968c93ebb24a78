import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import fc from "fast-check";
import { run } from "../../src/core/context.ts";
import { Faults } from "../../src/core/faults.ts";
import { INFO } from "../../src/log/record/level.ts";
import { Logger } from "../../src/log/logger.ts";
import type { LoggerOptions } from "../../src/log/options.ts";
import type { LogRecord } from "../../src/log/record/record.ts";
import { ManualClock } from "../manual_clock.ts";
import { plainOf } from "./record.ts";

function make(options: LoggerOptions = {}) {
  const clock = new ManualClock(), faults = new Faults();
  const log = new Logger({ level: "info", sinks: [], clock, faults, ...options });
  return { clock, faults, log };
}

function messages(records: readonly LogRecord[]): string[] {
  return records.map(({ message }) => message);
}

test("Logger makes a record of a call, with its context", () => {
  const { clock, log } = make({ service: "orders" });
  clock.advance(5);
  const context = { traceId: "t", spanId: "s", flags: 1, tracestate: "", requestId: "r" };
  run(context, () => log.warn("slow", { ms: 3 }));
  assert.deepEqual([...log.ring].map(plainOf), [{
    timeMs: Date.UTC(2026, 0, 1) + 5,
    severity: 13,
    level: "warn",
    message: "slow",
    service: "orders",
    category: "",
    traceId: "t",
    spanId: "s",
    requestId: "r",
    fields: { ms: 3 },
    sizeBytes: 261,
  }]);
});

test("Logger records its level and above, and a new level reaches children made before", () => {
  const { log } = make({ level: "warn" });
  const child = log.with({ a: 1 });
  const logAll = (each: Logger) => {
    for (const level of ["trace", "debug", "info", "warn", "error", "fatal"] as const) {
      each[level](level);
    }
    return messages(log.ring.since(log.ring.next - 6)).slice(-6);
  };
  assert.equal(log.level, "warn");
  assert.deepEqual(logAll(log), ["warn", "error", "fatal"]);
  log.level = "trace";
  assert.deepEqual(logAll(child), ["trace", "debug", "info", "warn", "error", "fatal"]);
  child.level = "off";
  assert.equal(log.level, "off");
  const { next } = log.ring;
  log.fatal("unheard");
  assert.equal(log.ring.next, next);
  assert.deepEqual(["off", "fatal"].map((level) => log.enabled(level as "off")), [false, false]);
  log.level = "error";
  assert.deepEqual(["warn", "error"].map((level) => log.enabled(level as "warn")), [false, true]);
});

test("Logger refuses wrong options at once", () => {
  assert.throws(() => new Logger({ level: "loud" as "info" }), {
    name: "RangeError",
    message:
      'Cannot log at level "loud": must be one of trace, debug, info, warn, error, fatal, off',
  });
  assert.throws(() => new Logger({ maxRecords: -1 }), RangeError);
  assert.throws(() => new Logger({ redact: { keys: [""] } }), TypeError);
  const { log } = make();
  assert.throws(() => log.level = "" as "info", RangeError);
  assert.equal(log.level, "info");
});

test("Logger keeps what it was given as it was", () => {
  const { log } = make();
  const order = { id: 1, lines: [{ sku: "a" }] };
  const bound = { list: [1] };
  const child = log.with(bound);
  child.info("x", order);
  child.info("x", { order });
  order.id = 2;
  order.lines[0]!.sku = "b";
  order.lines.push({ sku: "c" });
  bound.list.push(2);
  const [first, second] = log.ring.since(0);
  assert.deepEqual(first!.fields, { list: [1], id: 1, lines: [{ sku: "a" }] });
  assert.deepEqual(second!.fields, { list: [1], order: { id: 1, lines: [{ sku: "a" }] } });
});

test("Logger makes fields of whatever it is given", () => {
  const { log } = make();
  const table: [unknown, unknown][] = [
    [undefined, {}],
    [null, {}],
    [{ a: 1 }, { a: 1 }],
    [Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    [new Map([["a", 1]]), { a: 1 }],
    [[1, 2], { value: [1, 2] }],
    ["text", { value: "text" }],
    [5, { value: 5 }],
    [() => ({ lazy: true }), { lazy: true }],
    [() => undefined, {}],
    [() => () => 1, { value: "[function]" }],
    [new Date(0), { value: "1970-01-01T00:00:00.000Z" }],
  ];
  for (const [given, expected] of table) {
    log.error("x", given);
    assert.deepEqual(log.ring.at(log.ring.next - 1)!.fields, expected);
  }
});

test("Logger runs a function of fields only when the level is enabled", () => {
  const { log } = make({ level: "info" });
  let runs = 0;
  const fields = () => ({ runs: ++runs });
  log.debug("x", fields);
  assert.equal(runs, 0);
  log.info("x", fields);
  assert.equal(runs, 1);
});

test("Logger records an error under error, or under its key", () => {
  const { log } = make();
  class NoStock extends Error {}
  log.error("x", new NoStock("none"));
  log.error("x", { cause: new NoStock("none") });
  log.error(new NoStock("as message") as unknown as string);
  log.info("x", () => {
    throw new NoStock("lazy");
  });
  const described = log.ring.since(0).map(({ message, fields }) => [
    message,
    ...Object.entries(fields).map(([key, value]) => [key, (value as { type: string }).type]),
  ]);
  assert.deepEqual(described, [
    ["x", ["error", "NoStock"]],
    ["x", ["cause", "NoStock"]],
    ["as message", ["error", "NoStock"]],
    ["x", ["error", "NoStock"]],
  ]);
});

test("Logger survives hostile fields and messages, and records each", () => {
  const { log, faults } = make();
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const trap = () => {
    throw new Error("trap");
  };
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  let deep: object = {};
  for (let i = 0; i < 10_000; i++) deep = { deep };
  const hostile: unknown[] = [
    proxy,
    new Proxy({}, { ownKeys: trap, get: trap, getPrototypeOf: trap }),
    {
      get a() {
        return trap();
      },
    },
    { toJSON: trap },
    { a: { toJSON: trap } },
    cycle,
    deep,
    { big: "x".repeat(10_000_000) },
    Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, i])),
    { ["k".repeat(1_000_000)]: 1 },
    { a: new Array(1e9) },
  ];
  for (const given of hostile) log.error("x", given);
  for (const message of [proxy, Symbol("s"), null, undefined, 5, 10n, { toString: trap }]) {
    log.info(message as string);
  }
  log.info("x".repeat(10_000_000));
  assert.equal(log.ring.next, hostile.length + 8);
  for (const { sizeBytes } of log.ring.since(0)) assert.ok(sizeBytes < 300_000, `${sizeBytes}`);
  assert.deepEqual([...faults.counts()], []);
  assert.equal(log.counts.failed, 0);
});

test("Logger.log() and Logger.write() survive a level and a message of any kind", () => {
  const faults = new Faults(() => {});
  const log = new Logger({ level: "info", sinks: [], faults });
  const hostile = {
    toString(): never {
      throw new Error("no");
    },
  };
  const levels = [Object.create(null), hostile, Symbol("s"), NaN, null, "loud", 25];
  for (const level of levels) log.log(level as never, "x");
  assert.deepEqual([log.ring.next, faults.counts().get("log level")], [
    levels.length,
    levels.length,
  ]);
  const messages = [undefined, hostile, 5, "x".repeat(20_000)];
  for (const message of messages) log.write(9, message as string, { a: 1 }, undefined);
  const records = log.ring.since(levels.length);
  assert.deepEqual(records.map(({ message }) => message.slice(0, 20)), [
    "null",
    '{"toString":"[functi',
    "5",
    "x".repeat(20),
  ]);
  assert.ok(records[3]!.message.length < 16_400);
  assert.ok(log.ring.bytes > 0);
});

test("Logger lets nothing be unhandled that a lazy function of fields promised", async () => {
  const log = new Logger({ level: "info", sinks: [] });
  let unhandled = 0;
  const count = () => unhandled++;
  process.on("unhandledRejection", count);
  log.info("x", () => Promise.reject(new Error("late")));
  await new Promise((resolve) => setTimeout(resolve));
  process.off("unhandledRejection", count);
  assert.deepEqual([log.ring.at(0)!.fields, unhandled], [{ value: "[Promise]" }, 0]);
});

test("Logger counts the fields that a logger is bound to as part of each record", () => {
  const log = new Logger({ level: "info", sinks: [], maxBytes: 100_000 });
  for (let i = 0; i < 100; i++) {
    log.with({ i, text: "x".repeat(9000) }).category("db").with({ b: 1 }).info("y");
  }
  assert.ok(log.ring.bytes > 90_000 && log.ring.bytes <= 100_000, `${log.ring.bytes}`);
  assert.equal(log.ring.since(0).length, 10);
});

test("Logger never throws and makes one record of any call", () => {
  const { log } = make({ maxRecords: 16 });
  const anything = fc.anything({ withBigInt: true, withMap: true, withSet: true, withDate: true });
  fc.assert(fc.property(anything, anything, (message, fields) => {
    const { next } = log.ring;
    log.error(message as string, fields);
    assert.equal(log.ring.next, next + 1);
  }));
});

test("Logger.write() takes over the fields, in the given context", () => {
  const { log } = make({ level: "info" });
  const fields = { method: "GET", status: 200 };
  const context = { traceId: "t", spanId: "s", flags: 1, tracestate: "", requestId: "r" };
  log.write(INFO, "request", fields, context);
  log.write(INFO - 4, "too low", fields, context);
  const [record] = log.ring.since(0);
  assert.equal(log.ring.next, 1);
  assert.equal(record!.fields, fields);
  assert.deepEqual([record!.requestId, record!.traceId, record!.spanId], ["r", "t", "s"]);
});

test("Logger delivers to sinks after a short while, in order and once", () => {
  const seen: string[] = [];
  const { clock, log } = make({ sinks: [(record) => seen.push(record.message)] });
  log.info("a");
  log.info("b");
  assert.deepEqual(seen, []);
  clock.advance(10);
  assert.deepEqual(seen, ["a", "b"]);
  log.info("c");
  log.flushSync();
  clock.advance(100);
  assert.deepEqual(seen, ["a", "b", "c"]);
  assert.equal(clock.waiting, 0);
});

test("Logger loses nothing between its ring and its sinks, whatever the bounds", () => {
  for (
    const bounds of [{ maxRecords: 1 }, { maxRecords: 16 }, { maxBytes: 1000 }, { maxBytes: 10 }]
  ) {
    const seen: string[] = [];
    const { log } = make({ ...bounds, sinks: [(record) => seen.push(record.message)] });
    for (let i = 0; i < 1000; i++) log.info(`${i}`, { text: "x".repeat(i) });
    log.flushSync();
    assert.deepEqual(seen, Array.from({ length: 1000 }, (_, i) => `${i}`));
    assert.equal(log.counts.missed, 0);
  }
});

test("Logger isolates a sink that throws, and counts it", async () => {
  const seen: string[] = [];
  const { log, faults } = make({
    sinks: [
      {
        write() {
          throw new Error("broken");
        },
        flush: () => Promise.reject(new Error("broken")),
      },
      (record) => seen.push(record.message),
    ],
  });
  log.info("a");
  await log.flush();
  assert.deepEqual(seen, ["a"]);
  assert.deepEqual([...faults.counts()], [["log sink", 2]]);
});

test("Logger delivers records that a sink logs in the next round", () => {
  const seen: string[] = [];
  const { clock, log } = make({
    sinks: [(record) => {
      seen.push(record.message);
      if (record.message === "a") log.info("b");
    }],
  });
  log.info("a");
  clock.advance(10);
  assert.deepEqual(seen, ["a"]);
  clock.advance(10);
  assert.deepEqual(seen, ["a", "b"]);
});

test("Logger survives a sink whose every member throws or rejects", async () => {
  let unhandled = 0;
  const count = () => unhandled++;
  process.on("unhandledRejection", count);
  const reject = () => Promise.reject(new Error("late"));
  const fail = (): never => {
    throw new Error("at once");
  };
  const faults = new Faults(() => {});
  const log = new Logger({
    level: "info",
    faults,
    signals: false,
    clock: new ManualClock(),
    sinks: [
      { write: reject, flush: reject, flushSync: reject, close: reject },
      {
        write: fail,
        flush: fail,
        flushSync: fail,
        close: fail,
        get waiting() {
          return fail();
        },
        get counts() {
          return fail();
        },
        get name() {
          return fail();
        },
      },
    ],
  });
  log.info("x");
  await log.flush();
  log.flushSync();
  assert.equal(log.counts.output.written, 0);
  log.close();
  await new Promise((resolve) => setTimeout(resolve));
  process.off("unhandledRejection", count);
  assert.equal(unhandled, 0);
  assert.ok(faults.counts().get("log sink")! >= 8);
});

test("Logger.flush() waits for its sinks", async () => {
  let release = () => {};
  const out = new Promise<void>((resolve) => release = resolve);
  const { log } = make({ sinks: [{ write() {}, flush: () => out }] });
  let flushed = false;
  const flush = log.flush().then(() => flushed = true);
  await Promise.resolve();
  assert.equal(flushed, false);
  release();
  await flush;
  assert.equal(flushed, true);
});

test("Logger calls toJSON of its fields", () => {
  const { log } = make();
  log.info("x", { secret: 1, toJSON: () => ({ shown: 2, password: "p" }) });
  assert.deepEqual(log.ring.at(0)!.fields, { shown: 2, password: "[REDACTED]" });
});

test("Logger goes on when a sink can't even be complained of", async () => {
  const taken: string[] = [];
  const { log } = make({
    faults: new Faults(() => {}),
    sinks: [{
      get name(): string {
        throw new Error("no name");
      },
      write() {
        throw new Error("no write");
      },
    }, ({ message }) => void taken.push(message)],
  });
  log.info("a");
  await log.flush();
  log.info("b");
  await log.flush();
  assert.deepEqual(taken, ["a", "b"]);
});

test("Logger keeps the fields beside a hostile proxy, in every way to log it", () => {
  const trap = () => {
    throw new Error("trap");
  };
  const traps = { get: trap, getPrototypeOf: trap, ownKeys: trap, has: trap };
  const error = new Proxy({}, { ...traps, getOwnPropertyDescriptor: trap });
  const { log, faults } = make();
  log.write(INFO, "request failed", { method: "GET", status: 500, error }, undefined);
  log.error("request failed", { method: "GET", status: 500, error });
  log.with({ method: "GET", status: 500, error }).error("request failed");
  const expected = { method: "GET", status: 500, error: "[unreadable: trap]" };
  const [written, logged, bound] = log.ring.since(0);
  assert.deepEqual(
    [written!.fields, logged!.fields, bound!.fields],
    Array(3).fill(expected),
  );
  assert.deepEqual([...faults.counts()], []);
});

test("Logger bounds what a sink logs while it is called, and counts what is lost", async () => {
  let seen = 0;
  const { log } = make({
    sinks: [({ message }) => {
      if (message === "first") { for (let i = 0; i < 5000; i++) log.info("by the sink"); }
      else seen++;
    }],
  });
  log.info("first");
  await log.flush();
  await log.flush();
  assert.equal(seen, 2048);
  assert.equal(log.counts.missed, 5000 - seen);
  assert.equal(log.counts.records, 5001);
});
