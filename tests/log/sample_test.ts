import assert from "node:assert/strict";
import { test } from "node:test";
import { type LogRateLimitOptions, RateLimit } from "../../src/log/gate/rate_limit.ts";
import { ERROR, INFO, WARN } from "../../src/log/record/level.ts";
import { Logger } from "../../src/log/logger.ts";
import type { LoggerOptions } from "../../src/log/options.ts";
import {
  burstSampler,
  everyNthSampler,
  PerMessage,
  randomSampler,
} from "../../src/log/gate/sample.ts";
import { ManualClock } from "../manual_clock.ts";

function make(options: LoggerOptions) {
  const clock = new ManualClock();
  return { clock, log: new Logger({ level: "info", sinks: [], clock, ...options }) };
}

/** Message and fields of all records. */
function said(log: Logger): unknown[] {
  return log.ring.since(0).map(({ severity, message, fields }) => [severity, message, fields]);
}

test("everyNthSampler() keeps the first of every n of each level and message", () => {
  const sample = everyNthSampler(3);
  const kept = Array.from({ length: 7 }, () => sample(INFO, "a"));
  assert.deepEqual(kept, [true, false, false, true, false, false, true]);
  assert.equal(sample(WARN, "a"), true);
  assert.equal(sample(INFO, "b"), true);
});

test("randomSampler() keeps its share", () => {
  const draws = [0, 0.24, 0.25, 0.99];
  const sample = randomSampler(0.25, () => draws.shift()!);
  assert.deepEqual([1, 2, 3, 4].map(() => sample(INFO, "a")), [true, true, false, false]);
});

test("burstSampler() keeps the first of a period, then every nth, and begins again", () => {
  const clock = new ManualClock();
  const sample = burstSampler({ first: 2, thereafter: 3, periodMs: 100, clock });
  const round = () => Array.from({ length: 8 }, () => sample(INFO, "a"));
  const expected = [true, true, false, false, true, false, false, true];
  assert.deepEqual(round(), expected);
  assert.equal(sample(INFO, "b"), true);
  clock.advance(100);
  assert.deepEqual(round(), expected);
});

test("burstSampler() without a thereafter keeps nothing more", () => {
  const sample = burstSampler({ first: 1, clock: new ManualClock() });
  assert.deepEqual([1, 2, 3].map(() => sample(INFO, "a")), [true, false, false]);
});

test("samplers refuse numbers that are out of range", () => {
  const table: [() => unknown, string][] = [
    [() => everyNthSampler(0), "Cannot sample log records: n must be a whole number from 1, got 0"],
    [() => randomSampler(1.5), "Cannot sample log records: share must be 0 to 1, got 1.5"],
    [
      () => burstSampler({ first: -1 }),
      "Cannot sample bursts: first must be a whole number from 0, got -1",
    ],
    [
      () => burstSampler({ first: 1, periodMs: 0 }),
      "Cannot sample bursts: periodMs must be positive, got 0",
    ],
  ];
  for (const [act, message] of table) assert.throws(act, { name: "RangeError", message });
});

test("PerMessage tells a thousand messages apart and holds no more", () => {
  const held = new PerMessage(() => ({ n: 0 }));
  for (let i = 0; i < 5000; i++) held.of(INFO, `message ${i}`).n++;
  assert.equal([...held.all()].length, 1001);
  assert.equal(held.of(INFO, "yet another").n, 4000);
  assert.equal(held.of(INFO, "message 7").n, 1);
});

test("Logger counts what it samples away, and never an error unless asked to", () => {
  const { log } = make({ sample: () => false });
  log.info("a");
  log.error("b");
  log.fatal("c");
  assert.deepEqual(said(log).map((each) => (each as unknown[])[1]), ["b", "c"]);
  assert.equal(log.counts.sampled, 1);
  const all = make({ sample: () => false, sampleErrors: true }).log;
  all.fatal("c");
  assert.deepEqual([all.ring.next, all.counts.sampled], [0, 1]);
});

test("Logger records what a sampler that throws was asked about", () => {
  const { log } = make({
    sample: () => {
      throw new Error("broken");
    },
  });
  log.info("a");
  assert.equal(log.ring.next, 1);
});

test("Logger.limit says at the end of a period what it left out of each message", () => {
  const { clock, log } = make({ limit: new RateLimit({ maxRecords: 2, periodMs: 100 }) });
  for (let i = 0; i < 5; i++) log.info("flood", { i });
  log.warn("flood");
  log.info("calm");
  for (let i = 0; i < 3; i++) log.error("flood", { i });
  clock.advance(100);
  assert.deepEqual(said(log), [
    [INFO, "flood", { i: 0 }],
    [INFO, "flood", { i: 1 }],
    [WARN, "flood", {}],
    [INFO, "calm", {}],
    [ERROR, "flood", { i: 0 }],
    [ERROR, "flood", { i: 1 }],
    [ERROR, "flood", { i: 2 }],
    [INFO, "suppressed 3 log lines", { suppressed: 3, of: "flood" }],
  ]);
  assert.equal(log.counts.suppressed, 3);
  log.info("flood");
  clock.advance(1000);
  assert.equal(log.ring.next, 9, "a period in which nothing was left out says nothing");
});

test("Logger.limit of all lines together says so at the highest level of them", () => {
  const { log } = make({ limit: new RateLimit({ maxRecords: 1, per: "all" }) });
  for (const message of ["a", "b", "c"]) log.info(message);
  log.warn("d");
  log.flushSync();
  assert.deepEqual(said(log), [
    [INFO, "a", {}],
    [WARN, "suppressed 3 log lines", { suppressed: 3 }],
  ]);
});

test("new RateLimit() refuses wrong options and a second logger", () => {
  const table: [unknown, string][] = [
    [{ maxRecords: 0 }, "RangeError"],
    [{ maxRecords: 1, periodMs: 0 }, "RangeError"],
    [{ maxRecords: 1, per: "line" }, "TypeError"],
    [{ maxRecords: 1, pers: "all" }, "TypeError"],
  ];
  for (const [options, name] of table) {
    assert.throws(() => new RateLimit(options as LogRateLimitOptions), { name });
  }
  const limit = new RateLimit({ maxRecords: 1 });
  make({ limit });
  assert.throws(() => make({ limit }), {
    name: "TypeError",
    message: "Cannot limit log records: a limit must be of one logger, got a second",
  });
});
